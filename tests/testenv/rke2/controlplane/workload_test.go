package controlplane

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestServesIfTheServersSecretIsThere(t *testing.T) {
	empty := apiWorkload{client: fake.NewSimpleClientset()}
	if err := empty.Serves(t.Context()); !apierrors.IsNotFound(err) {
		t.Errorf("without the Secret: %v", err)
	}
	serving := apiWorkload{client: fake.NewSimpleClientset(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "rke2-serving"},
	})}
	if err := serving.Serves(t.Context()); err != nil {
		t.Errorf("with the Secret: %v", err)
	}
}

func TestEtcdMemberLeavesWhenItsNodeSaysSo(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: "one", Labels: map[string]string{"keep": "me"},
	}}
	client := fake.NewSimpleClientset(node)
	w := apiWorkload{client: client}
	for range 2 {
		if left, err := w.RemoveEtcdMember(t.Context(), "one"); left || err != nil {
			t.Fatalf("left %v, %v", left, err)
		}
	}
	got, err := client.CoreV1().Nodes().Get(t.Context(), "one", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Annotations["etcd.rke2.cattle.io/remove"] != "true" || got.Labels["keep"] != "me" {
		t.Errorf("annotations %v, labels %v", got.Annotations, got.Labels)
	}
	got.Annotations["etcd.rke2.cattle.io/removed-node-name"] = "one-abc"
	if _, err := client.CoreV1().Nodes().Update(t.Context(), got, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if left, err := w.RemoveEtcdMember(t.Context(), "one"); !left || err != nil {
		t.Errorf("left %v, %v", left, err)
	}
	if _, err := w.RemoveEtcdMember(t.Context(), "two"); !apierrors.IsNotFound(err) {
		t.Errorf("a Node that is gone: %v", err)
	}
}

func TestExcludesNodesFromLoadBalancers(t *testing.T) {
	client := fake.NewSimpleClientset(&corev1.Node{ObjectMeta: metav1.ObjectMeta{
		Name: "one", Annotations: map[string]string{"keep": "me"},
	}})
	w := apiWorkload{client: client}
	for _, name := range []string{"one", "gone"} {
		if err := w.ExcludeFromLoadBalancers(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := client.CoreV1().Nodes().Get(t.Context(), "one", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Labels["node.kubernetes.io/exclude-from-external-load-balancers"] != "true" ||
		got.Annotations["keep"] != "me" {
		t.Errorf("labels %v, annotations %v", got.Labels, got.Annotations)
	}
}

func TestKubeconfigMustBeReadable(t *testing.T) {
	if _, err := FromKubeconfig([]byte("no kubeconfig")); err == nil {
		t.Error("took anything")
	}
}
