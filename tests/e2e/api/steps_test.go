package api

import (
	"context"
	"strconv"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func name(prefix string, n int) string { return prefix + strconv.Itoa(n) }

// strikesBefore waits until the fault strikes or the cluster is provisioned,
// and says whether it was the fault.
func strikesBefore(f *e2e.Fixture, fault *faultproxy.Fault,
	c *e2e.Cluster) bool {
	f.T.Helper()
	return strikesUntil(f, fault, func(ctx context.Context) error {
		if err := c.Refresh(ctx); err != nil {
			return err
		}
		return c.MirrorCluster(ctx, c.Object)
	})
}

// strikesUntil waits until the fault strikes or `done` finds nothing wrong, and
// says whether it was the fault.
func strikesUntil(f *e2e.Fixture, fault *faultproxy.Fault,
	done func(context.Context) error) bool {
	f.T.Helper()
	struck := false
	e2e.Within(f.T, 2*time.Minute, "the fault strikes or all is done",
		func(ctx context.Context) error {
			select {
			case <-fault.First():
				struck = true
				return nil
			default:
				return done(ctx)
			}
		})
	return struck
}
