package official

import (
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// evrocMachine returns the EvrocMachine as it is in etcd.
func (m *Machine) evrocMachine() *unstructured.Unstructured {
	metadata := fields{
		"labels": stringMap(m.Object.Labels),
		"ownerReferences": ownerReference("Machine", m.Name(),
			string(m.Object.UID), true),
		"finalizers":  []any{machineFinalizer},
		"annotations": m.annotations(),
	}
	if m.Plan.Deleting {
		maps.Copy(metadata, deletion())
	}
	status := m.status()
	if m.Cluster.Plan.Moved {
		status = nil
	}
	return newObject(e2e.MachineKind, m.Object.Namespace, m.Name(), m.UID,
		metadata, m.spec(), status)
}

func (m *Machine) annotations() fields {
	annotations := fields{}
	if m.Cluster.Plan.Era != ByUID {
		annotations[machineOwnershipID] = m.ID
	}
	if m.Cluster.Plan.Groups && m.Plan.runs() {
		annotations[groupSync] = "4711"
	}
	if m.Plan.Paused {
		annotations[clusterv1.PausedAnnotation] = ""
	}
	return annotations
}

// spec has what its webhook fills in: region, image and, without other groups,
// the inheritance of the cluster's.
func (m *Machine) spec() fields {
	networking := fields{"securityGroups": fields{"inheritFromCluster": true}}
	if m.Plan.Groups {
		networking["securityGroups"] = fields{"inheritFromCluster": true,
			"inlineSecurityGroups": []any{groupSpec("own", 9090)},
			"existingIDs":          []any{ref(cloud.SecurityGroups, m.existingGroup())}}
	}
	switch {
	case m.Plan.ExistingIP:
		networking["publicIP"] = fields{"existingID": m.address()}
	case m.Plan.PublicIP && !m.Plan.PublicIPRemoved:
		networking["publicIP"] = fields{"enabled": true}
	}
	spec := fields{
		"project": e2e.Project, "region": region, "computeProfile": "c1a.s",
		"image": "ubuntu.24-04.1", "rootDiskSize": int64(20),
		"additionalLabels": stringMap(machineLabels()),
		"networkingConfig": networking,
	}
	if m.Plan.UserData {
		spec["sshKey"] = sshKey + "\n"
		spec["userData"] = "#cloud-config\npackages: [curl]\n"
	}
	if m.Plan.Placement {
		spec["placementConfig"] = fields{"existingGroupID": m.placementGroup()}
	}
	var disks []any
	for _, disk := range m.Plan.Disks {
		disks = append(disks, fields{"name": disk, "sizeGB": int64(5)})
	}
	if len(disks) > 0 {
		spec["additionalDisks"] = disks
	}
	if id := m.ProviderID(); id != "" {
		spec["providerID"] = id
	}
	return spec
}

// ProviderID returns what the official provider has written, or what it has
// found in the Node; empty for a machine that it has not seen running.
func (m *Machine) ProviderID() string {
	switch {
	case !reaches(machineSteps, m.Plan.Until, Everything), m.Plan.Unlinked:
		return ""
	case m.Cluster.Plan.External:
		return "rke2://" + m.Name()
	case m.Plan.MadeAgain:
		return "evroc://" + m.FirstVMUID
	}
	return "evroc://" + m.VMUID
}

// status is what the machine's progress has left in the status.
func (m *Machine) status() fields {
	conditions := []any{m.condition("Paused", "True", "Paused")}
	status := fields{"ready": false, "initialization": fields{},
		"availabilityZone": m.zone(), "resources": m.resources()}
	if reaches(machineSteps, m.Plan.Until, Everything) {
		conditions = append(conditions, m.condition("Ready", "True", "MachineReady"))
		maps.Copy(status, fields{"ready": true, "machineID": m.VMUID,
			"initialization": fields{"provisioned": true},
			"addresses":      m.addresses()})
	}
	if m.Plan.PublicIP {
		// It is set when an address is late, and then stays.
		conditions = append(conditions, m.condition("PublicIPReady", "False",
			"PublicIPAllocationTimeout"))
	}
	status["conditions"] = conditions
	return status
}

// resources leaves UIDs empty, as they are while an object is made.
func (m *Machine) resources() fields {
	made := func(step Step) bool { return reaches(machineSteps, m.Plan.Until, step) }
	resources := fields{"bootDisk": fields{"id": m.BootDisk(), "uid": "",
		"sizeGB": int64(20), "managed": true}}
	var disks []any
	for _, disk := range m.Plan.Disks {
		if made(DataDisks) {
			disks = append(disks, fields{"id": m.Name() + "-" + disk, "uid": "",
				"sizeGB": int64(5), "managed": true})
		}
	}
	if len(disks) > 0 {
		resources["additionalDisks"] = disks
	}
	if m.address() != "" && made(MachineAddress) {
		resources["publicIP"] = fields{"id": m.address(), "uid": "",
			"address": "", "managed": m.Plan.PublicIP}
	}
	if m.Plan.Placement {
		resources["placementGroup"] = fields{"id": m.placementGroup(), "uid": "",
			"managed": false}
	}
	return resources
}

// addresses are those that a VM had when it was seen last.
func (m *Machine) addresses() []any {
	addresses := []any{}
	add := func(kind, address string) {
		if address != "" {
			addresses = append(addresses, fields{"type": kind, "address": address})
		}
	}
	if m.Plan.hasVM() {
		seen := m.Cluster.get(cloud.Machines, m.Name()).Status.Networking
		add("InternalIP", seen.PrivateIPv4Address)
		add("ExternalIP", seen.PublicIPv4Address)
		add("InternalIP", seen.IPv6Address)
	}
	add("Hostname", m.Name())
	return addresses
}
