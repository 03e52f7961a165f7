package api

import (
	"context"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// Faults between the shim and the API server. The work always continues when
// they end, and nothing is made twice.

// lifeThrough makes and removes a cluster with two machines while faults are
// set.
func lifeThrough(f *e2e.Fixture, id string) {
	f.T.Helper()
	c := f.NewCluster(id, e2e.ClusterOptions{}).Provisioned()
	m := c.NewMachine(id+"-cp", e2e.MachineOptions{ControlPlane: true})
	n := c.NewMachine(id+"-w", e2e.MachineOptions{})
	m.Provisioned()
	n.Provisioned()
	oneVM(m)
	oneVM(n)
	e2e.Eventually(f.T, "it is a backend", isBackend(c, m))
	c.TearDown(m, n)
	f.NothingLeft()
}

func TestAPIServerFaults(t *testing.T) {
	t.Parallel()
	writes := faultproxy.Match{Writes: true}
	watches := faultproxy.Match{Verbs: []string{faultproxy.VerbWatch}}
	for _, c := range []struct {
		name string
		rule faultproxy.Rule
	}{
		{"AStormOfConflicts", faultproxy.Rule{
			Match: writes, Count: 15, Status: 409}},
		{"ThrottledWrites", faultproxy.Rule{
			Match: writes, Count: 6, Status: 429, RetryAfterS: 1}},
		{"ThrottledReads", faultproxy.Rule{
			Match: faultproxy.Match{Method: "GET"}, Count: 6, Status: 429,
			RetryAfterS: 1}},
		{"InternalErrors", faultproxy.Rule{
			Match: writes, Count: 10, Status: 500}},
		{"Unavailable", faultproxy.Rule{Count: 10, Status: 503}},
		{"GatewayErrors", faultproxy.Rule{Match: writes, Count: 5, Status: 504}},
		{"LostAnswers", faultproxy.Rule{
			Match: writes, Count: 8, LoseAnswer: true}},
		{"RefusedWrites", faultproxy.Rule{
			Match: writes, Count: 8, Refuse: true}},
		{"Slow", faultproxy.Rule{
			Match: writes, Count: 10, DelayMS: 700}},
		{"SlowBytes", faultproxy.Rule{PausePerKiBMS: 20, Count: 60}},
		{"TruncatedAnswers", faultproxy.Rule{
			Match:         faultproxy.Match{Path: "evroc", Method: "PATCH"},
			CutAfterBytes: faultproxy.At(100), Count: 5}},
		{"ObjectsThatAreSaidToBeGone", faultproxy.Rule{
			Match: faultproxy.Match{Path: "/evroc", Method: "PATCH"},
			Count: 6, Status: 404}},
		{"ListsThatAreNone", faultproxy.Rule{
			Match: faultproxy.Match{Verbs: []string{faultproxy.VerbList}},
			Count: 10, Status: 200}},
		{"WatchesThatBreak", faultproxy.Rule{
			Match: watches, CutAfterEvents: faultproxy.At(2)}},
		{"WatchesThatExpire", faultproxy.Rule{
			Match: watches, ErrorAfterEvents: faultproxy.At(1)}},
		{"WatchesThatAreRefusedAsExpired", faultproxy.Rule{
			Match: watches, Count: 10, Status: 410}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			// The fault is set once during the work and once from the start.
			fault := f.Fault(f.API, c.rule)
			f.API.CutWatches(faultproxy.Match{})
			lifeThrough(f, "one")
			fault.Remove()
			f.Kill(e2e.Shim)
			f.Fault(f.API, c.rule)
			f.Do(f.Restart(t.Context(), e2e.Shim))
			lifeThrough(f, "two")
		})
	}
}

func TestAPIServerGoesAwayAndComesBack(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "before")
	f.Do(f.API.Down())
	// The shim can't see these changes, and no event reports some of them later.
	n := c.NewMachine("meanwhile", e2e.MachineOptions{})
	m.Delete()
	e2e.Throughout(t, 3*time.Second, "the API server is away",
		func(ctx context.Context) error {
			return e2e.That(f.Process(e2e.Shim).Running(), "the shim ended")
		})
	f.Do(f.API.Up())
	n.Provisioned()
	m.Gone()
	c.TearDown(n)
	f.NothingLeft()
}

// An object is deleted while the shim's watch is cut: the shim notices with the
// next list.
func TestAPIServerWatchMissesADeletion(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	blind := f.Fault(f.API, faultproxy.Rule{
		Match: faultproxy.Match{Verbs: []string{faultproxy.VerbWatch,
			faultproxy.VerbList}},
		Refuse: true,
	})
	f.API.CutWatches(faultproxy.Match{})
	m.Delete()
	blind.Remove()
	f.Fault(f.API, faultproxy.Rule{
		Match: faultproxy.Match{Verbs: []string{faultproxy.VerbWatch}},
		Count: 4, Status: 410,
	})
	m.Gone()
	c.TearDown()
	f.NothingLeft()
}

// Errors that never end cause no hot loop.
func TestAPIServerIsNotHammered(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	machineFence(c, "before")
	fault := f.Fault(f.API, faultproxy.Rule{
		Match: faultproxy.Match{Writes: true, Path: "evroc"}, Status: 500})
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.AwaitFault(fault)
	f.API.ForgetCounts()
	const watched = 10 * time.Second
	began := time.Now()
	e2e.Throughout(t, watched, "all writes fail",
		func(context.Context) error { return nil })
	n := f.API.Counts().Writes()
	if rate := float64(n) / time.Since(began).Seconds(); rate > 5 {
		t.Errorf("%d writes in %v", n, watched)
	}
	fault.Remove()
	m.Provisioned()
	oneVM(m)
}
