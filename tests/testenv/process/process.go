// Package process runs programs as child processes that never outlive this
// process, however it ends.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say which program to run.
type Options struct {
	// Name is the name of the process in errors and logs; the program's file name
	// if empty.
	Name string
	// Path is the program.
	Path string
	Args []string
	// Env is added to the result of Environment.
	Env []string
	// Log is the path of the file that both output streams are appended to.
	Log string
}

// Process is a started program. Safe for use by several goroutines.
type Process struct {
	name    string
	log     string
	command *exec.Cmd
	output  *announcements
	ended   chan struct{}
}

// Start runs the program in its own process group. The program gets SIGKILL
// when this process ends, even if it ends by SIGKILL.
func Start(options Options) (*Process, error) {
	if options.Name == "" {
		options.Name = filepath.Base(options.Path)
	}
	log, err := os.OpenFile(
		options.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", options.Name, err)
	}
	output := newAnnouncements(log)
	command := exec.Command(options.Path, options.Args...)
	command.Env = append(Environment(), options.Env...)
	command.Stdout, command.Stderr = output, log
	// A grandchild that keeps the output open must not block Wait.
	command.WaitDelay = time.Second
	command.SysProcAttr = &syscall.SysProcAttr{
		Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := onSpawner(command.Start); err != nil {
		return nil, errors.Join(
			fmt.Errorf("starting %s: %w", options.Name, err), log.Close())
	}
	process := &Process{name: options.Name, log: options.Log, command: command,
		output: output, ended: make(chan struct{})}
	go process.wait(log)
	return process, nil
}

func (p *Process) wait(log *os.File) {
	// ProcessState says how it ended.
	_ = p.command.Wait()
	_ = log.Close()
	close(p.ended)
}

// Environment returns this program's environment, without the variables that
// would make a child connect elsewhere: proxies and a kubeconfig.
func Environment() []string {
	var result []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		lower := strings.ToLower(name)
		if strings.HasSuffix(lower, "_proxy") || lower == "kubeconfig" {
			continue
		}
		result = append(result, variable)
	}
	return result
}

// Name returns the name of the process in errors.
func (p *Process) Name() string { return p.name }

// Log returns the path of the file with its output.
func (p *Process) Log() string { return p.log }

// Pid returns its process id.
func (p *Process) Pid() int { return p.command.Process.Pid }

// Ended is closed when the process is gone.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Running reports whether the process is running.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// ExitCode returns the exit code of a process that ended, -1 if a signal ended
// it.
func (p *Process) ExitCode() int {
	<-p.ended
	return p.command.ProcessState.ExitCode()
}

// Stop sends SIGTERM and waits for the process. If ctx ends first, the whole
// process group is killed. The error says if it was killed or ended with
// another code than 0.
func (p *Process) Stop(ctx context.Context) error {
	if p.Running() {
		_ = p.command.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-p.ended:
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s did not end in time and was killed", p.name)
	}
	if code := p.ExitCode(); code != 0 {
		return p.explain(fmt.Sprintf("ended with %s", p.command.ProcessState))
	}
	return nil
}

// Kill ends the process and its children with SIGKILL and waits for it.
func (p *Process) Kill() {
	if p.Running() {
		_ = syscall.Kill(-p.Pid(), syscall.SIGKILL)
	}
	<-p.ended
}

// Await polls until probe succeeds. It fails when ctx or the process ends; the
// error then has the end of the log.
func (p *Process) Await(ctx context.Context, probe func(context.Context) error) error {
	const interval = 50 * time.Millisecond
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return p.explain("ended before it was ready")
		case <-ctx.Done():
			return p.explain(fmt.Sprintf("is not ready: %v", err))
		case <-time.After(interval):
		}
	}
}

// Announced waits for the line "ready PROGRAM ADDRESS" on standard output and
// returns the address. Every program of ours writes it when it serves.
func (p *Process) Announced(ctx context.Context) (string, error) {
	select {
	case address := <-p.output.address:
		return address, nil
	case <-p.ended:
		select {
		case address := <-p.output.address:
			return address, nil
		default:
			return "", p.explain("ended before it was ready")
		}
	case <-ctx.Done():
		return "", p.explain("did not say that it is ready")
	}
}

// explain returns an error with the last lines of the log.
func (p *Process) explain(what string) error {
	const lines = 15
	content, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("%s %s: %w", p.name, what, err)
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	all = all[max(0, len(all)-lines):]
	return fmt.Errorf("%s %s; %s ends with:\n%s",
		p.name, what, p.log, strings.Join(all, "\n"))
}

// spawner starts all children on one thread. The kernel sends Pdeathsig when
// the *thread* that started the child ends, so the thread must live as long as
// this process.
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for task := range work {
			task()
		}
	}()
	return work
})

func onSpawner(start func() error) error {
	result := make(chan error)
	spawner() <- func() { result <- start() }
	return <-result
}
