// Command cluster measures the whole product in a test environment.
//
// The mode "full" makes clusters with Cluster API's real managers. The mode
// "core" plays Cluster API itself, to find our own limits. The mode "fairness"
// compares tenants with themselves beside hostile ones. Each mode reports
// what a machine costs (calls of the cloud, requests to Kubernetes by verb),
// how long things take, what memory the programs hold, whether a steady state
// is silent, and how long the same Kubernetes writes take a bare load
// generator.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// options holds the flags.
type options struct {
	mode                  string
	clusters              int
	controlPlane, workers int
	coreClusters          int
	coreMachines          int
	steady                time.Duration
	limit                 time.Duration
	cloudRate             int
	poll                  time.Duration
	json                  string
	programs              string
	verbose               bool
}

func parse() options {
	var o options
	flag.StringVar(&o.mode, "mode", "both", "full, core, fairness, or both: full and core")
	flag.IntVar(&o.clusters, "clusters", 100, "clusters of the full mode")
	flag.IntVar(&o.controlPlane, "control-plane", 3,
		"control-plane machines of each")
	flag.IntVar(&o.workers, "workers", 7, "workers of each")
	flag.IntVar(&o.coreClusters, "core-clusters", 1000,
		"clusters of the core mode")
	flag.IntVar(&o.coreMachines, "core-machines", 10, "machines of each")
	flag.DurationVar(&o.steady, "steady", 2*time.Minute,
		"how long nothing may happen in a steady state")
	flag.DurationVar(&o.limit, "limit", 90*time.Minute,
		"when a phase has failed")
	flag.IntVar(&o.cloudRate, "cloud-rate", 1000,
		"the services' calls of the cloud per second for each credential")
	flag.DurationVar(&o.poll, "poll-interval", time.Second,
		"the services' --poll-interval")
	flag.StringVar(&o.json, "json", "", "file for the numbers, as JSON")
	flag.StringVar(&o.programs, "programs", e2e.ProgramsFolder(),
		"folder of our programs; build them with -c opt")
	flag.BoolVar(&o.verbose, "verbose", false, "print the calls of each phase, by route and resource")
	flag.Parse()
	return o
}

func main() {
	o := parse()
	if flag.NArg() > 0 ||
		!slices.Contains([]string{"full", "core", "fairness", "both"}, o.mode) {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM,
		os.Interrupt)
	defer stop()
	reports, err := run(ctx, o)
	for _, r := range reports {
		r.print(os.Stdout)
	}
	if o.json != "" && len(reports) > 0 {
		err = firstOf(err, write(o.json, reports))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	for _, r := range reports {
		if !r.Silent() || r.Slower > mostSlower {
			os.Exit(1)
		}
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// run returns the reports that there are, even if a mode fails.
func run(ctx context.Context, o options) ([]*report, error) {
	var reports []*report
	for _, mode := range []struct {
		name string
		run  func(context.Context, options) (*report, error)
	}{{"full", full}, {"core", core}, {"fairness", fairness}} {
		if o.mode != mode.name &&
			(o.mode != "both" || mode.name == "fairness") {
			continue
		}
		r, err := mode.run(ctx, o)
		if r != nil {
			reports = append(reports, r)
		}
		if err != nil {
			return reports, fmt.Errorf("mode %s: %w", mode.name, err)
		}
	}
	return reports, nil
}

func write(path string, reports []*report) error {
	content, err := json.MarshalIndent(reports, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
