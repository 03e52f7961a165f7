package e2e

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// Long is the limit for one step of a cluster of the full suite, with a dozen
// other clusters beside it on two cores.
const Long = 8 * time.Minute

// FullOptions say how to make a cluster.
type FullOptions struct {
	Flavor Flavor
	// ControlPlane and Workers are the numbers of machines.
	ControlPlane, Workers int
	// Zones of the cluster; zone a if empty.
	Zones []string
	// Variables are further variables of the template.
	Variables map[string]string
	// Credential is the name of the simulator's credential file; profile.yaml if
	// empty.
	Credential string
	// Edit changes the rendered objects before they are applied.
	Edit func(*unstructured.Unstructured)
}

// FullCluster is a cluster of the full suite.
type FullCluster struct {
	*Stack
	T               testing.TB
	Namespace, Name string
	Options         FullOptions
	id              string
}

// Make renders and applies a cluster in a namespace of its own.
func (s *Stack) Make(t testing.TB, name string,
	options FullOptions) *FullCluster {
	t.Helper()
	if options.Flavor.ControlPlane == "" {
		options.Flavor = KubeadmFlavor
	}
	if options.Credential == "" {
		options.Credential = "profile.yaml"
	}
	c := &FullCluster{Stack: s, T: t, Name: name, Options: options,
		Namespace: s.NewNamespace(t)}
	t.Cleanup(c.dump)
	c.applyAll()
	return c
}

// applyAll renders and applies the cluster's objects.
func (c *FullCluster) applyAll() {
	c.T.Helper()
	for _, object := range c.render() {
		if c.Options.Edit != nil {
			c.Options.Edit(object)
		}
		c.apply(object)
	}
}

// ApplyAddOn renders a file of templates/addons and applies it.
func (c *FullCluster) ApplyAddOn(file string, variables map[string]string) {
	c.T.Helper()
	all := maps.Clone(variables)
	all["CLUSTER_NAME"] = c.Name
	objects, err := generate(c.T.Context(), all, "yaml", "--from",
		filepath.Join(Root(), "templates", "addons", file))
	c.Do(err)
	for _, object := range objects {
		object.SetNamespace(c.Namespace)
		c.apply(object)
	}
}

// ApplyAgain applies the template again with these variables changed.
func (c *FullCluster) ApplyAgain(variables map[string]string) {
	c.T.Helper()
	all := map[string]string{}
	maps.Copy(all, c.Options.Variables)
	maps.Copy(all, variables)
	c.Options.Variables = all
	c.applyAll()
}

func (c *FullCluster) render() []*unstructured.Unstructured {
	c.T.Helper()
	credential, err := c.Credential(c.Options.Credential)
	c.Do(err)
	variables := map[string]string{
		"EVROC_REGION":                   "se-sto",
		"EVROC_PROJECT":                  Project,
		"EVROC_KUBECONFIG_B64":           credential,
		"EVROC_VPC_NAME":                 c.Name + "-net",
		"EVROC_SUBNET_NAME":              c.Name + "-net",
		"EVROC_SSH_KEY":                  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 test: #1\nssh-rsa AAAAB3NzaC1yc2E \"a\", [old]\n",
		"CONTROL_PLANE_MACHINE_COUNT":    fmt.Sprint(c.Options.ControlPlane),
		"WORKER_MACHINE_COUNT":           fmt.Sprint(c.Options.Workers),
		c.Options.Flavor.VersionVariable: c.Options.Flavor.Versions[0],
		"EVROC_FAILURE_DOMAINS":          "[" + strings.Join(c.Options.Zones, ",") + "]",
	}
	maps.Copy(variables, c.Options.Variables)
	objects, err := c.Stack.Render(c.T.Context(), c.Options.Flavor, c.Name,
		c.Namespace, variables)
	c.Do(err)
	return objects
}

// apply retries: webhooks and policies need a moment on a fresh test
// environment.
func (c *FullCluster) apply(object *unstructured.Unstructured) {
	c.T.Helper()
	Eventually(c.T, object.GetKind()+" "+object.GetName()+" is applied",
		func(ctx context.Context) error {
			return c.Client.Apply(ctx,
				client.ApplyConfigurationFromUnstructured(object.DeepCopy()),
				client.FieldOwner("e2e"), client.ForceOwnership)
		})
}

// Do ends the test if one of its own steps failed.
func (c *FullCluster) Do(err error) {
	c.T.Helper()
	if err != nil {
		c.T.Fatal(err)
	}
}

// Kinds of the objects around a cluster.
var (
	clusterKind    = clusterv1.GroupVersion.WithKind("Cluster")
	machineKind    = clusterv1.GroupVersion.WithKind("Machine")
	deploymentKind = clusterv1.GroupVersion.WithKind("MachineDeployment")
	healthKind     = clusterv1.GroupVersion.WithKind("MachineHealthCheck")
)

// ControlPlaneKind returns the kind of the flavour's control plane.
func (c *FullCluster) ControlPlaneKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io",
		Version: "v1beta2", Kind: c.Options.Flavor.ControlPlane}
}

// Key returns the key of the cluster's object with that suffix.
func (c *FullCluster) Key(suffix string) client.ObjectKey {
	return client.ObjectKey{Namespace: c.Namespace, Name: c.Name + suffix}
}

// The suffixes of the names of the cluster's objects.
const (
	ControlPlaneSuffix = "-control-plane"
	WorkersSuffix      = "-md-0"
)

// Read returns an object of the cluster.
func (c *FullCluster) Read(ctx context.Context, kind schema.GroupVersionKind,
	suffix string) (*unstructured.Unstructured, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object, c.Client.Get(ctx, c.Key(suffix), object)
}

// Merge applies a merge patch to an object of the cluster.
func (c *FullCluster) Merge(kind schema.GroupVersionKind, suffix,
	patch string) {
	c.T.Helper()
	object := Evroc(kind, c.Namespace, c.Name+suffix, nil)
	c.Do(c.Client.Patch(c.T.Context(), object,
		client.RawPatch(types.MergePatchType, []byte(patch))))
}

// Scale sets the numbers of machines and waits for them.
func (c *FullCluster) Scale(controlPlane, workers int) {
	c.T.Helper()
	c.Resize(controlPlane, workers)
	c.Ready()
}

// Resize sets the numbers of machines.
func (c *FullCluster) Resize(controlPlane, workers int) {
	c.T.Helper()
	c.Options.ControlPlane, c.Options.Workers = controlPlane, workers
	c.Merge(c.ControlPlaneKind(), ControlPlaneSuffix,
		fmt.Sprintf(`{"spec":{"replicas":%d}}`, controlPlane))
	c.Merge(deploymentKind, WorkersSuffix,
		fmt.Sprintf(`{"spec":{"replicas":%d}}`, workers))
}

// Ready waits until the cluster is as specified, in every respect that can be
// observed from outside.
func (c *FullCluster) Ready() {
	c.T.Helper()
	Within(c.T, Long, c.Name+" is ready", c.check)
}

func (c *FullCluster) check(ctx context.Context) error {
	if err := c.checkNumbers(ctx); err != nil {
		return err
	}
	machines, err := c.Machines(ctx)
	if err != nil {
		return err
	}
	want := c.Options.ControlPlane + c.Options.Workers
	if len(machines) != want {
		return fmt.Errorf("%d machines, want %d", len(machines), want)
	}
	for _, m := range machines {
		if err := checkMachine(m); err != nil {
			return err
		}
	}
	if err := c.checkNodes(ctx, machines); err != nil {
		return err
	}
	return c.checkBackends(ctx, machines)
}

// checkNumbers checks the numbers of replicas.
func (c *FullCluster) checkNumbers(ctx context.Context) error {
	for _, part := range []struct {
		kind   schema.GroupVersionKind
		suffix string
		want   int
	}{
		{c.ControlPlaneKind(), ControlPlaneSuffix, c.Options.ControlPlane},
		{deploymentKind, WorkersSuffix, c.Options.Workers},
	} {
		object, err := c.Read(ctx, part.kind, part.suffix)
		if err != nil {
			return err
		}
		// The status counts only if it is about the current spec.
		seen, _, _ := unstructured.NestedInt64(object.Object, "status",
			"observedGeneration")
		if seen != object.GetGeneration() {
			return fmt.Errorf("%s has not observed its spec yet", object.GetName())
		}
		for _, field := range []string{"replicas", "readyReplicas",
			"upToDateReplicas"} {
			got, _, _ := unstructured.NestedInt64(object.Object, "status", field)
			if got != int64(part.want) {
				return fmt.Errorf("%s: %s is %d, want %d: %s", part.kind.Kind,
					field, got, part.want, conditionsOf(object))
			}
		}
	}
	object, err := c.Read(ctx, clusterKind, "")
	if err != nil {
		return err
	}
	status, err := statusOf(object)
	return Both(err, status.Is("Available", metav1.ConditionTrue))
}

func statusOf(object *unstructured.Unstructured) (CommonStatus, error) {
	view, err := viewOf[struct {
		Status CommonStatus `json:"status"`
	}](object)
	return view.Status, err
}

func conditionsOf(object *unstructured.Unstructured) string {
	status, err := statusOf(object)
	if err != nil {
		return err.Error()
	}
	var bad []metav1.Condition
	for _, c := range status.Conditions {
		if c.Message != "" {
			bad = append(bad, c)
		}
	}
	return Conditions(bad)
}

// checkMachine checks a Machine.
func checkMachine(m clusterv1.Machine) error {
	if m.Status.NodeRef.Name == "" {
		return fmt.Errorf("machine %s has no node: %s", m.Name,
			Conditions(m.Status.Conditions))
	}
	return CommonStatus{Conditions: m.Status.Conditions}.Is("Ready",
		metav1.ConditionTrue)
}

// checkNodes compares nodes with machines: their number, identities and
// initialization (traps.md A10).
func (c *FullCluster) checkNodes(ctx context.Context,
	machines []clusterv1.Machine) error {
	view, err := c.View(ctx)
	if err != nil {
		return err
	}
	endpoint := view.Spec.ControlPlaneEndpoint
	nodes, err := c.Booted.Nodes(endpoint.String())
	if err != nil {
		return err
	}
	byID := map[string]string{}
	for _, node := range nodes {
		byID[node.Spec.ProviderID] = node.Name
		for _, taint := range node.Spec.Taints {
			if taint.Key == "node.cloudprovider.kubernetes.io/uninitialized" {
				return fmt.Errorf("node %s is not initialized", node.Name)
			}
		}
		if err := checkLabels(node); err != nil {
			return err
		}
	}
	for _, m := range machines {
		if byID[m.Spec.ProviderID] == "" {
			return fmt.Errorf("machine %s: no node has %q, only %v", m.Name,
				m.Spec.ProviderID, byID)
		}
	}
	return That(len(nodes) == len(machines), "%d nodes, %d machines",
		len(nodes), len(machines))
}

// checkLabels checks the labels of a node that the cloud sets.
func checkLabels(node corev1.Node) error {
	for _, label := range []string{corev1.LabelInstanceTypeStable,
		corev1.LabelTopologyRegion, corev1.LabelTopologyZone} {
		if node.Labels[label] == "" {
			return fmt.Errorf("node %s has no label %s", node.Name, label)
		}
	}
	return nil
}

// checkBackends compares the load balancer's backends with the live control
// plane.
func (c *FullCluster) checkBackends(ctx context.Context,
	machines []clusterv1.Machine) error {
	view, err := c.View(ctx)
	if err != nil {
		return err
	}
	if view.Status.Network.Endpoint.LoadBalancerID == "" {
		return nil
	}
	backends, err := c.Cloud.Backends(ctx, Project,
		view.Annotations[OwnerIDAnnotation])
	if err != nil {
		return err
	}
	var want []string
	for _, m := range machines {
		if _, is := m.Labels[clusterv1.MachineControlPlaneLabel]; !is {
			continue
		}
		evroc, err := Get[MachineView](ctx, c.Client, MachineKind,
			client.ObjectKey{Namespace: c.Namespace,
				Name: m.Spec.InfrastructureRef.Name})
		if err != nil {
			return err
		}
		want = append(want, evroc.Status.VMID)
	}
	slices.Sort(want)
	return That(slices.Equal(want, backends), "backends %v, want %v", backends,
		want)
}

// Machines returns the cluster's Machines, without those that are being
// deleted.
func (c *FullCluster) Machines(ctx context.Context) ([]clusterv1.Machine,
	error) {
	var list clusterv1.MachineList
	err := c.Client.List(ctx, &list, client.InNamespace(c.Namespace),
		client.MatchingLabels{clusterv1.ClusterNameLabel: c.Name})
	return list.Items, err
}

// EvrocMachines returns the cluster's EvrocMachines.
func (c *FullCluster) EvrocMachines() []MachineView {
	c.T.Helper()
	machines, err := List[MachineView](c.T.Context(), c.Client, MachineKind,
		c.Namespace)
	c.Do(err)
	return machines
}

// View reads the EvrocCluster.
func (c *FullCluster) View(ctx context.Context) (ClusterView, error) {
	view, err := Get[ClusterView](ctx, c.Client, ClusterKind, c.Key(""))
	if err == nil && view.Annotations[OwnerIDAnnotation] != "" {
		c.id = view.Annotations[OwnerIDAnnotation]
	}
	return view, err
}

// Inventory returns the cluster's objects in the cloud.
func (c *FullCluster) Inventory(ctx context.Context) (cloud.Inventory, error) {
	all, err := c.Cloud.Inventory(ctx, "")
	return all.With(cloud.LabelClusterID, c.id), err
}

// Delete deletes an object of the cluster, without waiting.
func (c *FullCluster) Delete(kind schema.GroupVersionKind, suffix string) {
	c.T.Helper()
	c.Do(client.IgnoreNotFound(c.Client.Delete(c.T.Context(),
		Evroc(kind, c.Namespace, c.Name+suffix, nil))))
}

// TearDown deletes the Cluster and waits until nothing is left of it.
func (c *FullCluster) TearDown() {
	c.T.Helper()
	_, err := c.View(c.T.Context())
	c.Do(client.IgnoreNotFound(err))
	c.Delete(clusterKind, "")
	c.Gone()
}

// Gone waits until nothing is left, in the cloud or in Kubernetes.
func (c *FullCluster) Gone() {
	c.T.Helper()
	Within(c.T, Long, c.Name+" is gone", func(ctx context.Context) error {
		for _, kind := range []schema.GroupVersionKind{clusterKind, ClusterKind} {
			if err := Gone(ctx, c.Client, kind, c.Key("")); err != nil {
				return err
			}
		}
		machines, err := List[MachineView](ctx, c.Client, MachineKind,
			c.Namespace)
		if err != nil || len(machines) > 0 {
			return fmt.Errorf("%d EvrocMachines, %w", len(machines), err)
		}
		left, err := c.Inventory(ctx)
		return Both(err, That(len(left) == 0, "left in the cloud: %v", left))
	})
}

// dump logs the objects and the inventory when the test failed.
func (c *FullCluster) dump() {
	if !c.T.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), step)
	defer cancel()
	if object, err := c.Read(ctx, clusterKind, ""); err == nil {
		c.T.Logf("Cluster: %s", conditionsOf(object))
	}
	if view, err := c.View(ctx); err == nil {
		c.T.Logf("EvrocCluster: %s", Conditions(view.Status.Conditions))
	}
	if object, err := c.Read(ctx, c.ControlPlaneKind(),
		ControlPlaneSuffix); err == nil {
		c.T.Logf("control plane: %s", conditionsOf(object))
	}
	machines, _ := List[MachineView](ctx, c.Client, MachineKind, c.Namespace)
	for _, m := range machines {
		c.T.Logf("EvrocMachine %s (%s): %s", m.Name, m.Status.State,
			Conditions(m.Status.Conditions))
	}
	for _, m := range c.Booted.Machines() {
		if strings.Contains(m.VM.ID, c.Name) {
			c.T.Logf("VM %s: %s node=%s refused=%q waiting=%q", m.VM.ID, m.As,
				m.Node, m.Refused, m.Waiting)
		}
	}
}
