package e2e

import (
	"context"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// VM is a machine in the cloud.
type VM = cloud.Object

// VMs returns the machine's virtual machines, found by the labels with its
// cluster's and its own name.
func (m *Machine) VMs(ctx context.Context) (cloud.Inventory, error) {
	return m.CloudObjects(ctx, cloud.Machines)
}

// CloudObjects returns the machine's objects in one collection.
func (m *Machine) CloudObjects(ctx context.Context, collection string) (
	cloud.Inventory, error) {
	all, err := m.Inventory(ctx)
	return all.Of(collection).
		With(cloud.LabelClusterName, m.Object.Spec.ClusterName).
		With(cloud.LabelMachineName, m.Object.Name), err
}

// Backends returns the ids of the machines in the cluster's backend pools.
func (c *Cluster) Backends(ctx context.Context) ([]string, error) {
	view, err := c.Look(ctx)
	if err != nil {
		return nil, err
	}
	return c.Cloud.Backends(ctx, Project, view.Annotations[OwnerIDAnnotation])
}

// Act stops, starts, fails or removes the virtual machine outside of the
// cloud's API.
func (m *Machine) Act(what string) {
	m.T.Helper()
	m.Do(m.Cloud.Act(m.T.Context(), m.VM(), what))
}
