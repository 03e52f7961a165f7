package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// start runs a shell script.
func start(t *testing.T, script string) *Process {
	t.Helper()
	process, err := Start(Options{
		Name: "script",
		Path: "/bin/sh",
		Args: []string{"-c", script},
		Log:  filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	return process
}

func TestTheAnnouncedAddressIsFound(t *testing.T) {
	process := start(t, "echo hello; printf 'ready thing '; echo 127.0.0.1:7; cat")
	address, err := process.Announced(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if address != "127.0.0.1:7" {
		t.Errorf("address is %q", address)
	}
}

func TestAProgramThatEndsEarlyIsExplainedByItsLog(t *testing.T) {
	process := start(t, "echo no such port >&2; exit 3")
	_, err := process.Announced(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no such port") {
		t.Errorf("error is %v", err)
	}
	if code := process.ExitCode(); code != 3 {
		t.Errorf("exit code is %d", code)
	}
}

func TestAwaitGivesUpWhenTheProcessEnds(t *testing.T) {
	process := start(t, "echo broken; exit 1")
	err := process.Await(t.Context(), func(context.Context) error {
		return errors.New("not yet")
	})
	if err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("error is %v", err)
	}
}

func TestStopEndsAProgramThatListens(t *testing.T) {
	process := start(t,
		"trap 'exit 0' TERM; echo ready script x; while :; do :; done")
	if _, err := process.Announced(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := process.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if process.Running() {
		t.Error("it still runs")
	}
}

func TestStopKillsAProgramThatDoesNot(t *testing.T) {
	process := start(t, "trap '' TERM; echo ready script x; while :; do :; done")
	if _, err := process.Announced(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := process.Stop(ctx); err == nil {
		t.Error("no error says that it had to be killed")
	}
	if process.Running() {
		t.Error("it still runs")
	}
}

func TestKillReachesGrandchildren(t *testing.T) {
	process := start(t, "cat /dev/zero >/dev/null & echo ready script $!; wait")
	grandchild, err := process.Announced(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	process.Kill()
	pid, err := strconv.Atoi(grandchild)
	if err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pid)
}

func TestChildrenDieWithAParentThatIsKilled(t *testing.T) {
	if os.Getenv("PROCESS_TEST_PARENT") == "1" {
		beParent(t)
	}
	process, err := Start(Options{
		Path: os.Args[0],
		Args: []string{"-test.run=^" + t.Name() + "$"},
		Env:  []string{"PROCESS_TEST_PARENT=1"},
		Log:  filepath.Join(t.TempDir(), "log"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	child, err := process.Announced(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(process.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(child)
	if err != nil {
		t.Fatal(err)
	}
	awaitGone(t, pid)
}

// beParent starts a child, prints its process id and waits to be killed.
func beParent(t *testing.T) {
	// exec replaces the shell: otherwise the child would be a grandchild, which
	// the kernel does not kill.
	child := start(t, "exec cat /dev/zero >/dev/null")
	_, _ = os.Stdout.WriteString("ready parent " + strconv.Itoa(child.Pid()) + "\n")
	select {}
}

// awaitGone waits until a process that is no child of this one is gone, or is a
// zombie that its new parent has not reaped yet.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		if err != nil || strings.HasPrefix(string(out), "Z") {
			return
		}
	}
}

func TestUsageIsReadable(t *testing.T) {
	process := start(t, "echo ready script x; cat /dev/zero >/dev/null")
	if _, err := process.Announced(t.Context()); err != nil {
		t.Fatal(err)
	}
	memory, err := process.Memory()
	if err != nil || memory.Proportional <= 0 ||
		memory.Resident < memory.Proportional {
		t.Errorf("%+v, %v", memory, err)
	}
	if _, err := process.ProcessorTime(); err != nil {
		t.Error(err)
	}
}

func TestAChildDoesNotSeeProxiesOrAKubeconfig(t *testing.T) {
	t.Setenv("https_proxy", "http://proxy.invalid")
	t.Setenv("KUBECONFIG", "/somewhere/else")
	for _, variable := range Environment() {
		if strings.Contains(variable, "proxy.invalid") ||
			strings.Contains(variable, "/somewhere/else") {
			t.Errorf("%s is passed on", variable)
		}
	}
}
