package management

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// testTimeout allows for a loaded machine: no test waits that long normally.
const testTimeout = 3 * time.Minute

// start starts a management cluster with a tiny provider.
func start(t *testing.T) (*Management, context.Context) {
	t.Helper()
	options := Options{
		Dir:       t.TempDir(),
		Binaries:  binaries.ForTest(t),
		Manifests: []string{writeProvider(t)},
		Audit:     true,
		Progress:  t.Output(),
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	m, err := Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Stop)
	return m, ctx
}

func writeProvider(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	err := os.WriteFile(filepath.Join(folder, "rbac.yaml"), []byte(`
apiVersion: v1
kind: ServiceAccount
metadata: {name: evroc-shim, namespace: evroc-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: evroc-shim}
rules:
- {apiGroups: [cluster.x-k8s.io], resources: [clusters], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: evroc-shim}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: evroc-shim}
subjects: [{kind: ServiceAccount, name: evroc-shim, namespace: evroc-system}]
`), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func newCluster(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "cluster.x-k8s.io/v1beta2",
		"kind":       "Cluster",
		"metadata":   map[string]any{"name": name, "namespace": "default"},
		"spec": map[string]any{"infrastructureRef": map[string]any{
			"apiGroup": "infrastructure.cluster.x-k8s.io",
			"kind":     "EvrocCluster", "name": name}},
	}}
}

// All subtests share one management cluster, since it takes a while to start.
func TestManagementCluster(t *testing.T) {
	m, ctx := start(t)
	t.Run("its webhooks refuse what is wrong", func(t *testing.T) {
		cluster := newCluster("wrong")
		err := unstructured.SetNestedField(cluster.Object, "not a block",
			"spec", "clusterNetwork", "pods", "cidrBlocks")
		if err == nil {
			_ = unstructured.SetNestedSlice(cluster.Object,
				[]any{"not a block"}, "spec", "clusterNetwork", "pods", "cidrBlocks")
		}
		_, err = m.clients.dynamic.Resource(clusters).Namespace("default").
			Create(ctx, cluster, metav1.CreateOptions{})
		if !apierrors.IsInvalid(err) && !apierrors.IsForbidden(err) {
			t.Errorf("the answer is %v", err)
		}
	})
	t.Run("an account has its rights and no others", func(t *testing.T) {
		kubeconfig, err := m.ServiceAccountKubeconfig(ctx, "evroc-system", "evroc-shim")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := m.kubectl(kubeconfig, "get", "clusters", "-A"); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		out, err := m.kubectl(kubeconfig, "get", "secrets", "-A")
		if err == nil || !missingRight.MatchString(out) {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("requests are told apart", func(t *testing.T) {
		requests, err := m.Requests()
		if err != nil {
			t.Fatal(err)
		}
		counts := CountByVerb(requests, func(r Request) bool {
			return r.User == "system:serviceaccount:evroc-system:evroc-shim" &&
				r.Agent == "kubectl" && r.Resource == "clusters"
		})
		if counts["list"] != 1 || len(counts) != 1 {
			t.Errorf("counted %v", counts)
		}
	})
	t.Run("clusterctl sees what is installed", func(t *testing.T) {
		out, err := m.kubectl(m.AdminKubeconfig(), "get", "providers", "-A")
		if err != nil || !strings.Contains(out, "infrastructure-evroc") ||
			!strings.Contains(out, "control-plane-kubeadm") {
			t.Errorf("%v: %s", err, out)
		}
	})
	t.Run("data survives a restart of the API server", func(t *testing.T) {
		client := m.clients.dynamic.Resource(clusters).Namespace("default")
		_, err := client.Create(ctx, newCluster("kept"), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := m.RestartAPIServer(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Get(ctx, "kept", metav1.GetOptions{}); err != nil {
			t.Error(err)
		}
	})
	t.Run("nothing lacks a right", func(t *testing.T) {
		lines, err := m.Forbidden()
		if err != nil || len(lines) > 0 {
			t.Errorf("%v %s", err, strings.Join(lines, "\n"))
		}
	})
	t.Run("nothing is left running", func(t *testing.T) {
		running := m.Processes()
		m.Stop()
		for name, one := range running {
			if one.Running() {
				t.Errorf("%s still runs", name)
			}
		}
	})
}

func (m *Management) kubectl(kubeconfig string, arguments ...string) (string, error) {
	out, err := exec.Command(m.options.Binaries.Path(binaries.Kubectl),
		append([]string{"--kubeconfig", kubeconfig}, arguments...)...).CombinedOutput()
	return string(out), err
}
