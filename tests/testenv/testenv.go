// Package testenv runs the whole product against a real Kubernetes API and the
// real Cluster API, all as plain processes on loopback: the management cluster,
// evroc-sim, both services, the shim, a simulation of the workload clusters and
// a fake RKE2 provider. Several environments can run side by side. An
// environment leaves no process behind, even if its own process is killed.
package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/management"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// Environment is a running test environment. Safe for use by several
// goroutines.
type Environment struct {
	// Management is the management cluster.
	Management *management.Management
	// Product is nil without Options.Programs.
	Product *product.Product
	// Shim is nil without Options.Shim.
	Shim *product.Program
	// Workload is nil without Options.Workload.
	Workload *workload.Cloud

	options Options
	// closers end the parts that were started, in the order of their start.
	closers []func() error
}

// Start starts a test environment. It returns when the API accepts a Cluster
// and all requested parts serve. If that fails, or ctx ends first, nothing is
// left running. Dir is not removed.
func Start(ctx context.Context, options Options) (*Environment, error) {
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	e := &Environment{options: options}
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.Stop())
	}
	return e, nil
}

func (e *Environment) start(ctx context.Context) error {
	if err := e.options.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(e.logs(), 0o700); err != nil {
		return err
	}
	// Only the shim needs the management cluster.
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { return e.startManagement(both) })
	group.Go(func() error { return e.startProduct(both) })
	if err := group.Wait(); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{
		e.startRKE2, e.startWorkload, e.startShim,
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return e.writeEnvironment()
}

func (o Options) check() error {
	if o.Dir == "" {
		return errors.New("a test environment needs a folder")
	}
	if o.Programs == "" && (o.Shim || o.Workload) {
		return errors.New("the shim and workload clusters need the product")
	}
	return nil
}

func (e *Environment) logs() string { return filepath.Join(e.options.Dir, "logs") }

// Stop ends everything, the clients of the API first. The error names those of
// our programs that did not end gracefully.
func (e *Environment) Stop() error {
	if e.Workload != nil {
		e.Workload.Stop()
	}
	var failure error
	if e.Product != nil {
		failure = e.Product.Stop()
	}
	for i := len(e.closers) - 1; i >= 0; i-- {
		failure = errors.Join(failure, e.closers[i]())
	}
	if e.Management != nil {
		e.Management.Stop()
	}
	return failure
}

// Dir is the folder that the test environment writes to.
func (e *Environment) Dir() string { return e.options.Dir }

// StartShim starts another shim with the same rights.
func (e *Environment) StartShim(ctx context.Context, name string, flags ...string) (
	*product.Program, error) {
	kubeconfig, err := e.Management.ServiceAccountKubeconfig(
		ctx, ShimNamespace, ShimAccount)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return e.Product.StartShim(ctx, name, kubeconfig,
		append(append([]string{}, e.options.ShimFlags...), flags...)...)
}

// Processes returns all processes of the environment, by name.
func (e *Environment) Processes() map[string]*process.Process {
	result := e.Management.Processes()
	if e.Product != nil {
		for name, one := range e.Product.Processes() {
			result[name] = one
		}
	}
	return result
}

// Forbidden lists the log lines that show a missing right. The list should be
// empty.
func (e *Environment) Forbidden() ([]string, error) { return e.Management.Forbidden() }
