// Package api holds the end-to-end tests of the API lane: a real API server,
// our programs as processes, and Cluster API's core played by the test.
//
// Names begin with the row of the Cluster API contract (IC, IM, PA, MG) or of
// the traps (A, B, C, D) that a test shows.
package api

import (
	"context"
	"os"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/lanes"
)

func TestMain(m *testing.M) { os.Exit(lanes.Main(m)) }

// world is a plain one for a test that runs beside others.
func world(t *testing.T) *lanes.World {
	t.Helper()
	t.Parallel()
	return lanes.NewWorld(t, lanes.WorldOptions{})
}

// drifting is a plain world whose services look at everything every other
// second: for what happens behind the API's back.
func drifting(t *testing.T) *lanes.World {
	t.Helper()
	t.Parallel()
	return lanes.NewWorld(t, lanes.WorldOptions{Drift: 2 * time.Second})
}

// ready is a plain cluster that machines can be made in.
func ready(w *lanes.World) *lanes.Cluster {
	w.T.Helper()
	return w.NewCluster("c", lanes.ClusterOptions{}).Provisioned()
}

// fence is an errand after which the shim has seen all that was written before
// it: a cluster of its own that it has made usable.
func fence(w *lanes.World, name string) *lanes.Cluster {
	w.T.Helper()
	return w.NewCluster(name, lanes.ClusterOptions{}).Provisioned()
}

// machineFence is a fence for machines.
func machineFence(c *lanes.Cluster, name string) *lanes.Machine {
	c.T.Helper()
	return c.NewMachine(name, lanes.MachineOptions{}).Provisioned()
}

// sameVersion ends the test if the object was written since.
func sameVersion(t *testing.T, before, after string) {
	t.Helper()
	if before != after {
		t.Errorf("written: resourceVersion %s became %s", before, after)
	}
}

// oneVM waits until the machine has exactly one in the cloud.
func oneVM(m *lanes.Machine) {
	m.T.Helper()
	lanes.Eventually(m.T, m.Object.Name+" has one machine in the cloud",
		func(ctx context.Context) error { return m.OneVM(ctx) })
}
