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

	// patience ends a test that hangs; nothing is expected to take this long.
	patience = 2 * time.Minute
	// pollInterval is how often a test looks at the API server.
	pollInterval = 40 * time.Millisecond
)

var infrastructure = schema.GroupVersion{
	Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1",
}

// ctxOf is the test's context.
func ctxOf(t *testing.T) context.Context {
	if t == nil {
		return context.Background()
	}
	return t.Context()
}

// world is a namespace with one Cluster, the fake provider that looks after it,
// and the test's hand in core's place.
type world struct {
	t         *testing.T
	ctx       context.Context
	namespace string
	core      *core
	workload  *workload
	// stop ends the fake provider.
	stop context.CancelFunc
	// carried are the resource versions of the objects that a move brought.
	carried map[string]string
	// passes and dataPasses count those of the two controllers.
	passes, dataPasses passes
}

// passes counts a controller's passes.
type passes struct {
	mutex sync.Mutex
	count int
	last  error
}

func (p *passes) passed(_ client.ObjectKey, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.count++
	p.last = err
}

func (p *passes) sofar() (int, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.count, p.last
}

// newWorld makes a namespace and runs a fake provider for it, with short waits
// and under the provider's accounts.
func newWorld(t *testing.T, behaviour controlplane.Behaviour) *world {
	t.Helper()
	requireServer(t)
	t.Parallel()
	w := newSilentWorld(t)
	w.start(behaviour, func([]byte) (controlplane.Workload, error) { return w.workload, nil }, w)
	return w
}

// newSilentWorld makes a namespace that no fake provider looks after.
func newSilentWorld(t *testing.T) *world {
	t.Helper()
	requireServer(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "rke2-"}}
	if err := server.client.Create(ctx, namespace); err != nil {
		t.Fatal("make a namespace:", err)
	}
	w := &world{t: t, ctx: ctx, namespace: namespace.Name, workload: newWorkload()}
	w.core = &core{world: w, reaches: map[string]stage{}}
	return w
}

// start runs one fake provider for the given worlds. This one counts its passes
// and can stop it.
func (w *world) start(behaviour controlplane.Behaviour, workloads controlplane.Workloads, worlds ...*world) {
	w.t.Helper()
	namespaces := make([]string, 0, len(worlds))
	for _, other := range worlds {
		namespaces = append(namespaces, other.namespace)
	}
	ctx, stop := context.WithCancel(w.ctx)
	w.stop = stop
	err := rke2.Start(ctx, account(rke2.ControlPlaneNamespace, rke2.ControlPlaneAccount), rke2.Options{
		Bootstrap:          account(rke2.BootstrapNamespace, rke2.BootstrapAccount),
		Namespaces:         namespaces,
		Intervals:          shortIntervals(),
		Behaviour:          behaviour,
		Workloads:          workloads,
		Log:                w.log(),
		ControlPlanePassed: w.passes.passed,
		BootstrapPassed:    w.dataPasses.passed,
	})
	if err != nil {
		w.t.Fatal("start the fake provider:", err)
	}
}

// log shows the fake provider's log where RKE2_TEST_LOG is set.
func (w *world) log() logr.Logger {
	return funcr.New(func(_, line string) {
		if os.Getenv("RKE2_TEST_LOG") != "" {
			fmt.Fprintln(os.Stderr, w.namespace, line)
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

// account is the API server as a service account sees it.
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

// until polls, playing core before each look, until check has no error.
func (w *world) until(what string, check func() error) {
	w.t.Helper()
	for {
		w.core.play()
		err := check()
		if err == nil {
			return
		}
		select {
		case <-w.ctx.Done():
			_, last := w.passes.sofar()
			w.t.Fatalf("waited for %s: %v (last pass: %v)", what, err, last)
		case <-time.After(pollInterval):
		}
	}
}

// settle returns when the control plane has been looked at from now on, with
// core playing, so that what has not happened then was not going to. It returns
// what the last look said.
func (w *world) settle() error {
	w.t.Helper()
	return w.settled(&w.passes, func(mark string) {
		w.updatePlane(func(plane *controlplanev1.RKE2ControlPlane) {
			metav1.SetMetaDataAnnotation(&plane.ObjectMeta, "test/look", mark)
		})
	})
}

// settleData is settle for all configurations.
func (w *world) settleData() {
	w.t.Helper()
	for _, config := range w.configs() {
		_ = w.settled(&w.dataPasses, func(mark string) {
			update(w, config.Name, &bootstrapv1.RKE2Config{}, func(c *bootstrapv1.RKE2Config) {
				metav1.SetMetaDataAnnotation(&c.ObjectMeta, "test/look", mark)
			})
		})
	}
}

// settled touches an object twice and waits for a pass each time: the second
// of them began after the first touch.
func (w *world) settled(passes *passes, touch func(mark string)) error {
	w.t.Helper()
	var last error
	for round := range 2 {
		before, _ := passes.sofar()
		touch(fmt.Sprint(before, "-", round))
		w.until("a pass", func() error {
			var now int
			if now, last = passes.sofar(); now == before {
				return errors.New("no pass yet")
			}
			return nil
		})
	}
	return last
}

func (w *world) create(object client.Object) {
	w.t.Helper()
	object.SetNamespace(w.namespace)
	if err := server.client.Create(w.ctx, object); err != nil {
		w.t.Fatalf("make %T: %v", object, err)
	}
}

func (w *world) get(name string, object client.Object) error {
	return server.client.Get(w.ctx, client.ObjectKey{Namespace: w.namespace, Name: name}, object)
}

func (w *world) mustGet(name string, object client.Object) {
	w.t.Helper()
	if err := w.get(name, object); err != nil {
		w.t.Fatalf("read %s: %v", name, err)
	}
}

// update changes an object, again after conflicts.
func update[T client.Object](w *world, name string, object T, change func(T)) {
	w.t.Helper()
	w.write(name, object, func() error {
		change(object)
		return server.client.Update(w.ctx, object)
	})
}

// updateStatus changes an object's status, again after conflicts.
func updateStatus[T client.Object](w *world, name string, object T, change func(T)) {
	w.t.Helper()
	w.write(name, object, func() error {
		change(object)
		return server.client.Status().Update(w.ctx, object)
	})
}

func (w *world) write(name string, object client.Object, write func() error) {
	w.t.Helper()
	for {
		w.mustGet(name, object)
		err := write()
		if err == nil {
			return
		}
		if !apierrors.IsConflict(err) || w.ctx.Err() != nil {
			w.t.Fatalf("change %s: %v", name, err)
		}
	}
}

func (w *world) updatePlane(change func(*controlplanev1.RKE2ControlPlane)) {
	w.t.Helper()
	update(w, planeName, &controlplanev1.RKE2ControlPlane{}, change)
}

func (w *world) plane() *controlplanev1.RKE2ControlPlane {
	w.t.Helper()
	plane := &controlplanev1.RKE2ControlPlane{}
	w.mustGet(planeName, plane)
	return plane
}

func (w *world) machines() []clusterv1.Machine {
	w.t.Helper()
	var list clusterv1.MachineList
	if err := server.client.List(w.ctx, &list, client.InNamespace(w.namespace)); err != nil {
		w.t.Fatal("list the Machines:", err)
	}
	return list.Items
}

func (w *world) configs() []bootstrapv1.RKE2Config {
	w.t.Helper()
	var list bootstrapv1.RKE2ConfigList
	if err := server.client.List(w.ctx, &list, client.InNamespace(w.namespace)); err != nil {
		w.t.Fatal("list the configurations:", err)
	}
	return list.Items
}

func (w *world) infraMachines() []unstructured.Unstructured {
	w.t.Helper()
	list := unstructured.UnstructuredList{}
	list.SetGroupVersionKind(infrastructure.WithKind("EvrocMachineList"))
	if err := server.client.List(w.ctx, &list, client.InNamespace(w.namespace)); err != nil {
		w.t.Fatal("list the infrastructure machines:", err)
	}
	return list.Items
}

func (w *world) infraOf(machine clusterv1.Machine) *unstructured.Unstructured {
	w.t.Helper()
	infra := newInfra("EvrocMachine")
	w.mustGet(machine.Spec.InfrastructureRef.Name, infra)
	return infra
}

func newInfra(kind string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(infrastructure.WithKind(kind))
	return object
}

// machineCount is a check for until.
func (w *world) machineCount(want int) func() error {
	return func() error {
		if got := len(w.machines()); got != want {
			return fmt.Errorf("%d Machines, want %d", got, want)
		}
		return nil
	}
}

// readyServers is a check for until: so many Machines, all with a Node.
func (w *world) readyServers(want int) func() error {
	return func() error {
		plane := w.plane()
		if plane.Status.ReadyReplicas == nil || int(*plane.Status.ReadyReplicas) != want {
			return fmt.Errorf("readyReplicas %v, want %d", plane.Status.ReadyReplicas, want)
		}
		return w.machineCount(want)()
	}
}
