// Package api is the API suite of the end-to-end tests: it runs our programs as
// processes against a real API server, and the test plays Cluster API's core.
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

// newFixture returns a plain fixture for a test that runs in parallel.
func newFixture(t *testing.T) *e2e.Fixture {
	t.Helper()
	t.Parallel()
	return e2e.NewFixture(t, e2e.FixtureOptions{})
}

// drifting returns a plain fixture whose services list the whole cloud every
// other second, for tests that change the cloud outside of the API.
func drifting(t *testing.T) *e2e.Fixture {
	t.Helper()
	t.Parallel()
	return e2e.NewFixture(t, e2e.FixtureOptions{Drift: 2 * time.Second})
}

// ready returns a plain cluster that machines can be made in.
func ready(f *e2e.Fixture) *e2e.Cluster {
	f.T.Helper()
	return f.NewCluster("c", e2e.ClusterOptions{}).Provisioned()
}

// fence makes a cluster and waits until the shim has provisioned it. The shim
// has then seen everything that was written before.
func fence(f *e2e.Fixture, name string) *e2e.Cluster {
	f.T.Helper()
	return f.NewCluster(name, e2e.ClusterOptions{}).Provisioned()
}

// machineFence is fence for machines.
func machineFence(c *e2e.Cluster, name string) *e2e.Machine {
	c.T.Helper()
	return c.NewMachine(name, e2e.MachineOptions{}).Provisioned()
}

// sameVersion ends the test if the object was written in between.
func sameVersion(t *testing.T, before, after string) {
	t.Helper()
	if before != after {
		t.Errorf("written: resourceVersion %s became %s", before, after)
	}
}

// oneVM waits until the machine has exactly one virtual machine.
func oneVM(m *e2e.Machine) {
	m.T.Helper()
	e2e.Eventually(m.T, m.Object.Name+" has one machine in the cloud",
		func(ctx context.Context) error { return m.OneVM(ctx) })
}
