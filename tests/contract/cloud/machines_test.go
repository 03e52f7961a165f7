package cloud

import (
	"net/netip"
	"slices"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.5.1, B.5.2, B.6.5: a machine that runs.
var machineClauses = []clause{
	{"B.5.1", stated, "a machine that runs has virtualMachineStatus Running and is Ready", func(t *trial) {
		machine, _, _ := t.running()
		t.same("virtualMachineStatus", machine.At("status.virtualMachineStatus"), "Running")
	}},
	{"B.5.1", open, "a machine has the condition VMIsRunning", func(t *trial) {
		machine, _, _ := t.running()
		t.same("VMIsRunning", condition(machine.Value, "VMIsRunning").At("status"), "True")
	}},
	{"B.5.1", stated, "running defaults to true", func(t *trial) {
		machine, _, _ := t.running()
		t.same("spec.running", machine.At("spec.running"), true)
	}},
	{"B.5.1", stated, "stackType defaults to the subnet's", func(t *trial) {
		machine, _, _ := t.running()
		t.same("status.networking.stackType", machine.At("status.networking.stackType"), "dual-stack")
	}},
	{"B.5.1", stated, "status.attachedDisks names the disks, with devices like /dev/vda", func(t *trial) {
		machine, disk, _ := t.running()
		t.same("diskRef", machine.At("status.attachedDisks.0.diskRef"), t.ref(disk))
		device := machine.At("status.attachedDisks.0.device").String()
		t.wants(strings.HasPrefix(device, "/dev/vd"), "the device is %q", device)
	}},
	{"B.5.1", stated, "status.placement.zone is the zone", func(t *trial) {
		machine, _, _ := t.running()
		t.same("zone", machine.At("status.placement.zone"), zone)
	}},
	{"B.5.1", stated, "a machine's groups are its active memberships", func(t *trial) {
		machine, _, group := t.running()
		t.same("active memberships", machine.At("status.networking.securityGroupActiveMembershipRefs"), list{t.ref(group)})
	}},
	{"B.6.2", stated, "a group names its members, which are Active or Pending", func(t *trial) {
		machine, _, group := t.running()
		t.same("members", group.At("status.members"), list{obj{"securityGroupMemberRef": t.ref(machine), "status": "Active"}})
	}},
	{"B.6.2", open, "a machine without groups is in default-allow-egress", func(t *trial) {
		machine := t.idle()
		t.same("active memberships", machine.At("status.networking.securityGroupActiveMembershipRefs"),
			list{t.fqid(groups, "default-allow-egress")})
	}},
	{"B.5.3", stated, "status.diskUsage of a machine's disk is permanent and names it", func(t *trial) {
		machine, disk, _ := t.running()
		usage := disk.At("status.diskUsage.0")
		t.same("useKind", usage.At("useKind"), "permanent")
		t.same("virtualMachineRef", usage.At("virtualMachineRef"), t.ref(machine))
	}},
	{"B.5.1", stated, "when Ready is True, status.networking.privateIPv4Address is set, from the subnet", func(t *trial) {
		machine, _, _ := t.running()
		subnet := t.accepted(t.read(t.path(subnets, "default-"+t.cloud.Region+"-"+zone)))
		t.within(machine.At("status.networking.privateIPv4Address"), subnet.At("spec.ipv4CidrBlock"))
	}},
	{"B.6.5", stated, "a dual-stack machine has one IPv6 address of the subnet's 64 block", func(t *trial) {
		machine, _, _ := t.running()
		subnet := t.accepted(t.read(t.path(subnets, "default-"+t.cloud.Region+"-"+zone)))
		t.within(machine.At("status.networking.ipv6Address"), subnet.At("status.assignedIPv6GUABlock"))
	}},
	{"B.6.4", stated, "a subnet counts the addresses in use, and names who uses them", func(t *trial) {
		machine, _, _ := t.running()
		subnet := t.accepted(t.read(t.path(subnets, "default-"+t.cloud.Region+"-"+zone)))
		used, _ := subnet.At("status.usingIPv4AddressCount").Int()
		t.wants(used >= 1, "usingIPv4AddressCount is %d", used)
		t.wants(slices.ContainsFunc(subnet.At("status.attachmentRefs").Items(), func(v client.Value) bool {
			return v.String() == t.ref(machine)
		}), "attachmentRefs are %s", subnet.At("status.attachmentRefs").Text())
	}},
	{"B.5.2", stated, "user data is returned in clear, as it was sent", func(t *trial) {
		machine, _, _ := t.running()
		t.same("user data", machine.At("spec.osSettings.cloudInitUserData"), userData)
	}},
	{"B.5.2", open, "user data that was sent as base64 comes back as base64", func(t *trial) {
		encoded := "I2Nsb3VkLWNvbmZpZwpydW5jbWQ6IFtdCg=="
		machine := t.make(machines, with(t.stoppedSpec(), encoded, "osSettings", "cloudInitUserData"))
		t.same("user data", t.again(machine).At("spec.osSettings.cloudInitUserData"), encoded)
	}},
	{"B.5.2", stated, "authorized keys come back as sent", func(t *trial) {
		machine, _, _ := t.running()
		t.same("key", machine.At("spec.osSettings.ssh.authorizedKeys.0.value"), publicKey)
	}},
	{"B.5.1", stated, "a machine is accepted while its disk is not Ready yet", func(t *trial) {
		machine := t.make(machines, t.stoppedSpec())
		t.same("id", machine.At("metadata.id"), machine.id)
	}},
	{"B.5.1", stated, "a machine is accepted while its public IP has no address yet", func(t *trial) {
		spec := t.stoppedSpec()
		address := t.make(publicIPs, obj{})
		t.make(machines, with(spec, t.ref(address), "networking", "publicIPv4Address", "static", "publicIPRef"))
	}},
	{"B.5.1", stated, "a machine with running false and a blank boot disk is accepted and gets Stopped", func(t *trial) {
		t.same("virtualMachineStatus", t.idle().At("status.virtualMachineStatus"), "Stopped")
	}},
	{"B.5.1", open, "Ready of a machine that was stopped on purpose is False", func(t *trial) {
		machine := t.idle()
		t.same("Ready", condition(machine.Value, "Ready").At("status"), "False")
	}},
	{"B.5.1", stated, "an ipv6-only machine in a dual-stack subnet has an IPv6 address and no IPv4 one", func(t *trial) {
		spec := with(t.machineSpec(t.makeDisk()), "ipv6-only", "networking", "stackType")
		machine := t.ready(t.make(machines, spec))
		t.same("stackType", machine.At("status.networking.stackType"), "ipv6-only")
		t.wants(machine.At("status.networking.ipv6Address").String() != "", "there is no IPv6 address")
		t.wants(machine.At("status.networking.privateIPv4Address").String() == "", "there is an IPv4 address")
	}},
	{"B.5.1", open, "loadBalancerMemberships is no field of a machine any more", func(t *trial) {
		spec := with(t.stoppedSpec(), obj{"backendPoolRefs": list{}}, "loadBalancerMemberships")
		machine := t.make(machines, spec)
		t.wants(!machine.At("spec.loadBalancerMemberships").Exists(), "it is stored")
	}},
}

func hasStatus(status string) func(client.Value) bool {
	return func(machine client.Value) bool { return machine.At("status.virtualMachineStatus").String() == status }
}

func (t *trial) within(address, block client.Value) {
	t.Helper()
	inner, err := netip.ParseAddr(address.String())
	outer, outerErr := netip.ParsePrefix(block.String())
	t.wants(err == nil && outerErr == nil && outer.Contains(inner), "the address %s is not in %s", address.Text(), block.Text())
}
