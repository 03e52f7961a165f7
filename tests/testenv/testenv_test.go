package testenv

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
)

const (
	// root is the repository's folder.
	root = "../.."
	// testTimeout allows for a loaded machine: no test waits that long normally.
	testTimeout = 4 * time.Minute
)

// newOptions returns the options of a test environment with all programs that
// are built.
func newOptions(t *testing.T) Options {
	t.Helper()
	programs := os.Getenv("EVROC_PROGRAMS")
	if programs == "" {
		programs = filepath.Join(root, "bazel-bin")
	}
	if _, err := product.Find(programs, product.Sim); err != nil {
		binaries.SkipOrFail(t, err)
	}
	_, shim := product.Find(programs, product.Shim)
	return Options{
		Dir:       t.TempDir(),
		Binaries:  binaries.ForTest(t),
		Manifests: Deploy(root),
		Programs:  programs,
		Shim:      shim == nil,
		Workload:  true,
		RKE2:      true,
		Progress:  t.Output(),
	}
}

func TestTwoEnvironmentsRunSideBySideAndLeaveNothing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	one, err := Start(ctx, newOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	defer one.Stop()
	other, err := Start(ctx, newOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Stop()
	for _, running := range []*Environment{one, other} {
		checkServes(ctx, t, running)
	}
	if one.Product.DataPlane() == other.Product.DataPlane() {
		t.Errorf("both have the addresses %s", one.Product.DataPlane())
	}
	for _, running := range []*Environment{one, other} {
		processes := running.Processes()
		if err := running.Stop(); err != nil {
			t.Error(err)
		}
		checkGone(t, processes)
	}
}

// checkServes checks the API, the simulator and the logs.
func checkServes(ctx context.Context, t *testing.T, running *Environment) {
	t.Helper()
	client, err := kubernetes.NewForConfig(running.Management.Config())
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CoreV1().Namespaces().Get(
		ctx, ShimNamespace, metav1.GetOptions{})
	if err != nil {
		t.Errorf("the provider's manifests were not applied: %v", err)
	}
	answer, err := http.Get(running.Product.SimURL() + "/sim/v1/inventory")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if lines, err := running.Forbidden(); err != nil || len(lines) > 0 {
		t.Errorf("rights are missing: %v %s", err, strings.Join(lines, "\n"))
	}
}

func checkGone(t *testing.T, processes map[string]*process.Process) {
	t.Helper()
	if len(processes) < 8 {
		t.Errorf("only %d processes were there", len(processes))
	}
	for name, one := range processes {
		if one.Running() {
			t.Errorf("%s still runs", name)
		}
	}
}

// TestAKilledEnvironmentLeavesNothing runs its own binary as the test
// environment to kill.
func TestAKilledEnvironmentLeavesNothing(t *testing.T) {
	if os.Getenv("EVROC_TESTENV_VICTIM") == "1" {
		beVictim(t)
	}
	_ = newOptions(t)
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), "EVROC_TESTENV_VICTIM=1")
	output, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	pids := readPids(t, output)
	if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// It was killed, so it ends with an error.
	_ = victim.Wait()
	if len(pids) < 8 {
		t.Fatalf("the test environment had only %d processes", len(pids))
	}
	for _, pid := range pids {
		awaitGone(t, pid)
	}
}

// beVictim starts a test environment, prints its process ids and waits to be
// killed.
func beVictim(t *testing.T) {
	running, err := Start(t.Context(), newOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range running.Processes() {
		fmt.Println("pid", one.Pid())
	}
	fmt.Println("complete")
	select {}
}

// readPids reads the output of beVictim.
func readPids(t *testing.T, output interface{ Read([]byte) (int, error) }) []int {
	t.Helper()
	var pids []int
	lines := bufio.NewScanner(output)
	for lines.Scan() && lines.Text() != "complete" {
		text, ok := strings.CutPrefix(lines.Text(), "pid ")
		if !ok {
			continue
		}
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// awaitGone waits until the process is gone, or is a zombie that its new parent
// has not reaped yet.
func awaitGone(t *testing.T, pid int) {
	t.Helper()
	for t.Context().Err() == nil {
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(content), ") Z ") {
			return
		}
	}
}

func TestAnEnvironmentThatCannotStartSaysWhyAndLeavesNothing(t *testing.T) {
	options := newOptions(t)
	options.SimSettings = `{"no such": "setting"}`
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	defer cancel()
	running, err := Start(ctx, options)
	if err == nil {
		_ = running.Stop()
		t.Fatal("it started")
	}
	if !strings.Contains(err.Error(), "evroc-sim") {
		t.Errorf("it does not say what failed: %v", err)
	}
}
