package main

import (
	"fmt"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

var threeAndTwo = desired{controlPlane: 3, workers: 2, zones: 3}

// healthy is a snapshot in the desired state threeAndTwo.
func healthy() snapshot {
	s := snapshot{
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
		s.Disks = append(s.Disks, "Ready")
		s.VMs = append(s.VMs, vm{ID: fmt.Sprintf("vm-%d", i), UID: uid,
			State: "Running", Zone: zone, Backend: server,
			Address: fmt.Sprintf("10.0.0.%d", i)})
		s.Nodes = append(s.Nodes, node{Name: fmt.Sprintf("vm-%d", i), Ready: true,
			ProviderID: "evroc://" + uid, Role: "control-plane", Zone: zone,
			Version: "v1.31.4"})
		s.Machines = append(s.Machines, machine{Phase: "Running", Ready: true,
			Name: fmt.Sprintf("machine-%d", i), ProviderID: "evroc://" + uid,
			Zone: zone, ControlPlane: server})
	}
	return s
}

func TestNothingIsMissingOfAHealthySnapshot(t *testing.T) {
	if err := healthy().missing(threeAndTwo); err != nil {
		t.Error(err)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	for name, one := range map[string]struct {
		spoil func(*snapshot)
		want  string
	}{
		"nothing there": {func(s *snapshot) { *s = snapshot{} }, "no Cluster"},
		"replicas": {func(s *snapshot) { s.Groups[1].Ready = 2 },
			"KubeadmControlPlane demo-control-plane: 2 of 3 ready"},
		"availability": {func(s *snapshot) {
			s.Groups[0].Healthy, s.Groups[0].Why = false, "NotAvailable"
		}, "Cluster demo: NotAvailable"},
		"a machine's phase": {func(s *snapshot) { s.Machines[4].Phase = "Pending" },
			"Machine machine-4: Pending"},
		"a machine": {func(s *snapshot) { s.Machines = s.Machines[:4] },
			"3 control-plane and 1 worker Machines of 3 and 2"},
		"a VM's state": {func(s *snapshot) { s.VMs[1].State = "Creating" },
			"VM vm-1: Creating"},
		"a VM":   {func(s *snapshot) { s.VMs = s.VMs[:4] }, "4 VMs of 5"},
		"a disk": {func(s *snapshot) { s.Disks = s.Disks[:4] }, "4 disks of 5"},
		"a node": {func(s *snapshot) { s.Nodes = s.Nodes[:4] }, "4 nodes of 5"},
		"a node's initialization": {
			func(s *snapshot) { s.Nodes[2].Uninitialized = true }, "node vm-2"},
		"a node's identity": {
			func(s *snapshot) { s.Nodes[2].ProviderID = "evroc://other" }, "of no VM"},
		"a backend": {func(s *snapshot) { s.VMs[0].Backend = false },
			"vm-0: control plane true, load balancer backend false"},
		"a backend too many": {func(s *snapshot) { s.VMs[4].Backend = true },
			"vm-4: control plane false, load balancer backend true"},
		"a zone": {func(s *snapshot) { s.VMs[0].Zone = "b" }, "2 zones of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			s := healthy()
			one.spoil(&s)
			err := s.missing(threeAndTwo)
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("got %v, want %q", err, one.want)
			}
		})
	}
}

func TestTheLostMachineIsAWorkerAndHasToGo(t *testing.T) {
	s := healthy()
	lost, victim, err := s.worker()
	if err != nil || lost.ControlPlane || victim.Backend {
		t.Fatalf("got %v, %v, %v", lost, victim, err)
	}
	if s.replaced(lost, threeAndTwo) == nil {
		t.Error("it is still there")
	}
	for i := range s.Machines {
		if s.Machines[i].Name == lost.Name {
			s.Machines[i].Name = "another"
		}
	}
	if err := s.replaced(lost, threeAndTwo); err != nil {
		t.Error(err)
	}
	if _, _, err := (snapshot{}).worker(); err == nil {
		t.Error("there is none")
	}
}

func TestASnapshotIsGoneWhenNothingIsLeftOnEitherSide(t *testing.T) {
	s := snapshot{Everything: cloud.Inventory{{FQID: "somebody's"}}}
	if err := s.gone(); err != nil {
		t.Error(err)
	}
	s.Parts = []part{{"VPC", "demo", "Deleting", ""}}
	if err := s.gone(); err == nil || !strings.Contains(err.Error(), "VPC demo") {
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
