package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
)

// namespace holds all objects of the bench.
const namespace = "bench"

// ours are the names of our programs, without the simulator.
var ours = []string{"shim", "network-service", "compute-service"}

// harness is a test environment with a shim whose requests are counted.
type harness struct {
	*testenv.Environment
	o      options
	client client.WithWatch
	cloud  *cloud.Cloud
	api    *e2e.ProxiedAPI
	shim   *product.Program
	report *report
	meter  *meter
}

func newHarness(ctx context.Context, o options, mode string,
	more testenv.Options) (*harness, error) {
	dir, err := os.MkdirTemp("", "evroc-bench-")
	if err != nil {
		return nil, err
	}
	// The data plane is only for machines that boot.
	settings, err := json.Marshal(e2e.FullSettings())
	if err != nil {
		return nil, err
	}
	more.Dir, more.Programs, more.SimSettings = dir, o.programs, string(settings)
	more.SimFlags = []string{"--project=" + e2e.Project}
	more.Manifests = testenv.Deploy(e2e.Root())
	more.Progress = os.Stderr
	more.APIServerMemory = "6GiB"
	more.ServiceFlags = []string{
		fmt.Sprintf("--cloud-rate=%d", o.cloudRate),
		fmt.Sprintf("--cloud-burst=%d", o.cloudRate),
		fmt.Sprintf("--poll-interval=%v", o.poll),
	}
	started, err := testenv.Start(ctx, more)
	if err != nil {
		return nil, err
	}
	h := &harness{Environment: started, o: o,
		cloud: cloud.New(started.Product.SimURL(), started.Product.Credentials()),
		report: &report{Mode: mode, RSS: map[string]map[string]float64{},
			Together: map[string]float64{},
			Settings: map[string]string{
				"cloud rate":    fmt.Sprintf("%d/s", o.cloudRate),
				"poll interval": o.poll.String(),
			}},
	}
	if err := h.complete(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *harness) complete(ctx context.Context) error {
	var err error
	if h.client, err = e2e.NewClient(h.Management.Config()); err != nil {
		return err
	}
	token, err := e2e.ShimToken(ctx, h.Management)
	if err != nil {
		return err
	}
	h.api, err = e2e.NewProxiedAPI(h.Management.Config(), token, h.Dir(),
		io.Discard)
	if err != nil {
		return err
	}
	h.meter = newMeter(ctx, h.cloud, h.client)
	return h.client.Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: namespace}})
}

func (h *harness) startShim(ctx context.Context) (err error) {
	h.shim, err = h.Product.StartShim(ctx, "shim", h.api.Kubeconfig,
		"--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=1000")
	return err
}

// close ends everything. The folder stays if something was wrong.
func (h *harness) close() error {
	forbidden, err := h.Forbidden()
	if len(forbidden) > 0 {
		err = errors.Join(err, fmt.Errorf("rights are missing:\n%s",
			strings.Join(forbidden[:min(5, len(forbidden))], "\n")))
	}
	if h.meter != nil {
		h.meter.stop()
	}
	err = errors.Join(err, h.Stop())
	if h.api != nil {
		err = errors.Join(err, h.api.Proxy.Stop())
	}
	if err != nil {
		return fmt.Errorf("%w (logs: %s)", err, h.Management.Logs())
	}
	return os.RemoveAll(h.Dir())
}

func (h *harness) say(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"),
		fmt.Sprintf(format, arguments...))
}

// during runs a phase and records its cost.
func (h *harness) during(ctx context.Context, name string,
	run func(context.Context) error) error {
	h.say("%s", name)
	calls, err := h.cloud.Calls(ctx)
	if err != nil {
		return err
	}
	h.api.Proxy.ForgetCounts()
	cpu, began := h.processorTimes(), time.Now()
	err = run(ctx)
	p := &phase{Name: name, Seconds: time.Since(began).Seconds(),
		CPU: map[string]float64{}}
	h.report.Phases = append(h.report.Phases, p)
	for program, used := range h.processorTimes() {
		if used >= cpu[program] { // else it is another process by now
			used -= cpu[program]
		}
		p.CPU[program] = used.Seconds()
	}
	requests := h.api.Proxy.Counts()
	p.Kubernetes = requestsByVerb(requests)
	after, err2 := h.cloud.Calls(ctx)
	after = after.Since(calls)
	p.Cloud, p.Tokens = callsByMethod(after)
	if h.o.verbose {
		h.say("calls of the cloud:\n%s\nof Kubernetes:\n%s", after, requests)
	}
	if err = errors.Join(err, err2); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	h.recordMemory(name)
	return nil
}

func (h *harness) processorTimes() map[string]time.Duration {
	times := map[string]time.Duration{}
	processes := h.Product.Processes()
	for _, name := range ours {
		if running := processes[name]; running != nil {
			if used, err := running.ProcessorTime(); err == nil {
				times[name] = used
			}
		}
	}
	return times
}

// recordMemory records the memory of all programs.
func (h *harness) recordMemory(when string) {
	rss, together := map[string]float64{}, 0.0
	for name, running := range h.Processes() {
		memory, err := running.Memory()
		if err != nil {
			continue
		}
		rss[name] = float64(memory.Resident) / (1 << 20)
		if slices.Contains(ours, name) {
			together += float64(memory.Proportional) / (1 << 20)
		}
	}
	h.report.RSS[when], h.report.Together[when] = rss, together
}

// await waits for the end of a phase and reports its progress from time to
// time.
func (h *harness) await(ctx context.Context, check func(context.Context) error) error {
	said := time.Now()
	return e2e.Await(ctx, h.o.limit, func(ctx context.Context) error {
		err := check(ctx)
		if err != nil && time.Since(said) > 10*time.Second {
			said = time.Now()
			h.say("  %.200s", err)
		}
		if err != nil {
			// The check lists thousands of objects, so it does not run often.
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		return err
	})
}

// steady waits without doing anything, and records what happens.
func (h *harness) steady(ctx context.Context) error {
	if err := h.calm(ctx); err != nil {
		return err
	}
	return h.during(ctx, "idle", func(ctx context.Context) error {
		before, err := e2e.ResourceVersions(ctx, h.client, namespace)
		if err != nil {
			return err
		}
		calls, err := h.cloud.Calls(ctx)
		if err != nil {
			return err
		}
		if err := wait(ctx, h.o.steady); err != nil {
			return err
		}
		after, err := e2e.ResourceVersions(ctx, h.client, namespace)
		if err != nil {
			return err
		}
		if err := e2e.SameVersions(before, after); err != nil {
			h.report.Moved = fmt.Sprintf("%.2000s", err)
		}
		now, err := h.cloud.Calls(ctx)
		h.report.CloudCalls = beside(now.Since(calls))
		return err
	})
}

// beside returns the calls other than the drift poll: one list of each
// collection, and one look at the project.
func beside(calls cloud.Calls) string {
	var more cloud.Calls
	for _, call := range calls {
		listed := !strings.Contains(call.Route, "{id}") ||
			strings.HasSuffix(call.Route, "/projects/{id}")
		drift := call.Method == "GET" && call.Count <= 2 && listed
		if !drift && !call.IsToken() {
			more = append(more, call)
		}
	}
	return more.String()
}

// calm waits until there was no call of the cloud for three seconds.
func (h *harness) calm(ctx context.Context) error {
	last, since := -1, time.Now()
	return e2e.Await(ctx, 2*time.Minute, func(ctx context.Context) error {
		calls, err := h.cloud.Calls(ctx)
		if n := calls.Count("", ""); n != last {
			last, since = n, time.Now()
		}
		return e2e.Both(err, e2e.That(time.Since(since) > 3*time.Second,
			"the cloud is called still: %d calls", last))
	})
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
