package rke2_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/intervals"
)

const (
	clusterName = "demo"
	planeName   = "demo-servers"
	endpoint    = "203.0.113.10"
	oldVersion  = "v1.34.1+rke2r1"
	newVersion  = "v1.34.2+rke2r1"

	// testTimeout ends a test that hangs; no test takes that long normally.
	testTimeout = 2 * time.Minute
	// pollInterval is the interval at which a test polls the API server.
	pollInterval = 40 * time.Millisecond
)

var infrastructure = schema.GroupVersion{
	Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1",
}

// ctxOf returns the test's context.
func ctxOf(t *testing.T) context.Context {
	if t == nil {
		return context.Background()
	}
	return t.Context()
}

// fixture is a namespace with one Cluster, the fake provider that reconciles
// it, and a test double of core.
type fixture struct {
	t         *testing.T
	ctx       context.Context
	namespace string
	core      *core
	workload  *workload
	// stop ends the fake provider.
	stop context.CancelFunc
	// carried are the resource versions of the objects that a move copied.
	carried map[string]string
	// reconciles and bootstrapReconciles count the reconciles of the two
	// controllers.
	reconciles, bootstrapReconciles reconcileCounter
}

// reconcileCounter counts the reconciles of a controller.
type reconcileCounter struct {
	mutex sync.Mutex
	count int
	last  error
}

func (c *reconcileCounter) record(_ client.ObjectKey, err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.count++
	c.last = err
}

func (c *reconcileCounter) result() (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.count, c.last
}

// newFixture makes a namespace and runs a fake provider for it, with short
// intervals and under the provider's accounts.
func newFixture(t *testing.T, behaviour controlplane.Behaviour) *fixture {
	t.Helper()
	requireServer(t)
	t.Parallel()
	f := newFixtureWithoutProvider(t)
	f.start(behaviour, func([]byte) (controlplane.Workload, error) { return f.workload, nil }, f)
	return f
}

// newFixtureWithoutProvider makes a namespace that no fake provider reconciles.
func newFixtureWithoutProvider(t *testing.T) *fixture {
	t.Helper()
	requireServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "rke2-"}}
	if err := server.client.Create(ctx, namespace); err != nil {
		t.Fatal("make a namespace:", err)
	}
	f := &fixture{t: t, ctx: ctx, namespace: namespace.Name, workload: newWorkload()}
	f.core = &core{fixture: f, reaches: map[string]stage{}}
	return f
}

// start runs one fake provider for the given fixtures. This fixture counts its
// reconciles and can stop it.
func (f *fixture) start(behaviour controlplane.Behaviour, workloads controlplane.Workloads, fixtures ...*fixture) {
	f.t.Helper()
	namespaces := make([]string, 0, len(fixtures))
	for _, other := range fixtures {
		namespaces = append(namespaces, other.namespace)
	}
	ctx, stop := context.WithCancel(f.ctx)
	f.stop = stop
	err := rke2.Start(ctx, account(rke2.ControlPlaneNamespace, rke2.ControlPlaneAccount), rke2.Options{
		Bootstrap:              account(rke2.BootstrapNamespace, rke2.BootstrapAccount),
		Namespaces:             namespaces,
		Intervals:              shortIntervals(),
		Behaviour:              behaviour,
		Workloads:              workloads,
		Log:                    f.log(),
		ControlPlaneReconciled: f.reconciles.record,
		BootstrapReconciled:    f.bootstrapReconciles.record,
	})
	if err != nil {
		f.t.Fatal("start the fake provider:", err)
	}
}

// log returns the fake provider's log, which is shown if RKE2_TEST_LOG is set.
func (f *fixture) log() logr.Logger {
	return funcr.New(func(_, line string) {
		if os.Getenv("RKE2_TEST_LOG") != "" {
			fmt.Fprintln(os.Stderr, f.namespace, line)
		}
	}, funcr.Options{})
}

func shortIntervals() intervals.Intervals {
	const short = 100 * time.Millisecond
	return intervals.Intervals{
		BootstrapData: short, Initialize: short, Preflight: short,
		Deleting: short, Scaled: short,
	}
}

// account returns a configuration with the rights of a service account.
func account(namespace, name string) *rest.Config {
	config := rest.CopyConfig(server.config)
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + namespace + ":" + name,
		Groups: []string{
			"system:serviceaccounts", "system:serviceaccounts:" + namespace,
			"system:authenticated",
		},
	}
	return config
}

// until plays core and calls check until it returns nil.
func (f *fixture) until(what string, check func() error) {
	f.t.Helper()
	for {
		f.core.play()
		err := check()
		if err == nil {
			return
		}
		select {
		case <-f.ctx.Done():
			_, last := f.reconciles.result()
			f.t.Fatalf("waited for %s: %v (last reconcile: %v)", what, err, last)
		case <-time.After(pollInterval):
		}
	}
}

// settle waits until the control plane has been reconciled from the current
// state, while the fixture plays core. After it, nothing more happens without a
// change. It returns the error of the last reconcile.
func (f *fixture) settle() error {
	f.t.Helper()
	return f.settled(&f.reconciles, func(mark string) {
		f.updatePlane(func(plane *controlplanev1.RKE2ControlPlane) {
			metav1.SetMetaDataAnnotation(&plane.ObjectMeta, "test/look", mark)
		})
	})
}

// settleData is settle for all configurations.
func (f *fixture) settleData() {
	f.t.Helper()
	for _, config := range f.configs() {
		_ = f.settled(&f.bootstrapReconciles, func(mark string) {
			update(f, config.Name, &bootstrapv1.RKE2Config{}, func(c *bootstrapv1.RKE2Config) {
				metav1.SetMetaDataAnnotation(&c.ObjectMeta, "test/look", mark)
			})
		})
	}
}

// settled changes an object twice and waits for a reconcile each time: the
// second reconcile began after the first change.
func (f *fixture) settled(counter *reconcileCounter, touch func(mark string)) error {
	f.t.Helper()
	var last error
	for round := range 2 {
		before, _ := counter.result()
		touch(fmt.Sprint(before, "-", round))
		f.until("a reconcile", func() error {
			var now int
			if now, last = counter.result(); now == before {
				return errors.New("no reconcile yet")
			}
			return nil
		})
	}
	return last
}

func (f *fixture) create(object client.Object) {
	f.t.Helper()
	object.SetNamespace(f.namespace)
	if err := server.client.Create(f.ctx, object); err != nil {
		f.t.Fatalf("make %T: %v", object, err)
	}
}

func (f *fixture) get(name string, object client.Object) error {
	return server.client.Get(f.ctx, client.ObjectKey{Namespace: f.namespace, Name: name}, object)
}

func (f *fixture) mustGet(name string, object client.Object) {
	f.t.Helper()
	if err := f.get(name, object); err != nil {
		f.t.Fatalf("read %s: %v", name, err)
	}
}

// update changes an object and retries conflicts.
func update[T client.Object](f *fixture, name string, object T, change func(T)) {
	f.t.Helper()
	f.write(name, object, func() error {
		change(object)
		return server.client.Update(f.ctx, object)
	})
}

// updateStatus changes an object's status and retries conflicts.
func updateStatus[T client.Object](f *fixture, name string, object T, change func(T)) {
	f.t.Helper()
	f.write(name, object, func() error {
		change(object)
		return server.client.Status().Update(f.ctx, object)
	})
}

func (f *fixture) write(name string, object client.Object, write func() error) {
	f.t.Helper()
	for {
		f.mustGet(name, object)
		err := write()
		if err == nil {
			return
		}
		if !apierrors.IsConflict(err) || f.ctx.Err() != nil {
			f.t.Fatalf("change %s: %v", name, err)
		}
	}
}

func (f *fixture) updatePlane(change func(*controlplanev1.RKE2ControlPlane)) {
	f.t.Helper()
	update(f, planeName, &controlplanev1.RKE2ControlPlane{}, change)
}

func (f *fixture) plane() *controlplanev1.RKE2ControlPlane {
	f.t.Helper()
	plane := &controlplanev1.RKE2ControlPlane{}
	f.mustGet(planeName, plane)
	return plane
}

func (f *fixture) machines() []clusterv1.Machine {
	f.t.Helper()
	var list clusterv1.MachineList
	if err := server.client.List(f.ctx, &list, client.InNamespace(f.namespace)); err != nil {
		f.t.Fatal("list the Machines:", err)
	}
	return list.Items
}

func (f *fixture) configs() []bootstrapv1.RKE2Config {
	f.t.Helper()
	var list bootstrapv1.RKE2ConfigList
	if err := server.client.List(f.ctx, &list, client.InNamespace(f.namespace)); err != nil {
		f.t.Fatal("list the configurations:", err)
	}
	return list.Items
}

func (f *fixture) infraMachines() []unstructured.Unstructured {
	f.t.Helper()
	list := unstructured.UnstructuredList{}
	list.SetGroupVersionKind(infrastructure.WithKind("EvrocMachineList"))
	if err := server.client.List(f.ctx, &list, client.InNamespace(f.namespace)); err != nil {
		f.t.Fatal("list the infrastructure machines:", err)
	}
	return list.Items
}

func (f *fixture) infraOf(machine clusterv1.Machine) *unstructured.Unstructured {
	f.t.Helper()
	infra := newInfra("EvrocMachine")
	f.mustGet(machine.Spec.InfrastructureRef.Name, infra)
	return infra
}

func newInfra(kind string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(infrastructure.WithKind(kind))
	return object
}

// machineCount is a check for until.
func (f *fixture) machineCount(want int) func() error {
	return func() error {
		if got := len(f.machines()); got != want {
			return fmt.Errorf("%d Machines, want %d", got, want)
		}
		return nil
	}
}

// readyServers is a check for until: there is that number of Machines, all with
// a Node.
func (f *fixture) readyServers(want int) func() error {
	return func() error {
		plane := f.plane()
		if plane.Status.ReadyReplicas == nil || int(*plane.Status.ReadyReplicas) != want {
			return fmt.Errorf("readyReplicas %v, want %d", plane.Status.ReadyReplicas, want)
		}
		return f.machineCount(want)()
	}
}
