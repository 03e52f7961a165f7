// Package intervals holds the requeue intervals of the fake provider's
// controllers, for changes that no watch reports.
package intervals

import "time"

// Intervals are the requeue intervals. A zero field means the real provider's
// interval.
type Intervals struct {
	// BootstrapData is the interval at which a configuration checks for the first
	// server and for an address to join: 20 s.
	BootstrapData time.Duration
	// Initialize is the interval at which a control plane probes its first
	// server: 20 s.
	Initialize time.Duration
	// Preflight is the wait while a server is not healthy: 15 s.
	Preflight time.Duration
	// Deleting is the wait while a server is being deleted, while etcd lets a
	// member go, and while a deleted control plane's machines remain: 30 s.
	Deleting time.Duration
	// Scaled is the wait after a Machine was made or deleted: 60 s.
	Scaled time.Duration
}

// OrReal sets zero fields to the real provider's intervals.
func (i Intervals) OrReal() Intervals {
	for _, d := range []struct {
		field *time.Duration
		real  time.Duration
	}{
		{&i.BootstrapData, 20 * time.Second},
		{&i.Initialize, 20 * time.Second},
		{&i.Preflight, 15 * time.Second},
		{&i.Deleting, 30 * time.Second},
		{&i.Scaled, 60 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.real
		}
	}
	return i
}
