package official

import (
	"fmt"
	"maps"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// The official provider's finalizer of machines. That of clusters has the text
// of ours, e2e.ClusterFinalizer.
const machineFinalizer = "infrastructure.cluster.x-k8s.io/evrocmachine"

// Its annotations.
const (
	machineOwnershipID = "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id"
	resourcePrefix     = "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix"
	deleteDisks        = "evroccluster.infrastructure.cluster.x-k8s.io/delete-csi-disks"
	externalProvider   = "infrastructure.cluster.x-k8s.io/external-cloud-provider"
	groupSync          = "infrastructure.cluster.x-k8s.io/sg-sync"
)

// Its labels in the cloud.
const (
	labelClusterID   = "capi_cluster-id"
	labelClusterUID  = "capi_cluster-uid"
	labelClusterName = "capi_cluster-name"
	labelManagedBy   = "capi_managed-by"
	labelMachineID   = "capi_machine-id"
	labelMachineName = "capi_machine-name"
	labelRole        = "capi_role"
	labelProvider    = "capi_provider"
	// labelDriver is the label of the CCM and the CSI driver.
	labelDriver = "managed-by"
	// labelForeign is a label of people or of other programs.
	labelForeign = "billing"

	managedBy = "cluster-api-provider-evroc"
)

const region = "se-sto"

// services are the parts of the API that the collections belong to.
var services = map[string]string{
	cloud.Machines: "compute", cloud.Disks: "compute",
	cloud.Attachments: "compute", cloud.PlacementGroups: "compute", cloud.PublicIPs: "networking",
	cloud.SecurityGroups: "networking", cloud.Subnets: "networking",
	cloud.VPCs: "networking", cloud.LoadBalancers: "loadbalancer",
	cloud.BackendPools: "loadbalancer", cloud.BackendServices: "loadbalancer",
	cloud.L4Routes: "loadbalancer",
}

// ref returns the full reference of an object.
func ref(collection, id string) string {
	return fmt.Sprintf("/%s/projects/%s/regions/%s/%s/%s", services[collection],
		e2e.Project, region, collection, id)
}

// Balancer returns the name of the load balancer.
func (c *Cluster) Balancer() string { return c.Prefix + "-cp-lb" }

// address returns the name of the balancer's public IP.
func (c *Cluster) address() string {
	if c.Plan.ExistingAddress {
		return c.Object.Name + "-front"
	}
	return c.Balancer() + "-ip"
}

// port returns the suffix of the parts of a port beside the API server's.
func port(number int) string { return fmt.Sprintf("-%d", number) }

// labels are those of the parts of a cluster or, with its Cluster's name, of a
// machine.
func (c *Cluster) labels(cluster string, more ...map[string]string) map[string]string {
	labels := map[string]string{"team": "blue", labelForeign: "7"}
	for _, some := range more {
		maps.Copy(labels, some)
	}
	labels[labelClusterName] = cluster
	labels[labelManagedBy] = managedBy
	if c.Plan.Era == ByID {
		labels[labelClusterID] = c.ID
	} else {
		labels[labelClusterUID] = c.FirstUID
	}
	return labels
}

func (c *Cluster) clusterLabels() map[string]string {
	return c.labels(c.EvrocKey().Name)
}

// partLabels are those of the machine's disks, groups and public IP.
func (m *Machine) partLabels() map[string]string {
	labels := m.Cluster.labels(m.Cluster.Object.Name, machineLabels())
	if m.Cluster.Plan.Era == ByID {
		labels[labelMachineID] = m.ID
		labels[labelMachineName] = m.Name()
	}
	return labels
}

// vmLabels are those of the machine itself, which has no ids.
func (m *Machine) vmLabels() map[string]string {
	role := "md"
	if m.Plan.ControlPlane {
		role = "control-plane"
	}
	labels := map[string]string{"team": "blue", labelForeign: "7", labelRole: role,
		labelProvider: "evroc", labelClusterName: m.Cluster.EvrocKey().Name}
	maps.Copy(labels, machineLabels())
	return labels
}

// machineLabels are additionalLabels of the EvrocMachines.
func machineLabels() map[string]string { return map[string]string{"size": "small"} }

// Name returns the name of the EvrocMachine, which is that of its VM.
func (m *Machine) Name() string { return m.Plan.Name }

// BootDisk returns the name of the boot disk.
func (m *Machine) BootDisk() string { return m.Name() + "-boot-disk" }

// address returns the name of the machine's public IP; empty without one.
func (m *Machine) address() string {
	switch {
	case m.Plan.ExistingIP && !m.Plan.NamedIP:
		return m.Name() + "-front"
	case m.Plan.PublicIP || m.Plan.ExistingIP:
		return m.Name() + "-public-ip"
	}
	return ""
}

// Objects lists the cluster's own objects in the cloud, without its machines',
// as COLLECTION/ID.
func (c *Cluster) Objects() []string {
	var names []string
	add := func(step Step, collection, id string) {
		if c.reaches(step) {
			names = append(names, collection+"/"+id)
		}
	}
	if !c.Plan.ExistingAddress {
		add(Address, cloud.PublicIPs, c.address())
	}
	add(Pool, cloud.BackendPools, c.Balancer()+"-pool")
	for _, suffix := range c.portSuffixes() {
		add(Service, cloud.BackendServices, c.Balancer()+"-svc"+suffix.text)
		add(Route, cloud.L4Routes, c.Balancer()+"-route"+suffix.text)
	}
	add(Everything, cloud.LoadBalancers, c.Balancer())
	if c.Plan.Groups {
		for name := range inlineGroups {
			add(Everything, cloud.SecurityGroups, c.Prefix+"-"+name)
		}
	}
	return names
}

// Objects lists the machine's own objects in the cloud, as COLLECTION/ID.
func (m *Machine) Objects() []string {
	var names []string
	add := func(step Step, collection, id string) {
		if m.Plan.has(step) {
			names = append(names, collection+"/"+id)
		}
	}
	if m.Plan.ForeignVM {
		return nil
	}
	add(Starting, cloud.Machines, m.Name())
	add(BootDisk, cloud.Disks, m.BootDisk())
	for _, disk := range m.Plan.Disks {
		add(DataDisks, cloud.Disks, m.Name()+"-"+disk)
	}
	if m.Plan.PublicIP {
		add(MachineAddress, cloud.PublicIPs, m.address())
	}
	if m.Plan.Groups {
		add(Groups, cloud.SecurityGroups, m.inlineGroup())
	}
	return names
}

// DriverObjects lists what the CCM and the CSI driver have made, as
// COLLECTION/ID.
func (c *Cluster) DriverObjects() []string {
	if !c.Plan.Drivers {
		return nil
	}
	return []string{
		cloud.PublicIPs + "/" + serviceBalancer + "-ip",
		cloud.BackendPools + "/" + serviceBalancer + "-pool",
		cloud.BackendServices + "/" + serviceBalancer + "-svc",
		cloud.L4Routes + "/" + serviceBalancer + "-route",
		cloud.LoadBalancers + "/" + serviceBalancer,
		cloud.Disks + "/" + volume,
		cloud.Attachments + "/" + volume + "-to-" + c.Machines[0].Name(),
	}
}
