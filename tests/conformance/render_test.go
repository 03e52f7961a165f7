package conformance

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// flavour is a file of templates/.
type flavour struct {
	file         string
	controlPlane string // its kind
	podCIDR      string // the default
	// required are the variables that only this flavour has no default for.
	required map[string]string
}

var (
	kubeadm  = flavour{"cluster-template.yaml", "KubeadmControlPlane", "10.244.0.0/16", nil}
	rke2     = flavour{"cluster-template-rke2.yaml", "RKE2ControlPlane", "192.168.0.0/16", nil}
	prebuilt = flavour{"cluster-template-prebuilt.yaml", "KubeadmControlPlane", "10.244.0.0/16",
		map[string]string{"EVROC_IMAGE_NAME": "custom:golden", "KUBERNETES_VERSION": "v1.31.4"}}
	flavours = []flavour{kubeadm, rke2, prebuilt}
)

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+f/k= someone@example.com"

// required are the variables without a default.
var required = map[string]string{
	"EVROC_REGION":         "se-sto",
	"EVROC_PROJECT":        "123",
	"EVROC_KUBECONFIG_B64": "YXBpVmVyc2lvbjogdjEK",
}

// everything sets each variable to a value other than its default.
var everything = map[string]string{
	"EVROC_VPC_NAME":                   "vpc-2",
	"EVROC_SUBNET_NAME":                "subnet-2",
	"EVROC_SUBNET_CIDR":                "172.16.0.0/22",
	"EVROC_CONTROL_PLANE_MACHINE_TYPE": "a1a.l",
	"EVROC_WORKER_MACHINE_TYPE":        "m1a.xl",
	"EVROC_IMAGE_NAME":                 "ubuntu.24-04.1",
	"EVROC_BOOT_MODE":                  "UEFI",
	"EVROC_DISK_SIZE":                  "55",
	"EVROC_SSH_KEY":                    sshKey,
	"EVROC_FAILURE_DOMAINS":            "[a, b, c]",
	"EVROC_API_BASE_URL":               "http://127.0.0.1:8080",
	"EVROC_ISSUER_URL":                 "http://127.0.0.1:8080/realms/evroc-customer",
	"EVROC_NODE_INITIALIZATION":        "external",
	"EVROC_CLOUD_CONFIG_MAP":           "c1-evroc-cloud-config",
	"EVROC_ORGANIZATION":               "my-org",
	"EVROC_CCM_SERVICE_ACCOUNT":        "ccm-2",
	"EVROC_CSI_SERVICE_ACCOUNT":        "csi-2",
	"POD_CIDR":                         "10.99.0.0/16",
	"SERVICE_CIDR":                     "10.98.0.0/16",
	"CONTROL_PLANE_MACHINE_COUNT":      "3",
	"WORKER_MACHINE_COUNT":             "7",
	"RKE2_VERSION":                     "v1.35.2+rke2r3",
	"RKE2_AIR_GAPPED":                  "true",
	"KUBERNETES_VERSION":               "v1.36.3",
}

func with(more ...map[string]string) map[string]string {
	all := maps.Clone(required)
	for _, each := range more {
		maps.Copy(all, each)
	}
	return all
}

// with adds the variables that the flavour requires, if they are not among them.
func (f flavour) with(variables map[string]string) map[string]string {
	all := maps.Clone(f.required)
	if all == nil {
		return variables
	}
	maps.Copy(all, variables)
	return all
}

func (f flavour) path() string { return filepath.Join(repository(), "templates", f.file) }

// run runs clusterctl with only these variables and those that the flavour
// requires. Without CLUSTER_NAME the cluster is c1.
func (f flavour) run(t *testing.T, variables map[string]string, arguments ...string) ([]byte, error) {
	t.Helper()
	needServer(t)
	variables = f.with(variables)
	name, ok := variables["CLUSTER_NAME"]
	if !ok {
		name = "c1"
	}
	arguments = append([]string{"generate", "cluster", name, "--from", f.path()}, arguments...)
	command := exec.Command(server.programs.Path(binaries.Clusterctl), arguments...)
	command.Env = []string{"HOME=" + t.TempDir(), "CLUSTERCTL_DISABLE_VERSIONCHECK=true"}
	for name, value := range variables {
		command.Env = append(command.Env, name+"="+value)
	}
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: clusterctl: %w: %s", f.file, err, problems.String())
	}
	return output, nil
}

// generate is run for values that are right.
func (f flavour) generate(t *testing.T, variables map[string]string, arguments ...string) []byte {
	t.Helper()
	output, err := f.run(t, variables, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// render returns the objects of a flavour for values that are right.
func (f flavour) render(t *testing.T, variables map[string]string) map[string]object {
	t.Helper()
	objects, err := f.named(t, variables)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// as reads an object into its type, strictly.
func as[T any](t *testing.T, object object) T {
	t.Helper()
	if object == nil {
		t.Fatal("there is no such object")
	}
	var typed T
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, &typed, true)
	if err != nil {
		t.Fatalf("%s %s: %v", object.GetKind(), object.GetName(), err)
	}
	return typed
}

// kubectl returns what it prints.
func kubectl(t *testing.T, input []byte, arguments ...string) string {
	t.Helper()
	command := exec.Command(server.programs.Path(binaries.Kubectl), append([]string{"--kubeconfig", server.kubeconfig}, arguments...)...)
	command.Env = []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")} // of diff
	command.Stdin = bytes.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("kubectl %v: %v\n%s", arguments, err, output)
	}
	return string(output)
}

// variables returns the variables that clusterctl finds, with their defaults.
func (f flavour) variables(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, match := range listed.FindAllSubmatch(f.generate(t, nil, "--target-namespace", "default", "--list-variables"), -1) {
		// White space alone is not a default: it indents the lines of a value.
		value := strings.TrimSpace(strings.ReplaceAll(strings.Trim(string(match[2]), `" `), `\n`, ""))
		if value != "c1" && len(value) > 1 {
			found[string(match[1])] = value
		} else {
			found[string(match[1])] = ""
		}
	}
	return found
}

func wantField(t *testing.T, from fields, path string, want any) {
	t.Helper()
	var at any = from
	for _, name := range strings.Split(path, ".") {
		inner, _ := at.(fields)
		at = inner[name]
	}
	got, err := yaml.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := yaml.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, wanted) {
		t.Errorf("%s is %s, want %s", path, got, wanted)
	}
}
