// Command testenv runs the product against a real Kubernetes API and the real
// Cluster API until it gets SIGTERM or SIGINT. When the API server accepts the
// first Cluster, it writes one line to standard output: "ready testenv
// ADDRESS", with the address of the API server.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// Exit codes.
const (
	failed  = 1
	badFlag = 2
)

func main() { os.Exit(run()) }

func run() int {
	options, timeout, err := parse(os.Args[1:])
	if err == flag.ErrHelp {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		return badFlag
	}
	ctx, stop := signal.NotifyContext(
		context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	starting, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	running, err := testenv.Start(starting, options)
	if err != nil {
		if ctx.Err() != nil {
			return 0
		}
		fmt.Fprintln(os.Stderr, "testenv:", err)
		return failed
	}
	fmt.Println("ready testenv", running.Management.Address())
	<-ctx.Done()
	if err := running.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testenv:", err)
		return failed
	}
	return 0
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string         { return strings.Join(*l, " ") }
func (l *list) Set(value string) error { *l = append(*l, value); return nil }

func parse(arguments []string) (testenv.Options, time.Duration, error) {
	flags := flag.NewFlagSet("testenv", flag.ContinueOnError)
	options := testenv.Options{
		Binaries: binaries.Default(), Progress: os.Stderr}
	flags.StringVar(&options.Dir, "dir", "",
		"folder for data, logs, kubeconfigs and env.sh; made if absent; required")
	flags.StringVar(&options.Binaries.Bin, "bin", options.Binaries.Bin,
		"folder with what tests/testenv/tools/build.sh built")
	flags.StringVar(&options.Programs, "programs", "",
		"folder with evroc_sim, the services and the shim, for instance bazel-bin")
	var manifests, shimFlags, simFlags, serviceFlags list
	flags.Var(&manifests, "manifests",
		"folder of YAML to apply, for instance deploy/crd; may be repeated")
	flags.Var(&shimFlags, "shim-flag", "flag for the shim; may be repeated")
	flags.Var(&simFlags, "sim-flag", "flag for evroc-sim; may be repeated")
	flags.Var(&serviceFlags, "service-flag",
		"flag for both services; may be repeated")
	flags.StringVar(&options.SimSettings, "sim-settings", "",
		"evroc-sim's --settings")
	flags.StringVar(&options.DataPlane, "data-plane", "",
		"block inside 127.0.0.0/8 for the simulator's addresses; empty: a free one")
	withoutShim := flags.Bool("without-shim", false, "do not start the shim")
	withoutWorkload := flags.Bool("without-workload", false,
		"leave the simulator's machines without a node")
	withoutRKE2 := flags.Bool("without-rke2", false,
		"leave RKE2's provider out")
	flags.BoolVar(&options.WithoutManagers, "without-managers", false,
		"leave Cluster API's managers and webhooks out")
	flags.BoolVar(&options.Audit, "audit", false,
		"note every request of the API in logs/audit.jsonl")
	timeout := flags.Duration("timeout", 3*time.Minute,
		"how long the start may take")
	if err := flags.Parse(arguments); err != nil {
		return options, 0, err
	}
	if flags.NArg() > 0 || options.Dir == "" {
		return options, 0, fmt.Errorf(
			"--dir=FOLDER is needed, and flags are all that is understood; see --help")
	}
	dir, err := filepath.Abs(options.Dir)
	if err != nil {
		return options, 0, err
	}
	options.Dir = dir
	options.Manifests, options.ShimFlags = manifests, shimFlags
	options.SimFlags, options.ServiceFlags = simFlags, serviceFlags
	options.Shim = options.Programs != "" && !*withoutShim
	options.Workload = options.Programs != "" && !*withoutWorkload
	options.RKE2 = !*withoutRKE2 && !options.WithoutManagers
	return options, *timeout, nil
}
