package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// Stack is a test environment with everything in it, shared by the tests of the
// full suite.
type Stack struct {
	*testenv.Environment
	Client client.WithWatch
	Cloud  *cloud.Cloud
	// Kubeconfig has an administrator's rights.
	Kubeconfig string
	// Booted runs the workload clusters. The target of a move shares those of its
	// source and does not stop them.
	Booted *workload.Cloud

	mu sync.Mutex
	// over holds the processes that a test has ended. Guarded by mu.
	over map[string]bool
}

var (
	stackOnce  sync.Once
	stack      *Stack
	errStack   error
	stackMutex sync.Mutex
)

// FullSettings returns the simulator's settings for the full suite: its default
// times, shortened, and no limits.
func FullSettings() map[string]any {
	settings := Quick()
	settings["latency_ms"].(map[string]int)["vm_create"] = 300
	settings["latency_ms"].(map[string]int)["disk_create"] = 100
	return settings
}

// SharedStack returns the test environment, which the first test that calls it
// starts. If programs are not built, the test is skipped, or fails in the gate.
func SharedStack(t testing.TB) *Stack {
	t.Helper()
	binaries.ForTest(t)
	if err := CheckPrograms(); err != nil {
		binaries.SkipOrFail(t, err)
	}
	stackOnce.Do(func() {
		stackMutex.Lock()
		defer stackMutex.Unlock()
		stack, errStack = startStack(testenv.Options{
			Programs: ProgramsFolder(), Shim: true, Workload: true, RKE2: true,
			APIServerMemory: "3GiB",
		})
	})
	if errStack != nil {
		t.Fatal(errStack)
	}
	return stack
}

// SecondStack starts a second management cluster as the target of a move. It
// has its own shim, which uses the services of the first.
func SecondStack(t testing.TB, first *Stack) *Stack {
	t.Helper()
	second, err := startStack(testenv.Options{RKE2: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := second.stop(); err != nil {
			t.Error(err)
		}
	})
	second.Cloud, second.Booted = first.Cloud, first.Booted
	kubeconfig, err := second.Management.ServiceAccountKubeconfig(t.Context(),
		testenv.ShimNamespace, testenv.ShimAccount)
	if err != nil {
		t.Fatal(err)
	}
	const name = "shim-of-second"
	shim, err := first.Product.StartShim(t.Context(), name, kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), ready)
		defer cancel()
		first.setOver(name)
		if err := shim.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return second
}

func startStack(options testenv.Options) (*Stack, error) {
	dir, err := os.MkdirTemp("", "evroc-e2e-")
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(FullSettings())
	if err != nil {
		return nil, err
	}
	options.Dir, options.SimSettings = dir, string(settings)
	options.SimFlags = []string{"--project=" + Project}
	// The services notice lost objects in seconds instead of minutes.
	options.ServiceFlags = []string{"--drift-interval=10s", "--cloud-rate=200",
		"--cloud-burst=200"}
	// What waits for room is late after 10 seconds.
	options.ShimFlags = append(options.ShimFlags, "--provisioning-timeout=1m")
	options.Manifests = testenv.Deploy(Root())
	options.Progress = os.Stderr
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	started, err := testenv.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	s := &Stack{Environment: started, Booted: started.Workload,
		Kubeconfig: started.Management.AdminKubeconfig()}
	if started.Product != nil {
		s.Cloud = cloud.New(started.Product.SimURL(),
			started.Product.Credentials())
	}
	if s.Client, err = NewClient(started.Management.Config()); err != nil {
		return nil, errors.Join(err, started.Stop())
	}
	return s, nil
}

func (s *Stack) setOver(process string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = map[string]bool{}
	}
	s.over[process] = true
}

func (s *Stack) isOver(process string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.over[process]
}

// stop ends the test environment and returns an error if something was wrong.
// Its folder stays in that case.
func (s *Stack) stop() error {
	forbidden, err := s.Forbidden()
	if len(forbidden) > 0 {
		err = errors.Join(err, fmt.Errorf("rights are missing:\n%s",
			strings.Join(forbidden, "\n")))
	}
	for name, running := range s.Processes() {
		if !running.Running() && !s.isOver(name) {
			err = errors.Join(err, fmt.Errorf("%s ended by itself; see %s", name,
				running.Log()))
		}
	}
	if err = errors.Join(err, s.Stop()); err != nil {
		return err
	}
	return os.RemoveAll(s.Dir())
}

// MainFull runs a package's tests, stops the test environment and prints what
// was wrong in it.
func MainFull(m *testing.M) int {
	code := m.Run()
	stackMutex.Lock()
	defer stackMutex.Unlock()
	if stack == nil {
		return code
	}
	if code != 0 {
		fmt.Fprintln(os.Stderr, "logs:", stack.Management.Logs())
	}
	if err := stack.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// The suffixes of our templates' names.
const (
	Kubeadm  = ""
	RKE2     = "-rke2"
	Prebuilt = "-prebuilt"
)

// Flavor describes a template for clusters.
type Flavor struct {
	Name string
	// ControlPlane is the kind of control plane.
	ControlPlane string
	// Versions are the version to start with and the version to upgrade to.
	Versions [2]string
	// VersionVariable is the template's variable for the version.
	VersionVariable string
}

// The flavours.
var (
	KubeadmFlavor = Flavor{Kubeadm, "KubeadmControlPlane",
		[2]string{"v1.34.1", "v1.34.2"}, "KUBERNETES_VERSION"}
	RKE2Flavor = Flavor{RKE2, "RKE2ControlPlane",
		[2]string{"v1.34.1+rke2r1", "v1.34.2+rke2r1"}, "RKE2_VERSION"}
	// PrebuiltFlavor needs EVROC_IMAGE_NAME among the cluster's variables.
	PrebuiltFlavor = Flavor{Prebuilt, "KubeadmControlPlane",
		[2]string{"v1.34.1", "v1.34.2"}, "KUBERNETES_VERSION"}
)

// Render runs `clusterctl generate cluster` on one of our templates.
func (s *Stack) Render(ctx context.Context, flavor Flavor, name,
	namespace string, variables map[string]string) (
	[]*unstructured.Unstructured, error) {
	template := filepath.Join(Root(), "templates",
		"cluster-template"+flavor.Name+".yaml")
	return generate(ctx, variables, "cluster", name, "--from", template,
		"--target-namespace", namespace)
}

// generate runs `clusterctl generate` with these variables.
func generate(ctx context.Context, variables map[string]string,
	arguments ...string) ([]*unstructured.Unstructured, error) {
	command := exec.CommandContext(ctx,
		binaries.Default().Path(binaries.Clusterctl),
		append([]string{"generate"}, arguments...)...)
	command.Env = os.Environ()
	for key, value := range variables {
		command.Env = append(command.Env, key+"="+value)
	}
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("clusterctl: %w: %s", err, &complaints)
	}
	return ParseObjects(output)
}

// ParseObjects reads the documents of a YAML stream.
func ParseObjects(content []byte) ([]*unstructured.Unstructured, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
	var objects []*unstructured.Unstructured
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &object.Object); err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Credential returns one of the simulator's credential files, encoded for
// EVROC_KUBECONFIG_B64.
func (s *Stack) Credential(file string) (string, error) {
	content, err := s.Cloud.Credential(file)
	return base64.StdEncoding.EncodeToString(content), err
}

// Clusterctl runs clusterctl against this management cluster.
func (s *Stack) Clusterctl(ctx context.Context, arguments ...string) error {
	command := exec.CommandContext(ctx,
		binaries.Default().Path(binaries.Clusterctl),
		append(arguments, "--kubeconfig", s.Kubeconfig)...)
	output, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("clusterctl %v: %w:\n%s", arguments, err, output)
	}
	return nil
}

// NewNamespace makes a namespace that is removed when the test ends.
func (s *Stack) NewNamespace(t testing.TB) string {
	t.Helper()
	namespace := &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "f-"},
	}
	if err := s.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), step)
		defer cancel()
		// Leftovers end with the test environment.
		_ = s.Client.Delete(ctx, namespace)
	})
	return namespace.Name
}
