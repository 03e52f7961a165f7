package e2e

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Core writes what Cluster API's managers would write, for tests without them.
// Each method is one step of a manager, and is safe to repeat where the
// manager's step is.
type Core struct {
	client.Client
}

// The finalizers that core sets.
const (
	coreClusterFinalizer = "cluster.cluster.x-k8s.io"
	coreMachineFinalizer = "machine.cluster.x-k8s.io"
)

// NewCluster returns a Cluster whose infrastructure has the same name.
func NewCluster(namespace, name string) *clusterv1.Cluster {
	return &clusterv1.Cluster{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: name,
			Finalizers: []string{coreClusterFinalizer},
			Labels:     map[string]string{clusterv1.ClusterNameLabel: name},
		},
		Spec: clusterv1.ClusterSpec{
			InfrastructureRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: ClusterKind.Group, Kind: ClusterKind.Kind, Name: name,
			},
		},
	}
}

// NewMachine returns a Machine of the cluster whose infrastructure has the same
// name. It has no bootstrap data yet.
func NewMachine(cluster *clusterv1.Cluster, name string,
	controlPlane bool) *clusterv1.Machine {
	machine := &clusterv1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: cluster.Namespace, Name: name,
			Finalizers:      []string{coreMachineFinalizer},
			Labels:          maps.Clone(cluster.Labels),
			OwnerReferences: []metav1.OwnerReference{OwnerOf(cluster, "Cluster")},
		},
		Spec: clusterv1.MachineSpec{
			ClusterName: cluster.Name,
			Version:     "v1.34.1",
			Bootstrap: clusterv1.Bootstrap{
				ConfigRef: clusterv1.ContractVersionedObjectReference{
					APIGroup: "bootstrap.cluster.x-k8s.io", Kind: "KubeadmConfig",
					Name: name,
				},
			},
			InfrastructureRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: MachineKind.Group, Kind: MachineKind.Kind, Name: name,
			},
		},
	}
	if controlPlane {
		machine.Labels[clusterv1.MachineControlPlaneLabel] = ""
	}
	return machine
}

// OwnerOf returns the ownerRef that core sets for an owner that is no
// controller.
func OwnerOf(object client.Object, kind string) metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion: clusterv1.GroupVersion.String(), Kind: kind,
		Name: object.GetName(), UID: object.GetUID(),
	}
}

// ControllerOf returns the ownerRef that core sets on the objects of a Machine.
func ControllerOf(machine *clusterv1.Machine) metav1.OwnerReference {
	owner := OwnerOf(machine, "Machine")
	owner.Controller = ptr.To(true)
	owner.BlockOwnerDeletion = ptr.To(true)
	return owner
}

// Evroc returns an object of our API group, without creating it.
func Evroc(kind schema.GroupVersionKind, namespace, name string,
	spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	if spec != nil {
		object.Object["spec"] = spec
	}
	return object
}

// Adopt adds an ownerRef and the cluster's label, as core does with what a
// Cluster or Machine refers to.
func (c Core) Adopt(ctx context.Context, object *unstructured.Unstructured,
	owner metav1.OwnerReference, labels map[string]string) error {
	before := object.DeepCopy()
	owners := append(object.GetOwnerReferences(), owner)
	object.SetOwnerReferences(owners)
	all := object.GetLabels()
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, labels)
	object.SetLabels(all)
	return c.Patch(ctx, object, client.MergeFrom(before))
}

// Bootstrap makes the Secret with a Machine's data and sets its name in the
// Machine.
func (c Core) Bootstrap(ctx context.Context, machine *clusterv1.Machine,
	data map[string][]byte) error {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: machine.Namespace, Name: machine.Name + "-bootstrap",
			Labels: map[string]string{
				clusterv1.ClusterNameLabel: machine.Spec.ClusterName,
			},
			OwnerReferences: []metav1.OwnerReference{OwnerOf(machine, "Machine")},
		},
		Type: clusterv1.ClusterSecretType,
		Data: data,
	}
	err := c.Create(ctx, secret)
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	return c.PointToBootstrap(ctx, machine, secret.Name)
}

// PointToBootstrap sets the name of a bootstrap Secret in the Machine.
func (c Core) PointToBootstrap(ctx context.Context, machine *clusterv1.Machine,
	secret string) error {
	before := machine.DeepCopy()
	machine.Spec.Bootstrap.DataSecretName = &secret
	if err := c.Patch(ctx, machine, client.MergeFrom(before)); err != nil {
		return err
	}
	before = machine.DeepCopy()
	machine.Status.Initialization.BootstrapDataSecretCreated = ptr.To(true)
	return c.Status().Patch(ctx, machine, client.MergeFrom(before))
}

// MirrorCluster copies the fields that core copies from an EvrocCluster. The
// error names what is still missing there.
func (c Core) MirrorCluster(ctx context.Context,
	cluster *clusterv1.Cluster) error {
	view, err := Get[ClusterView](ctx, c, ClusterKind, infrastructureKey(cluster))
	if err != nil {
		return err
	}
	if !view.Status.Provisioned() {
		return fmt.Errorf("EvrocCluster %s is not provisioned: %s", cluster.Name,
			Conditions(view.Status.Conditions))
	}
	endpoint := view.Spec.ControlPlaneEndpoint
	if endpoint.Host == "" || endpoint.Port == 0 {
		return fmt.Errorf("provisioned, but the endpoint is %v", endpoint)
	}
	before := cluster.DeepCopy()
	cluster.Spec.ControlPlaneEndpoint = endpoint
	if err := c.Patch(ctx, cluster, client.MergeFrom(before)); err != nil {
		return err
	}
	before = cluster.DeepCopy()
	cluster.Status.Initialization.InfrastructureProvisioned = ptr.To(true)
	cluster.Status.FailureDomains = view.Status.FailureDomains
	return c.Status().Patch(ctx, cluster, client.MergeFrom(before))
}

// infrastructureKey returns the key of a Cluster's EvrocCluster.
func infrastructureKey(cluster *clusterv1.Cluster) client.ObjectKey {
	return client.ObjectKey{Namespace: cluster.Namespace,
		Name: cluster.Spec.InfrastructureRef.Name}
}

// MirrorMachine copies the fields that core copies from an EvrocMachine. The
// error names what is still missing there.
func (c Core) MirrorMachine(ctx context.Context,
	machine *clusterv1.Machine) error {
	view, err := Get[MachineView](ctx, c, MachineKind,
		client.ObjectKeyFromObject(machine))
	if err != nil {
		return err
	}
	if !view.Status.Provisioned() {
		return fmt.Errorf("EvrocMachine %s is not provisioned: %s", machine.Name,
			Conditions(view.Status.Conditions))
	}
	if view.Spec.ProviderID == "" {
		return fmt.Errorf("provisioned without a providerID")
	}
	before := machine.DeepCopy()
	machine.Spec.ProviderID = view.Spec.ProviderID
	if err := c.Patch(ctx, machine, client.MergeFrom(before)); err != nil {
		return err
	}
	before = machine.DeepCopy()
	machine.Status.Initialization.InfrastructureProvisioned = ptr.To(true)
	machine.Status.Addresses = view.Status.Addresses
	machine.Status.FailureDomain = view.Status.FailureDomain
	return c.Status().Patch(ctx, machine, client.MergeFrom(before))
}

// Release removes core's finalizer from an object.
func (c Core) Release(ctx context.Context, object client.Object) error {
	patch := client.RawPatch(types.MergePatchType,
		[]byte(`{"metadata":{"finalizers":null}}`))
	return client.IgnoreNotFound(c.Patch(ctx, object, patch))
}

// Get reads one of our objects.
func Get[View any](ctx context.Context, c client.Reader,
	kind schema.GroupVersionKind, key client.ObjectKey) (View, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	if err := c.Get(ctx, key, object); err != nil {
		var none View
		return none, err
	}
	return viewOf[View](object)
}

// List reads all of our objects of a kind in a namespace, or in all if
// namespace is empty.
func List[View any](ctx context.Context, c client.Reader,
	kind schema.GroupVersionKind, namespace string) ([]View, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	err := c.List(ctx, list, client.InNamespace(namespace))
	if err != nil {
		return nil, err
	}
	views := make([]View, 0, len(list.Items))
	for i := range list.Items {
		view, err := viewOf[View](&list.Items[i])
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// Gone returns an error while an object still exists.
func Gone(ctx context.Context, c client.Reader, kind schema.GroupVersionKind,
	key client.ObjectKey) error {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	err := c.Get(ctx, key, object)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status",
		"conditions")
	return fmt.Errorf("%s %s is still there: finalizers %v, conditions %v",
		kind.Kind, key.Name, object.GetFinalizers(), conditions)
}
