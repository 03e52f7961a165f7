package management

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	clusterctlv1 "sigs.k8s.io/cluster-api/cmd/clusterctl/api/v1alpha3"
	"sigs.k8s.io/cluster-api/cmd/clusterctl/config"
)

// infrastructureVersion is the version of the provider under test in the
// inventory. `clusterctl move` compares it with the target's.
const infrastructureVersion = "v0.1.0"

// infrastructure returns the provider under test as clusterctl knows it.
func (m *Management) infrastructure() provider {
	name := m.options.InfrastructureProvider
	return provider{
		name:      name,
		kind:      clusterctlv1.InfrastructureProviderType,
		namespace: name + "-system",
	}
}

// inventoryDefinitions returns the definition of clusterctl's own resource,
// with the labels by which clusterctl finds it.
func (m *Management) inventoryDefinitions() (objects, error) {
	read, err := parse(config.ClusterctlAPIManifest)
	if err != nil {
		return nil, err
	}
	for _, object := range read {
		labels := object.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[clusterctlv1.ClusterctlCoreLabel] =
			clusterctlv1.ClusterctlCoreLabelInventoryValue
		object.SetLabels(labels)
	}
	return read, nil
}

// writeInventory records the installed providers for clusterctl, as `clusterctl
// init` would.
func (m *Management) writeInventory(ctx context.Context) error {
	installed := append([]provider{}, providers...)
	if len(m.options.Manifests) > 0 {
		installed = append(installed, m.infrastructure())
	}
	var entries objects
	for _, one := range installed {
		version := clusterAPIVersion
		if one.kind == clusterctlv1.InfrastructureProviderType {
			version = infrastructureVersion
		}
		entry, err := one.inventoryEntry(version)
		if err != nil {
			return err
		}
		entries = append(entries, entry)
	}
	return m.apply(ctx, entries)
}

func (p provider) inventoryEntry(version string) (*unstructured.Unstructured, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(
		&clusterctlv1.Provider{
			TypeMeta: metav1.TypeMeta{
				APIVersion: clusterctlv1.GroupVersion.String(),
				Kind:       "Provider",
			},
			ObjectMeta:   metav1.ObjectMeta{Name: p.label(), Namespace: p.namespace},
			ProviderName: p.name,
			Type:         string(p.kind),
			Version:      version,
		})
	if err != nil {
		return nil, err
	}
	// An empty creationTimestamp would be a field that was never set.
	unstructured.RemoveNestedField(content, "metadata", "creationTimestamp")
	entry := objects{{Object: content}}
	entry.label(p.label())
	labels := entry[0].GetLabels()
	labels[clusterctlv1.ClusterctlCoreLabel] =
		clusterctlv1.ClusterctlCoreLabelInventoryValue
	entry[0].SetLabels(labels)
	return entry[0], nil
}
