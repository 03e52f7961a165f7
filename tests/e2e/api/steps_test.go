package api

import (
	"context"
	"strconv"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func name(prefix string, n int) string { return prefix + strconv.Itoa(n) }

// faultBefore waits until the fault occurs or the cluster is provisioned, and
// reports whether the fault occurred.
func faultBefore(f *e2e.Fixture, fault *faultproxy.Fault,
	c *e2e.Cluster) bool {
	f.T.Helper()
	return faultUntil(f, fault, func(ctx context.Context) error {
		if err := c.Refresh(ctx); err != nil {
			return err
		}
		return c.MirrorCluster(ctx, c.Object)
	})
}

// faultUntil waits until the fault occurs or done returns nil, and reports
// whether the fault occurred.
func faultUntil(f *e2e.Fixture, fault *faultproxy.Fault,
	done func(context.Context) error) bool {
	f.T.Helper()
	triggered := false
	e2e.Within(f.T, 2*time.Minute, "the fault occurs or all is done",
		func(ctx context.Context) error {
			select {
			case <-fault.First():
				triggered = true
				return nil
			default:
				return done(ctx)
			}
		})
	return triggered
}
