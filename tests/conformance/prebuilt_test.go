package conformance

import (
	"testing"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
)

// TestAnotherImageMakesOtherTemplates checks that a flavour with another image
// can be applied over the first, although templates are immutable.
func TestAnotherImageMakesOtherTemplates(t *testing.T) {
	before := prebuilt.render(t, with(map[string]string{"EVROC_IMAGE_NAME": "custom:ubuntu-2404-kube-v1.31.4"}))
	after := prebuilt.render(t, with(map[string]string{"EVROC_IMAGE_NAME": "kubernetes.1-31-5", "KUBERNETES_VERSION": "v1.31.5"}))
	for name, kept := range map[string]bool{
		"EvrocMachineTemplate/c1-control-plane-ubuntu-2404-kube-v1.31.4": false,
		"EvrocMachineTemplate/c1-md-0-ubuntu-2404-kube-v1.31.4":          false,
		"KubeadmConfigTemplate/c1-md-0-ubuntu-2404-kube-v1.31.4":         false,
		"KubeadmControlPlane/c1-control-plane":                           true,
		"MachineDeployment/c1-md-0":                                      true,
	} {
		if before[name] == nil || (after[name] != nil) != kept {
			t.Errorf("%s: before %v, after %v", name, before[name] != nil, after[name] != nil)
		}
	}
	workers := as[clusterv1.MachineDeployment](t, after["MachineDeployment/c1-md-0"]).Spec.Template.Spec
	if workers.Version != "v1.31.5" || workers.InfrastructureRef.Name != "c1-md-0-kubernetes.1-31-5" ||
		workers.Bootstrap.ConfigRef.Name != "c1-md-0-kubernetes.1-31-5" {
		t.Errorf("workers are %v", workers)
	}
}
