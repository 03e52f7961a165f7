// Package full is the full suite of the end-to-end tests: it runs Cluster API's
// real managers, our programs, and workload clusters that boot from the
// machines' user data.
package full

import (
	"os"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.MainFull(m)) }

// stack returns the shared stack, for a test that runs in parallel.
func stack(t *testing.T) *e2e.Stack {
	t.Helper()
	t.Parallel()
	return e2e.SharedStack(t)
}

var zones = []string{"a", "b", "c"}
