package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
)

// writers is the number of concurrent requests of the bench.
const writers = 16

// coreMode is the mode in which the bench plays Cluster API.
type coreMode struct {
	*harness
	core e2e.Core

	mu     sync.Mutex
	opened map[string]bool // Clusters that machines may be made in; guarded by mu.
}

func newCoreMode(h *harness) *coreMode {
	return &coreMode{harness: h, core: e2e.Core{Client: h.client},
		opened: map[string]bool{}}
}

func core(ctx context.Context, o options) (_ *report, err error) {
	h, err := newHarness(ctx, o, "core", testenv.Options{WithoutManagers: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	m := newCoreMode(h)
	h.report.Clusters = o.coreClusters
	h.report.Machines = o.coreClusters * o.coreMachines
	for _, step := range []func(context.Context) error{
		m.populate, m.create, h.steady, m.restart, m.remove, h.bareWrites,
	} {
		if err := step(ctx); err != nil {
			return h.report, err
		}
	}
	return h.report, nil
}

// populate makes all objects before the shim starts.
func (m *coreMode) populate(ctx context.Context) error {
	return m.during(ctx, "a populate", func(ctx context.Context) error {
		credential, err := m.cloud.Credential("profile.yaml")
		if err != nil {
			return err
		}
		return inParallel(ctx, m.o.coreClusters,
			func(ctx context.Context, n int) error {
				return m.makeCluster(ctx, n, credential)
			})
	})
}

func (m *coreMode) makeCluster(ctx context.Context, number int,
	credential []byte) error {
	name := clusterName(number)
	cluster := e2e.NewCluster(namespace, name)
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       map[string][]byte{"config": credential},
	}
	if err := m.client.Create(ctx, secret); err != nil {
		return err
	}
	if err := m.client.Create(ctx, cluster); err != nil {
		return err
	}
	evroc := e2e.Evroc(e2e.ClusterKind, namespace, name, map[string]any{
		"identitySecretName": name,
		"network": map[string]any{
			"vpc": map[string]any{"name": name},
			"subnets": []any{map[string]any{
				"name": name, "cidrBlock": "10.0.1.0/24"}},
		},
		"nodeInitialization": "external",
	})
	evroc.SetLabels(cluster.Labels)
	evroc.SetOwnerReferences([]metav1.OwnerReference{
		e2e.OwnerOf(cluster, "Cluster")})
	if err := m.client.Create(ctx, evroc); err != nil {
		return err
	}
	for n := range m.o.coreMachines {
		err := m.makeMachine(ctx, cluster, machineName(number, n), n < 3)
		if err != nil {
			return err
		}
	}
	return nil
}

func machineName(cluster, number int) string {
	return fmt.Sprintf("%s-%d", clusterName(cluster), number)
}

func (m *coreMode) makeMachine(ctx context.Context,
	cluster *clusterv1.Cluster, name string, controlPlane bool) error {
	machine := e2e.NewMachine(cluster, name, controlPlane)
	data := name + "-data"
	machine.Spec.Bootstrap.DataSecretName = &data
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: data},
		Type:       clusterv1.ClusterSecretType,
		// As large as the data that the kubeadm bootstrap provider writes for a
		// worker.
		Data: map[string][]byte{"value": make([]byte, 6*1024)},
	}
	if err := m.client.Create(ctx, secret); err != nil {
		return err
	}
	if err := m.client.Create(ctx, machine); err != nil {
		return err
	}
	evroc := e2e.Evroc(e2e.MachineKind, namespace, name, map[string]any{
		"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1"})
	evroc.SetLabels(cluster.Labels)
	evroc.SetOwnerReferences([]metav1.OwnerReference{
		e2e.ControllerOf(machine)})
	return m.client.Create(ctx, evroc)
}

// create starts the shim and waits until all machines are provisioned.
func (m *coreMode) create(ctx context.Context) error {
	err := m.during(ctx, "create", func(ctx context.Context) error {
		defer m.keepOpening(ctx)()
		if err := m.startShim(ctx); err != nil {
			return err
		}
		return m.await(ctx, func(context.Context) error {
			n := m.meter.count()
			return e2e.That(n == m.report.Machines,
				"%d of %d machines are provisioned", n, m.report.Machines)
		})
	})
	m.report.Latency = m.meter.latency()
	return err
}

// keepOpening runs openClusters until the function that it returns is called.
func (m *coreMode) keepOpening(ctx context.Context) func() {
	follow, stop := context.WithCancel(ctx)
	var open sync.WaitGroup
	open.Go(func() { again(follow, m.openClusters) })
	return func() {
		stop()
		open.Wait()
	}
}

// openClusters marks each Cluster as provisioned, as core does, so that
// machines can be made in it.
func (m *coreMode) openClusters(ctx context.Context) error {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(e2e.ClusterKind.GroupVersion().
		WithKind(e2e.ClusterKind.Kind + "List"))
	events, err := m.client.Watch(ctx, list, client.InNamespace(namespace))
	if err != nil {
		return err
	}
	defer events.Stop()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for event := range events.ResultChan() {
		object, is := event.Object.(*unstructured.Unstructured)
		if !is {
			continue
		}
		provisioned, _, _ := unstructured.NestedBool(object.Object, "status",
			"initialization", "provisioned")
		if provisioned && m.open(object.GetName()) {
			group.Go(func() error { return m.mirror(ctx, object.GetName()) })
		}
	}
	return group.Wait()
}

func (m *coreMode) open(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opened[name] {
		return false
	}
	m.opened[name] = true
	return true
}

func (m *coreMode) mirror(ctx context.Context, name string) error {
	return e2e.Await(ctx, time.Minute, func(ctx context.Context) error {
		cluster := &clusterv1.Cluster{}
		key := client.ObjectKey{Namespace: namespace, Name: name}
		if err := m.client.Get(ctx, key, cluster); err != nil {
			return err
		}
		return m.core.MirrorCluster(ctx, cluster)
	})
}

// restart measures how long a new shim takes until its first reconcile, while
// all objects exist. The object is one that was changed while no shim ran.
func (m *coreMode) restart(ctx context.Context) error {
	return m.during(ctx, "restart", func(ctx context.Context) error {
		m.shim.Kill()
		key := client.ObjectKey{Namespace: namespace, Name: machineName(0, 0)}
		changed := e2e.Evroc(e2e.MachineKind, key.Namespace, key.Name, nil)
		err := m.client.Patch(ctx, changed, client.RawPatch(types.MergePatchType,
			[]byte(`{"spec":{"additionalLabels":{"bench":"restart"}}}`)))
		if err != nil {
			return err
		}
		began := time.Now()
		if err := m.shim.Start(ctx); err != nil {
			return err
		}
		err = e2e.Await(ctx, time.Minute, func(ctx context.Context) error {
			v, err := e2e.Get[e2e.MachineView](ctx, m.client,
				e2e.MachineKind, key)
			return e2e.Both(err,
				e2e.That(v.Status.ObservedGeneration == v.Generation,
					"not reconciled"))
		})
		m.report.StartMS = float64(time.Since(began).Milliseconds())
		return err
	})
}

// deleteAll deletes the objects one by one: deleting a collection of 10,000
// takes longer than the API server's limit for a request.
func (m *coreMode) deleteAll(ctx context.Context, kind schema.GroupVersionKind,
	names []string) error {
	return inParallel(ctx, len(names), func(ctx context.Context, n int) error {
		return m.client.Delete(ctx, e2e.Evroc(kind, namespace, names[n], nil))
	})
}

// deleteClusters deletes all machines of the clusters, then the clusters.
func (m *coreMode) deleteClusters(ctx context.Context, numbers []int) error {
	var clusters, machines []string
	for _, c := range numbers {
		clusters = append(clusters, clusterName(c))
		for n := range m.o.coreMachines {
			machines = append(machines, machineName(c, n))
		}
	}
	if err := m.deleteAll(ctx, e2e.MachineKind, machines); err != nil {
		return err
	}
	return m.deleteAll(ctx, e2e.ClusterKind, clusters)
}

func (m *coreMode) remove(ctx context.Context) error {
	return m.during(ctx, "delete", func(ctx context.Context) error {
		all := numbers(0, m.o.coreClusters)
		if err := m.deleteClusters(ctx, all); err != nil {
			return err
		}
		return m.await(ctx, func(ctx context.Context) error {
			left, err := m.cloud.Inventory(ctx, "")
			if err != nil {
				return err
			}
			objects, err := e2e.List[e2e.ClusterView](ctx, m.client,
				e2e.ClusterKind, namespace)
			return e2e.Both(err, e2e.That(len(left)+len(objects) == 0,
				"%d EvrocClusters, %d objects in the cloud", len(objects),
				len(left)))
		})
	})
}
