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

// Project is the cloud project of all worlds.
const Project = "demo"

// Quick settings of the simulator: as fast as things can go and still be seen
// in between.
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

// WorldOptions say what a world is to have.
type WorldOptions struct {
	// Settings of the simulator; Quick if nil.
	Settings map[string]any
	// ShimFlags are added to the shim's.
	ShimFlags []string
	// Everywhere lets the shim look at all namespaces, though only at objects
	// with this world's watch-filter label; else it looks at the world's
	// namespace only.
	Everywhere bool
	// Elect has the shims take a lease of the world's before they work.
	Elect bool
	// Drift is how often the services look at everything; their five minutes
	// if 0.
	Drift time.Duration
	// WithoutShim starts none.
	WithoutShim bool
}

// World is a namespace on the shared API server, with a cloud, services and a
// shim of its own: tests in different worlds do not see each other.
type World struct {
	*Programs
	Core
	T         testing.TB
	Namespace string
	Cloud     *cloud.Cloud
	// API lies between the shim and the API server.
	API *faultproxy.Proxy
	// CloudAPI lies between the services and the simulator's API; tokens go
	// past it.
	CloudAPI *faultproxy.Proxy

	options    WorldOptions
	shared     *Shared
	kubeconfig string
}

// NewWorld makes one for a test and takes it away at its end. Then it checks
// what must hold in all worlds: nothing crashed, no right was missing, and no
// secret was written to a log.
func NewWorld(t testing.TB, options WorldOptions) *World {
	t.Helper()
	shared := SharedAPI(t)
	if options.Settings == nil {
		options.Settings = Quick()
	}
	w := &World{
		Programs: &Programs{dir: t.TempDir(), killed: map[Program]bool{}},
		Core:     Core{shared.Client}, T: t, options: options, shared: shared,
	}
	w.Namespace = w.NewNamespace()
	t.Cleanup(w.end)
	if err := w.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *World) start(ctx context.Context) error {
	settings, err := json.Marshal(w.options.Settings)
	if err != nil {
		return err
	}
	if err := w.startProduct(ctx, string(settings), w.options.Drift); err != nil {
		return err
	}
	w.Cloud = cloud.New(w.SimURL(), w.Credentials())
	log, err := os.Create(filepath.Join(w.dir, "fault-proxy.log"))
	if err != nil {
		return err
	}
	w.CloudAPI, err = faultproxy.Start(faultproxy.Options{
		Target: w.Cloud.URL, Log: log,
	})
	if err != nil {
		return err
	}
	detour, err := NewDetour(w.shared.Config, w.shared.shimToken, w.dir, log)
	if err != nil {
		return err
	}
	w.API, w.kubeconfig = detour.Proxy, detour.Kubeconfig
	if w.options.WithoutShim {
		return nil
	}
	return w.StartShim(ctx, Shim)
}

// StartShim starts a shim with the world's flags and those given.
func (w *World) StartShim(ctx context.Context, program Program,
	more ...string) error {
	flags := []string{
		fmt.Sprintf("--leader-elect=%v", w.options.Elect),
		"--leader-elect-name=" + w.Namespace,
		"--health-addr=127.0.0.1:0",
		"--diagnostics-address=127.0.0.1:0",
		"--v=1",
	}
	if w.options.Everywhere {
		flags = append(flags, "--watch-filter="+w.Namespace)
	} else {
		flags = append(flags, "--namespace="+w.Namespace)
	}
	flags = append(flags, w.options.ShimFlags...)
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	_, err := w.Product.StartShim(ctx, string(program), w.kubeconfig,
		append(flags, more...)...)
	return err
}

// NewNamespace makes another one, which goes with the world.
func (w *World) NewNamespace() string {
	w.T.Helper()
	namespace := &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "w-"},
	}
	if err := w.Create(w.T.Context(), namespace); err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), step)
		defer cancel()
		// The API server goes with the test program: leftovers are harmless.
		_ = w.shared.Client.Delete(ctx, namespace)
	})
	return namespace.Name
}

// end checks and stops everything.
func (w *World) end() {
	ctx, cancel := context.WithTimeout(context.Background(), step)
	defer cancel()
	if w.T.Failed() {
		w.tell(ctx)
	}
	if ended := w.Ended(); len(ended) > 0 {
		w.T.Errorf("ended without being asked to: %v", ended)
	}
	for _, proxy := range []*faultproxy.Proxy{w.API, w.CloudAPI} {
		if proxy != nil {
			proxy.Clear()
			_ = proxy.Up()
		}
	}
	if w.Product != nil {
		if err := w.Product.Stop(); err != nil {
			w.T.Error(err)
		}
	}
	for _, proxy := range []*faultproxy.Proxy{w.API, w.CloudAPI} {
		if proxy != nil {
			_ = proxy.Stop()
		}
	}
	w.checkLogs()
}

// secretWords must not appear in any log: parts of what NewSecretText makes, of
// tokens, and of keys.
var secretWords = []string{secretText, "eyJ", "refreshToken", "PRIVATE KEY",
	"correct-horse"}

const secretText = "top-secret-4711"

func (w *World) checkLogs() {
	for _, program := range []Program{Network, Compute, Shim, SecondShim} {
		log := w.Log(program)
		for _, word := range secretWords {
			if at := strings.Index(log, word); at >= 0 {
				w.T.Errorf("%s logged a secret: …%.80s", program,
					log[max(0, at-60):])
			}
		}
		if lines := Forbidden(log); len(lines) > 0 {
			w.T.Errorf("%s lacks rights:\n%s", program,
				strings.Join(lines, "\n"))
		}
	}
}

// tell shows what there is when a test failed.
func (w *World) tell(ctx context.Context) {
	w.T.Helper()
	clusters, _ := List[ClusterView](ctx, w, ClusterKind, w.Namespace)
	for _, c := range clusters {
		w.T.Logf("EvrocCluster %s: %s", c.Name, Conditions(c.Status.Conditions))
	}
	machines, _ := List[MachineView](ctx, w, MachineKind, w.Namespace)
	for _, m := range machines {
		w.T.Logf("EvrocMachine %s (%s): %s", m.Name, m.Status.State,
			Conditions(m.Status.Conditions))
	}
	if w.Cloud != nil {
		inventory, err := w.Cloud.Inventory(ctx, "")
		w.T.Logf("cloud: %v %v", inventory, err)
	}
	for _, program := range []Program{Shim, SecondShim, Network, Compute} {
		if log := w.Log(program); log != "" {
			w.T.Logf("%s's log ends with:\n%s", program, tail(log, 25))
		}
	}
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Inventory is what the world's cloud holds.
func (w *World) Inventory(ctx context.Context) (cloud.Inventory, error) {
	return w.Cloud.Inventory(ctx, "")
}

// NothingLeft waits until the world's cloud is empty.
func (w *World) NothingLeft() {
	w.T.Helper()
	Eventually(w.T, "nothing is left in the cloud",
		func(ctx context.Context) error {
			left, err := w.Inventory(ctx)
			return Both(err, That(len(left) == 0, "left: %v", left))
		})
}

// CloudCalls are those since `since`.
func (w *World) CloudCalls(since cloud.Calls) cloud.Calls {
	w.T.Helper()
	calls, err := w.Cloud.Calls(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return calls.Since(since)
}

// Fault sets a fault on one of the world's proxies, for the rest of the test
// or until it is removed.
func (w *World) Fault(proxy *faultproxy.Proxy,
	rule faultproxy.Rule) *faultproxy.Fault {
	w.T.Helper()
	fault, err := proxy.Add(rule)
	if err != nil {
		w.T.Fatal(err)
	}
	return fault
}

// Do ends the test if a step of its own failed.
func (w *World) Do(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// AwaitStrike waits until a fault has struck.
func (w *World) AwaitStrike(fault *faultproxy.Fault) {
	w.T.Helper()
	select {
	case <-fault.First():
	case <-time.After(time.Duration(float64(step) * patience)):
		w.T.Fatalf("the fault %+v never struck", fault.Rule())
	}
}
