package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// The names of the cluster and of the project in the cloud.
const (
	clusterName = "demo"
	project     = "demo"
)

// flavor describes a template for clusters.
type flavor struct {
	name, template string
	controlPlane   schema.GroupVersionKind
	// logs are the names of the logs of its provider.
	logs []string
	// prebuilt is the version of Kubernetes in the image of its machines; empty
	// if they install it.
	prebuilt string
}

// image is the custom image of flavors with a prebuilt one.
const image = "node-image"

var flavors = map[string]flavor{
	"kubeadm": {"kubeadm", "templates/cluster-template.yaml",
		controlPlaneKind("KubeadmControlPlane"),
		[]string{"capi-kubeadm-control-plane"}, ""},
	"rke2": {"rke2", "templates/cluster-template-rke2.yaml",
		controlPlaneKind("RKE2ControlPlane"), []string{"rke2"}, ""},
	"prebuilt": {"prebuilt", "templates/cluster-template-prebuilt.yaml",
		controlPlaneKind("KubeadmControlPlane"),
		[]string{"capi-kubeadm-control-plane"}, "v1.31.4"},
}

func controlPlaneKind(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io",
		Version: "v1beta2", Kind: kind}
}

// options say what the demonstration shows.
type options struct {
	flavor flavor
	// keep is whether the cluster stays until the user has looked at it.
	keep bool
	// root is the repository's folder, programs is the folder of our binaries,
	// and the test environment writes to dir.
	root, programs, dir string
	tools               binaries.Folder
}

// demo is one run. Used by one goroutine.
type demo struct {
	options options
	screen  *screen
	env     *testenv.Environment
	cloud   *cloud.Cloud
	seen    *observer

	// want is the current desired state of the cluster.
	want desired
	// before is the cloud's inventory before the cluster.
	before cloud.Inventory
	// now is the last snapshot.
	now  snapshot
	took []timing
	// verdict is the last line of output when nothing failed.
	verdict string
}

// timing is the duration of a step.
type timing struct {
	title string
	took  time.Duration
}

func newDemo(o options, s *screen) *demo {
	return &demo{options: o, screen: s,
		want: desired{controlPlane: 3, workers: 2, zones: 3}}
}

// step is a part of the demonstration.
type step struct {
	title string
	limit time.Duration
	do    func(context.Context) error
	// logs are shown when the step fails, beside those of our programs.
	logs []string
}

// play runs all steps. The test environment has ended when it returns. The
// folder stays only if something failed.
func (d *demo) play(ctx context.Context) (err error) {
	defer func() {
		err = errors.Join(err, d.end())
		if err == nil || ctx.Err() != nil {
			err = errors.Join(err, os.RemoveAll(d.options.dir))
		}
	}()
	steps := d.steps()
	d.verdict = "All of it held, no right was missing, and everything has ended."
	for i, one := range steps {
		err := d.run(ctx, one, i+1, len(steps))
		if errors.Is(err, errLooked) {
			d.verdict = "All of it held so far, and everything has ended. " +
				"The cluster was not deleted."
			break
		}
		if err != nil {
			return err
		}
	}
	d.summary()
	return nil
}

func (d *demo) run(ctx context.Context, one step, number, count int) error {
	d.screen.title(fmt.Sprintf("%d/%d  %s", number, count, one.title))
	started := time.Now()
	limited, cancel := context.WithTimeout(ctx, one.limit)
	defer cancel()
	err := one.do(limited)
	took := time.Since(started)
	d.screen.settle()
	if errors.Is(err, errLooked) {
		return err
	}
	if err != nil {
		d.explain(ctx, one)
		return fmt.Errorf("%s: after %.0f s of at most %.0f s: %w", one.title,
			took.Seconds(), one.limit.Seconds(), err)
	}
	d.screen.print(fmt.Sprintf("      done after %.1f s", took.Seconds()))
	d.took = append(d.took, timing{one.title, took})
	return nil
}

// until shows snapshots until check finds nothing missing. The error names what
// is missing.
func (d *demo) until(ctx context.Context, check func(snapshot) error) error {
	const interval, reportInterval = 300 * time.Millisecond, 30 * time.Second
	started := time.Now()
	reported := started
	var missing error
	for {
		found := d.look(ctx, check)
		// The error of an ended context would hide the error before it.
		if missing == nil || found == nil || ctx.Err() == nil {
			missing = found
		}
		status := waiting(time.Since(started), missing)
		d.screen.show(d.now.rows(), status)
		if ended := d.ended(); ended != nil || missing == nil {
			return ended
		}
		if !d.screen.terminal() && time.Since(reported) > reportInterval {
			d.screen.print(status)
			reported = time.Now()
		}
		select {
		case <-ctx.Done():
			return missing
		case <-time.After(interval):
		}
	}
}

func waiting(since time.Duration, missing error) string {
	if missing == nil {
		return ""
	}
	return fmt.Sprintf("      %3.0f s, waiting: %v", since.Seconds(), missing)
}

// look stores a snapshot if it is complete, and returns the error of check.
func (d *demo) look(ctx context.Context, check func(snapshot) error) error {
	now, err := d.seen.look(ctx)
	if err != nil {
		return err
	}
	d.now = now
	return check(now)
}

// ended returns an error if a process of the test environment ended by itself.
func (d *demo) ended() error {
	for name, one := range d.env.Processes() {
		if !one.Running() {
			return fmt.Errorf("%s ended by itself; see %s", name, one.Log())
		}
	}
	return nil
}

// end stops the test environment and returns an error if something was wrong in
// it.
func (d *demo) end() error {
	if d.env == nil {
		return nil
	}
	forbidden, err := d.env.Forbidden()
	if len(forbidden) > 0 {
		err = errors.Join(err, fmt.Errorf("rights were missing:\n%s",
			strings.Join(forbidden, "\n")))
	}
	return errors.Join(err, d.env.Stop())
}

func (d *demo) summary() {
	d.screen.title("What was shown, and how long it took")
	var all time.Duration
	for _, one := range d.took {
		all += one.took
		d.screen.print(fmt.Sprintf("  %6.1f s  %s", one.took.Seconds(), one.title))
	}
	d.screen.print(fmt.Sprintf("  %6.1f s  in all", all.Seconds()))
}

func (d *demo) path(name string) string {
	return filepath.Join(d.options.dir, name)
}
