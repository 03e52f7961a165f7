package official

import (
	"os"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }

// newFixture returns a fixture without a shim, for a test that runs in
// parallel.
func newFixture(t *testing.T) *e2e.Fixture {
	t.Helper()
	t.Parallel()
	return e2e.NewFixture(t, e2e.FixtureOptions{WithoutShim: true})
}
