package cloud

import (
	"net/http"
	"net/netip"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.6.1: public IPs.
var publicIPClauses = []clause{
	{"B.6.1", stated, "a public IP that is Ready has an IPv4 address and no user", func(t *trial) {
		address := t.makeIP()
		parsed, err := netip.ParseAddr(address.At("status.publicIPv4Address").String())
		t.wants(err == nil && parsed.Is4(), "the address is %s", address.At("status.publicIPv4Address").Text())
		t.wants(address.At("status.usedByRef").String() == "", "usedByRef is %s", address.At("status.usedByRef").Text())
	}},
	{"B.6.1", stated, "spec of a public IP is an empty object that must be there", func(t *trial) {
		id := t.newID()
		body := t.body(publicIPs, id, obj{})
		delete(body, "spec")
		t.refused(t.post(publicIPs, id, body))
	}},
	{"B.6.1", stated, "a public IP names its user", func(t *trial) {
		c := t.balanced()
		t.same("usedByRef", t.again(c.address).At("status.usedByRef"), t.ref(c.balancer))
	}},
	{"B.9.1", stated, "a public IP that a machine has is refused to another machine with 403", func(t *trial) {
		address := t.makeIP()
		at := func(spec obj) obj {
			return with(spec, t.ref(address), "networking", "publicIPv4Address", "static", "publicIPRef")
		}
		t.make(machines, at(t.stoppedSpec()))
		t.until(address, quick, "in use", func(v client.Value) bool { return v.At("status.usedByRef").String() != "" })
		t.refused(t.try(machines, at(t.hopelessSpec())), http.StatusForbidden)
	}},
	{"B.6.1", open, "DELETE of a public IP in use is accepted, and it stays until its user has gone", func(t *trial) {
		address := t.makeIP()
		balancer := t.ready(t.make(balancers, balancerSpec(t.ref(address))))
		t.accepted(t.delete(address))
		t.again(address)
		t.accepted(t.delete(balancer))
		t.gone(address, quick)
	}},
}

// B.6.2: security groups.
var groupClauses = []clause{
	{"B.6.2", open, "every project has the groups default-allow-egress and default-allow-ssh", func(t *trial) {
		for _, id := range []string{"default-allow-egress", "default-allow-ssh"} {
			t.same("vpcRef", t.accepted(t.read(t.path(groups, id))).At("spec.vpcRef"), t.defaultNetwork())
		}
	}},
	{"B.6.2", stated, "vpcRef is required", func(t *trial) { t.refused(t.try(groups, obj{"rules": list{}})) }},
	{"B.6.2", open, "vpcRef never changes", func(t *trial) {
		t.refused(t.patchSpec(t.makeGroup(), obj{"vpcRef": t.fqid(networks, t.newID())}))
	}},
	{"B.6.2", stated, "the protocols TCP, UDP, ICMP, All and none at all are accepted", func(t *trial) {
		rules := list{}
		for _, protocol := range []string{"TCP", "UDP", "ICMP", "All"} {
			rules = append(rules, with(portless("p-"+strings.ToLower(protocol)), protocol, "protocol"))
		}
		group := t.makeGroup(append(rules, portless("none"))...)
		t.wants(len(group.At("spec.rules").Items()) == len(rules)+1, "the rules are %s", group.At("spec.rules").Text())
	}},
	{"B.6.2", open, "the protocol all in lower case is accepted and stored as All", func(t *trial) {
		group := t.makeGroup(with(portless("all"), "all", "protocol"))
		t.same("protocol", t.again(group).At("spec.rules.0.protocol"), "All")
	}},
	{"B.6.2", stated, "IPv4 and IPv6 addresses and blocks are remotes", func(t *trial) {
		rules := list{}
		for i, address := range []string{"192.0.2.1", "192.0.2.0/24", "2001:db8::1", "::/0"} {
			rules = append(rules, with(portless("r-"+string(rune('a'+i))), address, "remote", "address", "ipAddressOrCIDR"))
		}
		t.makeGroup(rules...)
	}},
	{"B.6.2", stated, "a group, a subnet and the own network are remotes", func(t *trial) {
		other := t.makeGroup()
		t.makeGroup(
			with(portless("group"), obj{"securityGroupRef": t.ref(other)}, "remote"),
			with(portless("subnet"), obj{"subnetRef": t.defaultSubnet(zone)}, "remote"),
			with(portless("network"), obj{"vpcRef": t.defaultNetwork()}, "remote"))
	}},
	{"B.6.2", stated, "a rule's vpcRef that is not the group's own is refused", func(t *trial) {
		t.refusedRule(with(portless("network"), obj{"vpcRef": t.fqid(networks, t.newID())}, "remote"))
	}},
	{"B.6.2", stated, "a rule has exactly one remote", func(t *trial) {
		both := obj{"address": obj{"ipAddressOrCIDR": "192.0.2.1"}, "vpcRef": t.defaultNetwork()}
		t.refusedRule(with(portless("both"), both, "remote"))
	}},
	{"B.6.2", open, "a rule with an empty remote is refused with 422", func(t *trial) {
		t.refusedRule(with(portless("empty"), obj{}, "remote"), http.StatusUnprocessableEntity)
	}},
	{"B.6.2", stated, "null entries of rules are refused with 422", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": t.defaultNetwork(), "rules": list{nil}}), http.StatusUnprocessableEntity)
	}},
	{"B.6.2", stated, "empty entries of rules are refused with 422", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": t.defaultNetwork(), "rules": list{obj{}}}), http.StatusUnprocessableEntity)
	}},
	{"B.6.2", stated, "a port is only for TCP and UDP", func(t *trial) {
		t.refusedRule(with(rule("ping", 7), "ICMP", "protocol"))
	}},
	{"B.6.2", stated, "port 0 means all ports", func(t *trial) { t.makeGroup(rule("all", 0)) }},
	{"B.6.2", stated, "endPort makes a range of ports", func(t *trial) {
		group := t.makeGroup(with(rule("nodes", 30000), 32767, "endPort"))
		t.same("endPort", group.At("spec.rules.0.endPort"), 32767)
	}},
	{"B.6.2", stated, "names of rules are unique in the group", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": t.defaultNetwork(), "rules": list{rule("same", 1), rule("same", 2)}}))
	}},
	{"B.6.2", stated, "a direction that is neither Ingress nor Egress is refused", func(t *trial) {
		t.refusedRule(with(rule("in", 22), "Inward", "direction"))
	}},
	{"B.6.2", stated, "PATCH replaces the whole array of rules", func(t *trial) {
		group := t.makeGroup(rule("one", 1), rule("two", 2))
		changed := t.accepted(t.patchSpec(group, obj{"rules": list{rule("three", 3)}}))
		t.same("rules", changed.At("spec.rules.0.name"), "three")
		t.wants(len(changed.At("spec.rules").Items()) == 1, "there are more")
	}},
	{"B.6.2", open, "DELETE of a group in use is accepted, and it stays until its members have left", func(t *trial) {
		group := t.makeGroup()
		spec := with(t.stoppedSpec(), list{t.ref(group)}, "networking", "securityGroupSettings", "securityGroupMemberRefs")
		machine := t.make(machines, spec)
		t.accepted(t.delete(group))
		t.again(group)
		t.accepted(t.delete(machine))
		t.gone(group, removal)
	}},
}

// portless is a rule for all ports of no protocol in particular.
func portless(name string) obj {
	return obj{"name": name, "direction": "Egress", "remote": obj{"address": obj{"ipAddressOrCIDR": "192.0.2.0/24"}}}
}

func (t *trial) refusedRule(rule obj, statuses ...int) {
	t.Helper()
	t.refused(t.try(groups, obj{"vpcRef": t.defaultNetwork(), "rules": list{rule}}), statuses...)
}

// B.6.3: networks.
var networkClauses = []clause{
	{"B.6.5", open, "the default network has 10.0.0.0/16, with 10.0.1.0/24 to 10.0.3.0/24 in the zones a to c", func(t *trial) {
		network := t.accepted(t.read(t.path(networks, "default-"+t.cloud.Region)))
		t.same("blocks", network.At("spec.ipv4CidrBlocks"), list{"10.0.0.0/16"})
		for zone, block := range map[string]string{"a": "10.0.1.0/24", "b": "10.0.2.0/24", "c": "10.0.3.0/24"} {
			subnet := t.accepted(t.read(t.path(subnets, "default-"+t.cloud.Region+"-"+zone)))
			t.same("block in "+zone, subnet.At("spec.ipv4CidrBlock"), block)
			t.same("zone", subnet.At("status.placement.zone"), zone)
		}
	}},
	{"B.6.3", alone, "an empty spec gets 10.0.0.0/16 and dual-stack", func(t *trial) {
		network := t.make(networks, obj{})
		t.same("blocks", network.At("spec.ipv4CidrBlocks"), list{"10.0.0.0/16"})
		t.same("stackType", network.At("spec.stackType"), "dual-stack")
	}},
	{"B.6.3", alone, "status shows the stack, the blocks, and an IPv6 block of 56", func(t *trial) {
		network := t.assigned(t.privateNetwork())
		t.same("stackType", network.At("status.stackType"), "dual-stack")
		t.same("blocks", network.At("status.assignedIPv4CidrBlocks"), list{"10.64.0.0/16"})
		t.isBlock(network.At("status.assignedIPv6GUABlock"), 56)
	}},
	{"B.6.3", alone, "status lists the subnets, with reference, blocks and zone", func(t *trial) {
		network := t.privateNetwork()
		subnet := t.assigned(t.privateSubnet(network, zone, "10.64.1.0/24"))
		network = t.until(network, quick, "aware of its subnet", func(v client.Value) bool {
			return len(v.At("status.subnets.allocatedSubnets").Items()) == 1
		})
		entry := network.At("status.subnets.allocatedSubnets.0")
		t.same("subnetRef", entry.At("subnetRef"), t.ref(subnet))
		t.same("ipv4CidrBlock", entry.At("ipv4CidrBlock"), "10.64.1.0/24")
		t.same("ipv6GUABlock", entry.At("ipv6GUABlock"), subnet.At("status.assignedIPv6GUABlock"))
		t.same("zone", entry.At("placement.zone"), zone)
	}},
	{"B.6.3", alone, "blocks outside of 10/8, 172.16/12 and 192.168/16 are refused", func(t *trial) {
		t.refused(t.try(networks, obj{"ipv4CidrBlocks": list{"100.64.0.0/16"}}))
	}},
	{"B.6.3", alone, "two networks may have the same blocks", func(t *trial) {
		t.privateNetwork()
		t.privateNetwork()
	}},
	{"B.6.3", alone, "the stack type ipv4-only is refused", func(t *trial) {
		t.refused(t.try(networks, obj{"stackType": "ipv4-only"}))
	}},
	{"B.6.3", alone, "a project has at most 5 networks", func(t *trial) {
		const most = 5
		for range most {
			answer := t.try(networks, obj{"ipv4CidrBlocks": list{"10.64.0.0/16"}})
			if !answer.Accepted() {
				t.refused(answer, http.StatusForbidden)
				return
			}
		}
		t.differ("there are more")
	}},
	{"B.8.2", alone | open, "DELETE of a network with subnets is accepted, and it stays until they have gone", func(t *trial) {
		network := t.privateNetwork()
		subnet := t.privateSubnet(network, zone, "10.64.1.0/24")
		t.accepted(t.delete(network))
		t.again(network)
		t.accepted(t.delete(subnet))
		t.gone(network, quick)
	}},
}

// B.6.4: subnets.
var subnetClauses = []clause{
	{"B.6.4", alone, "status shows the zone and an IPv6 block of 64 in the network's", func(t *trial) {
		network := t.assigned(t.privateNetwork())
		subnet := t.assigned(t.privateSubnet(network, zone, "10.64.1.0/24"))
		t.same("zone", subnet.At("status.placement.zone"), zone)
		t.isBlock(subnet.At("status.assignedIPv6GUABlock"), 64)
		outer, _ := netip.ParsePrefix(network.At("status.assignedIPv6GUABlock").String())
		inner, _ := netip.ParsePrefix(subnet.At("status.assignedIPv6GUABlock").String())
		t.wants(outer.Contains(inner.Addr()), "%s is not in %s", inner, outer)
	}},
	{"B.6.4", alone, "4 addresses are reserved: a 24 block gives 252, a 29 block 4", func(t *trial) {
		network := t.privateNetwork()
		for block, count := range map[string]int{"10.64.1.0/24": 252, "10.64.2.0/29": 4} {
			subnet := t.assigned(t.privateSubnet(network, zone, block))
			t.same("availableIPv4AddressCount of "+block, subnet.At("status.availableIPv4AddressCount"), count)
			t.same("usingIPv4AddressCount", subnet.At("status.usingIPv4AddressCount"), 0)
		}
	}},
	{"B.6.4", alone, "a dual-stack subnet needs a block", func(t *trial) {
		t.refusedSubnet(obj{"stackType": "dual-stack"})
	}},
	{"B.6.4", alone, "an ipv6-only subnet must have no IPv4 block", func(t *trial) {
		t.refusedSubnet(obj{"stackType": "ipv6-only", "ipv4CidrBlock": "10.64.1.0/24"})
	}},
	{"B.6.4", alone, "a block outside of the network is refused", func(t *trial) {
		t.refusedSubnet(obj{"stackType": "dual-stack", "ipv4CidrBlock": "10.65.1.0/24"})
	}},
	{"B.6.4", alone, "a block smaller than 29 is refused", func(t *trial) {
		t.refusedSubnet(obj{"stackType": "dual-stack", "ipv4CidrBlock": "10.64.1.0/30"})
	}},
	{"B.6.4", alone | open, "the block, the stack, the zone and the network of a subnet never change", func(t *trial) {
		subnet := t.privateSubnet(t.privateNetwork(), zone, "10.64.1.0/24")
		for _, change := range []obj{{"ipv4CidrBlock": "10.64.2.0/24"}, {"placement": obj{"zone": otherZone}}, {"vpcRef": t.defaultNetwork()}} {
			t.refused(t.patchSpec(subnet, change))
		}
	}},
	{"B.6.5", alone, "an ipv6-only network has ipv6-only subnets and machines with an IPv6 address alone", (*trial).onlyIPv6},
	{"B.6.5", alone | open, "the first private address of a subnet is .2", func(t *trial) {
		subnet := t.privateSubnet(t.privateNetwork(), zone, "10.64.1.0/24")
		machine := t.ready(t.make(machines, with(t.machineSpec(t.makeDisk()), t.ref(subnet), "networking", "subnetRef")))
		t.same("address", machine.At("status.networking.privateIPv4Address"), "10.64.1.2")
	}},
	{"B.6.4", alone | open, "DELETE of a subnet in use is accepted, and it stays until its machines have gone", func(t *trial) {
		subnet := t.privateSubnet(t.privateNetwork(), zone, "10.64.1.0/24")
		machine := t.make(machines, with(t.stoppedSpec(), t.ref(subnet), "networking", "subnetRef"))
		t.accepted(t.delete(subnet))
		t.again(subnet)
		t.accepted(t.delete(machine))
		t.gone(subnet, removal)
	}},
}

func (t *trial) refusedSubnet(spec obj) {
	t.Helper()
	spec["vpcRef"] = t.ref(t.privateNetwork())
	spec["placement"] = obj{"zone": zone}
	t.refused(t.try(subnets, spec))
}

// assigned waits for the block that the cloud chooses.
func (t *trial) assigned(o object) object {
	t.Helper()
	return t.until(o, quick, "with an IPv6 block", func(v client.Value) bool {
		return v.At("status.assignedIPv6GUABlock").String() != ""
	})
}

func (t *trial) isBlock(v client.Value, bits int) {
	t.Helper()
	block, err := netip.ParsePrefix(v.String())
	t.wants(err == nil && block.Addr().Is6() && block.Bits() == bits, "the block is %s", v.Text())
}

func (t *trial) onlyIPv6() {
	network := t.make(networks, obj{"stackType": "ipv6-only"})
	subnet := t.make(subnets, obj{"vpcRef": t.ref(network), "stackType": "ipv6-only", "placement": obj{"zone": zone}})
	t.refused(t.try(subnets, obj{"vpcRef": t.ref(network), "stackType": "dual-stack", "ipv4CidrBlock": "10.0.1.0/24",
		"placement": obj{"zone": zone}}))
	machine := t.ready(t.make(machines, with(t.machineSpec(t.makeDisk()), t.ref(subnet), "networking", "subnetRef")))
	t.same("stackType", machine.At("status.networking.stackType"), "ipv6-only")
	t.within(machine.At("status.networking.ipv6Address"), t.assigned(subnet).At("status.assignedIPv6GUABlock"))
	t.wants(machine.At("status.networking.privateIPv4Address").String() == "", "it has an IPv4 address")
	t.refused(t.try(machines, with(with(t.hopelessSpec(), t.ref(subnet), "networking", "subnetRef"), "dual-stack", "networking", "stackType")))
}
