package official

import (
	"context"
	"net/http"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// slowStart is how long a machine takes to start that Starting leaves behind:
// longer than a test looks at it while the cluster is paused.
const slowStart = 20_000

// make makes the machine's parts, up to the last step that was finished.
func (m *Machine) make() {
	if m.Plan.ExistingIP {
		m.Cluster.post(cloud.PublicIPs, m.address(), nil, fields{})
	}
	if m.Plan.Groups {
		m.Cluster.postGroup(m.existingGroup(), nil, 9100)
	}
	if m.Plan.Placement {
		m.Cluster.post(cloud.PlacementGroups, m.placementGroup(), nil, fields{
			"placement": fields{"zone": m.zone()},
			"strategy":  fields{"type": "spread"}})
	}
	if m.Plan.ForeignVM {
		m.makeForeign()
		return
	}
	m.makeParts()
	switch {
	case !reaches(machineSteps, m.Plan.Until, Starting):
	case m.Plan.Until == Starting:
		m.Cluster.slowly(slowStart, m.postVM)
	default:
		m.Cluster.allowing(m.postVM)
		m.VMUID = m.Cluster.await(cloud.Machines, m.Name()).Metadata.UID
		if m.Plan.ControlPlane {
			m.Cluster.addBackend(m.Name())
		}
		if m.Plan.Stopped {
			m.stopVM()
		}
	}
	for _, gone := range m.Plan.Gone {
		m.removeAgain(gone)
	}
}

// makeParts makes what the machine needs, in the official provider's order.
func (m *Machine) makeParts() {
	steps := func(step Step) bool { return reaches(machineSteps, m.Plan.Until, step) }
	m.postDisk(m.BootDisk(), 20, "ubuntu.24-04.1", m.partLabels())
	m.Cluster.await(cloud.Disks, m.BootDisk())
	for _, disk := range m.Plan.Disks {
		if steps(DataDisks) {
			m.postDisk(m.Name()+"-"+disk, 5, "", m.partLabels())
			m.Cluster.await(cloud.Disks, m.Name()+"-"+disk)
		}
	}
	if m.Plan.PublicIP && steps(MachineAddress) {
		m.Cluster.post(cloud.PublicIPs, m.address(), m.partLabels(), fields{})
		m.Cluster.await(cloud.PublicIPs, m.address())
	}
	if m.Plan.Groups && steps(Groups) {
		m.Cluster.postGroup(m.inlineGroup(), m.partLabels(), 9090)
	}
}

// removeAgain removes the objects of a step, as a deletion does.
func (m *Machine) removeAgain(step Step) {
	switch step {
	case BootDisk:
		m.Cluster.remove(cloud.Disks, m.BootDisk())
	case DataDisks:
		for _, disk := range m.Plan.Disks {
			m.Cluster.remove(cloud.Disks, m.Name()+"-"+disk)
		}
	case MachineAddress:
		m.Cluster.remove(cloud.PublicIPs, m.address())
	case Groups:
		m.Cluster.remove(cloud.SecurityGroups, m.inlineGroup())
	case Starting:
		m.Cluster.removeBackend(m.Name())
		m.Cluster.remove(cloud.Machines, m.Name())
	}
}

// postDisk sends no source for a disk without an image.
func (m *Machine) postDisk(id string, size int, image string,
	labels map[string]string) {
	spec := fields{"diskSize": fields{"amount": size, "unit": "GB"},
		"placement": fields{"zone": m.zone()}}
	if image != "" {
		spec["source"] = fields{"type": "image",
			"diskImageRef": "/compute/global/diskImages/evroc/" + image}
	}
	m.Cluster.post(cloud.Disks, id, labels, spec)
}

// stopVM stops the VM, which the official provider does not see.
func (m *Machine) stopVM() {
	c := m.Cluster
	c.Do(c.Cloud.API(c.T.Context(), http.MethodPatch, e2e.Project, cloud.Machines,
		m.Name(), fields{"spec": fields{"running": false}}, nil))
	e2e.Eventually(c.T, m.Name()+" has stopped", func(ctx context.Context) error {
		var found item
		err := c.Cloud.API(ctx, http.MethodGet, e2e.Project, cloud.Machines, m.Name(),
			nil, &found)
		return e2e.Both(err, e2e.That(!found.ready(), "%+v", found.Status))
	})
}

func (m *Machine) postVM() {
	m.Cluster.post(cloud.Machines, m.Name(), m.vmLabels(), m.vmSpec())
}

func (m *Machine) vmSpec() fields {
	disks := []any{fields{"bootFrom": true, "diskRef": ref(cloud.Disks, m.BootDisk())}}
	for _, disk := range m.Plan.Disks {
		disks = append(disks,
			fields{"diskRef": ref(cloud.Disks, m.Name()+"-"+disk)})
	}
	networking := fields{
		"subnetRef": ref(cloud.Subnets, m.Cluster.subnet(m.zone())),
		"stackType": m.Cluster.stack(),
	}
	if groups := m.groups(); len(groups) > 0 {
		networking["securityGroupSettings"] = fields{"securityGroupMemberRefs": groups}
	}
	if address := m.address(); address != "" {
		networking["publicIPv4Address"] = fields{
			"static": fields{"publicIPRef": ref(cloud.PublicIPs, address)}}
	}
	placement := fields{"zone": m.zone()}
	if m.Plan.Placement {
		placement["placementGroupRef"] = ref(cloud.PlacementGroups,
			m.placementGroup())
	}
	return fields{
		"computeProfileRef": "/compute/global/computeProfiles/c1a.s",
		"running":           true,
		"disks":             disks,
		"networking":        networking,
		"placement":         placement,
		"osSettings":        fields{"cloudInitUserData": m.userData()},
	}
}

// userData joins texts otherwise than we do: the key is at the end of a
// cloud-config, and in no part of its own.
func (m *Machine) userData() string {
	text := string(e2e.BootstrapText(m.Name()))
	if m.Plan.UserData {
		text += "\npackages: [curl]\n\nssh_authorized_keys:\n- \"" + sshKey + "\"\n"
	}
	return text
}

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDw me@example.com"

func (m *Machine) placementGroup() string { return m.Name() + "-spread" }

// groups are the references of all groups that the machine is in: of the
// cluster for all and for its role, and its own.
func (m *Machine) groups() []any {
	var names []string
	if m.Cluster.Plan.Groups {
		role := "web"
		if m.Plan.ControlPlane {
			role = "api"
		}
		names = append(names, m.Cluster.Prefix+"-nodes", m.Cluster.existingGroup(),
			m.Cluster.Prefix+"-"+role)
	}
	if m.Plan.Groups {
		names = append(names, m.inlineGroup(), m.existingGroup())
	}
	var refs []any
	for _, name := range names {
		refs = append(refs, ref(cloud.SecurityGroups, name))
	}
	return refs
}

func (m *Machine) inlineGroup() string   { return m.Name() + "-own" }
func (m *Machine) existingGroup() string { return m.Name() + "-terraform" }

// zone spreads machines over the zones by the order in the plan.
func (m *Machine) zone() string {
	zones := m.Cluster.zones()
	return zones[m.index%len(zones)]
}

// makeForeign makes a machine of somebody else that has this one's name, and
// that boots from a disk with the name of its boot disk.
func (m *Machine) makeForeign() {
	m.postDisk(m.BootDisk(), 20, "ubuntu.24-04.1", nil)
	m.Cluster.await(cloud.Disks, m.BootDisk())
	m.Cluster.post(cloud.Machines, m.Name(), m.vmLabels(), fields{
		"computeProfileRef": "/compute/global/computeProfiles/c1a.s",
		"running":           true,
		"disks": []any{fields{"bootFrom": true,
			"diskRef": ref(cloud.Disks, m.BootDisk())}},
		"networking": fields{
			"subnetRef": ref(cloud.Subnets, m.Cluster.subnet(m.zone()))},
		"placement": fields{"zone": m.zone()},
	})
	m.Cluster.await(cloud.Machines, m.Name())
}
