package conformance

import "testing"

// ofKind sets the kind of all cases.
func ofKind(kind string, cases []admissionCase) []admissionCase {
	for i := range cases {
		cases[i].kind = kind
	}
	return cases
}

func TestClusterFieldsAreOnceSet(t *testing.T) {
	endpoint := change{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(6443)}}
	// What a manifest says that leaves it to the provider.
	emptied := func(port int64) change {
		return change{"spec.controlPlaneEndpoint", fields{"host": "", "port": port}}
	}
	recorded := annotated("evroc.com/endpoint-address", "192.0.2.1")
	balancer := change{"spec.controlPlaneConfig.loadBalancer", fields{"enabled": true, "existingPublicIPID": "ip"}}
	existing := change{"spec.network", fields{"vpcRef": "v", "subnetRefs": fields{"a": "s-a"}}}
	emptyRef := change{"spec.network", fields{"vpcRef": "", "subnetRefs": fields{"a": ""}}}
	network := "/networking/projects/p/regions/se-sto/"
	checkUpdates(t, ofKind("EvrocCluster", []admissionCase{
		{name: "nothing"},
		{name: "region", changes: []change{{"spec.region", "se-got"}}, refused: "region can't be changed"},
		{name: "region removed is the default", changes: []change{{"spec.region", nil}}},
		{name: "other region removed", before: []change{{"spec.region", "se-got"}}, changes: []change{{"spec.region", nil}}, refused: "region can't be changed"},
		{name: "project", changes: []change{{"spec.project", "other"}}, refused: "project can't be changed"},
		{name: "project removed", changes: []change{{"spec.project", nil}}, refused: "project can't be changed"},
		{name: "project after an empty one", before: []change{{"spec.project", ""}}, changes: []change{{"spec.project", "p"}}},
		{name: "project set later", before: []change{{"spec.project", nil}}, changes: []change{{"spec.project", "p"}}},
		{name: "credentials", changes: []change{{"spec.identitySecretName", "other"}}},
		{name: "credentials by the other field", changes: []change{{"spec.identitySecretName", nil}, {"spec.credentialsRef", fields{"name": "other"}}}},
		{name: "endpoint set", changes: []change{endpoint}},
		{name: "endpoint completed", before: []change{{"spec.controlPlaneEndpoint", fields{"port": int64(6443)}}}, changes: []change{endpoint}},
		{name: "endpoint removed", before: []change{endpoint}, changes: []change{{"spec.controlPlaneEndpoint", nil}}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint host", before: []change{endpoint}, changes: []change{{"spec.controlPlaneEndpoint.host", "192.0.2.2"}}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint host removed", before: []change{endpoint}, changes: []change{{"spec.controlPlaneEndpoint.host", nil}}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint host emptied", before: []change{endpoint}, changes: []change{emptied(6443)}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint host of the provider emptied", before: []change{endpoint, recorded}, changes: []change{emptied(6443)}},
		{name: "endpoint of the provider emptied", before: []change{endpoint, recorded}, changes: []change{emptied(0)}},
		{name: "endpoint of the provider with another port", before: []change{endpoint, recorded}, changes: []change{emptied(443)}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint of another port emptied", before: []change{{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(443)}}, recorded},
			changes: []change{emptied(0)}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint that was emptied written back", before: []change{emptied(6443), recorded}, changes: []change{endpoint}},
		{name: "endpoint that was emptied set to another", before: []change{emptied(6443), recorded},
			changes: []change{{"spec.controlPlaneEndpoint.host", "192.0.2.2"}}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "endpoint port", before: []change{endpoint}, changes: []change{{"spec.controlPlaneEndpoint.port", int64(443)}}, refused: "controlPlaneEndpoint can't be changed"},
		{name: "VPC", changes: []change{{"spec.network.vpc.name", "other"}}, refused: "the VPC of a cluster can't be changed"},
		{name: "VPC by reference", changes: []change{{"spec.network.vpc", nil}, {"spec.network.vpcRef", "vpc-1"}}, refused: "vpc can't be removed"},
		{name: "VPC referred to", before: []change{existing}, changes: []change{{"spec.network.vpcRef", "w"}}, refused: "the VPC of a cluster can't be changed"},
		{name: "VPC by its full reference", before: []change{existing}, changes: []change{{"spec.network.vpcRef", network + "virtualPrivateClouds/v"}}},
		{name: "VPC of another project", before: []change{{"spec.network", fields{"vpcRef": network + "virtualPrivateClouds/v"}}}, changes: []change{
			{"spec.network.vpcRef", "/networking/projects/q/regions/se-sto/virtualPrivateClouds/v"}}, refused: "the VPC of a cluster can't be changed"},
		{name: "default VPC by name", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{"vpcRef": "default-se-sto"}}}},
		{name: "default VPC left", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{"vpcRef": "v"}}}, refused: "the VPC of a cluster can't be changed"},
		{name: "own VPC after the default one", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{
			"vpc": fields{"name": "v"}, "subnets": []any{subnet("s", "10.0.0.0/24", "a")}}}}, refused: "the VPC of a cluster can't be changed"},
		{name: "network removed", changes: []change{{"spec.network", nil}}, refused: "network can't be removed"},
		{name: "stack type", before: []change{{"spec.network.stackType", "dual-stack"}}, changes: []change{{"spec.network.stackType", "ipv6-only"}}, refused: "stackType can't be changed"},
		{name: "stack type in force removed", before: []change{{"spec.network.stackType", "dual-stack"}}, changes: []change{{"spec.network.stackType", nil}}},
		{name: "stack type after the default", changes: []change{{"spec.network.stackType", "ipv6-only"}, subnets(fields{"name": "s"})}, refused: "stackType can't be changed"},
		{name: "default subnet left", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{"subnetRefs": fields{"b": "mine"}}}}, refused: "can't be given another one in subnetRefs"},
		{name: "default subnet by name", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{"subnetRefs": fields{"b": "default-se-sto-b"}}}}},
		{name: "subnet of a new zone", before: []change{{"spec.network", nil}, zones("a")}, changes: []change{
			zones("a", "b"), {"spec.network", fields{"subnetRefs": fields{"b": "mine"}}}}},
		{name: "zone of the default network removed", before: []change{{"spec.network", nil}}, changes: []change{zones("a")}, refused: "a zone can't be removed from failureDomains"},
		{name: "zone of the default network added", before: []change{{"spec.network", nil}, zones("a")}, changes: []change{zones("a", "c")}},
		{name: "subnets after the default ones", before: []change{{"spec.network", nil}}, changes: []change{{"spec.network", fields{
			"vpcRef": "default-se-sto", "subnets": []any{subnet("s", "10.0.0.0/24", "a")}}}}, refused: "subnets can't be added"},
		{name: "stack type in force set", changes: []change{{"spec.network.stackType", "dual-stack"}}},
		{name: "subnet added", changes: []change{{"spec.network.subnets.1", subnet("t", "10.0.2.0/24", "b")}}},
		{name: "subnet removed", before: []change{{"spec.network.subnets.1", subnet("t", "10.0.2.0/24", "b")}}, changes: []change{{"spec.network.subnets.0", nil}}, refused: "a subnet can't be removed"},
		{name: "subnet renamed", changes: []change{{"spec.network.subnets.0.name", "other"}}, refused: "a subnet can't be removed or renamed"},
		{name: "block", changes: []change{{"spec.network.subnets.0.cidrBlock", "10.0.9.0/24"}}, refused: "cidrBlock can't be changed"},
		{name: "zone", changes: []change{{"spec.network.subnets.0.zone", "b"}}, refused: "zone can't be changed"},
		{name: "zone in force removed", changes: []change{{"spec.network.subnets.0.zone", nil}}},
		{name: "zone removed", before: []change{{"spec.network.subnets.0.zone", "b"}}, changes: []change{{"spec.network.subnets.0.zone", nil}}, refused: "zone can't be removed"},
		{name: "subnetRef added", before: []change{existing}, changes: []change{{"spec.network.subnetRefs.b", "s-b"}}},
		{name: "subnetRef by its full reference", before: []change{existing}, changes: []change{{"spec.network.subnetRefs.a", network + "subnets/s-a"}}},
		{name: "subnetRef changed", before: []change{existing}, changes: []change{{"spec.network.subnetRefs.a", "s-b"}}, refused: "a zone's subnet can't be changed"},
		{name: "subnetRef moved", before: []change{existing}, changes: []change{{"spec.network.subnetRefs", fields{"b": "s-a"}}}, refused: "a zone's subnet can't be changed"},
		{name: "empty subnetRef is the default one", before: []change{emptyRef}, changes: []change{{"spec.network.subnetRefs.a", "default-se-sto-a"}}},
		{name: "empty subnetRef removed", before: []change{emptyRef}, changes: []change{{"spec.network", nil}}},
		{name: "empty subnetRef added", before: []change{{"spec.network", nil}}, changes: []change{emptyRef}},
		{name: "subnet of an empty subnetRef", before: []change{emptyRef}, changes: []change{{"spec.network.subnetRefs.a", "mine"}}, refused: "can't be given another one in subnetRefs"},
		{name: "zone of an empty subnetRef removed", before: []change{emptyRef}, changes: []change{zones("b", "c")}, refused: "a zone can't be removed from failureDomains"},
		{name: "subnetRef emptied", before: []change{existing}, changes: []change{{"spec.network.subnetRefs.a", ""}}, refused: "a zone's subnet can't be changed"},
		{name: "subnetRef by its full reference emptied", before: []change{existing, {"spec.network.subnetRefs.a", network + "subnets/s-a"}}, changes: []change{
			{"spec.network.subnetRefs.a", ""}}, refused: "a zone's subnet can't be changed"},
		{name: "load balancer", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig.loadBalancer.enabled", false}}, refused: "enabled can't be changed"},
		{name: "load balancer removed", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig", nil}}, refused: "loadBalancer.enabled can't be removed"},
		{name: "load balancer with nothing set removed", before: []change{{"spec.controlPlaneConfig.loadBalancer", fields{"existingPublicIPID": ""}}},
			changes: []change{{"spec.controlPlaneConfig", nil}}},
		{name: "load balancer emptied", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig.loadBalancer", fields{}}}, refused: "loadBalancer.enabled can't be removed"},
		{name: "public IP of the endpoint", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig.loadBalancer.existingPublicIPID", "jp"}}, refused: "existingPublicIPID can't be changed"},
		{name: "public IP by its full reference", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig.loadBalancer.existingPublicIPID", network + "publicIPs/ip"}}},
		{name: "additional ports", before: []change{balancer}, changes: []change{{"spec.controlPlaneConfig.loadBalancer.additionalPorts", []any{int64(9345)}}}},
		{name: "security groups", before: []change{rules(rule(nil))}, changes: []change{{"spec.securityGroups", nil}}},
		{name: "labels", changes: []change{{"spec.additionalLabels", fields{"team": "a"}}}},
		{name: "node initialization", changes: []change{{"spec.nodeInitialization", "external"}}},
		{name: "external cloud provider", changes: []change{externalProvider("true")}},
		{name: "external cloud provider beside another", before: []change{{"spec.nodeInitialization", "provider"}}, changes: []change{externalProvider("true")}, refused: "exclude each other"},
		{name: "external cloud provider left", before: []change{externalProvider("true")}, changes: []change{externalProvider(nil), {"spec.nodeInitialization", "provider"}}},
		{name: "another beside the external cloud provider", before: []change{externalProvider("true")}, changes: []change{{"spec.nodeInitialization", "provider"}}, refused: "exclude each other"},
		{name: "two from before", before: []change{{"spec.nodeInitialization", "provider"}, {"metadata.annotations", fields{externalCloudProvider: "true", ownerID: "x"}}},
			changes: []change{{"spec.additionalLabels", fields{"team": "a"}}}},
		{name: "ownership id", before: []change{owner("a")}, changes: []change{owner("b")}, refused: "evroc.com/owner-id can't be changed"},
		{name: "ownership id lost", before: []change{owner("a")}, changes: []change{owner(nil)}},
		{name: "ownership id put back", changes: []change{owner("a")}},
		{name: "the official provider's id", before: []change{annotated(ownerID, "a", officialID, "a")}, changes: []change{annotated(ownerID, "a", officialID, "b")}, refused: officialID + " can't be changed"},
		{name: "the official provider's id of what it holds", before: []change{annotated(officialID, "a"), finalized}, changes: []change{annotated(officialID, "b")}, refused: officialID + " can't be changed"},
		{name: "the official provider's id of a copy", before: []change{annotated(officialID, "a")}, changes: []change{annotated(officialID, "b")}},
		{name: "a wrong prefix of the official provider", before: []change{annotated(officialID, "a", officialPrefix, "a"), finalized},
			changes: []change{annotated(officialID, "a", officialPrefix, "b")}},
		{name: "the official provider's prefix of what was taken over", before: []change{annotated(ownerID, "a", officialPrefix, "a")},
			changes: []change{annotated(ownerID, "a", officialPrefix, "b")}, refused: officialPrefix + " can't be changed"},
		{name: "another machine's VM", before: []change{annotated(ownerID, "a", vmUID, "a")}, changes: []change{annotated(ownerID, "a", vmUID, "b")}, refused: vmUID + " can't be changed"},
		{name: "resource prefix", before: []change{annotated(ownerID, "a", prefix, "a")}, changes: []change{annotated(ownerID, "a", prefix, "b")}, refused: prefix + " can't be changed"},
		{name: "resource prefix removed", before: []change{annotated(ownerID, "a", prefix, "a")}, changes: []change{annotated(ownerID, "a")}, refused: prefix + " can't be removed"},
		{name: "resource prefix emptied", before: []change{annotated(ownerID, "a", prefix, "a")}, changes: []change{annotated(ownerID, "a", prefix, "")}, refused: prefix + " can't be removed"},
		{name: "the VM's UID removed", before: []change{annotated(ownerID, "a", vmUID, "a")}, changes: []change{annotated(ownerID, "a")}, refused: vmUID + " can't be removed"},
		{name: "resource prefix of what lost its id", before: []change{annotated(prefix, "a")}, changes: []change{annotated(ownerID, "a")}},
		{name: "ids taken off a copy", before: []change{annotated(ownerID, "a", prefix, "a", vmUID, "a")}, changes: []change{{"metadata.annotations", nil}}},
		{name: "given back", before: []change{annotated(ownerID, "a", prefix, "a", officialID, "a")}, changes: []change{annotated(officialID, "a")}},
		{name: "cloud config", changes: []change{{"spec.cloudConfig", fields{"configMapName": "m"}}}},
	}))
}

// TestZonesOfDividedSubnets checks that a subnet without a zone of its own
// never moves.
func TestZonesOfDividedSubnets(t *testing.T) {
	plain := subnets(subnet("s", "10.0.0.0/24", ""))
	inA := subnets(subnet("s", "10.0.0.0/24", "a"))
	inB := subnets(subnet("s", "10.0.0.0/24", "b"))
	const cannot = "failureDomains can't change while a subnet has no zone"
	checkUpdates(t, ofKind("EvrocCluster", []admissionCase{
		{name: "zone added to divided", before: []change{plain, zones("a", "b")}, changes: []change{zones("b", "a", "c")}},
		{name: "zone removed from divided", before: []change{plain, zones("a", "b", "c")}, changes: []change{zones("a", "b")}, refused: "a zone can't be removed"},
		{name: "zones of divided forgotten", before: []change{plain, zones("a", "b")}, changes: []change{zones()}, refused: "a zone can't be removed"},
		{name: "zones of divided removed", before: []change{plain, zones("a", "b")}, changes: []change{{"spec.failureDomains", nil}}, refused: "a zone can't be removed"},
		{name: "divided gets a zone", before: []change{plain, zones("a", "b")}, changes: []change{inA}, refused: "another zone than the one that it is in"},
		{name: "one to several", before: []change{plain, zones("b")}, changes: []change{zones("b", "c")}, refused: cannot},
		{name: "none to several", before: []change{plain}, changes: []change{zones("a", "b")}, refused: cannot},
		{name: "one to another", before: []change{plain, zones("b")}, changes: []change{zones("a")}, refused: cannot},
		{name: "one to none", before: []change{plain, zones("b")}, changes: []change{{"spec.failureDomains", nil}}, refused: cannot},
		{name: "none to the one that it is in", before: []change{plain}, changes: []change{zones("a")}},
		{name: "the one that it is in to none", before: []change{plain, zones("a")}, changes: []change{zones()}},
		{name: "none to another", before: []change{plain}, changes: []change{zones("b")}, refused: cannot},
		{name: "gets the zone that it is in", before: []change{plain, zones("b")}, changes: []change{inB}},
		{name: "gets another zone", before: []change{plain, zones("b")}, changes: []change{inA}, refused: "another zone than the one that it is in"},
		{name: "gets the default zone", before: []change{plain}, changes: []change{inA}},
		{name: "gets its zone and the cluster another", before: []change{plain, zones("b")}, changes: []change{
			subnets(subnet("s", "10.0.0.0/24", "b"), subnet("t", "10.0.1.0/24", "c")), zones("b", "c")}},
		{name: "zones of zoned subnets", before: []change{
			subnets(subnet("s", "10.0.0.0/24", "a"), subnet("t", "10.0.1.0/24", "c")), zones("a")}, changes: []change{zones("c")}},
	}))
}

func TestMachineFieldsAreOnceSet(t *testing.T) {
	const compute = "/compute/projects/p/regions/se-sto/"
	const custom = compute + "customDiskImages/"
	exists := change{"spec.providerID", "evroc://1"}
	group := change{"spec.placementConfig", fields{"existingGroupID": "g"}}
	spread := change{"spec.placementConfig", fields{"strategy": "Spread"}}
	disks := change{"spec.additionalDisks", []any{fields{"name": "d", "sizeGB": int64(10)}}}
	checkUpdates(t, ofKind("EvrocMachine", []admissionCase{
		{name: "nothing"},
		{name: "providerID set", changes: []change{{"spec.providerID", "evroc://1"}}},
		{name: "providerID after an empty one", before: []change{{"spec.providerID", ""}}, changes: []change{{"spec.providerID", "evroc://1"}}},
		{name: "providerID", before: []change{{"spec.providerID", "evroc://1"}}, changes: []change{{"spec.providerID", "evroc://2"}}, refused: "providerID can't be changed"},
		{name: "providerID removed", before: []change{{"spec.providerID", "evroc://1"}}, changes: []change{{"spec.providerID", nil}}, refused: "providerID can't be changed"},
		{name: "profile", changes: []change{{"spec.computeProfile", "c1a.m"}}, refused: "computeProfile can't be changed"},
		{name: "image", changes: []change{{"spec.image", "other"}}, refused: "image can't be changed"},
		{name: "default image by its full reference", before: []change{{"spec.image", nil}}, changes: []change{{"spec.image", "/compute/global/diskImages/evroc/ubuntu.24-04.1"}}},
		{name: "image after the default one", before: []change{{"spec.image", nil}}, changes: []change{{"spec.image", "other"}}, refused: "image can't be changed"},
		{name: "user data", before: []change{{"spec.userData", "#!/bin/sh"}}, changes: []change{{"spec.userData", "#!/bin/bash"}}, refused: "userData can't be changed"},
		{name: "user data set later", changes: []change{{"spec.userData", "#!/bin/sh"}}, refused: "userData can't be changed"},
		{name: "project and region, which the EvrocCluster decides", before: []change{{"spec.project", "p"}, {"spec.region", "se-got"}},
			changes: []change{{"spec.project", "q"}, {"spec.region", "se-sto"}}},
		{name: "custom image by its full reference", before: []change{{"spec.image", "custom:golden"}}, changes: []change{{"spec.image", custom + "golden"}}},
		{name: "custom image by its name", before: []change{{"spec.image", custom + "golden"}}, changes: []change{{"spec.image", "custom:golden"}}},
		{name: "other custom image", before: []change{{"spec.image", custom + "golden"}}, changes: []change{{"spec.image", "custom:olden"}}, refused: "image can't be changed"},
		{name: "custom image of that name", before: []change{{"spec.image", "golden"}}, changes: []change{{"spec.image", custom + "golden"}}, refused: "image can't be changed"},
		{name: "custom image of another project", before: []change{{"spec.image", custom + "golden"}}, changes: []change{
			{"spec.image", "/compute/projects/q/regions/se-sto/customDiskImages/golden"}}, refused: "image can't be changed"},
		{name: "project and region left out", before: []change{{"spec.project", "p"}, {"spec.region", "se-sto"}}, changes: []change{{"spec.project", nil}, {"spec.region", nil}}},
		{name: "region after an empty one", before: []change{{"spec.region", ""}}, changes: []change{{"spec.region", "se-sto"}}},
		{name: "default root disk size", before: []change{{"spec.rootDiskSize", nil}}, changes: []change{{"spec.rootDiskSize", int64(20)}}},
		{name: "less than the default root disk size", before: []change{{"spec.rootDiskSize", nil}}, changes: []change{{"spec.rootDiskSize", int64(19)}}, refused: "rootDiskSize can only grow"},
		{name: "boot mode set", changes: []change{{"spec.bootMode", "UEFI"}}, refused: "bootMode can't be changed"},
		{name: "boot mode", before: []change{{"spec.bootMode", "UEFI"}}, changes: []change{{"spec.bootMode", "BIOS"}}, refused: "bootMode can't be changed"},
		{name: "boot mode removed", before: []change{{"spec.bootMode", "UEFI"}}, changes: []change{{"spec.bootMode", nil}}, refused: "bootMode can't be changed"},
		{name: "root disk grown", changes: []change{{"spec.rootDiskSize", int64(21)}}},
		{name: "root disk shrunk", changes: []change{{"spec.rootDiskSize", int64(19)}}, refused: "rootDiskSize can only grow"},
		{name: "root disk as before", before: []change{{"spec.rootDiskSize", int64(30)}}, changes: []change{{"spec.rootDiskSize", int64(30)}}},
		{name: "root disk without its size", before: []change{{"spec.rootDiskSize", int64(30)}}, changes: []change{{"spec.rootDiskSize", nil}}, refused: "rootDiskSize can only grow"},
		{name: "key", before: []change{{"spec.sshKey", "k"}}, changes: []change{{"spec.sshKey", nil}}, refused: "sshKey can't be changed"},
		{name: "key with a newline", before: []change{{"spec.sshKey", "k"}}, changes: []change{{"spec.sshKey", "k\n"}}},
		{name: "subnet", before: []change{{"spec.subnetName", "s"}}, changes: []change{{"spec.subnetName", "t"}}, refused: "subnetName can't be changed"},
		{name: "placement removed", before: []change{group, exists}, changes: []change{{"spec.placementConfig", nil}}},
		{name: "placement emptied", before: []change{group, exists}, changes: []change{{"spec.placementConfig", fields{}}}},
		{name: "placement changed", before: []change{group}, changes: []change{{"spec.placementConfig.existingGroupID", "h"}}, refused: "placementConfig can't be changed"},
		{name: "placement by strategy", before: []change{group}, changes: []change{spread}, refused: "placementConfig can't be changed"},
		{name: "placement by the full reference", before: []change{group, exists}, changes: []change{{"spec.placementConfig.existingGroupID", compute + "placementGroups/g"}}},
		{name: "placement by name", before: []change{{"spec.placementConfig.existingGroupID", compute + "placementGroups/g"}, exists}, changes: []change{group}},
		{name: "placement by the older name", before: []change{{"spec.placementConfig", fields{"existingGroupName": "g"}}, exists}, changes: []change{group}},
		{name: "placement of another project", before: []change{{"spec.placementConfig.existingGroupID", compute + "placementGroups/g"}}, changes: []change{
			{"spec.placementConfig.existingGroupID", "/compute/projects/q/regions/se-sto/placementGroups/g"}}, refused: "placementConfig can't be changed"},
		{name: "placement set before the machine exists", changes: []change{group}},
		{name: "empty placement before the machine exists", before: []change{{"spec.placementConfig", fields{}}}, changes: []change{spread}},
		{name: "empty placement of a machine that exists", before: []change{exists}, changes: []change{{"spec.placementConfig", fields{}}}},
		{name: "placement set on a machine that exists", before: []change{exists}, changes: []change{group}, refused: "make a new machine"},
		{name: "strategy set on a machine that exists", before: []change{exists}, changes: []change{spread}, refused: "make a new machine"},
		{name: "placement with the providerID", changes: []change{group, exists}, refused: "make a new machine"},
		{name: "labels, groups, public IP", changes: []change{
			{"spec.additionalLabels", fields{"team": "a"}},
			{"spec.networkingConfig", fields{
				"publicIP":       fields{"enabled": true},
				"securityGroups": fields{"inheritFromCluster": false, "existingIDs": []any{"g"}}}}}},
		{name: "disk added and grown", before: []change{disks}, changes: []change{{"spec.additionalDisks", []any{
			fields{"name": "e", "sizeGB": int64(1)}, fields{"name": "d", "sizeGB": int64(11)}}}}},
		{name: "disk shrunk", before: []change{disks}, changes: []change{{"spec.additionalDisks.0.sizeGB", int64(9)}}, refused: "a disk can't be shrunk"},
		{name: "disk without its size", before: []change{disks}, changes: []change{{"spec.additionalDisks.0", fields{"name": "d", "image": "i"}}}, refused: "a disk can't be shrunk"},
		{name: "image of a disk", before: []change{disks}, changes: []change{{"spec.additionalDisks.0.image", "i"}}, refused: "a disk's image can't be changed"},
		{name: "image of a disk by its full reference", before: []change{{"spec.additionalDisks", []any{fields{"name": "d", "image": "i"}}}}, changes: []change{
			{"spec.additionalDisks.0.image", "/compute/global/diskImages/evroc/i"}}},
		{name: "custom image of a disk by its name", before: []change{{"spec.additionalDisks", []any{fields{"name": "d", "image": custom + "i"}}}}, changes: []change{
			{"spec.additionalDisks.0.image", "custom:i"}}},
		{name: "image of a disk removed", before: []change{{"spec.additionalDisks", []any{fields{"name": "d", "sizeGB": int64(1), "image": "i"}}}}, changes: []change{
			{"spec.additionalDisks.0.image", ""}}, refused: "a disk's image can't be changed"},
		{name: "disk renamed", before: []change{disks}, changes: []change{{"spec.additionalDisks.0.name", "e"}}, refused: "a disk can't be removed"},
		{name: "disks removed", before: []change{disks}, changes: []change{{"spec.additionalDisks", nil}}, refused: "a disk can't be removed"},
	}))
}

const externalCloudProvider = "infrastructure.cluster.x-k8s.io/external-cloud-provider"

// externalProvider sets the annotation with which Nodes' provider IDs are taken over.
func externalProvider(value any) change {
	return change{"metadata.annotations", fields{externalCloudProvider: value}}
}

// TestPlacementOfAVMIsNotSet checks that the status counts as well: a
// providerID may come late, or be another controller's.
func TestPlacementOfAVMIsNotSet(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	placement := fields{"spec": fields{"placementConfig": fields{"strategy": "Spread"}}}
	for _, shown := range []string{"vmID", "machineID"} {
		made := newObject(t, "EvrocMachine", namespace)
		if err := server.client.Create(ctx, made); err != nil {
			t.Fatal(err)
		}
		if err := mergePatchStatus(ctx, made, fields{shown: "x"}); err != nil {
			t.Fatal(err)
		}
		admissionCase{refused: "make a new machine"}.check(t, mergePatch(ctx, made, placement))
	}
}

// owner sets the ownership id.
func owner(id any) change { return change{"metadata.annotations", fields{ownerID: id}} }
