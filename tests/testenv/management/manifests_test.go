package management

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const manifests = `
# Only a comment.
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hooks}
webhooks:
- name: one
  clientConfig: {service: {name: s, namespace: n, path: /check}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things, labels: {own: label}}
spec:
  conversion:
    strategy: Webhook
    webhook:
      clientConfig: {service: {name: s, namespace: n, path: /convert}}
      conversionReviewVersions: [v1]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager}
spec:
  template:
    spec:
      containers:
      - name: manager
        args: ["--leader-elect", "--gates=A=${CLUSTER_TOPOLOGY:=false},B=${B:=true}"]
`

func parseTest(t *testing.T) objects {
	t.Helper()
	parsed, err := parse([]byte(manifests))
	if err != nil {
		t.Fatal(err)
	}
	if len(parsed) != 3 {
		t.Fatalf("%d objects", len(parsed))
	}
	return parsed
}

func TestWebhooksAreCalledOnThisMachine(t *testing.T) {
	parsed := parseTest(t)
	if err := parsed.pointWebhooks(4711, []byte("ca")); err != nil {
		t.Fatal(err)
	}
	webhooks, _, _ := unstructured.NestedSlice(parsed[0].Object, "webhooks")
	admission, _, _ := unstructured.NestedMap(
		webhooks[0].(map[string]any), "clientConfig")
	conversion, _, _ := unstructured.NestedMap(
		parsed[1].Object, "spec", "conversion", "webhook", "clientConfig")
	for url, config := range map[string]map[string]any{
		"https://127.0.0.1:4711/check":   admission,
		"https://127.0.0.1:4711/convert": conversion,
	} {
		if config["url"] != url || config["caBundle"] != "Y2E=" ||
			config["service"] != nil {
			t.Errorf("want %s, have %v", url, config)
		}
	}
}

func TestLabelsAreAddedToThoseThatAreThere(t *testing.T) {
	parsed := parseTest(t)
	parsed.label("infrastructure-x")
	labels := parsed[1].GetLabels()
	if _, found := labels["clusterctl.cluster.x-k8s.io"]; !found ||
		labels["cluster.x-k8s.io/provider"] != "infrastructure-x" ||
		labels["own"] != "label" {
		t.Errorf("labels are %v", labels)
	}
}

func TestAManagerGetsTheArgumentsOfItsDeployment(t *testing.T) {
	deployment, err := parseTest(t).deployment()
	if err != nil {
		t.Fatal(err)
	}
	got, err := arguments(deployment, managerPorts{1, 2, 3}, "/certs", 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"--gates=A=true,B=true", "--webhook-port=1",
		"--health-addr=127.0.0.1:2", "--webhook-cert-dir=/certs", "--v=4",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not among %q", want, got)
		}
	}
	// The last one counts.
	if slices.Index(got, "--leader-elect=false") < slices.Index(got, "--leader-elect") {
		t.Errorf("leaders are elected: %q", got)
	}
}

func TestFoldersAreReadWholly(t *testing.T) {
	folder := t.TempDir()
	nested := filepath.Join(folder, "more")
	if err := os.Mkdir(nested, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		filepath.Join(folder, "a.yaml"):             manifests,
		filepath.Join(nested, "b.yml"):              "{kind: A, metadata: {name: b}}",
		filepath.Join(folder, "kustomization.yaml"): "{kind: Kustomization}",
		filepath.Join(folder, "README.md"):          "no YAML: at all: ]",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	read, err := readFolders([]string{folder})
	if err != nil || len(read) != 4 {
		t.Errorf("%d objects, %v", len(read), err)
	}
}

func TestBrokenManifestsAreRefused(t *testing.T) {
	for name, content := range map[string]string{
		"no YAML": "a: ]",
		"no kind": "metadata: {name: x}",
		"no name": "kind: ConfigMap",
		"no map":  "- a\n- b\n",
	} {
		if _, err := parse([]byte(content)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
