package official

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// Cluster is a cluster that the official provider has left.
type Cluster struct {
	*e2e.Cluster
	Plan Plan
	// ID is the ownership id; it is in use except in the era ByUID.
	ID string
	// UID is the EvrocCluster's; FirstUID the one that it had when the official
	// provider made the cluster.
	UID, FirstUID string
	// Prefix begins the names of the cluster's objects in the cloud.
	Prefix string
	// Endpoint is the balancer's address, once there is a balancer.
	Endpoint string
	Machines []*Machine
}

// Machine is a machine that the official provider has left.
type Machine struct {
	*e2e.Machine
	Cluster *Cluster
	Plan    MachinePlan
	// ID is the ownership id; it is in use except in the era ByUID.
	ID string
	// UID is the EvrocMachine's, VMUID that of the VM which the official provider
	// has made, FirstVMUID that of one before it.
	UID, VMUID, FirstVMUID string
	index                  int
}

// Build makes the cluster of a plan in the fixture's cloud and namespace.
func Build(f *e2e.Fixture, plan Plan) *Cluster {
	f.T.Helper()
	if plan.Name == "" {
		plan.Name = "c"
	}
	if plan.Infra == "" {
		plan.Infra = plan.Name
	}
	c := &Cluster{Plan: plan, ID: newUID(), UID: newUID()}
	c.Cluster = &e2e.Cluster{Fixture: f,
		Object: e2e.NewCluster(f.Namespace, plan.Name)}
	c.Object.Spec.InfrastructureRef.Name = plan.Infra
	c.Object.Spec.Paused = ptr.To(true)
	c.Object.Spec.ClusterNetwork.APIServerPort = plan.ServerPort
	c.FirstUID = c.UID
	if plan.Moved {
		c.FirstUID = newUID()
	}
	c.Prefix = plan.Infra + "-" + c.FirstUID[:8]
	c.Do(c.Create(f.T.Context(), c.Object))
	c.makeNetwork()
	c.makeCluster()
	if c.reaches(Everything) {
		c.Endpoint = c.get(cloud.LoadBalancers, c.Balancer()).
			Status.Networking.PublicIPv4Address
	}
	for n, one := range plan.Machines {
		c.Machines = append(c.Machines, c.newMachine(n, one))
	}
	if plan.Drivers {
		c.makeDriverObjects()
	}
	c.storeAll()
	return c
}

// newMachine makes a Machine as Cluster API leaves it, its bootstrap data, and
// the parts in the cloud.
func (c *Cluster) newMachine(index int, plan MachinePlan) *Machine {
	c.T.Helper()
	m := &Machine{Cluster: c, Plan: plan, index: index, ID: newUID(), UID: newUID(),
		VMUID: newUID(), FirstVMUID: newUID()}
	m.Machine = &e2e.Machine{Fixture: c.Fixture, Cluster: c.Cluster,
		Object: e2e.NewMachine(c.Object, plan.Name, plan.ControlPlane)}
	if !plan.ControlPlane {
		m.Object.Labels[clusterv1.MachineDeploymentNameLabel] = "md"
	}
	// The official provider chooses the zones of others by itself.
	if plan.ControlPlane {
		m.Object.Spec.FailureDomain = m.zone()
	}
	c.Do(c.Create(c.T.Context(), m.Object))
	m.Bootstrap(nil)
	m.make()
	return m
}

// storeAll writes the official provider's objects, their credentials, and what
// Cluster API has copied from them.
func (c *Cluster) storeAll() {
	c.T.Helper()
	c.storeSecret()
	c.store(c.evrocCluster())
	// An owned copy whose owner is missing would be collected.
	c.storeCopy()
	for _, m := range c.Machines {
		c.store(m.evrocMachine())
	}
	ctx := c.T.Context()
	if c.reaches(Everything) && !c.Plan.Moved {
		c.Do(c.MirrorCluster(ctx, c.Object))
	}
	for _, m := range c.Machines {
		if m.Plan.runs() && m.ProviderID() != "" && !c.Plan.Moved {
			c.Do(m.MirrorMachine(ctx, m.Object))
		}
		if m.Plan.Deleting {
			m.Begin()
		}
	}
	if c.Plan.Deleting {
		c.DeleteCluster()
	}
}

// storeSecret makes the user's Secret, unless that has stayed behind in a move.
func (c *Cluster) storeSecret() {
	c.T.Helper()
	if c.Plan.Moved {
		return
	}
	c.Do(c.Create(c.T.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Object.Namespace, Name: c.SecretName()},
		Data: c.credential(),
	}))
}

// storeCopy makes the copy of the Secret that the EvrocCluster owns.
func (c *Cluster) storeCopy() {
	c.T.Helper()
	name := c.EvrocKey().Name
	c.Do(c.Create(c.T.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Object.Namespace, Name: name + "-evroc-credentials",
			Labels: map[string]string{clusterv1.ClusterNameLabel: name},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: e2e.ClusterKind.GroupVersion().String(),
				Kind:       e2e.ClusterKind.Kind, Name: name, UID: types.UID(c.UID),
			}},
		},
		Data: c.credential(),
	}))
}
