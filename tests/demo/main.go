// Demo shows the whole product in a test environment. It makes a cluster from a
// template as a user would, scales it, makes the cloud lose a machine, deletes
// the cluster, and checks that the cloud holds the same objects as before. It
// exits with 0 only if every check succeeds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// Exit codes.
const (
	failed      = 1
	badFlag     = 2
	interrupted = 130
)

func main() { os.Exit(run()) }

func run() int {
	options, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return badFlag
	}
	ctx, stop := signal.NotifyContext(
		context.Background(), syscall.SIGTERM, syscall.SIGHUP, os.Interrupt)
	defer stop()
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	d := newDemo(options, newScreen(os.Stdout))
	err = d.play(ctx)
	switch {
	case err == nil:
		d.screen.title(d.verdict)
		return 0
	case ctx.Err() != nil:
		d.screen.print("Interrupted; everything has ended.")
		return interrupted
	}
	d.screen.print("")
	d.screen.print("FAILED: " + err.Error())
	d.screen.print("The logs stay in " + filepath.Join(options.dir, "logs"))
	return failed
}

func parse(arguments []string) (options, error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	o := options{tools: binaries.Default()}
	name := flags.String("flavor", "kubeadm", "kubeadm, rke2 or prebuilt")
	flags.BoolVar(&o.keep, "keep", false,
		"stay up before the cluster is deleted, and say how to look around")
	flags.StringVar(&o.root, "root", ".", "folder of the repository")
	flags.StringVar(&o.programs, "programs", "",
		"folder with evroc_sim, the services and the shim; bazel-bin if empty")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	known := false
	if o.flavor, known = flavors[*name]; !known || flags.NArg() > 0 {
		return o, fmt.Errorf(
			"FLAVOR is kubeadm, rke2 or prebuilt, and flags are all that is understood")
	}
	root, err := filepath.Abs(o.root)
	if err != nil {
		return o, err
	}
	o.root = root
	if o.programs == "" {
		o.programs = filepath.Join(root, "bazel-bin")
	}
	o.dir, err = os.MkdirTemp("", "evroc-demo.")
	return o, err
}
