// Package full holds the end-to-end tests of the full lane: Cluster API's real
// managers, our programs, and workload clusters that boot from the machines'
// user data.
package full

import (
	"os"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/lanes"
)

func TestMain(m *testing.M) { os.Exit(lanes.MainFull(m)) }

// stack is the stand, for a test that runs beside others.
func stack(t *testing.T) *lanes.Stack {
	t.Helper()
	t.Parallel()
	return lanes.SharedStack(t)
}

var zones = []string{"a", "b", "c"}
