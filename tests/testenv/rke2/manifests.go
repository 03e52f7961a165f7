package rke2

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	yamlstream "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// The service accounts of the controllers.
const (
	BootstrapNamespace    = "rke2-bootstrap-system"
	BootstrapAccount      = "rke2-bootstrap-manager"
	ControlPlaneNamespace = "rke2-control-plane-system"
	ControlPlaneAccount   = "rke2-control-plane-manager"
)

// The CRDs are written from the Go types; after a change of those:
//
//go:generate controller-gen object paths=./api/...
//go:generate controller-gen crd:maxDescLen=0 paths=./api/... output:crd:dir=./crd

//go:embed crd/*.yaml
var crdFiles embed.FS

//go:embed rbac.yaml
var rbacFile []byte

// CRDs returns the definitions of the four kinds: v1beta2 is served and stored,
// with the labels that core and clusterctl look for. Unknown fields are an
// error under strict validation.
func CRDs() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	entries, err := crdFiles.ReadDir("crd")
	if err != nil {
		return nil, fmt.Errorf("list the CRDs: %w", err)
	}
	crds := make([]*apiextensionsv1.CustomResourceDefinition, 0, len(entries))
	for _, entry := range entries {
		text, err := crdFiles.ReadFile("crd/" + entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read a CRD: %w", err)
		}
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(text, crd); err != nil {
			return nil, fmt.Errorf("read CRD %s: %w", entry.Name(), err)
		}
		crd.Labels = crdLabels(crd.Spec.Group)
		crds = append(crds, crd)
	}
	return crds, nil
}

// crdLabels returns the provider's labels. The contract label names v1beta1
// too, as the real provider's does; the newest version in it counts.
func crdLabels(group string) map[string]string {
	provider := "control-plane-rke2"
	if strings.HasPrefix(group, "bootstrap.") {
		provider = "bootstrap-rke2"
	}
	return map[string]string{
		"cluster.x-k8s.io/v1beta2":     "v1beta1_v1beta2",
		"cluster.x-k8s.io/provider":    provider,
		"clusterctl.cluster.x-k8s.io":  "",
		"app.kubernetes.io/managed-by": "evroc-testenv",
		"app.kubernetes.io/part-of":    "fake-rke2",
	}
}

// RBAC returns the namespaces, accounts, roles and bindings of the two
// controllers, in an order in which they can be applied.
func RBAC() ([]*unstructured.Unstructured, error) {
	decoder := yamlstream.NewYAMLOrJSONDecoder(bytes.NewReader(rbacFile), len(rbacFile))
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the accounts and roles: %w", err)
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}
