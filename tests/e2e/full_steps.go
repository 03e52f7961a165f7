package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// KeyOf returns the key of an object in the cluster's namespace.
func (c *FullCluster) KeyOf(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: c.Namespace, Name: name}
}

// PointTo sets another machine template in the control plane or the workers.
func (c *FullCluster) PointTo(suffix, template string) {
	c.T.Helper()
	ref := fmt.Sprintf(`{"infrastructureRef":{"name":%q}}`, template)
	if suffix == ControlPlaneSuffix {
		c.Merge(c.ControlPlaneKind(), suffix,
			`{"spec":{"machineTemplate":{"spec":`+ref+`}}}`)
		return
	}
	c.Merge(deploymentKind, suffix,
		`{"spec":{"template":{"spec":`+ref+`}}}`)
}

// Upgrade sets another Kubernetes version, in the way that
// docs/configuration.md describes.
func (c *FullCluster) Upgrade(version string) {
	c.T.Helper()
	old := c.Options.Flavor.Versions[0]
	if c.Options.Flavor.Name == RKE2 {
		c.Merge(c.ControlPlaneKind(), ControlPlaneSuffix,
			fmt.Sprintf(`{"spec":{"version":%q}}`, version))
		c.Merge(deploymentKind, WorkersSuffix, fmt.Sprintf(
			`{"spec":{"template":{"spec":{"version":%q}}}}`, version))
		return
	}
	ctx := c.T.Context()
	plane, err := c.Read(ctx, c.ControlPlaneKind(), ControlPlaneSuffix)
	c.Do(err)
	c.Do(replaceVersion(plane, old, version))
	c.Do(unstructured.SetNestedField(plane.Object, version, "spec", "version"))
	c.Do(c.Client.Update(ctx, plane))
	kind := schema.GroupVersionKind{Group: "bootstrap.cluster.x-k8s.io",
		Version: "v1beta2", Kind: "KubeadmConfigTemplate"}
	config, err := c.Read(ctx, kind, WorkersSuffix)
	c.Do(err)
	c.Do(replaceVersion(config, old, version))
	next := Evroc(kind, c.Namespace, c.Name+WorkersSuffix+"-next",
		config.Object["spec"].(map[string]any))
	c.Do(c.Client.Create(ctx, next))
	c.Merge(deploymentKind, WorkersSuffix, fmt.Sprintf(
		`{"spec":{"template":{"spec":{"version":%q,"bootstrap":{"configRef":`+
			`{"name":%q}}}}}}`, version, next.GetName()))
}

// replaceVersion changes the version in the commands that prepare the node.
func replaceVersion(object *unstructured.Unstructured, old,
	version string) error {
	text, err := json.Marshal(object.Object)
	if err != nil {
		return err
	}
	changed := strings.ReplaceAll(string(text), "version="+old,
		"version="+version)
	if changed == string(text) {
		return fmt.Errorf("%s has no line version=%s", object.GetName(), old)
	}
	return json.Unmarshal([]byte(changed), &object.Object)
}

// ShortenHealthChecks shortens the timeouts of the cluster's health checks to
// seconds; `unready` is that of machines whose infrastructure is not ready.
func (c *FullCluster) ShortenHealthChecks(unready int) {
	c.T.Helper()
	soon := fmt.Sprintf(`{"spec":{"checks":{"unhealthyNodeConditions":[`+
		`{"type":"Ready","status":"Unknown","timeoutSeconds":30}],`+
		`"unhealthyMachineConditions":[{"type":"InfrastructureReady",`+
		`"status":"False","timeoutSeconds":%d}]}}}`, unready)
	c.Merge(healthKind, ControlPlaneSuffix, soon)
	c.Merge(healthKind, WorkersSuffix, soon)
}

// EvrocMachine returns the EvrocMachine of a Machine.
func (c *FullCluster) EvrocMachine(ctx context.Context,
	m clusterv1.Machine) (MachineView, error) {
	return Get[MachineView](ctx, c.Client, MachineKind,
		c.KeyOf(m.Spec.InfrastructureRef.Name))
}

// VM returns the virtual machine of a Machine.
func (c *FullCluster) VM(m clusterv1.Machine) VM {
	c.T.Helper()
	all, err := c.Inventory(c.T.Context())
	c.Do(err)
	vms := all.Of(cloud.Machines).With(cloud.LabelMachineName, m.Name)
	if len(vms) != 1 {
		c.T.Fatalf("%s has %v", m.Name, vms)
	}
	return vms[0]
}

// HasVM returns an error until the cloud has a machine of the cluster's.
func (c *FullCluster) HasVM(ctx context.Context) error {
	if _, err := c.View(ctx); err != nil {
		return err
	}
	all, err := c.Inventory(ctx)
	return Both(err, That(len(all.Of(cloud.Machines)) > 0, "only %v", all))
}

// Nodes returns the nodes of the workload cluster.
func (c *FullCluster) Nodes(ctx context.Context) ([]corev1.Node, error) {
	view, err := c.View(ctx)
	if err != nil {
		return nil, err
	}
	return c.Booted.Nodes(view.Spec.ControlPlaneEndpoint.String())
}

// DropHooks removes a Machine's pre-terminate hooks, as a user may.
func (c *FullCluster) DropHooks(ctx context.Context,
	m *clusterv1.Machine) error {
	before := m.DeepCopy()
	for name := range m.Annotations {
		if strings.HasPrefix(name,
			clusterv1.PreTerminateDeleteHookAnnotationPrefix) {
			delete(m.Annotations, name)
		}
	}
	return c.Client.Patch(ctx, m, client.MergeFrom(before))
}

// ActAsCloudController initializes the nodes as Evroc's own cloud controller
// manager does.
func (c *FullCluster) ActAsCloudController() {
	c.T.Helper()
	ctx := c.T.Context()
	view, err := c.View(ctx)
	c.Do(err)
	store, there := c.Booted.Client(view.Spec.ControlPlaneEndpoint.String())
	if !there {
		c.T.Fatal("no workload cluster")
	}
	byVM := map[string]string{}
	for _, m := range c.EvrocMachines() {
		byVM[m.Status.VMID] = m.Spec.ProviderID
	}
	nodes, err := c.Nodes(ctx)
	c.Do(err)
	for _, node := range nodes {
		node.Spec.ProviderID = byVM[node.Name]
		var taints []corev1.Taint
		for _, taint := range node.Spec.Taints {
			if !strings.Contains(taint.Key, "uninitialized") {
				taints = append(taints, taint)
			}
		}
		node.Spec.Taints = taints
		c.Do(store.Update(ctx, &node))
	}
}

// EnsureNamespace makes a namespace of that name.
func (s *Stack) EnsureNamespace(t testing.TB, name string) {
	t.Helper()
	err := s.Client.Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: name}})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// On returns the same cluster as seen on another management cluster.
func (c *FullCluster) On(other *Stack) *FullCluster {
	moved := *c
	moved.Stack = other
	c.T.Cleanup(moved.dump)
	return &moved
}
