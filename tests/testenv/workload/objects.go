package workload

import (
	"context"
	"fmt"
	"strings"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	inmemory "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const (
	kubeSystem = metav1.NamespaceSystem
	kubePublic = metav1.NamespacePublic
)

// create creates the objects that do not exist yet.
func (cl *cluster) create(ctx context.Context, objects ...client.Object) error {
	for _, object := range objects {
		if err := cl.store.Create(ctx, object); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create %T %s: %w", object, object.GetName(), err)
		}
	}
	return nil
}

// remove deletes the objects that exist.
func (cl *cluster) remove(ctx context.Context, objects ...client.Object) error {
	for _, object := range objects {
		if err := cl.store.Delete(ctx, object); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("delete %T %s: %w", object, object.GetName(), err)
		}
	}
	return nil
}

// change reads, changes and writes an object, and retries conflicts. object has
// the name.
func (cl *cluster) change(ctx context.Context, object client.Object, edit func()) error {
	for {
		if err := cl.store.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		edit()
		if err := cl.store.Update(ctx, object); !apierrors.IsConflict(err) {
			return err
		}
	}
}

// listInto reads all objects of a kind. The store keeps objects that clients
// have patched in another form than those that the simulation wrote, so that a
// typed list of both fails.
func listInto[T any](ctx context.Context, store inmemory.Client, kind string, options ...client.ListOption) ([]T, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind + "List"))
	if err := store.List(ctx, list, options...); err != nil {
		return nil, err
	}
	objects := make([]T, len(list.Items))
	for i, item := range list.Items {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &objects[i]); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// createBasics creates the objects that every cluster has.
func (cl *cluster) createBasics(ctx context.Context) error {
	for _, name := range []string{metav1.NamespaceDefault, kubeSystem, kubePublic, corev1.NamespaceNodeLease} {
		namespace := &corev1.Namespace{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelMetadataName: name}},
			Status:     corev1.NamespaceStatus{Phase: corev1.NamespaceActive},
		}
		account := &corev1.ServiceAccount{ObjectMeta: named(name, "default")}
		if err := cl.create(ctx, namespace, account); err != nil {
			return err
		}
	}
	return cl.create(ctx, &corev1.Service{
		ObjectMeta: named(metav1.NamespaceDefault, "kubernetes"),
		Spec: corev1.ServiceSpec{
			Type:  corev1.ServiceTypeClusterIP,
			Ports: []corev1.ServicePort{{Name: "https", Port: 443, Protocol: corev1.ProtocolTCP}},
		},
	})
}

// createKubeadmObjects creates the objects that kubeadm init leaves in a
// cluster.
func (cl *cluster) createKubeadmObjects(ctx context.Context, configuration, version string) error {
	info, err := cl.clusterInfo()
	if err != nil {
		return err
	}
	return cl.create(ctx,
		&rbacv1.ClusterRole{
			ObjectMeta: named("", "kubeadm:get-nodes"),
			Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"nodes"}}},
		},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: named("", "kubeadm:get-nodes"),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "kubeadm:get-nodes"},
			Subjects: []rbacv1.Subject{{
				APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:bootstrappers:kubeadm:default-node-token",
			}},
		},
		&corev1.ConfigMap{
			ObjectMeta: named(kubeSystem, "kubeadm-config"),
			Data:       map[string]string{"ClusterConfiguration": configuration},
		},
		&corev1.ConfigMap{ObjectMeta: named(kubePublic, "cluster-info"), Data: map[string]string{"kubeconfig": info}},
		&corev1.ConfigMap{ObjectMeta: named(kubeSystem, "coredns"), Data: map[string]string{"Corefile": ".:53 {\n}\n"}},
		&appsv1.Deployment{
			ObjectMeta: named(kubeSystem, "coredns"),
			Spec:       appsv1.DeploymentSpec{Template: podWith("coredns", "registry.k8s.io/coredns/coredns:v1.12.1")},
		},
		&appsv1.DaemonSet{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: kubeSystem, Name: "kube-proxy", Labels: map[string]string{"component": "kube-proxy"},
			},
			Spec: appsv1.DaemonSetSpec{Template: podWith("kube-proxy", "registry.k8s.io/kube-proxy:"+imageTag(version))},
		})
}

// imageTag returns a version in the form of image tags.
func imageTag(version string) string { return strings.ReplaceAll(version, "+", "_") }

func podWith(name, image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: image}}}}
}

// clusterInfo returns the kubeconfig without credentials from which joiners get
// the CA.
func (cl *cluster) clusterInfo() (string, error) {
	config := clientcmdapi.NewConfig()
	config.Clusters[""] = &clientcmdapi.Cluster{
		Server:                   "https://" + cl.endpoint,
		CertificateAuthorityData: cl.ca.pem,
	}
	text, err := clientcmd.Write(*config)
	return string(text), err
}

// version returns the cluster's version from kubeadm-config; empty if it has
// none.
func (cl *cluster) version(ctx context.Context) string {
	config := &corev1.ConfigMap{ObjectMeta: named(kubeSystem, "kubeadm-config")}
	if err := cl.store.Get(ctx, client.ObjectKeyFromObject(config), config); err != nil {
		return ""
	}
	var document struct {
		KubernetesVersion string `json:"kubernetesVersion"`
	}
	if err := yaml.Unmarshal([]byte(config.Data["ClusterConfiguration"]), &document); err != nil {
		return ""
	}
	return document.KubernetesVersion
}

// kubeletVersion returns the version that the machine installed, completed by
// the cluster's version.
func kubeletVersion(installed, cluster string) string {
	switch {
	case strings.Count(installed, ".") >= 2:
		return installed
	case installed == "" || strings.HasPrefix(cluster, installed+"."):
		return cluster
	}
	return installed + ".0"
}

// The static pods of a control-plane node beside etcd.
var staticPods = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"}

func staticPod(component, node string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: kubeSystem,
			Name:      component + "-" + node,
			Labels:    map[string]string{"component": component, "tier": "control-plane"},
		},
		Spec: corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: component}}},
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
}

func (cl *cluster) createStaticPods(ctx context.Context, node string) error {
	for _, component := range staticPods {
		if err := cl.create(ctx, staticPod(component, node)); err != nil {
			return err
		}
	}
	return nil
}

func (cl *cluster) removeStaticPods(ctx context.Context, node string) error {
	for _, component := range staticPods {
		if err := cl.remove(ctx, staticPod(component, node)); err != nil {
			return err
		}
	}
	return nil
}

// nodeObject returns the node as its kubelet registers it.
func nodeObject(plan *boot.Plan, vm VM, version string) *corev1.Node {
	labels := map[string]string{
		corev1.LabelHostname:   plan.Node.Name,
		corev1.LabelOSStable:   "linux",
		corev1.LabelArchStable: "amd64",
	}
	for name, value := range plan.Node.Labels {
		labels[name] = value
	}
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: plan.Node.Name, Labels: labels},
		Spec:       corev1.NodeSpec{ProviderID: plan.Node.ProviderID, Taints: plan.Node.Taints},
		Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: plan.Node.Name}},
			NodeInfo: corev1.NodeSystemInfo{
				MachineID: strings.ReplaceAll(vm.UID, "-", ""), SystemUUID: vm.UID, BootID: vm.UID,
				KubeletVersion: version, ContainerRuntimeVersion: "containerd://1.7.28",
				Architecture: "amd64", OperatingSystem: "linux",
			},
		},
	}
	if vm.PrivateIPv4 != "" {
		node.Status.Addresses = append(node.Status.Addresses,
			corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: vm.PrivateIPv4})
	}
	setHealthy(node)
	return node
}

func condition(kind corev1.NodeConditionType, status corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
	now := metav1.Time{Time: time.Now().UTC().Truncate(time.Second)}
	return corev1.NodeCondition{
		Type: kind, Status: status, Reason: reason, Message: message,
		LastHeartbeatTime: now, LastTransitionTime: now,
	}
}

func setHealthy(node *corev1.Node) {
	node.Status.Conditions = []corev1.NodeCondition{
		condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory",
			"kubelet has sufficient memory available"),
		condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure",
			"kubelet has no disk pressure"),
		condition(corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID",
			"kubelet has sufficient PID available"),
		condition(corev1.NodeReady, corev1.ConditionTrue, "KubeletReady", "kubelet is posting ready status"),
	}
}

// setNodeUnreachable writes what the node controller writes when a kubelet
// stops reporting.
func setNodeUnreachable(node *corev1.Node) {
	for i := range node.Status.Conditions {
		kind := node.Status.Conditions[i].Type
		node.Status.Conditions[i] = condition(kind, corev1.ConditionUnknown, "NodeStatusUnknown",
			"Kubelet stopped posting node status.")
	}
}
