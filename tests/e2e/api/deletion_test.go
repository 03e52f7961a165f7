package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// says waits until Ready of the machine mentions something.
func says(m *e2e.Machine, what string) {
	m.Until("says "+what, func(v e2e.MachineView) error {
		message := v.Status.Condition("Ready").Message
		return e2e.That(strings.Contains(message, what), "it says %q", message)
	})
}

func vmsOf(f *e2e.Fixture) int { return len(inventory(f).Of(cloud.Machines)) }

// The cloud accepts a deletion and forgets it, while the services' watch runs.
func TestADeletionThatTheCloudDropsIsRepeated(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	empty := ""
	f.Do(f.Cloud.InjectFault(t.Context(), cloud.Fault{
		Method: http.MethodDelete, Path: "/virtualMachines/", Status: http.StatusNoContent, Body: &empty}))
	m.Delete()
	says(m, "deletion is under way")
	if vmsOf(f) != 1 {
		t.Errorf("the fault did nothing: %v", inventory(f))
	}
	e2e.Eventually(t, "the VM is gone", func(context.Context) error {
		return e2e.That(vmsOf(f) == 0, "%v", inventory(f))
	})
	m.Gone()
}

// Somebody takes our labels off a VM: its UID, which the machine has recorded,
// shows that it is still running.
func TestADeletionWaitsForAVMThatLostItsLabels(t *testing.T) {
	f := drifting(t)
	c := ready(f)
	m := machineFence(c, "m")
	vm := m.VM()
	label := func(values map[string]any) {
		f.Do(f.Cloud.API(t.Context(), http.MethodPatch, e2e.Project, cloud.Machines, vm.ID,
			map[string]any{"metadata": map[string]any{"userLabels": values}}, nil))
	}
	old := inventory(f).Of(cloud.Machines)[0].Labels
	label(map[string]any{cloud.LabelManagedBy: nil, cloud.LabelClusterID: nil, cloud.LabelMachineID: nil})
	m.Delete()
	says(m, "this machine's by its UID")
	says(m, vm.ID)
	if vmsOf(f) != 1 {
		t.Errorf("deleted: %v", inventory(f))
	}
	label(map[string]any{cloud.LabelManagedBy: old[cloud.LabelManagedBy],
		cloud.LabelClusterID: old[cloud.LabelClusterID], cloud.LabelMachineID: old[cloud.LabelMachineID]})
	m.Gone()
	if vmsOf(f) != 0 {
		t.Errorf("left: %v", inventory(f))
	}
}

// A proxy's answer, or that of a cloud without its database, is no end.
func TestA404WithoutABodyEndsNoDeletion(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	empty := ""
	f.Do(f.Cloud.InjectFault(t.Context(), cloud.Fault{
		Path: "/virtualMachines/", Status: http.StatusNotFound, Body: &empty, Count: 1000}))
	m.Delete()
	e2e.Eventually(t, "it has asked several times", func(ctx context.Context) error {
		calls, err := f.Cloud.Calls(ctx)
		return e2e.Both(err, e2e.That(calls.Count("", "(fault)") >= 3, "%s", calls))
	})
	if _, err := m.Look(t.Context()); err != nil {
		t.Error(err)
	}
	if vmsOf(f) != 1 {
		t.Errorf("deleted: %v", inventory(f))
	}
	f.Do(f.Cloud.ClearFaults(t.Context()))
	m.Gone()
	if vmsOf(f) != 0 {
		t.Errorf("left: %v", inventory(f))
	}
}

// The owner changes between the list that finds the VM and its deletion.
func TestAVMThatIsGivenAwayMeanwhileIsNotDeleted(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	vm := m.VM()
	path := "/compute/v1beta2/projects/" + e2e.Project + "/regions/se-sto/virtualMachines"
	f.Do(f.Cloud.InjectFault(t.Context(), cloud.Fault{
		Method: http.MethodGet, PathEnd: "/virtualMachines",
		Then: []cloud.Request{{Method: http.MethodPatch, Path: path + "/" + vm.ID, Body: relabel("other")}}}))
	m.Delete()
	says(m, "other")
	f.Do(f.Cloud.API(t.Context(), http.MethodPatch, e2e.Project, cloud.Machines, vm.ID, relabel(c.OwnerID()), nil))
	m.Gone()
}
