// Package stand runs the whole product against a real Kubernetes API and the
// real Cluster API, all as plain processes on loopback: the management cluster,
// evroc-sim, both services, the shim, and stand-ins for the workload clusters
// and for RKE2's provider. Several stands run side by side; none leaves a
// process behind, also when its own is killed.
package stand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"evroc.com/cluster-api-provider-evroc/tests/stand/management"
	"evroc.com/cluster-api-provider-evroc/tests/stand/process"
	"evroc.com/cluster-api-provider-evroc/tests/stand/product"
	"evroc.com/cluster-api-provider-evroc/tests/stand/workload"
)

// Stand is a running stand. Safe for use by several goroutines.
type Stand struct {
	// Management is the management cluster.
	Management *management.Management
	// Product is nil without Options.Programs.
	Product *product.Product
	// Shim is nil without Options.Shim.
	Shim *product.Program
	// Workload is nil without Options.Workload.
	Workload *workload.Cloud

	options Options
	// closers undo what was started, in the order of their making.
	closers []func() error
}

// Start starts a stand and returns when it accepts the first Cluster and
// everything that was asked for serves. When that fails, or ctx ends before,
// nothing is left running. Dir is left as it is.
func Start(ctx context.Context, options Options) (*Stand, error) {
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	s := &Stand{options: options}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (s *Stand) start(ctx context.Context) error {
	if err := s.options.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.logs(), 0o700); err != nil {
		return err
	}
	// The product needs nothing of the management cluster but the shim.
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { return s.startManagement(both) })
	group.Go(func() error { return s.startProduct(both) })
	if err := group.Wait(); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{
		s.startRKE2, s.startWorkload, s.startShim,
	} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return s.writeEnvironment()
}

func (o Options) check() error {
	if o.Dir == "" {
		return errors.New("a stand needs a folder")
	}
	if o.Programs == "" && (o.Shim || o.Workload) {
		return errors.New("the shim and workload clusters need the product")
	}
	return nil
}

func (s *Stand) logs() string { return filepath.Join(s.options.Dir, "logs") }

// Stop ends everything, the writers of the API first. The error names those of
// our programs that did not end as they should.
func (s *Stand) Stop() error {
	if s.Workload != nil {
		s.Workload.Stop()
	}
	var failure error
	if s.Product != nil {
		failure = s.Product.Stop()
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		failure = errors.Join(failure, s.closers[i]())
	}
	if s.Management != nil {
		s.Management.Stop()
	}
	return failure
}

// Dir is the folder that the stand writes to.
func (s *Stand) Dir() string { return s.options.Dir }

// StartShim starts another shim beside the first, with its rights.
func (s *Stand) StartShim(ctx context.Context, name string, flags ...string) (
	*product.Program, error) {
	kubeconfig, err := s.Management.ServiceAccountKubeconfig(
		ctx, ShimNamespace, ShimAccount)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return s.Product.StartShim(ctx, name, kubeconfig,
		append(append([]string{}, s.options.ShimFlags...), flags...)...)
}

// Processes are all of the stand's, by name.
func (s *Stand) Processes() map[string]*process.Process {
	result := s.Management.Processes()
	if s.Product != nil {
		for name, one := range s.Product.Processes() {
			result[name] = one
		}
	}
	return result
}

// Forbidden lists the log lines that show a missing right. It should be empty.
func (s *Stand) Forbidden() ([]string, error) { return s.Management.Forbidden() }
