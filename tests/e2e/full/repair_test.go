package full

import (
	"context"
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// The VMs of a worker and of a control plane vanish: the health check replaces
// the machines.
func TestMachineHealthCheckAfterALostVM(t *testing.T) {
	c := stack(t).Make(t, "lost", e2e.FullOptions{
		ControlPlane: 3, Workers: 2, Zones: zones})
	c.Ready()
	c.ShortenHealthChecks(15)
	replaced(c, func(m clusterv1.Machine) bool { return !isServer(m) })
	replaced(c, isServer)
	c.TearDown()
}

func isServer(m clusterv1.Machine) bool {
	_, is := m.Labels[clusterv1.MachineControlPlaneLabel]
	return is
}

// replaced makes the VM of the first matching machine vanish, and waits for
// another machine.
func replaced(c *e2e.FullCluster, fits func(clusterv1.Machine) bool) {
	c.T.Helper()
	lost := vanished(c, fits)
	e2e.Within(c.T, e2e.Long, lost.Name+" is replaced",
		func(ctx context.Context) error {
			machines, err := c.Machines(ctx)
			for _, m := range machines {
				if m.Name == lost.Name {
					return fmt.Errorf("still there: %s",
						e2e.Conditions(m.Status.Conditions))
				}
			}
			return err
		})
	c.Ready()
}

func vanished(c *e2e.FullCluster,
	fits func(clusterv1.Machine) bool) clusterv1.Machine {
	c.T.Helper()
	ctx := c.T.Context()
	machines, err := c.Machines(ctx)
	c.Do(err)
	for _, m := range machines {
		if fits(m) {
			c.Do(c.Cloud.Act(ctx, c.VM(m), cloud.Vanish))
			return m
		}
	}
	c.T.Fatal("no such machine")
	return clusterv1.Machine{}
}

// A zone has no room for a worker: it is late, its health check has it replaced,
// and the machine that takes its place is in another zone.
func TestAMachineWithoutRoomIsReplacedInAnotherZone(t *testing.T) {
	c := stack(t).Make(t, "noroom", e2e.FullOptions{ControlPlane: 1, Zones: zones})
	c.Ready()
	c.ShortenHealthChecks(30)
	c.Do(c.Cloud.InjectCreateFault(t.Context(), cloud.CreateFault{
		Collection: cloud.Machines, Outcome: "unschedulable", ID: "noroom-md", Count: 1}))
	c.Resize(1, 1)
	var first, zone string
	e2e.Within(t, e2e.Long, "the worker is late", func(ctx context.Context) error {
		for _, m := range c.EvrocMachines() {
			if _, is := m.Labels[clusterv1.MachineControlPlaneLabel]; is {
				continue
			}
			first, zone = m.Name, m.Status.FailureDomain
			reason := m.Status.Condition("Ready").Reason
			return e2e.That(reason == "ProvisioningLate", "it is %s", reason)
		}
		return fmt.Errorf("no worker")
	})
	c.Ready()
	for _, m := range c.EvrocMachines() {
		if _, is := m.Labels[clusterv1.MachineControlPlaneLabel]; is {
			continue
		}
		if m.Name == first || m.Status.FailureDomain == zone {
			t.Errorf("%s in %s after %s in %s", m.Name, m.Status.FailureDomain, first, zone)
		}
	}
	c.TearDown()
}

// D7: an RKE2 server whose node is gone waits at its pre-terminate hook. A
// condition shows the reason; the deletion continues when the hook is removed.
func TestD7ALostRKE2ServerHangsAtItsHookAndGetsOut(t *testing.T) {
	c := stack(t).Make(t, "hook", e2e.FullOptions{
		Flavor: e2e.RKE2Flavor, ControlPlane: 3})
	c.Ready()
	lost := vanished(c, isServer)
	e2e.Within(t, e2e.Long, "the loss shows", func(ctx context.Context) error {
		m, err := c.EvrocMachine(ctx, lost)
		return e2e.Both(err, m.Status.Is("Ready", metav1.ConditionFalse),
			e2e.That(m.Status.State == "Lost", "state %s", m.Status.State))
	})
	c.Do(c.Client.Delete(t.Context(), &lost))
	e2e.Within(t, e2e.Long, "it is replaced or its hook is all that is left",
		func(ctx context.Context) error {
			var m clusterv1.Machine
			err := c.Client.Get(ctx, c.KeyOf(lost.Name), &m)
			if err != nil {
				return err
			}
			c.Do(c.DropHooks(ctx, &m))
			return e2e.That(len(m.Finalizers) > 0, "gone")
		})
	e2e.Within(t, e2e.Long, "it is gone", func(ctx context.Context) error {
		return e2e.Gone(ctx, c.Client, e2e.MachineKind, c.KeyOf(lost.Name))
	})
	c.Ready()
	c.TearDown()
}

// C: a condition reports a VM that stops. The VM starts again without a
// replacement.
func TestB11AStoppedVMComesBack(t *testing.T) {
	c := stack(t).Make(t, "stopped", e2e.FullOptions{
		ControlPlane: 1, Workers: 1})
	c.Ready()
	ctx := t.Context()
	machines, err := c.Machines(ctx)
	c.Do(err)
	for _, m := range machines {
		if isServer(m) {
			continue
		}
		vm := c.VM(m)
		c.Do(c.Cloud.Act(ctx, vm, cloud.Stop))
		e2e.Within(t, e2e.Long, "core sees it",
			func(ctx context.Context) error {
				var now clusterv1.Machine
				err := c.Client.Get(ctx, c.KeyOf(m.Name), &now)
				status := e2e.CommonStatus{Conditions: now.Status.Conditions}
				return e2e.Both(err, status.Is("InfrastructureReady",
					metav1.ConditionFalse))
			})
		c.Do(c.Cloud.Act(ctx, vm, cloud.Begin))
	}
	c.Ready()
	c.TearDown()
}
