package main

import (
	"slices"
	"strings"
	"testing"
)

var someRows = []row{
	{inCloud, "VPC", "demo", "Ready", ""},
	{inCloud, "VM", "demo-md-0-x", "Creating", "zone a"},
	{inManagement, "Cluster", "demo", "Provisioned", "NotAvailable"},
}

func TestTheTableAlignsAndHasASectionForEachSide(t *testing.T) {
	want := []string{
		inCloud,
		"  VPC      demo         Ready",
		"  VM       demo-md-0-x  Creating     zone a",
		inManagement,
		"  Cluster  demo         Provisioned  NotAvailable",
	}
	if got := table(someRows, 80, 24, false); !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestTheTableFitsTheTerminal(t *testing.T) {
	for width := 1; width < 60; width++ {
		for height := 1; height < 7; height++ {
			lines := table(someRows, width, height, false)
			if len(lines) > height {
				t.Errorf("%d lines of %d", len(lines), height)
			}
			for _, line := range lines {
				if runes(line) > width {
					t.Errorf("%q has more than %d characters", line, width)
				}
			}
		}
	}
	if got := table(someRows, 80, 3, false); !strings.Contains(got[2], "3 more") {
		t.Errorf("got %q", got)
	}
}

func TestColoursAreOnTheStateOnly(t *testing.T) {
	got := table(someRows[:1], 80, 24, true)[1]
	want := "  VPC  demo  " + green + "Ready" + plainInk
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if colour("Failed", true) != red || colour("Creating", true) != yellow ||
		colour("", true) != "" {
		t.Error("other states have other colours")
	}
}

func TestChangesSayWhatIsNewOtherAndGone(t *testing.T) {
	after := []row{
		someRows[0],
		{inCloud, "VM", "demo-md-0-x", "Running", "zone a, 10.0.0.1"},
		{inManagement, "Machine", "demo-md-0-x", "", ""},
	}
	want := []string{
		"VM demo-md-0-x: Running, zone a, 10.0.0.1",
		"Machine demo-md-0-x: made",
		"Cluster demo: gone",
	}
	if got := changes(someRows, after); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := changes(after, after); got != nil {
		t.Errorf("nothing changed, but %q", got)
	}
}

func TestRowsOfASnapshot(t *testing.T) {
	s := healthy()
	s.Disks = []string{"Ready", "Creating", "Ready"}
	s.Nodes[0].Ready, s.Nodes[0].Uninitialized = false, true
	s.Machines[0].Ready, s.Machines[0].Why = false, "NodeHealthy: NodeDeleted"
	var got []string
	for _, r := range s.rows() {
		got = append(got, r.line())
	}
	for _, want := range []string{
		"VPC demo: Ready",
		"disks: 1 Creating, 2 Ready",
		"VM vm-0: Running, zone a, 10.0.0.0, behind the load balancer",
		"node vm-0: NotReady, control-plane, zone a, v1.31.4, not initialized yet",
		"Cluster demo: Provisioned",
		"KubeadmControlPlane demo-control-plane: Available, 3 of 3 ready",
		"MachineHealthCheck demo-md-0: 2 of 2 healthy",
		"Machine machine-0: Running, zone a, NodeHealthy: NodeDeleted",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
}
