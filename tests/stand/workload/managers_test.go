package workload_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"evroc.com/cluster-api-provider-evroc/tests/stand/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/stand/management"
	"evroc.com/cluster-api-provider-evroc/tests/stand/workload"
	"evroc.com/cluster-api-provider-evroc/tests/stand/workload/sample"
)

// documents are a cluster of three and one.
const documents = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: one, namespace: default}
spec:
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocCluster, name: one}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: KubeadmControlPlane, name: one}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: EvrocCluster
metadata: {name: one, namespace: default}
spec:
  project: demo
  identitySecretName: none
  network: {vpc: {name: v}, subnets: [{name: s, cidrBlock: 10.0.0.0/24, zone: a}]}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: EvrocMachineTemplate
metadata: {name: one, namespace: default}
spec: {template: {spec: {computeProfile: c1a.s, image: ubuntu-minimal.24-04.1}}}
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: KubeadmControlPlane
metadata: {name: one, namespace: default}
spec:
  replicas: 3
  version: v1.36.0
  machineTemplate:
    spec:
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocMachineTemplate, name: one}
  kubeadmConfigSpec:
    initConfiguration: {nodeRegistration: $REGISTRATION}
    joinConfiguration: {nodeRegistration: $REGISTRATION}
    preKubeadmCommands: $COMMANDS
---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfigTemplate
metadata: {name: one, namespace: default}
spec:
  template:
    spec:
      joinConfiguration: {nodeRegistration: $REGISTRATION}
      preKubeadmCommands: $COMMANDS
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata: {name: one, namespace: default}
spec:
  clusterName: one
  replicas: 1
  selector: {matchLabels: {of: one}}
  template:
    metadata: {labels: {of: one}}
    spec:
      clusterName: one
      version: v1.36.0
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfigTemplate, name: one}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocMachineTemplate, name: one}
`

const registration = `{name: '{{ ds.meta_data.local_hostname }}', kubeletExtraArgs: [{name: provider-id, value: 'evroc://{{ ds.meta_data.instance_id }}'}]}`

func clusterDocuments(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	commands := append(sample.InstallCommands("")[:6:6], "apt-get install -y kubelet kubeadm")
	text, err := yaml.Marshal(commands)
	if err != nil {
		t.Fatal(err)
	}
	list := "[" + strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(string(text)), "- "), "\n- ", ", ") + "]"
	var objects []*unstructured.Unstructured
	for _, document := range strings.Split(strings.NewReplacer("$REGISTRATION", registration, "$COMMANDS", list).Replace(documents), "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		objects = append(objects, object)
	}
	return objects
}

// eventually polls the management cluster.
func eventually(t *testing.T, what string, condition func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(500 * time.Millisecond) {
		if err = condition(); err == nil {
			t.Logf("%s: done", what)
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// TestClusterAPIManagers has the real managers make, upgrade and delete a
// cluster of the stand-in, with a least provider between them.
func TestClusterAPIManagers(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	s := startSim(t, "127.103.0.0/24")
	management, err := management.Start(t.Context(), management.Options{
		Dir: t.TempDir(), Binaries: binaries.ForTest(t), Manifests: []string{"../../../deploy/crd"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(management.Stop)
	kube, err := client.New(management.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cloud := start(t, s)
	s.addGroup("control-plane", 6443)
	s.addGroup("worker")
	host := s.addBalancer("api", []int{6443})
	endpoint := host + ":6443"
	p := &provider{t: t, sim: s, kube: kube, host: host, pool: map[string]bool{}, made: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	finished := make(chan struct{})
	go func() { defer close(finished); p.run(ctx) }()
	t.Cleanup(func() { cancel(); <-finished })

	for _, object := range clusterDocuments(t) {
		eventually(t, "create "+object.GetKind(), func() error { return client.IgnoreAlreadyExists(kube.Create(ctx, object)) })
	}
	eventually(t, "the cluster of 3 + 1", func() error { return complete(ctx, kube, cloud, endpoint, "v1.36.0") })
	for _, kind := range []schema.GroupVersionKind{controlPlaneKind, deploymentKind} {
		object := listOf(ctx, kube, kind)[0]
		path := `{"spec": {"version": "v1.36.1"}}`
		if kind == deploymentKind {
			path = `{"spec": {"template": {"spec": {"version": "v1.36.1"}}}}`
		}
		if err := p.patch(ctx, &object, false, "%s", path); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the upgrade", func() error { return complete(ctx, kube, cloud, endpoint, "v1.36.1") })
	cluster := listOf(ctx, kube, clusterKind)[0]
	if err := kube.Delete(ctx, &cluster); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deletion", func() error {
		if left := len(listOf(ctx, kube, clusterKind)) + len(cloud.Machines()) + len(cloud.Endpoints()); left > 0 {
			return fmt.Errorf("%d objects left", left)
		}
		return nil
	})
}

var (
	clusterKind      = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"}
	machineKind      = clusterKind.GroupVersion().WithKind("Machine")
	deploymentKind   = clusterKind.GroupVersion().WithKind("MachineDeployment")
	controlPlaneKind = schema.GroupVersionKind{Group: "controlplane.cluster.x-k8s.io", Version: "v1beta2", Kind: "KubeadmControlPlane"}
)

// complete: four machines of the version, each with its node, in a cluster
// that is available.
func complete(ctx context.Context, kube client.Client, cloud *workload.Cloud, endpoint, version string) error {
	if refusals := cloud.Refusals(); len(refusals) > 0 {
		return fmt.Errorf("refused: %v", refusals)
	}
	machines := listOf(ctx, kube, machineKind)
	if len(machines) != 4 {
		return fmt.Errorf("%d machines", len(machines))
	}
	for _, machine := range machines {
		if err := machineComplete(machine, version); err != nil {
			return err
		}
	}
	nodes, err := cloud.Nodes(endpoint)
	if err != nil || len(nodes) != 4 {
		return fmt.Errorf("%d nodes, %w", len(nodes), err)
	}
	for _, node := range nodes {
		if node.Status.NodeInfo.KubeletVersion != version {
			return fmt.Errorf("node %s has %s", node.Name, node.Status.NodeInfo.KubeletVersion)
		}
	}
	return isTrue(listOf(ctx, kube, clusterKind)[0], "Available")
}

func machineComplete(machine unstructured.Unstructured, version string) error {
	if has, _, _ := unstructured.NestedString(machine.Object, "spec", "version"); has != version {
		return fmt.Errorf("machine %s has version %s", machine.GetName(), has)
	}
	if node, _, _ := unstructured.NestedString(machine.Object, "status", "nodeRef", "name"); node == "" {
		return fmt.Errorf("machine %s has no node", machine.GetName())
	}
	return isTrue(machine, "Ready")
}

func isTrue(object unstructured.Unstructured, kind string) error {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, item := range conditions {
		condition, ok := item.(map[string]any)
		if ok && condition["type"] == kind && condition["status"] == "True" {
			return nil
		}
		if ok && condition["type"] == kind {
			return fmt.Errorf("%s %s: %s is %v: %v", object.GetKind(), object.GetName(), kind, condition["status"], condition["message"])
		}
	}
	return fmt.Errorf("%s %s has no condition %s", object.GetKind(), object.GetName(), kind)
}
