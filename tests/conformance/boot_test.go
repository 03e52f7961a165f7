package conformance

import (
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/userdata"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	bootstrapv1 "sigs.k8s.io/cluster-api/api/bootstrap/kubeadm/v1beta2"
	"sigs.k8s.io/cluster-api/bootstrap/kubeadm/pkg/cloudinit"

	rke2bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	rke2controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
)

const joinConfiguration = `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    apiServerEndpoint: 192.0.2.1:6443
    token: abcdef.0123456789abcdef
nodeRegistration:
  kubeletExtraArgs:
  - name: cloud-provider
    value: external
`

// TestNodesCouldBoot checks that machines would boot with the user data that
// the bootstrap providers make of the flavours, with the test environment's
// package boot.
func TestNodesCouldBoot(t *testing.T) {
	variables := with(everything)
	for role, joiner := range joiners(t, variables) {
		plan, err := boot.Decide(joiner.userData, boot.Guest{Hostname: "vm-1", Kubernetes: joiner.image})
		if err != nil {
			t.Errorf("%s: %v", role, err)
			continue
		}
		version := variables["KUBERNETES_VERSION"]
		if plan.RKE2 != nil {
			version = variables["RKE2_VERSION"]
		}
		if plan.Version != version {
			t.Errorf("%s: it installs %s, want %s", role, plan.Version, version)
		}
		if !plan.Node.External || plan.Node.ProviderID != "" {
			t.Errorf("%s: the Node is %v", role, plan.Node)
		}
	}
}

// joiner is a machine that joins.
type joiner struct {
	userData []byte
	// image is the version of Kubernetes in its image.
	image string
}

// joiners returns machines of all flavours by their role.
func joiners(t *testing.T, variables map[string]string) map[string]joiner {
	t.Helper()
	control, worker := kubeadm.kubeadmSpecs(t, variables)
	prebuiltControl, prebuiltWorker := prebuilt.kubeadmSpecs(t, variables)
	version := variables["KUBERNETES_VERSION"]
	objects := rke2.render(t, variables)
	servers := as[rke2controlplanev1.RKE2ControlPlane](t, objects["RKE2ControlPlane/c1-control-plane"]).Spec
	agents := as[rke2bootstrapv1.RKE2ConfigTemplate](t, objects["RKE2ConfigTemplate/c1-md-0"]).Spec.Template.Spec
	return map[string]joiner{
		"control plane":          {kubeadmData(t, control), ""},
		"worker":                 {kubeadmData(t, worker), ""},
		"prebuilt control plane": {kubeadmData(t, prebuiltControl), version},
		"prebuilt worker":        {kubeadmData(t, prebuiltWorker), version},
		"RKE2 server": {rke2Data(t, userdata.Node{Role: userdata.JoiningServer, Version: servers.Version,
			Spec: servers.RKE2ConfigSpec, Server: servers.ServerConfig, CloudProviderName: servers.ServerConfig.CloudProviderName}), servers.Version},
		"RKE2 agent": {rke2Data(t, userdata.Node{Role: userdata.Agent, Version: servers.Version,
			Spec: agents, CloudProviderName: servers.ServerConfig.CloudProviderName}), servers.Version},
	}
}

func kubeadmData(t *testing.T, spec bootstrapv1.KubeadmConfigSpec) []byte {
	t.Helper()
	data, err := cloudinit.NewNode(&cloudinit.NodeInput{BaseUserData: kubeadmInput(spec), JoinConfiguration: joinConfiguration})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// kubeadmInput returns the part of the input that a flavour sets.
func kubeadmInput(spec bootstrapv1.KubeadmConfigSpec) cloudinit.BaseUserData {
	return cloudinit.BaseUserData{
		AdditionalFiles:    spec.Files,
		PreKubeadmCommands: spec.PreKubeadmCommands,
		Users:              spec.Users,
	}
}

func rke2Data(t *testing.T, node userdata.Node) []byte {
	t.Helper()
	node.Token = "0123456789abcdef0123456789abcdef"
	node.Files = node.Spec.Files
	node.ServerHost, node.EndpointHost = "192.0.2.1", "192.0.2.1"
	data, err := node.Render()
	if err != nil {
		t.Fatal(err)
	}
	return data
}
