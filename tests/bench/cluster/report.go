package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// report holds the measurements of one mode.
type report struct {
	Mode     string `json:"mode"`
	Clusters int    `json:"clusters"`
	Machines int    `json:"machines"`
	// Settings that the numbers depend on.
	Settings map[string]string `json:"settings"`
	Phases   []*phase          `json:"phases"`
	// Latency is the time from the cloud's "Running" to our "provisioned".
	Latency quantiles `json:"running_to_provisioned_ms"`
	// RSS is the memory in MiB of each program at the end of a phase.
	RSS map[string]map[string]float64 `json:"rss_mib"`
	// Together is the memory of our programs in MiB; shared memory counts once.
	Together map[string]float64 `json:"together_mib"`
	// StartMS is the time from the shim's start, while all objects exist, to its
	// first handled event; 0 if not measured.
	StartMS float64 `json:"start_ms,omitempty"`
	// Slower is how much longer tenants take beside hostile ones, by the median;
	// 0 if not measured.
	Slower float64 `json:"slower,omitempty"`
	// Bare is the measurement of the load generator.
	Bare bare `json:"bare"`
	// Moved names the objects that were written in the steady state; CloudCalls
	// are the calls of the cloud then, except for the drift poll. Both should be
	// empty.
	Moved      string `json:"moved_in_steady_state"`
	CloudCalls string `json:"calls_in_steady_state"`
}

// phase is a part of a run, with its cost.
type phase struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Cloud counts the calls of the cloud by method, without those for tokens.
	Cloud  map[string]int `json:"cloud_calls"`
	Tokens int            `json:"token_calls"`
	// Kubernetes counts the requests of the shim by verb.
	Kubernetes map[string]int `json:"kubernetes_requests"`
	// CPU is the CPU time in seconds of each of our programs.
	CPU map[string]float64 `json:"cpu_seconds"`
}

// quantiles are in milliseconds.
type quantiles struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// bare is the time that the load generator takes for the shim's writes.
type bare struct {
	Writes  int     `json:"writes"`
	Seconds float64 `json:"seconds"`
	// Ratio is our time, from the first object to the last machine, divided by
	// the generator's.
	Ratio float64 `json:"ratio"`
}

// Silent reports whether nothing happened in the steady state.
func (r *report) Silent() bool { return r.Moved == "" && r.CloudCalls == "" }

func quantilesOf(times []time.Duration) quantiles {
	if len(times) == 0 {
		return quantiles{}
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		n := min(int(part*float64(len(times))), len(times)-1)
		return float64(times[n].Microseconds()) / 1000
	}
	return quantiles{len(times), at(0.5), at(0.9), at(0.99), at(1)}
}

func callsByMethod(calls cloud.Calls) (byMethod map[string]int, tokens int) {
	byMethod = map[string]int{}
	for _, call := range calls {
		if call.IsToken() {
			tokens += call.Count
		} else {
			byMethod[call.Method] += call.Count
		}
	}
	return byMethod, tokens
}

func requestsByVerb(counts faultproxy.Counts) map[string]int {
	byVerb := map[string]int{}
	for key, n := range counts {
		byVerb[key.Verb] += n
	}
	return byVerb
}

// print writes tables for people to read.
func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\nMode %s: %d clusters, %d machines", r.Mode, r.Clusters,
		r.Machines)
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		fmt.Fprintf(out, ", %s %s", name, r.Settings[name])
	}
	fmt.Fprintln(out)
	r.printPhases(out)
	r.printMemory(out)
	if r.Slower > 0 {
		fmt.Fprintf(out, "Beside %d hostile tenants %d others took %.2f times as "+
			"long, by the median of %d rounds\n", hostileTenants, friendlyTenants,
			r.Slower, fairnessRounds)
		return
	}
	l := r.Latency
	fmt.Fprintf(out, "Running to provisioned, %d machines: p50 %.0f ms, "+
		"p90 %.0f ms, p99 %.0f ms, at most %.0f ms\n", l.N, l.P50, l.P90, l.P99,
		l.Max)
	if r.StartMS > 0 {
		fmt.Fprintf(out, "Restart of the shim to its first reconcile: %.0f ms\n",
			r.StartMS)
	}
	fmt.Fprintf(out, "The same %d Kubernetes writes by a bare generator: "+
		"%.1f s; ours took %.1f times as long\n", r.Bare.Writes, r.Bare.Seconds,
		r.Bare.Ratio)
	if r.Silent() {
		fmt.Fprintln(out, "The steady state is silent")
	} else {
		fmt.Fprintf(out, "The steady state is NOT silent: %s\n%s\n", r.Moved,
			r.CloudCalls)
	}
}

// each formats a count per machine.
func (r *report) each(n int) string {
	return fmt.Sprintf("%.2f", float64(n)/float64(max(r.Machines, 1)))
}

func (r *report) printPhases(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "for each machine\ts\tPOST\tPATCH\tDELETE\tGET\t|"+
		"\tk8s get\tlist\twatch\tpatch\tother\t|\tCPU s\t")
	for _, p := range r.Phases {
		other := 0
		for verb, n := range p.Kubernetes {
			switch verb {
			case "get", "list", "watch", "patch":
			default:
				other += n
			}
		}
		cpu := 0.0
		for _, seconds := range p.CPU {
			cpu += seconds
		}
		fmt.Fprintf(table, "%s\t%.1f\t%s\t%s\t%s\t%s\t|\t%s\t%s\t%s\t%s\t%s\t|"+
			"\t%.1f\t\n", p.Name, p.Seconds, r.each(p.Cloud["POST"]),
			r.each(p.Cloud["PATCH"]), r.each(p.Cloud["DELETE"]),
			r.each(p.Cloud["GET"]), r.each(p.Kubernetes["get"]),
			r.each(p.Kubernetes["list"]), r.each(p.Kubernetes["watch"]),
			r.each(p.Kubernetes["patch"]), r.each(other), cpu)
	}
	table.Flush()
}

func (r *report) printMemory(out io.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	programs := map[string]bool{}
	for _, rss := range r.RSS {
		for name := range rss {
			programs[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(programs))
	fmt.Fprint(table, "RSS in MiB\t")
	for _, name := range names {
		fmt.Fprintf(table, "%s\t", name)
	}
	fmt.Fprintln(table, "|\tours, together\t")
	for _, when := range slices.Sorted(maps.Keys(r.RSS)) {
		fmt.Fprintf(table, "%s\t", when)
		for _, name := range names {
			fmt.Fprintf(table, "%.0f\t", r.RSS[when][name])
		}
		fmt.Fprintf(table, "|\t%.0f\t\n", r.Together[when])
	}
	table.Flush()
}
