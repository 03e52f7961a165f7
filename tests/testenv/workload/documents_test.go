package workload_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/sample"
)

// documents is a cluster with three servers and one worker.
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

// rke2Documents is the same with RKE2. The nodes set their own provider id,
// since no other component does here.
const rke2Documents = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: two, namespace: default}
spec:
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocCluster, name: two}
  controlPlaneRef: {apiGroup: controlplane.cluster.x-k8s.io, kind: RKE2ControlPlane, name: two}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: EvrocCluster
metadata: {name: two, namespace: default}
spec:
  project: demo
  identitySecretName: none
  network: {vpc: {name: v}, subnets: [{name: s, cidrBlock: 10.0.0.0/24, zone: a}]}
---
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: EvrocMachineTemplate
metadata: {name: two, namespace: default}
spec: {template: {spec: {computeProfile: c1a.s, image: ubuntu-minimal.24-04.1}}}
---
apiVersion: controlplane.cluster.x-k8s.io/v1beta2
kind: RKE2ControlPlane
metadata: {name: two, namespace: default}
spec:
  replicas: 3
  version: v1.34.2+rke2r1
  rolloutStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  machineTemplate:
    spec:
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocMachineTemplate, name: two}
  serverConfig:
    cni: canal
    disableComponents: {kubernetesComponents: [cloudController]}
  agentConfig: $AGENT
---
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: RKE2ConfigTemplate
metadata: {name: two, namespace: default}
spec: {template: {spec: {agentConfig: $AGENT}}}
---
apiVersion: cluster.x-k8s.io/v1beta2
kind: MachineDeployment
metadata: {name: two, namespace: default}
spec:
  clusterName: two
  replicas: 1
  selector: {matchLabels: {of: two}}
  template:
    metadata: {labels: {of: two}}
    spec:
      clusterName: two
      version: v1.34.2+rke2r1
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: RKE2ConfigTemplate, name: two}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: EvrocMachineTemplate, name: two}
`

const agent = `{kubelet: {extraArgs: ['--provider-id=evroc://{{ ds.meta_data.instance_id }}']}}`

const registration = `{name: '{{ ds.meta_data.local_hostname }}', kubeletExtraArgs: [{name: provider-id, value: 'evroc://{{ ds.meta_data.instance_id }}'}]}`

func clusterDocuments(t *testing.T, documents string) []*unstructured.Unstructured {
	t.Helper()
	commands := append(sample.InstallCommands("")[:6:6], "apt-get install -y kubelet kubeadm")
	text, err := yaml.Marshal(commands)
	if err != nil {
		t.Fatal(err)
	}
	list := "[" + strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(string(text)), "- "), "\n- ", ", ") + "]"
	var objects []*unstructured.Unstructured
	for _, document := range strings.Split(strings.NewReplacer("$AGENT", agent, "$REGISTRATION", registration, "$COMMANDS", list).Replace(documents), "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
		objects = append(objects, object)
	}
	return objects
}
