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

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }

// world is a plain one for a test that runs beside others.
func world(t *testing.T) *e2e.World {
	t.Helper()
	t.Parallel()
	return e2e.NewWorld(t, e2e.WorldOptions{})
}

// drifting is a plain world whose services look at everything every other
// second: for what happens behind the API's back.
func drifting(t *testing.T) *e2e.World {
	t.Helper()
	t.Parallel()
	return e2e.NewWorld(t, e2e.WorldOptions{Drift: 2 * time.Second})
}

// ready is a plain cluster that machines can be made in.
func ready(w *e2e.World) *e2e.Cluster {
	w.T.Helper()
	return w.NewCluster("c", e2e.ClusterOptions{}).Provisioned()
}

// fence is an errand after which the shim has seen all that was written before
// it: a cluster of its own that it has made usable.
func fence(w *e2e.World, name string) *e2e.Cluster {
	w.T.Helper()
	return w.NewCluster(name, e2e.ClusterOptions{}).Provisioned()
}

// machineFence is a fence for machines.
func machineFence(c *e2e.Cluster, name string) *e2e.Machine {
	c.T.Helper()
	return c.NewMachine(name, e2e.MachineOptions{}).Provisioned()
}

// sameVersion ends the test if the object was written since.
func sameVersion(t *testing.T, before, after string) {
	t.Helper()
	if before != after {
		t.Errorf("written: resourceVersion %s became %s", before, after)
	}
}

// oneVM waits until the machine has exactly one in the cloud.
func oneVM(m *e2e.Machine) {
	m.T.Helper()
	e2e.Eventually(m.T, m.Object.Name+" has one machine in the cloud",
		func(ctx context.Context) error { return m.OneVM(ctx) })
}
