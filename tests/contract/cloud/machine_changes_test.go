package cloud

import (
	"net/http"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.5.1: what of a machine may change, and when.
var machineChangeClauses = []clause{
	{"B.5.1", stated, "running false stops a machine, running true starts it, and it keeps its address", (*trial).stopAndStart},
	{"B.5.1", stated, "the compute profile does not change while the machine runs", func(t *trial) {
		machine, _, _ := t.running()
		t.refused(t.patchSpec(machine, obj{"computeProfileRef": profileRef(nextProfile)}))
	}},
	{"B.5.1", stated, "the compute profile of a stopped machine changes", func(t *trial) {
		machine := t.stopped()
		changed := t.accepted(t.patchSpec(machine, obj{"computeProfileRef": profileRef(nextProfile)}))
		t.same("profile", changed.At("spec.computeProfileRef"), profileRef(nextProfile))
	}},
	{"B.5.1", stated, "the stack type of a stopped machine changes", func(t *trial) {
		machine := t.stopped()
		changed := t.accepted(t.patchSpec(machine, obj{"networking": obj{"stackType": "ipv6-only"}}))
		t.same("stackType", changed.At("spec.networking.stackType"), "ipv6-only")
	}},
	{"B.5.1", stated, "the permanent disks of a stopped machine change", func(t *trial) {
		machine, second := t.stopped(), t.makeDisk()
		first := machine.At("spec.disks.0.diskRef").String()
		wanted := list{obj{"diskRef": first, "bootFrom": true}, obj{"diskRef": t.ref(second)}}
		changed := t.accepted(t.patchSpec(machine, obj{"disks": wanted}))
		t.same("second disk", changed.At("spec.disks.1.diskRef"), t.ref(second))
	}},
	{"B.5.1", stated, "the placement group of a stopped machine changes", func(t *trial) {
		machine, group := t.stopped(), t.makePlacement()
		changed := t.accepted(t.patchSpec(machine, obj{"placement": obj{"placementGroupRef": t.ref(group)}}))
		t.same("group", changed.At("spec.placement.placementGroupRef"), t.ref(group))
	}},
	{"B.5.1", stated, "security groups change while the machine runs", func(t *trial) {
		machine := t.ready(t.make(machines, t.machineSpec(t.makeDisk())))
		group := t.makeGroup()
		t.accepted(t.patchSpec(machine, obj{"networking": obj{
			"securityGroupSettings": obj{"securityGroupMemberRefs": list{t.ref(group)}}}}))
		t.until(machine, quick, "in the new group", func(v client.Value) bool {
			return v.At("status.networking.securityGroupActiveMembershipRefs").Equal(list{t.ref(group)})
		})
	}},
	{"B.8.1", open, "a public IP is put on a machine that runs, and publicIPRef null takes it away", (*trial).addressComesAndGoes},
	{"B.5.1", stated, "user labels change at any time", func(t *trial) {
		machine := t.ready(t.make(machines, t.machineSpec(t.makeDisk())))
		changed := t.accepted(t.patch(machine, obj{"metadata": obj{"userLabels": obj{"colour": "red", runLabel: t.cloud.prefix}}}))
		t.same("colour", changed.At("metadata.userLabels.colour"), "red")
	}},
	{"B.5.1", stated, "the zone never changes", func(t *trial) {
		t.refused(t.patchSpec(t.idle(), obj{"placement": obj{"zone": otherZone}}))
	}},
	{"B.5.1", open, "the subnet never changes", func(t *trial) {
		t.refused(t.patchSpec(t.idle(), obj{"networking": obj{"subnetRef": t.defaultSubnet(otherZone)}}))
	}},
	{"B.5.1", stated, "osSettings never change", func(t *trial) {
		t.refused(t.patchSpec(t.idle(), obj{"osSettings": obj{"cloudInitUserData": "#cloud-config\n"}}))
	}},
	{"B.8.1", stated, "the whole machine of GET, immutable members and status included, is accepted as a PATCH", func(t *trial) {
		machine, _, _ := t.running()
		t.accepted(t.patch(machine, t.again(machine)))
	}},
}

func (t *trial) stopped() object {
	t.Helper()
	return t.until(t.make(machines, t.stoppedSpec()), machineUp, "Stopped", hasStatus("Stopped"))
}

func (t *trial) stopAndStart() {
	machine := t.ready(t.make(machines, t.machineSpec(t.makeDisk())))
	address := machine.At("status.networking.privateIPv4Address")
	t.accepted(t.patchSpec(machine, obj{"running": false}))
	t.until(machine, machineUp, "Stopped", hasStatus("Stopped"))
	t.accepted(t.patchSpec(machine, obj{"running": true}))
	machine = t.ready(machine)
	t.same("virtualMachineStatus", machine.At("status.virtualMachineStatus"), "Running")
	t.same("address", machine.At("status.networking.privateIPv4Address"), address)
}

func (t *trial) addressComesAndGoes() {
	machine := t.ready(t.make(machines, t.machineSpec(t.makeDisk())))
	address := t.makeIP()
	publicIPv4 := func(ref any) obj {
		return obj{"networking": obj{"publicIPv4Address": obj{"static": obj{"publicIPRef": ref}}}}
	}
	t.accepted(t.patchSpec(machine, publicIPv4(t.ref(address))))
	t.until(machine, quick, "at the public address", func(v client.Value) bool {
		return v.At("status.networking.publicIPv4Address").Equal(address.At("status.publicIPv4Address"))
	})
	t.same("usedByRef", t.again(address).At("status.usedByRef"), t.ref(machine))
	t.accepted(t.patchSpec(machine, publicIPv4(nil)))
	t.until(address, quick, "free", func(v client.Value) bool { return v.At("status.usedByRef").String() == "" })
}

// B.5.1, B.9.1: machines that are refused.
var machineRefusalClauses = []clause{
	{"B.5.1", stated, "ipv4-only is refused for a new machine with 403 and reason IPv4OnlyStackTypeDeprecated", func(t *trial) {
		answer := t.ipv4Only()
		t.wants(answer.Reason() == "IPv4OnlyStackTypeDeprecated", "the reason is %q", answer.Reason())
	}},
	{"B.9.1", open, "the refusal of ipv4-only begins with virtualmachine-webhook.evroc.com and denied the request", func(t *trial) {
		t.says(t.ipv4Only(), "virtualmachine-webhook.evroc.com", "denied the request", "dual-stack", "ipv6-only")
	}},
	{"B.9.1", stated, "a machine with an unknown disk is refused", func(t *trial) {
		spec := t.hopelessSpec()
		spec["disks"] = list{obj{"diskRef": t.fqid(disks, t.newID()), "bootFrom": true}}
		t.refused(t.try(machines, spec))
	}},
	{"B.9.1", stated, "a machine of an unknown profile is refused", func(t *trial) {
		t.refused(t.try(machines, with(t.hopelessSpec(), profileRef("none.xs"), "computeProfileRef")))
	}},
	{"B.9.1", stated, "a machine without a zone is refused with 400", func(t *trial) {
		t.refused(t.try(machines, with(t.hopelessSpec(), obj{}, "placement")), http.StatusBadRequest)
	}},
	{"B.5.1", stated, "a machine with two boot disks is refused", func(t *trial) {
		spec := t.hopelessSpec()
		spec["disks"] = append(spec["disks"].(list), obj{"diskRef": t.ref(t.makeDisk()), "bootFrom": true})
		t.refused(t.try(machines, spec))
	}},
	{"B.5.1", open, "a machine without a boot disk is refused", func(t *trial) {
		t.refused(t.try(machines, with(t.hopelessSpec(), list{}, "disks")))
	}},
	{"B.5.1", stated, "a machine's subnet is in its zone", func(t *trial) {
		t.refused(t.try(machines, with(t.hopelessSpec(), t.defaultSubnet(otherZone), "networking", "subnetRef")))
	}},
	{"B.9.5", stated, "a machine and its disk share a zone", func(t *trial) {
		spec := t.hopelessSpec()
		with(spec, otherZone, "placement", "zone")
		t.refused(t.try(machines, with(spec, t.defaultSubnet(otherZone), "networking", "subnetRef")))
	}},
	{"B.5.2", open, "an object of more than 1 MB is refused with 400", func(t *trial) {
		large := strings.Repeat("# a long line of user data\n", 50_000)
		t.refused(t.try(machines, with(t.hopelessSpec(), large, "osSettings", "cloudInitUserData")), http.StatusBadRequest)
	}},
	{"B.5.2", stated, "user data of 15 813 bytes is accepted and comes back unchanged", func(t *trial) {
		large := "#cloud-config\n#" + strings.Repeat("x", 15813-15)
		machine := t.make(machines, with(t.stoppedSpec(), large, "osSettings", "cloudInitUserData"))
		t.wants(t.again(machine).At("spec.osSettings.cloudInitUserData").String() == large, "it has changed")
	}},
}

func (t *trial) ipv4Only() client.Answer {
	t.Helper()
	answer := t.try(machines, with(t.hopelessSpec(), "ipv4-only", "networking", "stackType"))
	t.refused(answer, http.StatusForbidden)
	return answer
}

// says wants fragments in the text of a refusal.
func (t *trial) says(answer client.Answer, fragments ...string) {
	t.Helper()
	for _, each := range fragments {
		t.wants(strings.Contains(answer.Debug(), each), "the text lacks %q", each)
	}
}
