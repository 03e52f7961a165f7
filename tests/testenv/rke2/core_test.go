package rke2_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

// stage is the state that a Machine reaches.
type stage int

const (
	toReady       stage = iota // has a healthy Node
	toProvisioned              // the infrastructure is there, no Node
	toNothing                  // core only links the objects
)

// core plays the Machine and Cluster controllers: each time a test polls, it
// runs one idempotent round.
type core struct {
	fixture *fixture
	// fallback is the stage of Machines that are not in reaches.
	fallback stage
	reaches  map[string]stage
	// addresses are the addresses of ready Machines; the default if nil.
	addresses clusterv1.MachineAddresses
	// deletions is the largest number of Machines that were being deleted at
	// once.
	deletions int
	// idle stops core. noCondition keeps it from setting the condition that the
	// control plane is initialized.
	idle, noCondition bool
	// fewest and most are the smallest and largest numbers of living Machines,
	// once some were ready.
	fewest, most int
	// holdHooks stops deletions before core reports a pre-terminate hook,
	// keepReleased after the hooks are gone.
	holdHooks, keepReleased bool
}

func (c *core) play() {
	f := c.fixture
	f.t.Helper()
	if c.idle {
		return
	}
	deleting := 0
	machines := f.machines()
	for _, machine := range machines {
		if machine.DeletionTimestamp != nil {
			deleting++
		}
		if err := c.playMachine(&machine); retriable(err) != nil {
			f.t.Fatalf("play core for Machine %s: %v", machine.Name, err)
		}
	}
	c.deletions = max(c.deletions, deleting)
	c.fewest = min(c.fewest, len(machines)-deleting)
	c.most = max(c.most, len(machines)-deleting)
	if err := c.playCluster(); retriable(err) != nil {
		f.t.Fatal("play core for the Cluster:", err)
	}
}

// retriable removes errors that the next round can resolve.
func retriable(err error) error {
	if err == nil || apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// playCluster copies the status of the control plane to the Cluster.
func (c *core) playCluster() error {
	f := c.fixture
	cluster := &clusterv1.Cluster{}
	if err := f.get(clusterName, cluster); err != nil {
		return err
	}
	plane := &controlplanev1.RKE2ControlPlane{}
	if err := f.get(planeName, plane); err != nil {
		return err
	}
	initialized := plane.Status.Initialization.ControlPlaneInitialized
	if initialized == nil || !*initialized ||
		conditions.IsTrue(cluster, clusterv1.ClusterControlPlaneInitializedCondition) {
		return nil
	}
	cluster.Status.Initialization.ControlPlaneInitialized = initialized
	if c.noCondition {
		return server.client.Status().Update(f.ctx, cluster)
	}
	conditions.Set(cluster, metav1.Condition{
		Type:   clusterv1.ClusterControlPlaneInitializedCondition,
		Status: metav1.ConditionTrue, Reason: clusterv1.ClusterControlPlaneInitializedReason,
	})
	return server.client.Status().Update(f.ctx, cluster)
}

func (c *core) playMachine(machine *clusterv1.Machine) error {
	if machine.DeletionTimestamp != nil {
		return c.delete(machine)
	}
	f := c.fixture
	if controllerutil.AddFinalizer(machine, clusterv1.MachineFinalizer) {
		if err := server.client.Update(f.ctx, machine); err != nil {
			return err
		}
	}
	if err := c.adopt(machine); err != nil {
		return err
	}
	if err := c.takeData(machine); err != nil {
		return err
	}
	return c.report(machine)
}

// parts returns the objects that the Machine refers to.
func (c *core) parts(machine *clusterv1.Machine) []client.Object {
	config := &bootstrapv1.RKE2Config{}
	config.Name = machine.Spec.Bootstrap.ConfigRef.Name
	infra := newInfra("EvrocMachine")
	infra.SetName(machine.Spec.InfrastructureRef.Name)
	return []client.Object{config, infra}
}

// adopt makes the Machine the owner of its parts instead of the control plane.
func (c *core) adopt(machine *clusterv1.Machine) error {
	for _, part := range c.parts(machine) {
		if err := c.fixture.get(part.GetName(), part); err != nil {
			return err
		}
		if metav1.IsControlledBy(part, machine) {
			continue
		}
		part.SetOwnerReferences([]metav1.OwnerReference{*metav1.NewControllerRef(
			machine, clusterv1.GroupVersion.WithKind("Machine"))})
		if err := server.client.Update(c.fixture.ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// takeData sets the user data's Secret in the Machine.
func (c *core) takeData(machine *clusterv1.Machine) error {
	config := &bootstrapv1.RKE2Config{}
	if err := c.fixture.get(machine.Spec.Bootstrap.ConfigRef.Name, config); err != nil {
		return err
	}
	created := config.Status.Initialization.DataSecretCreated
	if created == nil || !*created || machine.Spec.Bootstrap.DataSecretName != nil {
		return nil
	}
	machine.Spec.Bootstrap.DataSecretName = config.Status.DataSecretName
	return server.client.Update(c.fixture.ctx, machine)
}

// report writes the Machine's status for its stage.
func (c *core) report(machine *clusterv1.Machine) error {
	reaches, found := c.reaches[machine.Name]
	if !found {
		reaches = c.fallback
	}
	if reaches == toNothing || machine.Spec.Bootstrap.DataSecretName == nil {
		return nil
	}
	before := machine.DeepCopy()
	yes := true
	machine.Status.Initialization.InfrastructureProvisioned = &yes
	machine.Status.Initialization.BootstrapDataSecretCreated = &yes
	if reaches == toReady {
		machine.Status.NodeRef.Name = machine.Name
		machine.Status.Addresses = c.machineAddresses()
		for _, kind := range []string{
			clusterv1.MachineNodeHealthyCondition, clusterv1.MachineReadyCondition,
			clusterv1.MachineAvailableCondition,
		} {
			conditions.Set(machine, metav1.Condition{
				Type: kind, Status: metav1.ConditionTrue, Reason: "Played",
			})
		}
	}
	return c.patchStatus(machine, before)
}

func (c *core) patchStatus(machine, before *clusterv1.Machine) error {
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	data, err := patch.Data(machine)
	if err != nil || !strings.Contains(string(data), `"status"`) {
		return err
	}
	return server.client.Status().Patch(c.fixture.ctx, machine, patch)
}

func (c *core) machineAddresses() clusterv1.MachineAddresses {
	if c.addresses != nil {
		return c.addresses
	}
	return clusterv1.MachineAddresses{
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
		{Type: clusterv1.MachineExternalIP, Address: "203.0.113.4"},
	}
}

// delete runs a Machine's deletion: first the hooks, then its parts.
func (c *core) delete(machine *clusterv1.Machine) error {
	for _, hook := range []struct{ prefix, reason string }{
		{clusterv1.PreDrainDeleteHookAnnotationPrefix, clusterv1.MachineDeletingWaitingForPreDrainHookReason},
		{clusterv1.PreTerminateDeleteHookAnnotationPrefix, clusterv1.MachineDeletingWaitingForPreTerminateHookReason},
	} {
		if !hooked(machine, hook.prefix) {
			continue
		}
		if c.holdHooks {
			return nil
		}
		return c.deleting(machine, hook.reason)
	}
	if c.keepReleased {
		return nil
	}
	for _, part := range c.parts(machine) {
		part.SetNamespace(machine.Namespace)
		if err := server.client.Delete(c.fixture.ctx, part); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	controllerutil.RemoveFinalizer(machine, clusterv1.MachineFinalizer)
	return server.client.Update(c.fixture.ctx, machine)
}

func hooked(machine *clusterv1.Machine, prefix string) bool {
	for key := range machine.Annotations {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func (c *core) deleting(machine *clusterv1.Machine, reason string) error {
	before := machine.DeepCopy()
	conditions.Set(machine, metav1.Condition{
		Type: clusterv1.MachineDeletingCondition, Status: metav1.ConditionTrue, Reason: reason,
	})
	return c.patchStatus(machine, before)
}

// workload is a fake of the workload cluster.
type workload struct {
	mutex    sync.Mutex
	serves   bool
	lost     map[string]bool // Nodes that are gone
	keeps    bool            // etcd lets no member go
	removed  []string
	excluded []string
}

func newWorkload() *workload {
	return &workload{lost: map[string]bool{}}
}

func (w *workload) serve(serves bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.serves = serves
}

func (w *workload) keepMembers(keeps bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.keeps = keeps
}

func (w *workload) loseNode(name string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.lost[name] = true
}

func (w *workload) Serves(context.Context) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.serves {
		return fmt.Errorf("no answer")
	}
	return nil
}

func (w *workload) RemoveEtcdMember(_ context.Context, node string) (bool, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.lost[node] {
		return false, apierrors.NewNotFound(schema.GroupResource{Resource: "nodes"}, node)
	}
	if !w.keeps && !slices.Contains(w.removed, node) {
		w.removed = append(w.removed, node)
	}
	return !w.keeps, nil
}

func (w *workload) ExcludeFromLoadBalancers(_ context.Context, node string) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.excluded = append(w.excluded, node)
	return nil
}

// members returns the Nodes whose etcd member was removed.
func (w *workload) members() []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.removed)
}

func (w *workload) wasExcluded(node string) bool {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Contains(w.excluded, node)
}
