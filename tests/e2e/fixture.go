package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// Project is the cloud project of all fixtures.
const Project = "demo"

// Quick returns settings of the simulator with short times, but long enough for
// tests to see each state.
func Quick() map[string]any {
	return map[string]any{
		"latency_ms": map[string]int{
			"network_create": 5, "public_ip_create": 5, "disk_create": 5,
			"vm_create": 50, "vm_start": 5, "load_balancer_create": 5,
			"other_create": 5, "vm_stop": 5, "vm_delete": 20, "disk_delete": 5,
			"public_ip_delete": 5, "other_delete": 5,
		},
		"quotas": map[string]int{"vpcs_per_project": -1},
	}
}

// FixtureOptions say what a fixture has.
type FixtureOptions struct {
	// Settings of the simulator; Quick if nil.
	Settings map[string]any
	// ShimFlags are added to the shim's.
	ShimFlags []string
	// Everywhere lets the shim watch all namespaces, but only objects with this
	// fixture's watch-filter label. Without it the shim watches the fixture's
	// namespace only.
	Everywhere bool
	// Elect makes the shims use leader election, with a lease of this fixture.
	Elect bool
	// Drift is the interval at which the services list the whole cloud; their
	// default of five minutes if 0.
	Drift time.Duration
	// WithoutShim starts no shim.
	WithoutShim bool
}

// Fixture is a namespace on the shared API server, with a cloud, services and a
// shim of its own: tests in different fixtures do not see each other.
type Fixture struct {
	*Programs
	Core
	T         testing.TB
	Namespace string
	Cloud     *cloud.Cloud
	// API is the proxy between the shim and the API server.
	API *faultproxy.Proxy
	// CloudAPI is the proxy between the services and the simulator's API. Tokens
	// are fetched without it.
	CloudAPI *faultproxy.Proxy

	options    FixtureOptions
	namespaces []string
	shared     *Shared
	kubeconfig string
}

// NewFixture makes a fixture for a test and removes it when the test ends. It
// then checks that no program crashed, no right was missing, and no secret was
// written to a log or, at any time, into an object.
func NewFixture(t testing.TB, options FixtureOptions) *Fixture {
	t.Helper()
	shared := SharedAPI(t)
	if options.Settings == nil {
		options.Settings = Quick()
	}
	f := &Fixture{
		Programs: &Programs{dir: t.TempDir(), killed: map[Program]bool{}},
		Core:     Core{shared.Client}, T: t, options: options, shared: shared,
	}
	f.Namespace = f.NewNamespace()
	t.Cleanup(f.end)
	if err := f.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *Fixture) start(ctx context.Context) error {
	settings, err := json.Marshal(f.options.Settings)
	if err != nil {
		return err
	}
	if err := f.startProduct(ctx, string(settings), f.options.Drift); err != nil {
		return err
	}
	f.Cloud = cloud.New(f.SimURL(), f.Credentials())
	log, err := os.Create(filepath.Join(f.dir, "fault-proxy.log"))
	if err != nil {
		return err
	}
	f.CloudAPI, err = faultproxy.Start(faultproxy.Options{
		Target: f.Cloud.URL, Log: log,
	})
	if err != nil {
		return err
	}
	proxied, err := NewProxiedAPI(f.shared.Config, f.shared.shimToken, f.dir, log)
	if err != nil {
		return err
	}
	f.API, f.kubeconfig = proxied.Proxy, proxied.Kubeconfig
	if f.options.WithoutShim {
		return nil
	}
	return f.StartShim(ctx, Shim)
}

// StartShim starts a shim with the fixture's flags and those given.
func (f *Fixture) StartShim(ctx context.Context, program Program,
	more ...string) error {
	flags := []string{
		fmt.Sprintf("--leader-elect=%v", f.options.Elect),
		"--leader-elect-name=" + f.Namespace,
		"--health-addr=127.0.0.1:0",
		"--diagnostics-address=127.0.0.1:0",
		"--v=1",
	}
	if f.options.Everywhere {
		flags = append(flags, "--watch-filter="+f.Namespace)
	} else {
		flags = append(flags, "--namespace="+f.Namespace)
	}
	flags = append(flags, f.options.ShimFlags...)
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	_, err := f.Product.StartShim(ctx, string(program), f.kubeconfig,
		append(flags, more...)...)
	return err
}

// NewNamespace makes another namespace, which is removed with the fixture.
func (f *Fixture) NewNamespace() string {
	f.T.Helper()
	namespace := &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "w-"},
	}
	if err := f.Create(f.T.Context(), namespace); err != nil {
		f.T.Fatal(err)
	}
	f.namespaces = append(f.namespaces, namespace.Name)
	f.T.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), step)
		defer cancel()
		// The API server ends with the test program, so leftovers are harmless.
		_ = f.shared.Client.Delete(ctx, namespace)
	})
	if !f.options.WithoutShim {
		for _, kind := range toldKinds {
			f.follow(kind, namespace.Name, f.checkObject)
		}
	}
	return namespace.Name
}

// end checks and stops everything.
func (f *Fixture) end() {
	ctx, cancel := context.WithTimeout(context.Background(), step)
	defer cancel()
	if f.T.Failed() {
		f.dump(ctx)
	}
	if ended := f.Ended(); len(ended) > 0 {
		f.T.Errorf("ended without being asked to: %v", ended)
	}
	for _, proxy := range []*faultproxy.Proxy{f.API, f.CloudAPI} {
		if proxy != nil {
			proxy.Clear()
			_ = proxy.Up()
		}
	}
	if f.Product != nil {
		if err := f.Product.Stop(); err != nil {
			f.T.Error(err)
		}
	}
	for _, proxy := range []*faultproxy.Proxy{f.API, f.CloudAPI} {
		if proxy != nil {
			_ = proxy.Stop()
		}
	}
	f.checkLogs()
	f.checkObjects(ctx)
}

func (f *Fixture) checkLogs() {
	for _, program := range []Program{Network, Compute, Shim, SecondShim} {
		log := f.Log(program)
		for _, secret := range secretsIn(log, "refreshToken") {
			f.T.Errorf("%s logged a secret: %s", program, secret)
		}
		if at := strings.Index(log, "type.googleapis.com/"); at >= 0 {
			f.T.Errorf("%s logged an error's details as bytes: …%.200s",
				program, log[max(0, at-100):])
		}
		if lines := Forbidden(log); len(lines) > 0 {
			f.T.Errorf("%s lacks rights:\n%s", program,
				strings.Join(lines, "\n"))
		}
	}
}

// dump logs the objects and the inventory when a test failed.
func (f *Fixture) dump(ctx context.Context) {
	f.T.Helper()
	clusters, _ := List[ClusterView](ctx, f, ClusterKind, f.Namespace)
	for _, c := range clusters {
		f.T.Logf("EvrocCluster %s: %s", c.Name, Conditions(c.Status.Conditions))
	}
	machines, _ := List[MachineView](ctx, f, MachineKind, f.Namespace)
	for _, m := range machines {
		f.T.Logf("EvrocMachine %s (%s): %s", m.Name, m.Status.State,
			Conditions(m.Status.Conditions))
	}
	if f.Cloud != nil {
		inventory, err := f.Cloud.Inventory(ctx, "")
		f.T.Logf("cloud: %v %v", inventory, err)
	}
	for _, program := range []Program{Shim, SecondShim, Network, Compute} {
		if log := f.Log(program); log != "" {
			f.T.Logf("%s's log ends with:\n%s", program, tail(log, 25))
		}
	}
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Inventory returns the objects of the fixture's cloud.
func (f *Fixture) Inventory(ctx context.Context) (cloud.Inventory, error) {
	return f.Cloud.Inventory(ctx, "")
}

// NothingLeft waits until the fixture's cloud is empty.
func (f *Fixture) NothingLeft() {
	f.T.Helper()
	Eventually(f.T, "nothing is left in the cloud",
		func(ctx context.Context) error {
			left, err := f.Inventory(ctx)
			return Both(err, That(len(left) == 0, "left: %v", left))
		})
}

// CloudSnapshot returns all objects of the fixture's cloud.
func (f *Fixture) CloudSnapshot() cloud.Snapshot {
	f.T.Helper()
	snapshot, err := f.Cloud.Snapshot(f.T.Context(), Project)
	f.Do(err)
	return snapshot
}

// CloudCalls returns the calls since `since`.
func (f *Fixture) CloudCalls(since cloud.Calls) cloud.Calls {
	f.T.Helper()
	calls, err := f.Cloud.Calls(f.T.Context())
	if err != nil {
		f.T.Fatal(err)
	}
	return calls.Since(since)
}

// Settled waits until there was no call of the cloud for three seconds.
func (f *Fixture) Settled() {
	f.T.Helper()
	last, since := cloud.Calls(nil).Count("", ""), time.Now()
	Eventually(f.T, "the cloud is left alone",
		func(ctx context.Context) error {
			calls, err := f.Cloud.Calls(ctx)
			if n := calls.Count("", ""); n != last {
				last, since = n, time.Now()
			}
			return Both(err, That(time.Since(since) > 3*time.Second,
				"%d calls", last))
		})
}

// Fault adds a fault to one of the fixture's proxies, until it is removed or
// the test ends.
func (f *Fixture) Fault(proxy *faultproxy.Proxy,
	rule faultproxy.Rule) *faultproxy.Fault {
	f.T.Helper()
	fault, err := proxy.Add(rule)
	if err != nil {
		f.T.Fatal(err)
	}
	return fault
}

// Do ends the test if one of its own steps failed.
func (f *Fixture) Do(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}

// AwaitFault waits until a fault has occurred.
func (f *Fixture) AwaitFault(fault *faultproxy.Fault) {
	f.T.Helper()
	select {
	case <-fault.First():
	case <-time.After(time.Duration(float64(step) * timeoutFactor)):
		f.T.Fatalf("the fault %+v never occurred", fault.Rule())
	}
}
