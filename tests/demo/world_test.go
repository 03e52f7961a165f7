package main

import (
	"fmt"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

var threeAndTwo = wish{controlPlane: 3, workers: 2, zones: 3}

// healthy is a world that is as threeAndTwo wishes.
func healthy() world {
	w := world{
		Parts: []part{{"VPC", "demo", "Ready", ""}},
		Groups: []group{
			{Kind: "Cluster", Name: "demo", Phase: "Provisioned", Wanted: -1,
				Healthy: true},
			{Kind: "KubeadmControlPlane", Name: "demo-control-plane",
				Phase: "Available", Wanted: 3, Ready: 3, Healthy: true},
			{Kind: healthCheck, Name: "demo-md-0", Wanted: 2, Ready: 2, Healthy: true},
		},
	}
	for i := range threeAndTwo.machines() {
		server := i < threeAndTwo.controlPlane
		zone := string("abcab"[i])
		uid := fmt.Sprintf("uid-%d", i)
		w.Disks = append(w.Disks, "Ready")
		w.VMs = append(w.VMs, vm{ID: fmt.Sprintf("vm-%d", i), UID: uid,
			State: "Running", Zone: zone, Member: server,
			Address: fmt.Sprintf("10.0.0.%d", i)})
		w.Nodes = append(w.Nodes, node{Name: fmt.Sprintf("vm-%d", i), Ready: true,
			ProviderID: "evroc://" + uid, Role: "control-plane", Zone: zone,
			Version: "v1.31.4"})
		w.Machines = append(w.Machines, machine{Phase: "Running", Ready: true,
			Name: fmt.Sprintf("machine-%d", i), ProviderID: "evroc://" + uid,
			Zone: zone, ControlPlane: server})
	}
	return w
}

func TestNothingIsMissingOfAHealthyWorld(t *testing.T) {
	if err := healthy().missing(threeAndTwo); err != nil {
		t.Error(err)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	for name, one := range map[string]struct {
		spoil func(*world)
		want  string
	}{
		"nothing there": {func(w *world) { *w = world{} }, "no Cluster"},
		"replicas": {func(w *world) { w.Groups[1].Ready = 2 },
			"KubeadmControlPlane demo-control-plane: 2 of 3 ready"},
		"availability": {func(w *world) {
			w.Groups[0].Healthy, w.Groups[0].Why = false, "NotAvailable"
		}, "Cluster demo: NotAvailable"},
		"a machine's phase": {func(w *world) { w.Machines[4].Phase = "Pending" },
			"Machine machine-4: Pending"},
		"a machine": {func(w *world) { w.Machines = w.Machines[:4] },
			"3 control-plane and 1 worker Machines of 3 and 2"},
		"a VM's state": {func(w *world) { w.VMs[1].State = "Creating" },
			"VM vm-1: Creating"},
		"a VM":   {func(w *world) { w.VMs = w.VMs[:4] }, "4 VMs of 5"},
		"a disk": {func(w *world) { w.Disks = w.Disks[:4] }, "4 disks of 5"},
		"a node": {func(w *world) { w.Nodes = w.Nodes[:4] }, "4 nodes of 5"},
		"a node's initialization": {
			func(w *world) { w.Nodes[2].Uninitialized = true }, "node vm-2"},
		"a node's identity": {
			func(w *world) { w.Nodes[2].ProviderID = "evroc://other" }, "of no VM"},
		"a member": {func(w *world) { w.VMs[0].Member = false },
			"vm-0: control plane true, load balancer's member false"},
		"a member too many": {func(w *world) { w.VMs[4].Member = true },
			"vm-4: control plane false, load balancer's member true"},
		"a zone": {func(w *world) { w.VMs[0].Zone = "b" }, "2 zones of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := healthy()
			one.spoil(&w)
			err := w.missing(threeAndTwo)
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("got %v, want %q", err, one.want)
			}
		})
	}
}

func TestTheLostMachineIsAWorkerAndHasToGo(t *testing.T) {
	w := healthy()
	lost, victim, err := w.worker()
	if err != nil || lost.ControlPlane || victim.Member {
		t.Fatalf("got %v, %v, %v", lost, victim, err)
	}
	if w.replaced(lost, threeAndTwo) == nil {
		t.Error("it is still there")
	}
	for i := range w.Machines {
		if w.Machines[i].Name == lost.Name {
			w.Machines[i].Name = "another"
		}
	}
	if err := w.replaced(lost, threeAndTwo); err != nil {
		t.Error(err)
	}
	if _, _, err := (world{}).worker(); err == nil {
		t.Error("there is none")
	}
}

func TestAWorldIsGoneWhenNothingIsLeftOnEitherSide(t *testing.T) {
	w := world{Everything: cloud.Inventory{{FQID: "somebody's"}}}
	if err := w.gone(); err != nil {
		t.Error(err)
	}
	w.Parts = []part{{"VPC", "demo", "Deleting", ""}}
	if err := w.gone(); err == nil || !strings.Contains(err.Error(), "VPC demo") {
		t.Errorf("got %v", err)
	}
}

func TestInventoriesAreComparedByIdentity(t *testing.T) {
	before := cloud.Inventory{{FQID: "/a", UID: "1"}, {FQID: "/b", UID: "2"}}
	same := cloud.Inventory{{FQID: "/b", UID: "2", State: "Busy"},
		{FQID: "/a", UID: "1"}}
	if err := unchanged(before, same); err != nil {
		t.Error(err)
	}
	for want, after := range map[string]cloud.Inventory{
		"- /b":                {{FQID: "/a", UID: "1"}},
		"+ /c":                append(cloud.Inventory{{FQID: "/c"}}, before...),
		"~ /b is another one": {{FQID: "/a", UID: "1"}, {FQID: "/b", UID: "3"}},
	} {
		err := unchanged(before, after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
