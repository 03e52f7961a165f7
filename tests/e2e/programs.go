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

// Program is one of ours.
type Program string

// Our programs.
const (
	Simulator Program = "evroc-sim"
	Network   Program = "network-service"
	Compute   Program = "compute-service"
	Shim      Program = "shim"
	// SecondShim waits beside the first, for the lease.
	SecondShim Program = "shim-2"
)

// ready is how long a program may take to say that it serves, or to end.
const ready = 30 * time.Second

// Programs are our programs as processes, by name, each of which can be killed
// and started again where it was.
type Programs struct {
	*product.Product
	dir    string
	killed map[Program]bool
}

// ProgramsFolder is $EVROC_PROGRAMS, else bazel-bin of this repository.
func ProgramsFolder() string {
	if folder := os.Getenv("EVROC_PROGRAMS"); folder != "" {
		return folder
	}
	return filepath.Join(Root(), "bazel-bin")
}

// Root is the repository's folder: the nearest above with a WORKSPACE.
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

// CheckPrograms says which are not built.
func CheckPrograms() error {
	var missing []error
	for _, program := range []string{product.Sim, product.Network,
		product.Compute, product.Shim} {
		_, err := product.Find(ProgramsFolder(), program)
		missing = append(missing, err)
	}
	return errors.Join(missing...)
}

// find is a program that was started, nil if it was not.
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

// Kill ends a program as a crash does; but the simulator, which plays a cloud
// that does not forget what it has answered, in an orderly way.
func (p *Programs) Kill(program Program) {
	found := p.find(program)
	if found == nil {
		return
	}
	p.killed[program] = true
	if program == Simulator {
		ctx, cancel := context.WithTimeout(context.Background(), ready)
		defer cancel()
		// If it has to be killed, the test that needs its memory says so.
		_ = found.Stop(ctx)
	}
	found.Kill()
}

// Restart kills a program, unless that was done, and starts it again where it
// was.
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

// Stop asks a program to end; the error says if it did not end cleanly.
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

// Ended lists the programs that ended though nobody asked them to.
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

// Address is where a program serves.
func (p *Programs) Address(program Program) string {
	return p.find(program).Address()
}

// Process is a program's, nil if it was never started.
func (p *Programs) Process(program Program) *process.Process {
	found := p.find(program)
	if found == nil {
		return nil
	}
	return found.Process()
}

// Log is what a program said so far.
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

// Forbidden lists the lines of a log that show a missing right (design §13).
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
