package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func TestMG02OtherNamespacesAreNotTouched(t *testing.T) {
	f := newFixture(t)
	other := f.NewNamespace()
	c := f.NewCluster("c", e2e.ClusterOptions{Namespace: other})
	before := c.View().ResourceVersion
	fence(f, "fence")
	sameVersion(t, before, c.View().ResourceVersion)
}

func TestMG03OnlyWhatCarriesTheWatchFilter(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{Everywhere: true})
	relabel := func(value string) func(*clusterv1.Cluster,
		*unstructured.Unstructured) {
		return func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			labels := evroc.GetLabels()
			labels[clusterv1.WatchLabel] = value
			if value == "" {
				delete(labels, clusterv1.WatchLabel)
			}
			evroc.SetLabels(labels)
		}
	}
	without := f.NewCluster("without", e2e.ClusterOptions{
		Change: relabel("")})
	another := f.NewCluster("another", e2e.ClusterOptions{
		Change: relabel("another")})
	versions := []string{without.View().ResourceVersion,
		another.View().ResourceVersion}
	fence(f, "fence")
	sameVersion(t, versions[0], without.View().ResourceVersion)
	sameVersion(t, versions[1], another.View().ResourceVersion)
}

// All shims that may write to the same objects share one lease.
func TestLeaderIsKilledAndTheSecondTakesOver(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{Elect: true, WithoutShim: true})
	f.Do(f.StartShim(t.Context(), e2e.Shim))
	c := ready(f)
	f.Do(f.StartShim(t.Context(), e2e.SecondShim))
	machineFence(c, "before")

	hold := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "POST", Path: "virtualMachines"},
		Count: 1, Hold: faultproxy.HoldAfter,
	})
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.AwaitFault(hold)
	f.Kill(e2e.Shim)
	killed := time.Now()
	hold.Remove()
	next := c.NewMachine("next", e2e.MachineOptions{})
	next.Until("has a new master", func(v e2e.MachineView) error {
		return e2e.That(len(v.Finalizers) > 0, "untouched")
	})
	if took := time.Since(killed); took > 20*time.Second {
		t.Errorf("the hand-over took %v", took)
	}
	m.Provisioned()
	next.Provisioned()
	oneVM(m)
	f.Do(f.Restart(t.Context(), e2e.Shim))
	second := holder(f)
	f.Do(f.Stop(t.Context(), e2e.SecondShim))
	// A shim that ends gracefully releases the lease: no other shim waits until
	// it expires.
	if now := holder(f); second == "" || now == second {
		t.Errorf("the lease was held by %q, and is by %q after an orderly end", second, now)
	}
	machineFence(c, "after")
}

// holder returns who holds the fixture's lease, "" if nobody does.
func holder(f *e2e.Fixture) string {
	f.T.Helper()
	var leases coordinationv1.LeaseList
	f.Do(f.List(f.T.Context(), &leases))
	for _, lease := range leases.Items {
		if lease.Name == f.Namespace {
			return ptr.Deref(lease.Spec.HolderIdentity, "")
		}
	}
	f.T.Fatal("no lease")
	return ""
}

// A shim that lost its lease must not write any more.
func TestLeaderThatLosesTheAPIServerStopsWriting(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{Elect: true})
	c := ready(f)
	leases := f.Fault(f.API, faultproxy.Rule{
		Match: faultproxy.Match{Path: "/leases"}, Refuse: true,
	})
	e2e.Within(t, 40*time.Second, "the shim has given up or ended",
		func(context.Context) error {
			process := f.Process(e2e.Shim)
			if !process.Running() {
				return nil
			}
			log := f.Log(e2e.Shim)
			return e2e.That(e2e.Mentions(log, "lost"), "no word of it")
		})
	m := c.NewMachine("m", e2e.MachineOptions{})
	before := m.View().ResourceVersion
	e2e.Throughout(t, 5*time.Second, "no shim has the lease",
		func(ctx context.Context) error {
			v, err := m.Look(ctx)
			// Only the writes of this test change it.
			return e2e.Both(err, e2e.That(len(v.Finalizers) == 0,
				"written: %s, was %s", v.ResourceVersion, before))
		})
	leases.Remove()
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.Provisioned()
}

func TestMG04HealthAndMetrics(t *testing.T) {
	f := newFixture(t)
	ready(f)
	// The addresses are in the log, since the kernel chooses the ports.
	for _, path := range []string{"healthz", "readyz", "livez", "metrics"} {
		answered := false
		for _, address := range addressesIn(f.Log(e2e.Shim)) {
			response, err := http.Get("http://" + address + "/" + path)
			if err != nil {
				continue
			}
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK && len(body) > 0 {
				answered = true
			}
		}
		if !answered {
			t.Errorf("no answer to /%s", path)
		}
	}
}

// addressesIn finds each HOST:PORT on loopback in a log.
func addressesIn(log string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(log, func(r rune) bool {
		return !strings.ContainsRune("0123456789.:", r)
	}) {
		if strings.HasPrefix(word, "127.0.0.1:") {
			found = append(found, word)
		}
	}
	return found
}

func TestSIGTERMEndsTheShimInTheMiddleOfWork(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	hold := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "POST"}, Count: 1,
		Hold: faultproxy.HoldBefore,
	})
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.AwaitFault(hold)
	f.Do(f.Stop(t.Context(), e2e.Shim))
	hold.Remove()
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.Provisioned()
	oneVM(m)
}

func TestB10AndIM20ASteadyStateIsSilent(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b"}})
	c.Provisioned()
	for n := range 2 {
		c.NewMachine(name("cp", n), e2e.MachineOptions{ControlPlane: true}).
			Provisioned()
		c.NewMachine(name("m", n), e2e.MachineOptions{}).Provisioned()
	}
	c.ReadyTrue()
	f.Settled()
	versions, err := e2e.ResourceVersions(t.Context(), f, f.Namespace)
	f.Do(err)
	calls := f.CloudCalls(nil)
	f.API.ForgetCounts()
	e2e.Throughout(t, quietPeriod(), "nothing happens",
		func(ctx context.Context) error {
			now, err := e2e.ResourceVersions(ctx, f, f.Namespace)
			return e2e.Both(err, e2e.SameVersions(versions, now))
		})
	if after := f.CloudCalls(calls); after.Count("", "") > 0 {
		t.Errorf("calls of the cloud:\n%s", after)
	}
	if n := f.API.Counts().Writes(); n > 0 {
		t.Errorf("%d writes: %v", n, f.API.Counts())
	}
}

// quietPeriod is how long nothing may happen; two minutes in the gate.
func quietPeriod() time.Duration {
	if testing.Short() {
		return 20 * time.Second
	}
	return 2 * time.Minute
}
