// Package product runs the programs of this repository as processes on
// loopback: evroc-sim, network-service, compute-service and the shim. Each can
// be killed and started again with its address and state.
package product

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// Options say how to run the programs.
type Options struct {
	// Dir is the folder for credentials and state. It must exist.
	Dir string
	// Logs is the folder for a NAME.log for each program. It must exist.
	Logs string
	// Programs is the folder with the binaries, in Bazel's layout or flat.
	Programs string
	// DataPlane is the simulator's block of loopback addresses; a /16 that no
	// other test environment uses if empty.
	DataPlane string
	// SimSettings is JSON in the format of GET /sim/v1/settings.
	SimSettings string
	// SimFlags and ServiceFlags are added to the programs' flags.
	SimFlags, ServiceFlags []string
	// WithoutServices starts the simulator alone.
	WithoutServices bool
	// PollInterval is the interval at which the services poll objects in
	// transition; 200 ms if 0.
	PollInterval time.Duration
}

// Product runs the programs. Safe for use by several goroutines.
type Product struct {
	// They always run, unless the test ended them. Network and Compute are nil
	// with Options.WithoutServices.
	Sim, Network, Compute *Program

	options Options
	block   *block

	mutex sync.Mutex
	shims []*Program
}

// Start starts the simulator and its services and returns when they serve. If
// that fails, nothing is left running.
func Start(ctx context.Context, options Options) (*Product, error) {
	if options.PollInterval == 0 {
		options.PollInterval = 200 * time.Millisecond
	}
	p := &Product{options: options}
	if err := p.start(ctx); err != nil {
		p.Stop()
		return nil, fmt.Errorf("starting the product: %w", err)
	}
	return p, nil
}

func (p *Product) start(ctx context.Context) error {
	if err := p.claimDataPlane(); err != nil {
		return err
	}
	if err := os.MkdirAll(p.Credentials(), 0o700); err != nil {
		return err
	}
	var err error
	if p.Sim, err = p.launch(ctx, Sim, "evroc-sim", p.simFlags()); err != nil {
		return err
	}
	if p.options.WithoutServices {
		return nil
	}
	// The simulator writes the credentials before it is ready.
	if p.Network, err = p.launch(
		ctx, Network, "network-service", p.serviceFlags()); err != nil {
		return err
	}
	p.Compute, err = p.launch(ctx, Compute, "compute-service", p.serviceFlags())
	return err
}

func (p *Product) claimDataPlane() (err error) {
	if p.options.DataPlane != "" {
		return nil
	}
	if p.block, err = claimBlock(); err == nil {
		p.options.DataPlane = p.block.cidr
	}
	return err
}

func (p *Product) simFlags() []string {
	flags := []string{
		"--data-plane=" + p.options.DataPlane,
		"--credentials-out=" + p.Credentials(),
		"--state=" + filepath.Join(p.options.Dir, "evroc-sim.json"),
	}
	if p.options.SimSettings != "" {
		flags = append(flags, "--settings="+p.options.SimSettings)
	}
	return append(flags, p.options.SimFlags...)
}

func (p *Product) serviceFlags() []string {
	return append([]string{
		"--insecure",
		"--credentials-dir=" + p.Credentials(),
		fmt.Sprintf("--poll-interval=%v", p.options.PollInterval),
	}, p.options.ServiceFlags...)
}

// StartShim starts a shim with that kubeconfig and those flags and returns when
// it serves. A second shim needs another name than "shim".
func (p *Product) StartShim(ctx context.Context, name, kubeconfig string,
	flags ...string) (*Program, error) {
	all := append([]string{
		"--kubeconfig=" + kubeconfig,
		"--network-service=" + p.Network.Address(),
		"--compute-service=" + p.Compute.Address(),
	}, flags...)
	shim, err := p.launch(ctx, Shim, name, all)
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.shims = append(p.shims, shim)
	return shim, nil
}

func (p *Product) launch(ctx context.Context, binary, name string,
	flags []string) (*Program, error) {
	path, err := Find(p.options.Programs, binary)
	if err != nil {
		return nil, err
	}
	program := &Program{name: name, path: path, flags: flags,
		log: filepath.Join(p.options.Logs, name+".log")}
	return program, program.Start(ctx)
}

// Shims returns all shims that were started.
func (p *Product) Shims() []*Program {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]*Program{}, p.shims...)
}

// Programs returns all programs in the order in which they were started.
func (p *Product) Programs() []*Program {
	var result []*Program
	for _, one := range []*Program{p.Sim, p.Network, p.Compute} {
		if one != nil {
			result = append(result, one)
		}
	}
	return append(result, p.Shims()...)
}

// Processes returns the current or last process of each program, by name.
func (p *Product) Processes() map[string]*process.Process {
	result := map[string]*process.Process{}
	for _, one := range p.Programs() {
		if running := one.Process(); running != nil {
			result[one.name] = running
		}
	}
	return result
}

// Credentials returns the folder with the simulator's credentials.
func (p *Product) Credentials() string {
	return filepath.Join(p.options.Dir, "credentials")
}

// SimURL returns the base of the simulator's API and control API.
func (p *Product) SimURL() string { return "http://" + p.Sim.Address() }

// DataPlane returns the block of the simulator's addresses.
func (p *Product) DataPlane() string { return p.options.DataPlane }

// Stop ends all programs, shims first. The error names the programs that did
// not end on SIGTERM, in time and with exit code 0.
func (p *Product) Stop() error {
	const grace = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	programs := p.Programs()
	var failures []error
	for i := len(programs) - 1; i >= 0; i-- {
		failures = append(failures, programs[i].Stop(ctx))
	}
	if p.block != nil {
		p.block.release()
	}
	return errors.Join(failures...)
}
