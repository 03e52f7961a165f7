package rke2_test

import (
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
)

const templateName = "demo-servers-template"

// newCluster returns a Cluster without infrastructure and endpoint.
func newCluster() *clusterv1.Cluster {
	return &clusterv1.Cluster{
		ObjectMeta: metav1.ObjectMeta{Name: clusterName},
		Spec: clusterv1.ClusterSpec{
			ControlPlaneRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: controlplanev1.GroupVersion.Group,
				Kind:     "RKE2ControlPlane", Name: planeName,
			},
			InfrastructureRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: infrastructure.Group, Kind: "EvrocCluster", Name: clusterName,
			},
			ClusterNetwork: clusterv1.ClusterNetwork{
				Pods:     clusterv1.NetworkRanges{CIDRBlocks: []string{"10.42.0.0/16"}},
				Services: clusterv1.NetworkRanges{CIDRBlocks: []string{"10.43.0.0/16"}},
			},
		},
	}
}

func newTemplate(name string) *unstructured.Unstructured {
	template := newInfra("EvrocMachineTemplate")
	template.SetName(name)
	template.Object["spec"] = map[string]any{"template": map[string]any{"spec": map[string]any{
		"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1",
	}}}
	return template
}

func newPlane(replicas int32) *controlplanev1.RKE2ControlPlane {
	plane := &controlplanev1.RKE2ControlPlane{
		ObjectMeta: metav1.ObjectMeta{Name: planeName},
		Spec: controlplanev1.RKE2ControlPlaneSpec{
			Replicas: &replicas, Version: oldVersion,
			MachineTemplate: controlplanev1.RKE2ControlPlaneMachineTemplate{
				Spec: controlplanev1.RKE2ControlPlaneMachineTemplateSpec{
					InfrastructureRef: clusterv1.ContractVersionedObjectReference{
						APIGroup: infrastructure.Group,
						Kind:     "EvrocMachineTemplate", Name: templateName,
					},
				},
			},
		},
	}
	plane.Spec.ServerConfig.CNI = "cilium"
	plane.Spec.ServerConfig.DisableComponents.KubernetesComponents = []controlplanev1.KubernetesComponent{
		controlplanev1.CloudController,
	}
	plane.Spec.AgentConfig.NodeLabels = []string{"kind=server"}
	plane.Spec.RolloutStrategy = &controlplanev1.RolloutStrategy{Type: controlplanev1.RollingUpdate}
	return plane
}

// build makes a Cluster and its control plane, which the changes may alter, and
// links them as core does. The infrastructure does not exist yet.
func (f *fixture) build(replicas int32, changes ...func(*controlplanev1.RKE2ControlPlane)) {
	f.t.Helper()
	cluster := newCluster()
	f.create(cluster)
	f.create(newTemplate(templateName))
	plane := newPlane(replicas)
	plane.OwnerReferences = []metav1.OwnerReference{
		*metav1.NewControllerRef(cluster, clusterv1.GroupVersion.WithKind("Cluster")),
	}
	plane.Labels = map[string]string{clusterv1.ClusterNameLabel: clusterName}
	for _, change := range changes {
		change(plane)
	}
	f.create(plane)
}

// provision gives the Cluster its infrastructure and endpoint.
func (f *fixture) provision(zones ...string) {
	f.t.Helper()
	f.setEndpoint(endpoint)
	f.setProvisioned(zones...)
}

func (f *fixture) setEndpoint(host string) {
	f.t.Helper()
	update(f, clusterName, &clusterv1.Cluster{}, func(c *clusterv1.Cluster) {
		c.Spec.ControlPlaneEndpoint = clusterv1.APIEndpoint{Host: host, Port: 6443}
	})
}

func (f *fixture) setProvisioned(zones ...string) {
	f.t.Helper()
	yes := true
	updateStatus(f, clusterName, &clusterv1.Cluster{}, func(c *clusterv1.Cluster) {
		c.Status.Initialization.InfrastructureProvisioned = &yes
		for _, zone := range zones {
			c.Status.FailureDomains = append(c.Status.FailureDomains,
				clusterv1.FailureDomain{Name: zone, ControlPlane: &yes})
		}
	})
}

// running makes a control plane with that number of ready servers.
func (f *fixture) running(replicas int32, changes ...func(*controlplanev1.RKE2ControlPlane)) {
	f.t.Helper()
	f.bringAuthorities()
	f.build(replicas, changes...)
	f.provision()
	f.workload.serve(true)
	f.until("all servers", f.readyServers(int(replicas)))
	f.core.fewest, f.core.most, f.core.deletions = int(replicas), int(replicas), 0
}

func isTrue(from conditions.Getter, kind string) bool {
	return conditions.IsTrue(from, kind)
}

// authorities are shared by the tests, since making them takes long.
var authorities = sync.OnceValues(func() (map[string]trust.KeyPair, error) {
	pairs := map[string]trust.KeyPair{}
	for _, suffix := range []string{"-ca", "-cca", "-peer-etcd", "-etcd"} {
		pair, err := trust.NewAuthority()
		if err != nil {
			return nil, err
		}
		pairs[suffix] = pair
	}
	return pairs, nil
})

// bringAuthorities makes the Cluster's authorities, as a user may who has some
// already.
func (f *fixture) bringAuthorities() {
	f.t.Helper()
	pairs, err := authorities()
	if err != nil {
		f.t.Fatal(err)
	}
	for suffix, pair := range pairs {
		f.create(&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Name: clusterName + suffix},
			Data:       map[string][]byte{"tls.crt": pair.Cert, "tls.key": pair.Key},
		})
	}
}
