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

// The names of objects in a workload cluster.
const (
	servingSecret        = "rke2-serving"
	removeAnnotation     = "etcd.rke2.cattle.io/remove"
	removedAnnotation    = "etcd.rke2.cattle.io/removed-node-name"
	lbExclusionLabel     = "node.kubernetes.io/exclude-from-external-load-balancers"
	workloadCallDeadline = 10 * time.Second
)

// Workload is a control plane's client of its own cluster.
type Workload interface {
	// Serves returns nil if the API answers and holds what an RKE2 server stores
	// there.
	Serves(ctx context.Context) error
	// RemoveEtcdMember removes the node's etcd member, and reports whether it is
	// gone. The error is NotFound if the Node is gone. It is safe to repeat.
	RemoveEtcdMember(ctx context.Context, node string) (bool, error)
	// ExcludeFromLoadBalancers labels the Node. A Node that is gone is no error.
	ExcludeFromLoadBalancers(ctx context.Context, node string) error
}

// Workloads returns the client of the cluster that a kubeconfig is for.
type Workloads func(kubeconfig []byte) (Workload, error)

// apiWorkload is a Workload that uses the cluster's API server.
type apiWorkload struct {
	client kubernetes.Interface
}

// FromKubeconfig returns a client that uses the cluster's endpoint.
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

// workload returns the client of the plane's own cluster, from its kubeconfig
// Secret.
func (r *Reconciler) workload(ctx context.Context, s *scope) (Workload, error) {
	secret, err := r.secret(ctx, s, kubeconfig)
	if err != nil {
		return nil, err
	}
	return r.Workloads(secret.Data["value"])
}
