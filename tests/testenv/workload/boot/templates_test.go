package boot_test

import (
	"os"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	"sigs.k8s.io/cluster-api/cmd/clusterctl/client/yamlprocessor"
	"sigs.k8s.io/yaml"

	rke2bootstrap "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	rke2controlplane "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/userdata"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
)

// template returns the objects of one of the repository's templates by kind, as
// clusterctl renders it.
func template(t *testing.T, name string, variables map[string]string) map[string]map[string]any {
	t.Helper()
	text, err := os.ReadFile("../../../../templates/" + name)
	if err != nil {
		t.Fatal(err)
	}
	rendered, err := yamlprocessor.NewSimpleProcessor().Process(text, func(name string) (string, error) {
		if value, ok := variables[name]; ok {
			return value, nil
		}
		return "", &missingVariable{name}
	})
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]map[string]any{}
	for _, document := range strings.Split("\n"+string(rendered), "\n---\n") {
		object := map[string]any{}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if kind, ok := object["kind"].(string); ok {
			objects[kind] = object
		}
	}
	return objects
}

type missingVariable struct{ name string }

func (m *missingVariable) Error() string { return m.name + " is not set" }

func into(t *testing.T, object map[string]any, target any, path ...string) {
	t.Helper()
	part, found, err := unstructured.NestedMap(object, path...)
	if err != nil || !found {
		t.Fatalf("%v is not in %v", path, object)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(part, target); err != nil {
		t.Fatal(err)
	}
}

// variables returns the required variables.
func variables() map[string]string {
	return map[string]string{
		"CLUSTER_NAME": "one", "NAMESPACE": "default", "EVROC_REGION": "se-sto", "EVROC_PROJECT": "demo",
		"EVROC_KUBECONFIG_B64": "e30=", "KUBERNETES_VERSION": "v1.35.2", "RKE2_VERSION": "v1.35.2+rke2r1",
		"EVROC_IMAGE_NAME": "custom:golden",
	}
}

func TestTheKubeadmTemplatesBoot(t *testing.T) {
	kubeadmBoots(t, "cluster-template.yaml", guest)
	kubeadmBoots(t, "cluster-template-prebuilt.yaml", prebuilt)
}

// provenUserData is the largest user data that a machine of the cloud was seen
// to boot with (evroc-api.md B.5.2).
const provenUserData = 15813

// prebuilt has what the template of prebuilt images asks for.
var prebuilt = boot.Guest{Hostname: "vm-1", InstanceID: "0000-1111", Zone: "a", Kubernetes: "v1.35.2"}

func kubeadmBoots(t *testing.T, file string, machine boot.Guest) {
	t.Helper()
	objects := template(t, file, variables())
	var servers, workers bootstrapv1.KubeadmConfigSpec
	into(t, objects["KubeadmControlPlane"], &servers, "spec", "kubeadmConfigSpec")
	into(t, objects["KubeadmConfigTemplate"], &workers, "spec", "template", "spec")
	cluster := newKubeadm(t)
	cluster.Version = "v1.35.2"
	for role, spec := range map[boot.Role]*bootstrapv1.KubeadmConfigSpec{boot.Init: &servers, boot.Join: &servers, boot.Worker: &workers} {
		cluster.Commands, cluster.Files, cluster.Users = spec.PreKubeadmCommands, spec.Files, spec.Users
		registration := spec.JoinConfiguration.NodeRegistration
		write := map[boot.Role]func() ([]byte, error){
			boot.Init: cluster.Init, boot.Join: cluster.JoinControlPlane, boot.Worker: cluster.JoinWorker,
		}[role]
		if role == boot.Init {
			registration = spec.InitConfiguration.NodeRegistration
		}
		cluster.Registration = &registration
		data := render(t, write)
		if len(data) > provenUserData {
			t.Errorf("%s, %s: %d bytes of user data", file, role, len(data))
		}
		plan, err := boot.Decide(data, machine)
		if err != nil {
			t.Errorf("%s, %s: refused: %v", file, role, err)
			continue
		}
		if plan.Role != role || plan.Version != "v1.35.2" || plan.Node.Name != "vm-1" {
			t.Errorf("%s: %+v", role, plan)
		}
	}
}

func TestAPrebuiltImageOfAnotherVersionIsRefused(t *testing.T) {
	var workers bootstrapv1.KubeadmConfigSpec
	into(t, template(t, "cluster-template-prebuilt.yaml", variables())["KubeadmConfigTemplate"], &workers, "spec", "template", "spec")
	cluster := newKubeadm(t)
	cluster.Commands, cluster.Files, cluster.Users = workers.PreKubeadmCommands, workers.Files, workers.Users
	data := render(t, cluster.JoinWorker)
	for version, refusal := range map[string]string{
		"v1.35.2":        "",
		"v1.35.20":       `want "v1.35.2", but kubeadm of the machine is "v1.35.20"`,
		"v1.34.9":        `but kubeadm of the machine is "v1.34.9"`,
		"v1.35.2+rke2r1": "kubeadm is not installed",
		"":               "kubelet is not installed",
	} {
		wantRefusal(t, data, boot.Guest{Hostname: "vm-1", Kubernetes: version}, refusal)
	}
}

func TestTheRKE2TemplateBoots(t *testing.T) {
	rke2Boots(t, "false", guest)
	rke2Boots(t, "true", boot.Guest{Hostname: "vm-1", Kubernetes: "v1.35.2+rke2r1"})
}

func rke2Boots(t *testing.T, airGapped string, machine boot.Guest) {
	t.Helper()
	set := variables()
	set["RKE2_AIR_GAPPED"] = airGapped
	objects := template(t, "cluster-template-rke2.yaml", set)
	var servers rke2controlplane.RKE2ControlPlaneSpec
	var workers rke2bootstrap.RKE2ConfigSpec
	into(t, objects["RKE2ControlPlane"], &servers, "spec")
	into(t, objects["RKE2ConfigTemplate"], &workers, "spec", "template", "spec")
	authority, err := trust.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	for role, node := range map[boot.Role]userdata.Node{
		boot.Init:   {Role: userdata.InitServer, Spec: servers.RKE2ConfigSpec, Server: servers.ServerConfig, EndpointHost: "192.0.2.1"},
		boot.Join:   {Role: userdata.JoiningServer, Spec: servers.RKE2ConfigSpec, Server: servers.ServerConfig, EndpointHost: "192.0.2.1", ServerHost: "192.0.2.1"},
		boot.Worker: {Role: userdata.Agent, Spec: workers, ServerHost: "192.0.2.1"},
	} {
		node.Version, node.Token, node.CloudProviderName = "v1.35.2+rke2r1", "0123", servers.ServerConfig.CloudProviderName
		node.Files = node.Spec.Files
		node.Authorities = userdata.Authorities{Server: authority, Client: authority, EtcdPeer: authority, EtcdServer: authority}
		plan, err := boot.Decide(render(t, node.Render), machine)
		if err != nil {
			t.Errorf("%s: refused: %v", role, err)
			continue
		}
		if plan.Role != role || plan.Version != "v1.35.2+rke2r1" || !plan.Node.External {
			t.Errorf("%s: %+v", role, plan)
		}
		if role == boot.Init && !plan.RKE2.CloudControllerOff {
			t.Error("RKE2's own cloud controller is on")
		}
	}
}
