package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
)

// Program is the name of one of our programs.
type Program string

// Our programs.
const (
	Simulator Program = "evroc-sim"
	Network   Program = "network-service"
	Compute   Program = "compute-service"
	Shim      Program = "shim"
	// SecondShim is a shim that waits for the lease of the first.
	SecondShim Program = "shim-2"
)

// ready is the limit for a program to start serving, or to end.
const ready = 30 * time.Second

// Programs runs our programs as processes. Each can be killed and started again
// at the same address.
type Programs struct {
	*product.Product
	dir    string
	killed map[Program]bool
}

// ProgramsFolder returns $EVROC_PROGRAMS, else bazel-bin of this repository.
func ProgramsFolder() string {
	if folder := os.Getenv("EVROC_PROGRAMS"); folder != "" {
		return folder
	}
	return filepath.Join(Root(), "bazel-bin")
}

// Root returns the repository's folder: the nearest parent with a WORKSPACE.
func Root() string {
	folder, err := os.Getwd()
	for err == nil && folder != "/" {
		if _, err := os.Stat(filepath.Join(folder, "WORKSPACE")); err == nil {
			return folder
		}
		folder = filepath.Dir(folder)
	}
	return "."
}

// CheckPrograms returns an error that names the programs that are not built.
func CheckPrograms() error {
	var missing []error
	for _, program := range []string{product.Sim, product.Network,
		product.Compute, product.Shim} {
		_, err := product.Find(ProgramsFolder(), program)
		missing = append(missing, err)
	}
	return errors.Join(missing...)
}

// find returns a program that was started, or nil.
func (p *Programs) find(program Program) *product.Program {
	if p.Product == nil {
		return nil
	}
	for _, one := range p.Product.Programs() {
		if one.Name() == string(program) {
			return one
		}
	}
	return nil
}

// Kill ends a program as a crash does. The simulator is stopped gracefully
// instead: it plays a cloud that does not lose what it has answered.
func (p *Programs) Kill(program Program) {
	found := p.find(program)
	if found == nil {
		return
	}
	p.killed[program] = true
	if program == Simulator {
		ctx, cancel := context.WithTimeout(context.Background(), ready)
		defer cancel()
		// If it has to be killed, the test that needs its state fails anyway.
		_ = found.Stop(ctx)
	}
	found.Kill()
}

// Restart kills a program, unless that was done already, and starts it again at
// the same address.
func (p *Programs) Restart(ctx context.Context, program Program) error {
	found := p.find(program)
	if found == nil {
		return fmt.Errorf("%s was never started", program)
	}
	p.Kill(program)
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	delete(p.killed, program)
	return found.Start(ctx)
}

// Stop ends a program gracefully; the error says if it did not end cleanly.
func (p *Programs) Stop(ctx context.Context, program Program) error {
	found := p.find(program)
	if found == nil {
		return nil
	}
	p.killed[program] = true
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	return found.Stop(ctx)
}

// Ended lists the programs that ended by themselves.
func (p *Programs) Ended() []string {
	if p.Product == nil {
		return nil
	}
	var ended []string
	for _, one := range p.Product.Programs() {
		running := one.Process()
		if running != nil && !running.Running() && !p.killed[Program(one.Name())] {
			ended = append(ended, one.Name())
		}
	}
	return ended
}

// Address returns the address that a program serves.
func (p *Programs) Address(program Program) string {
	return p.find(program).Address()
}

// Process returns the process of a program, nil if it was never started.
func (p *Programs) Process(program Program) *process.Process {
	found := p.find(program)
	if found == nil {
		return nil
	}
	return found.Process()
}

// Log returns the log of a program so far.
func (p *Programs) Log(program Program) string {
	content, err := os.ReadFile(filepath.Join(p.dir, string(program)+".log"))
	if err != nil {
		return ""
	}
	return string(content)
}

// startProduct starts the simulator and both services.
func (p *Programs) startProduct(ctx context.Context, settings string,
	drift time.Duration) error {
	flags := []string{"--cloud-rate=1000", "--cloud-burst=1000", "--v=1"}
	if drift > 0 {
		flags = append(flags, fmt.Sprintf("--drift-interval=%v", drift))
	}
	ctx, cancel := context.WithTimeout(ctx, ready)
	defer cancel()
	started, err := product.Start(ctx, product.Options{
		Dir: p.dir, Logs: p.dir, Programs: ProgramsFolder(),
		SimSettings:  settings,
		SimFlags:     []string{"--project=" + Project},
		ServiceFlags: flags,
	})
	p.Product = started
	return err
}

// Forbidden lists the lines of a log that show a missing right.
func Forbidden(log string) []string {
	var lines []string
	for line := range strings.Lines(log) {
		missing := strings.Contains(line, `User "system:serviceaccount:`) &&
			strings.Contains(line, "cannot")
		if missing || strings.Contains(line, "cannot set blockOwnerDeletion") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
