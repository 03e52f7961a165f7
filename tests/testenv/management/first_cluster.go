package management

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// clusters is Cluster API's resource.
var clusters = schema.GroupVersionResource{
	Group: "cluster.x-k8s.io", Version: "v1beta2", Resource: "clusters"}

// awaitFirstCluster waits until the API server and the webhooks accept a
// Cluster.
func (m *Management) awaitFirstCluster(ctx context.Context) error {
	cluster := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": clusters.GroupVersion().String(),
		"kind":       "Cluster",
		"metadata": map[string]any{
			"name": "first", "namespace": metav1.NamespaceDefault},
		"spec": map[string]any{
			"clusterNetwork": map[string]any{
				"pods": map[string]any{"cidrBlocks": []any{"10.244.0.0/16"}}},
			"infrastructureRef": map[string]any{
				"apiGroup": "infrastructure.cluster.x-k8s.io",
				"kind":     "EvrocCluster",
				"name":     "first"},
		},
	}}
	err := m.poll(ctx, func(ctx context.Context) error {
		_, err := m.clients.dynamic.Resource(clusters).
			Namespace(metav1.NamespaceDefault).Create(ctx, cluster,
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err
	})
	if err != nil {
		return fmt.Errorf("a Cluster is not accepted: %w", err)
	}
	return nil
}
