package main

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// namespace of the cluster.
const namespace = metav1.NamespaceDefault

// observer reads the state of a cluster through the APIs of the cloud and of
// Kubernetes, with the rights of a user.
type observer struct {
	cloud      *cloud.Cloud
	management client.Client
	// cluster is the name of the cluster, controlPlane the kind of its control
	// plane.
	cluster      string
	controlPlane schema.GroupVersionKind

	// nodes is the client of the workload cluster. It was made from kubeconfig.
	kubeconfig []byte
	nodes      kubernetes.Interface
	last       []node
}

func newObserver(management *rest.Config, sim *cloud.Cloud, cluster string,
	controlPlane schema.GroupVersionKind) (*observer, error) {
	management.WarningHandler = rest.NoWarnings{}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clusterv1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	c, err := client.New(management, client.Options{Scheme: scheme})
	return &observer{cloud: sim, management: c, cluster: cluster,
		controlPlane: controlPlane}, err
}

// look returns a snapshot of the current state.
func (o *observer) look(ctx context.Context) (snapshot, error) {
	var s snapshot
	for _, part := range []func(context.Context, *snapshot) error{
		o.lookAtCloud, o.lookAtGroups, o.lookAtMachines, o.lookAtNodes,
	} {
		if err := part(ctx, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (o *observer) lookAtCloud(ctx context.Context, s *snapshot) error {
	all, err := o.cloud.Inventory(ctx, "")
	if err != nil {
		return err
	}
	s.Everything = all
	ours := all.With(cloud.LabelClusterName, o.cluster)
	subnets, err := o.placements(ctx, cloud.Subnets)
	if err != nil {
		return err
	}
	s.Parts = network(ours, subnets)
	for _, disk := range ours.Of(cloud.Disks) {
		s.Disks = append(s.Disks, disk.State)
	}
	machines, err := o.placements(ctx, cloud.Machines)
	if err != nil {
		return err
	}
	backends, err := o.backends(ctx, ours)
	if err != nil {
		return err
	}
	s.VMs = virtualMachines(ours.Of(cloud.Machines), machines, backends)
	return nil
}

// placement holds the fields of a subnet or VM that the inventory does not
// have.
type placement struct {
	Metadata struct {
		ID string `json:"id"`
	} `json:"metadata"`
	Spec struct {
		CIDR      string `json:"ipv4CidrBlock"`
		Placement struct {
			Zone string `json:"zone"`
		} `json:"placement"`
	} `json:"spec"`
}

// placements returns those of a collection, by id.
func (o *observer) placements(ctx context.Context, collection string) (
	map[string]placement, error) {
	var answer struct {
		Items []placement `json:"items"`
	}
	err := o.cloud.API(ctx, http.MethodGet, project, collection, "", nil, &answer)
	result := map[string]placement{}
	for _, one := range answer.Items {
		result[one.Metadata.ID] = one
	}
	return result, err
}

// backends returns the ids of the VMs behind the load balancer.
func (o *observer) backends(ctx context.Context, ours cloud.Inventory) (
	[]string, error) {
	balancers := ours.Of(cloud.LoadBalancers)
	if len(balancers) == 0 {
		return nil, nil
	}
	return o.cloud.Backends(ctx, project, balancers[0].Labels[cloud.LabelClusterID])
}

// lookAtGroups reads the objects that represent several machines.
func (o *observer) lookAtGroups(ctx context.Context, s *snapshot) error {
	core := clusterv1.GroupVersion
	for _, one := range []struct {
		kind schema.GroupVersionKind
		name string
	}{
		{core.WithKind("Cluster"), o.cluster},
		{o.controlPlane, o.cluster + "-control-plane"},
		{core.WithKind("MachineDeployment"), o.cluster + "-md-0"},
		{core.WithKind("MachineHealthCheck"), o.cluster + "-control-plane"},
		{core.WithKind("MachineHealthCheck"), o.cluster + "-md-0"},
	} {
		object := &unstructured.Unstructured{}
		object.SetGroupVersionKind(one.kind)
		key := client.ObjectKey{Namespace: namespace, Name: one.name}
		err := o.management.Get(ctx, key, object)
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		read, err := groupOf(object)
		if err != nil {
			return err
		}
		s.Groups = append(s.Groups, read)
	}
	return nil
}

func (o *observer) lookAtMachines(ctx context.Context, s *snapshot) error {
	var list clusterv1.MachineList
	err := o.management.List(ctx, &list, client.InNamespace(namespace),
		client.MatchingLabels{clusterv1.ClusterNameLabel: o.cluster})
	for _, m := range list.Items {
		s.Machines = append(s.Machines, machineOf(m))
	}
	return err
}

// lookAtNodes reads the nodes of the workload cluster through its load
// balancer, as soon as the cluster has a kubeconfig. It is no error if the
// cluster does not answer: it may not be up yet, or may be going. While the
// cluster has VMs, its nodes are those of the last answer.
func (o *observer) lookAtNodes(ctx context.Context, s *snapshot) error {
	var secret corev1.Secret
	err := o.management.Get(ctx, client.ObjectKey{Namespace: namespace,
		Name: o.cluster + "-kubeconfig"}, &secret)
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	if err := o.connect(secret.Data["value"]); err != nil {
		return err
	}
	var list corev1.NodeList
	err = o.nodes.CoreV1().RESTClient().Get().Resource("nodes").MaxRetries(0).
		Do(ctx).Into(&list)
	if err == nil {
		o.last = nil
		for _, one := range list.Items {
			o.last = append(o.last, nodeOf(one))
		}
		slices.SortFunc(o.last, func(a, b node) int {
			return strings.Compare(a.Name, b.Name)
		})
	}
	if len(s.VMs) > 0 {
		s.Nodes = o.last
	}
	return nil
}

func (o *observer) connect(kubeconfig []byte) error {
	if bytes.Equal(o.kubeconfig, kubeconfig) {
		return nil
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return err
	}
	// The table must not freeze while a cluster is being deleted.
	config.Timeout = time.Second
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	o.kubeconfig, o.last = kubeconfig, nil
	o.nodes, err = kubernetes.NewForConfig(config)
	return err
}

func conditionOf(conditions []metav1.Condition, kind string) (bool, string) {
	found := meta.FindStatusCondition(conditions, kind)
	if found == nil {
		return false, ""
	}
	return found.Status == metav1.ConditionTrue, found.Reason
}

// roleOf returns the role in a node's labels.
func roleOf(labels map[string]string) string {
	for key := range labels {
		if strings.HasPrefix(key, "node-role.kubernetes.io/control-plane") {
			return "control-plane"
		}
	}
	return "worker"
}
