package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Names in a workload cluster.
const (
	servingSecret        = "rke2-serving"
	removeAnnotation     = "etcd.rke2.cattle.io/remove"
	removedAnnotation    = "etcd.rke2.cattle.io/removed-node-name"
	lbExclusionLabel     = "node.kubernetes.io/exclude-from-external-load-balancers"
	workloadCallDeadline = 10 * time.Second
)

// Workload is what a control plane asks of its own cluster.
type Workload interface {
	// Serves reports whether the API answers and holds what an RKE2 server stores
	// there; an error is no answer.
	Serves(ctx context.Context) error
	// RemoveEtcdMember asks the node's etcd to leave, and reports whether it has.
	// The error is NotFound where the Node is gone. A repeat is safe.
	RemoveEtcdMember(ctx context.Context, node string) (bool, error)
	// ExcludeFromLoadBalancers labels the Node. A Node that is gone is no error.
	ExcludeFromLoadBalancers(ctx context.Context, node string) error
}

// Workloads finds the cluster that a kubeconfig leads to.
type Workloads func(kubeconfig []byte) (Workload, error)

// apiWorkload asks through the cluster's API server.
type apiWorkload struct {
	client kubernetes.Interface
}

// FromKubeconfig reaches workload clusters through their endpoint.
func FromKubeconfig(kubeconfig []byte) (Workload, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read a kubeconfig: %w", err)
	}
	config.Timeout = workloadCallDeadline
	config.ContentType = runtime.ContentTypeJSON
	config.UserAgent = "fake-rke2"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return apiWorkload{client: client}, nil
}

func (w apiWorkload) Serves(ctx context.Context) error {
	_, err := w.client.CoreV1().Secrets(metav1.NamespaceSystem).
		Get(ctx, servingSecret, metav1.GetOptions{})
	return err
}

func (w apiWorkload) RemoveEtcdMember(ctx context.Context, name string) (bool, error) {
	node, err := w.client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	if node.Annotations[removedAnnotation] != "" {
		return true, nil
	}
	if node.Annotations[removeAnnotation] == "true" {
		return false, nil
	}
	return false, w.patch(ctx, name, "annotations", removeAnnotation)
}

func (w apiWorkload) ExcludeFromLoadBalancers(ctx context.Context, name string) error {
	err := w.patch(ctx, name, "labels", lbExclusionLabel)
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// patch sets one label or annotation of a Node to "true".
func (w apiWorkload) patch(ctx context.Context, name, where, key string) error {
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]any{where: map[string]string{key: "true"}},
	})
	if err != nil {
		return fmt.Errorf("write a patch: %w", err)
	}
	_, err = w.client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, body,
		metav1.PatchOptions{})
	return err
}

// workload finds the plane's own cluster through its kubeconfig Secret.
func (r *Reconciler) workload(ctx context.Context, s *scope) (Workload, error) {
	secret, err := r.secret(ctx, s, kubeconfig)
	if err != nil {
		return nil, err
	}
	return r.Workloads(secret.Data["value"])
}
