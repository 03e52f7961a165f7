package product

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// The paths of the binaries in bazel-bin. In a flat folder the name is the last
// part.
const (
	Sim     = "tests/evroc_sim/evroc_sim"
	Network = "services/network/network-service"
	Compute = "services/compute/compute-service"
	Shim    = "shim/shim"
)

// Find returns the path of a program in bazel-bin or in a flat folder.
func Find(folder, program string) (string, error) {
	nested := filepath.Join(folder, program)
	flat := filepath.Join(folder, filepath.Base(program))
	for _, path := range []string{nested, flat} {
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("neither %s nor %s is a program; `make build` and "+
		"--programs=bazel-bin do", nested, flat)
}

// Program is a program that can be stopped and started again. Safe for use by
// several goroutines.
type Program struct {
	name, path, log string
	flags           []string

	mutex   sync.Mutex
	address string
	running *process.Process
}

// Name returns the name of the program, which is that of its log.
func (p *Program) Name() string { return p.name }

// Address returns the HOST:PORT that it serves; it stays the same after a
// restart.
func (p *Program) Address() string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.address
}

// Process returns the current or last process.
func (p *Program) Process() *process.Process {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.running
}

// Start starts the program and returns when it serves. It must not be running.
func (p *Program) Start(ctx context.Context) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.running != nil && p.running.Running() {
		return fmt.Errorf("%s runs already", p.name)
	}
	listen := p.address
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	running, err := process.Start(process.Options{
		Name: p.name,
		Path: p.path,
		Args: append([]string{"--listen=" + listen}, p.flags...),
		Log:  p.log,
	})
	if err != nil {
		return err
	}
	p.running = running
	address, err := running.Announced(ctx)
	if err != nil {
		running.Kill()
		return err
	}
	p.address = address
	return nil
}

// Kill ends the program with SIGKILL.
func (p *Program) Kill() {
	if running := p.Process(); running != nil {
		running.Kill()
	}
}

// Stop ends the program with SIGTERM. The error says if it was killed when ctx
// ended, or ended with another code than 0. It is no error if the program was
// killed before.
func (p *Program) Stop(ctx context.Context) error {
	running := p.Process()
	if running == nil || !running.Running() {
		return nil
	}
	return running.Stop(ctx)
}

// Restart stops and starts the program.
func (p *Program) Restart(ctx context.Context) error {
	return errors.Join(p.Stop(ctx), p.Start(ctx))
}

// Flags returns the flags of the program, without --listen.
func (p *Program) Flags() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string{}, p.flags...)
}

// SetFlags sets the flags of the next start.
func (p *Program) SetFlags(flags ...string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.flags = flags
}
