package management

import (
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterctlv1 "sigs.k8s.io/cluster-api/cmd/clusterctl/api/v1alpha3"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// clusterAPIVersion is the version that tests/go.mod pins.
const clusterAPIVersion = "v1.14.2"

// provider is one of Cluster API's managers.
type provider struct {
	// program is the name of its binary and manifests.
	program string
	// name, kind and namespace are those of clusterctl's inventory.
	name      string
	kind      clusterctlv1.ProviderType
	namespace string
	account   string
}

var providers = []provider{
	{binaries.Core, "cluster-api", clusterctlv1.CoreProviderType,
		"capi-system", "capi-manager"},
	{binaries.KubeadmBootstrap, "kubeadm", clusterctlv1.BootstrapProviderType,
		"capi-kubeadm-bootstrap-system", "capi-kubeadm-bootstrap-manager"},
	{binaries.KubeadmControl, "kubeadm", clusterctlv1.ControlPlaneProviderType,
		"capi-kubeadm-control-plane-system",
		"capi-kubeadm-control-plane-manager"},
}

// label is the value of cluster.x-k8s.io/provider on all of its objects.
func (p provider) label() string {
	return clusterctlv1.ManifestLabel(p.name, p.kind)
}

// managerPorts are the ports of one manager.
type managerPorts struct {
	webhook, health, diagnostics int
}

// variable matches clusterctl's ${NAME:=default}.
var variable = regexp.MustCompile(`\$\{(\w+):=([^}]*)\}`)

// arguments returns the arguments of the manager's Deployment, with the
// variables that a user of ClusterClass sets and with the addresses of this
// test environment.
func arguments(deployment *unstructured.Unstructured, p managerPorts,
	webhooks string, verbosity int) ([]string, error) {
	shipped, err := containerArguments(deployment)
	if err != nil {
		return nil, err
	}
	values := map[string]string{
		"CLUSTER_TOPOLOGY":          "true",
		"CAPI_DIAGNOSTICS_ADDRESS":  loopback(p.diagnostics),
		"CAPI_INSECURE_DIAGNOSTICS": "true",
	}
	var result []string
	for _, argument := range shipped {
		result = append(result, substitute(argument, values))
	}
	return append(result,
		// There is one manager of each kind, so leader election would only cost
		// time.
		"--leader-elect=false",
		"--health-addr="+loopback(p.health),
		fmt.Sprintf("--webhook-port=%d", p.webhook),
		"--webhook-cert-dir="+webhooks,
		fmt.Sprintf("--v=%d", verbosity)), nil
}

func containerArguments(deployment *unstructured.Unstructured) ([]string, error) {
	containers, _, err := unstructured.NestedSlice(
		deployment.Object, "spec", "template", "spec", "containers")
	if err != nil {
		return nil, err
	}
	for _, container := range containers {
		fields, ok := container.(map[string]any)
		if ok && fields["name"] == "manager" {
			shipped, _, err := unstructured.NestedStringSlice(fields, "args")
			return shipped, err
		}
	}
	return nil, fmt.Errorf(
		"deployment %s has no container manager", deployment.GetName())
}

// substitute replaces variables by their values, else by their defaults.
func substitute(text string, values map[string]string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		if value, ok := values[parts[1]]; ok {
			return value
		}
		return parts[2]
	})
}
