package api

import (
	"context"
	"fmt"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// A program is killed at each step of making and removing a cluster with a
// machine, one step later each time, until there is no such step any more. Each
// time there is exactly one of each object in the end, and nothing is left
// after the deletion.

// stopAt says which requests count as steps.
type stopAt struct {
	name string
	// rule is completed by Skip, Count and Hold.
	rule faultproxy.Rule
	// cloud is whether the requests go to the cloud; otherwise they go to the API
	// server.
	cloud bool
	// enough is the number of steps to try where it has no limit, as with polls;
	// 0 if it has one.
	enough int
}

var (
	kubernetesWrites = stopAt{name: "KubernetesWrites", rule: faultproxy.Rule{
		Match: faultproxy.Match{Writes: true,
			Path: "evroc|/secrets/"}}}
	cloudWrites = stopAt{name: "CloudWrites", cloud: true,
		rule: faultproxy.Rule{Match: faultproxy.Match{Writes: true}}}
	cloudReads = stopAt{name: "CloudReads", cloud: true, enough: 15,
		rule: faultproxy.Rule{Match: faultproxy.Match{Method: "GET"}}}
)

// restartCase is a program that is killed at each step of stopAt.
type restartCase struct {
	program e2e.Program
	at      stopAt
	hold    string
}

func (r restartCase) String() string {
	return fmt.Sprintf("%s/%s/%s", r.program, r.at.name, r.hold)
}

func restartCases() []restartCase {
	var cases []restartCase
	for _, hold := range []string{faultproxy.HoldBefore, faultproxy.HoldAfter} {
		cases = append(cases,
			restartCase{e2e.Shim, kubernetesWrites, hold},
			restartCase{e2e.Shim, cloudWrites, hold},
			restartCase{e2e.Network, cloudWrites, hold},
			restartCase{e2e.Compute, cloudWrites, hold},
			restartCase{e2e.Simulator, cloudWrites, hold},
		)
	}
	return append(cases,
		restartCase{e2e.Compute, cloudReads, faultproxy.HoldBefore})
}

func TestRestartAtEachStepOfCreation(t *testing.T) {
	t.Parallel()
	for _, r := range restartCases() {
		t.Run(r.String(), func(t *testing.T) {
			f := newFixture(t)
			steps := r.throughCreation(f)
			t.Logf("killed at each of %d steps", steps)
			if steps == 0 {
				t.Error("there was no step to stop at")
			}
		})
	}
}

func TestRestartAtEachStepOfDeletion(t *testing.T) {
	t.Parallel()
	for _, r := range restartCases() {
		t.Run(r.String(), func(t *testing.T) {
			f := newFixture(t)
			steps := r.throughDeletion(f)
			t.Logf("killed at each of %d steps", steps)
			if steps == 0 {
				t.Error("there was no step to stop at")
			}
		})
	}
}

// fault returns a fault that holds the step after `skip` others.
func (r restartCase) fault(f *e2e.Fixture, skip int) *faultproxy.Fault {
	f.T.Helper()
	rule := r.at.rule
	rule.Skip, rule.Count, rule.Hold = skip, 1, r.hold
	proxy := f.API
	if r.at.cloud {
		proxy = f.CloudAPI
	}
	return f.Fault(proxy, rule)
}

// killDuring kills the program in the middle of the step, and starts it again.
func (r restartCase) killDuring(f *e2e.Fixture, fault *faultproxy.Fault) {
	f.T.Helper()
	if r.hold == faultproxy.HoldAfter {
		// The server has executed the request before the program is killed.
		e2e.Eventually(f.T, "it is carried out",
			func(context.Context) error {
				return e2e.That(fault.Answered(), "not answered yet")
			})
	}
	f.Kill(r.program)
	fault.Abort()
	fault.Remove()
	f.Do(f.Restart(f.T.Context(), r.program))
}

// most is the limit of the number of steps: more of them would be a loop.
const most = 80

func (r restartCase) throughCreation(f *e2e.Fixture) int {
	f.T.Helper()
	for skip := range most {
		fault := r.fault(f, skip)
		c := f.NewCluster(name("c", skip), e2e.ClusterOptions{})
		m := c.NewMachine("m"+name("", skip), e2e.MachineOptions{
			ControlPlane: true, Spec: publicIP})
		triggered := faultUntil(f, fault, complete(c, m))
		if triggered {
			r.killDuring(f, fault)
		} else {
			fault.Remove()
		}
		c.Provisioned()
		m.Provisioned()
		exactlyOne(f, c, m)
		c.TearDown(m)
		f.NothingLeft()
		if !triggered || skip+1 == r.at.enough {
			return skip
		}
	}
	f.T.Fatalf("more than %d steps", most)
	return 0
}

func (r restartCase) throughDeletion(f *e2e.Fixture) int {
	f.T.Helper()
	for skip := range most {
		c := f.NewCluster(name("c", skip), e2e.ClusterOptions{}).Provisioned()
		m := c.NewMachine("m"+name("", skip), e2e.MachineOptions{
			ControlPlane: true, Spec: publicIP})
		m.Provisioned()
		e2e.Eventually(f.T, "it is a backend", isBackend(c, m))
		settledView(c, m)
		fault := r.fault(f, skip)
		c.DeleteCluster()
		m.Delete()
		c.DeleteEvroc()
		triggered := faultUntil(f, fault, func(ctx context.Context) error {
			return e2e.Both(e2e.Gone(ctx, f, e2e.MachineKind, m.Key()),
				e2e.Gone(ctx, f, e2e.ClusterKind, c.Key()))
		})
		if triggered {
			r.killDuring(f, fault)
		} else {
			fault.Remove()
		}
		m.Gone()
		c.EvrocGone()
		f.Do(c.Release(f.T.Context(), c.Object))
		f.NothingLeft()
		if !triggered || skip+1 == r.at.enough {
			return skip
		}
	}
	f.T.Fatalf("more than %d steps", most)
	return 0
}

// complete plays core, and returns an error until cluster and machine are
// ready.
func complete(c *e2e.Cluster,
	m *e2e.Machine) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := c.Refresh(ctx); err != nil {
			return err
		}
		if err := c.MirrorCluster(ctx, c.Object); err != nil {
			return err
		}
		v, err := m.Look(ctx)
		if err != nil {
			return err
		}
		return e2e.Both(isReady(v), isBackend(c, m)(ctx))
	}
}

// settledView waits until both are ready. Otherwise a write of the creation
// could count as one of the deletion.
func settledView(c *e2e.Cluster, m *e2e.Machine) {
	c.T.Helper()
	c.ReadyTrue()
	m.Until("is ready", isReady)
	c.Until("has seen its spec", observed)
	m.Until("has seen its spec", machineObserved)
}

// exactlyOne waits until the cloud holds exactly one of each of the cluster's
// objects.
func exactlyOne(f *e2e.Fixture, c *e2e.Cluster, m *e2e.Machine) {
	f.T.Helper()
	want := map[string]int{
		cloud.VPCs: 1, cloud.Subnets: 1, cloud.Machines: 1, cloud.Disks: 1,
		cloud.LoadBalancers: 1, cloud.BackendPools: 1,
		// One for the endpoint and one for the machine.
		cloud.PublicIPs: 2,
	}
	e2e.Eventually(f.T, "there is one of each", func(ctx context.Context) error {
		all, err := f.Inventory(ctx)
		if err != nil {
			return err
		}
		var wrong []error
		for collection, n := range want {
			got := all.Of(collection)
			wrong = append(wrong, e2e.That(len(got) == n,
				"%d of %s, want %d: %v", len(got), collection, n, got))
		}
		return e2e.Both(wrong...)
	})
	backends, err := c.Backends(f.T.Context())
	f.Do(err)
	if len(backends) > 1 {
		f.T.Errorf("backends %v", backends)
	}
	if got, want := m.View().Spec.ProviderID, "evroc://"+m.VM().UID; got != want {
		f.T.Errorf("providerID %s, want %s", got, want)
	}
}

// All programs are killed at once, as when a machine loses power.
func TestRestartOfEverything(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{})
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	for round := range 5 {
		for _, program := range []e2e.Program{e2e.Shim, e2e.Compute,
			e2e.Network, e2e.Simulator} {
			f.Kill(program)
		}
		for _, program := range []e2e.Program{e2e.Simulator, e2e.Network,
			e2e.Compute, e2e.Shim} {
			f.Do(f.Restart(t.Context(), program))
		}
		if round == 1 {
			c.Provisioned()
		}
	}
	c.Provisioned()
	m.Provisioned()
	oneVM(m)
	c.TearDown(m)
	f.NothingLeft()
}

// The services are not running: the shim waits and continues by itself.
func TestServicesThatAreDownAreWaitedFor(t *testing.T) {
	f := newFixture(t)
	f.Kill(e2e.Network)
	f.Kill(e2e.Compute)
	c := f.NewCluster("c", e2e.ClusterOptions{})
	e2e.Eventually(t, "the shim has reconciled the cluster",
		func(context.Context) error {
			n := f.API.Counts().Sum(func(k faultproxy.Key) bool {
				return k.Resource == "secrets" && k.Verb == faultproxy.VerbGet
			})
			return e2e.That(n > 0, "not yet")
		})
	f.Do(f.Restart(t.Context(), e2e.Network))
	c.Provisioned()
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.Do(f.Restart(t.Context(), e2e.Compute))
	m.Provisioned()
	c.TearDown(m)
	f.NothingLeft()
}
