// Package full holds the end-to-end tests of the full lane: Cluster API's real
// managers, our programs, and workload clusters that boot from the machines'
// user data.
package full

import (
	"os"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.MainFull(m)) }

// stack returns the shared stack, for a test that runs beside others.
func stack(t *testing.T) *e2e.Stack {
	t.Helper()
	t.Parallel()
	return e2e.SharedStack(t)
}

var zones = []string{"a", "b", "c"}
