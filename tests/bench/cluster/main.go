// Command cluster measures the whole product in a test environment.
//
// The lane "full" makes clusters with Cluster API's real managers; the lane
// "core" plays Cluster API itself, for our own limits. Each says what a machine
// costs (calls of the cloud, requests to Kubernetes by verb), how long things
// take, what memory the programs hold, whether a steady state is silent, and
// how long the same Kubernetes writes take a bare load generator.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// options are the flags.
type options struct {
	lane                  string
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
	flag.StringVar(&o.lane, "lane", "both", "full, core or both")
	flag.IntVar(&o.clusters, "clusters", 100, "clusters of the full lane")
	flag.IntVar(&o.controlPlane, "control-plane", 3,
		"control-plane machines of each")
	flag.IntVar(&o.workers, "workers", 7, "workers of each")
	flag.IntVar(&o.coreClusters, "core-clusters", 1000,
		"clusters of the core lane")
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
	flag.BoolVar(&o.verbose, "verbose", false, "say what is being waited for")
	flag.Parse()
	return o
}

func main() {
	o := parse()
	if flag.NArg() > 0 ||
		(o.lane != "full" && o.lane != "core" && o.lane != "both") {
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
		if !r.Silent() {
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

// run gives the reports so far, also when a lane fails.
func run(ctx context.Context, o options) ([]*report, error) {
	var reports []*report
	for _, lane := range []struct {
		name string
		run  func(context.Context, options) (*report, error)
	}{{"full", full}, {"core", core}} {
		if o.lane != lane.name && o.lane != "both" {
			continue
		}
		r, err := lane.run(ctx, o)
		if r != nil {
			reports = append(reports, r)
		}
		if err != nil {
			return reports, fmt.Errorf("lane %s: %w", lane.name, err)
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
