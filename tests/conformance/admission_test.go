package conformance

import (
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// admissionCase is a write that the API server accepts, or refuses with a
// message that contains the given words.
type admissionCase struct {
	name    string
	kind    string
	before  []change // on the object before an update
	changes []change
	refused string
}

func (c admissionCase) check(t *testing.T, err error) {
	t.Helper()
	if c.refused == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	if err == nil {
		t.Errorf("taken, want a refusal with %q", c.refused)
		return
	}
	if !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), c.refused) {
		t.Errorf("refused with %q, want %q", err, c.refused)
	}
}

// sections puts each group into its section: section, group, section, group.
func sections(pairs ...any) []change {
	groups := fields{}
	for i := 0; i < len(pairs); i += 2 {
		groups[pairs[i].(string)] = fields{"inlineSecurityGroups": []any{pairs[i+1]}}
	}
	return []change{{"spec.securityGroups", groups}}
}

// groupOf returns the group g with a rule of that name.
func groupOf(rule string) fields {
	return fields{"name": "g", "rules": []any{fields{"name": rule, "direction": "Egress", "remoteCIDR": "192.0.2.0/24"}}}
}

// checkCreates creates an object for each case.
func checkCreates(t *testing.T, cases []admissionCase) {
	t.Helper()
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			made := newObject(t, c.kind, namespace)
			for _, each := range c.changes {
				each.do(t, made)
			}
			c.check(t, server.client.Create(ctx, made))
		})
	}
}

// checkUpdates creates an object for each case and updates it.
func checkUpdates(t *testing.T, cases []admissionCase) {
	t.Helper()
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			made := created(ctx, t, c.kind, namespace, c.before...)
			for _, each := range c.changes {
				each.do(t, made)
			}
			c.check(t, server.client.Update(ctx, made))
		})
	}
}

func subnets(each ...any) change { return change{"spec.network.subnets", append([]any{}, each...)} }

func subnet(name, block, zone string) fields {
	made := fields{"name": name, "cidrBlock": block}
	if zone != "" {
		made["zone"] = zone
	}
	return made
}

func zones(each ...any) change { return change{"spec.failureDomains", append([]any{}, each...)} }

func rules(each ...any) change {
	return change{"spec.securityGroups.common.inlineSecurityGroups", []any{fields{"name": "group", "rules": each}}}
}

func rule(changes fields) fields {
	made := fields{"name": "rule", "direction": "Ingress", "remoteCIDR": "192.0.2.0/24"}
	for key, value := range changes {
		if value == nil {
			delete(made, key)
		} else {
			made[key] = value
		}
	}
	return made
}

func TestClusterFieldsAreChecked(t *testing.T) {
	const oneRemote = "remoteCIDR, remoteSecurityGroup, subnetID and vpc exclude each other"
	network := "/networking/projects/p/regions/se-sto/"
	cases := []admissionCase{
		{name: "smallest", changes: []change{{"spec.project", nil}}},
		{name: "empty region", changes: []change{{"spec.region", ""}}},
		{name: "no credentials", changes: []change{{"spec.identitySecretName", nil}}, refused: "one of identitySecretName and credentialsRef is required"},
		{name: "two credentials", changes: []change{{"spec.credentialsRef", fields{"name": "c"}}}, refused: "identitySecretName and credentialsRef exclude each other"},
		{name: "credentials twice", changes: []change{{"spec.credentialsRef", fields{"name": "credentials"}}}},
		{name: "credentialsRef", changes: []change{{"spec.identitySecretName", nil}, {"spec.credentialsRef", fields{"name": "c"}}}},
		{name: "empty project", changes: []change{{"spec.project", ""}}},
		{name: "empty credentials", changes: []change{{"spec.identitySecretName", ""}, {"spec.credentialsRef", fields{"name": ""}}}, refused: "one of identitySecretName and credentialsRef is required"},
		{name: "credentialsRef beside an empty name", changes: []change{{"spec.identitySecretName", ""}, {"spec.credentialsRef", fields{"name": "c"}}}},
		{name: "no network", changes: []change{{"spec.network", nil}}},
		{name: "stack type alone", changes: []change{{"spec.network", fields{"stackType": "dual-stack"}}}},
		{name: "vpc and vpcRef", changes: []change{{"spec.network.vpcRef", "v"}}, refused: "vpc and vpcRef exclude each other"},
		{name: "vpc without subnets", changes: []change{{"spec.network.subnets", nil}}, refused: "vpc needs subnets"},
		{name: "empty subnets", changes: []change{subnets()}, refused: "should have at least 1 items"},
		{name: "existing network", changes: []change{{"spec.network", fields{
			"vpcRef": "v", "subnetRefs": fields{"a": "s-a", "b": "s-b"}}}}},
		{name: "existing network by full references", changes: []change{{"spec.network", fields{
			"vpcRef": network + "virtualPrivateClouds/v", "subnetRefs": fields{"a": network + "subnets/s-a"}}}}},
		{name: "reference of something else", changes: []change{{"spec.network", fields{"vpcRef": network + "subnets/v"}}}, refused: "network.vpcRef"},
		{name: "vpcRef as an object", changes: []change{{"spec.network", fields{"vpcRef": fields{"name": "v"}}}}, refused: "network.vpcRef"},
		{name: "existing VPC with subnets", changes: []change{{"spec.network", fields{
			"vpcRef": "v", "subnets": []any{subnet("s", "10.0.0.0/24", "a")}}}}},
		{name: "vpcRef alone", changes: []change{{"spec.network", fields{"vpcRef": "v"}}}},
		{name: "subnetRefs alone", changes: []change{{"spec.network", fields{"subnetRefs": fields{"a": "s"}}}}},
		{name: "subnets alone", changes: []change{{"spec.network.vpc", nil}}, refused: "subnets needs vpc or vpcRef"},
		{name: "empty subnetRef", changes: []change{{"spec.network", fields{"vpcRef": "", "subnetRefs": fields{"a": ""}}}}},
		{name: "subnetRefs with an unknown zone", changes: []change{{"spec.network", fields{
			"vpcRef": "v", "subnetRefs": fields{"d": "s"}}}}, refused: "the keys are zones"},
		{name: "subnets and subnetRefs", changes: []change{{"spec.network.subnetRefs", fields{"a": "s"}}}, refused: "exclude each other"},
		{name: "VPC name in capitals", changes: []change{{"spec.network.vpc.name", "VPC"}}, refused: "spec.network.vpc.name"},
		{name: "no block", changes: []change{subnets(fields{"name": "s"})}, refused: "every subnet needs a cidrBlock"},
		{name: "IPv6 only", changes: []change{subnets(fields{"name": "s"}), {"spec.network.stackType", "ipv6-only"}}},
		{name: "IPv4 only", changes: []change{{"spec.network.stackType", "ipv4-only"}}, refused: "can't be ipv4-only for a new cluster"},
		{name: "IPv4 only, moved", changes: []change{{"spec.network.stackType", "ipv4-only"}, {"metadata.annotations", fields{"evroc.com/owner-id": "x"}}}},
		{name: "IPv4 only, of the official provider", changes: []change{{"spec.network.stackType", "ipv4-only"}, {"metadata.annotations", fields{
			"evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": "x"}}}},
		{name: "IPv6 only with a block", changes: []change{{"spec.network.stackType", "ipv6-only"}}, refused: "every subnet needs a cidrBlock"},
		{name: "block is no block", changes: []change{subnets(subnet("s", "10.0.0.0", ""))}, refused: "must be an IPv4 block"},
		{name: "block with host bits", changes: []change{subnets(subnet("s", "10.0.0.1/24", ""))}, refused: "must be an IPv4 block"},
		{name: "IPv6 block", changes: []change{subnets(subnet("s", "fd00::/24", ""))}, refused: "must be an IPv4 block"},
		{name: "block too wide", changes: []change{subnets(subnet("s", "10.0.0.0/15", ""))}, refused: "must be an IPv4 block"},
		{name: "block too narrow", changes: []change{subnets(subnet("s", "10.0.0.0/30", ""))}, refused: "must be an IPv4 block"},
		{name: "public block", changes: []change{subnets(subnet("s", "8.8.8.0/24", ""))}, refused: "must be an IPv4 block"},
		{name: "blocks overlap", changes: []change{subnets(subnet("s", "10.0.0.0/24", ""), subnet("t", "10.0.0.128/25", ""))}, refused: "the blocks of the subnets overlap"},
		{name: "blocks are the same", changes: []change{subnets(subnet("s", "10.0.0.0/24", ""), subnet("t", "10.0.0.0/24", ""))}, refused: "the blocks of the subnets overlap"},
		{name: "two subnets of one name", changes: []change{subnets(subnet("s", "10.0.0.0/24", ""), subnet("s", "10.0.1.0/24", ""))}, refused: "Duplicate value"},
		{name: "thirty subnets", changes: []change{manySubnets(30)}},
		{name: "too many subnets", changes: []change{manySubnets(31)}, refused: "must have at most 30 items"},
		{name: "unknown zone", changes: []change{subnets(subnet("s", "10.0.0.0/24", "d"))}, refused: "Unsupported value"},
		{name: "one subnet in three zones", changes: []change{zones("a", "b", "c"), subnets(subnet("s", "10.0.0.0/24", ""))}},
		{name: "no zones", changes: []change{zones(), subnets(subnet("s", "10.0.0.0/24", ""))}},
		{name: "unknown failure domain", changes: []change{zones("se-sto-a")}, refused: "Unsupported value"},
		{name: "a failure domain twice", changes: []change{zones("a", "a")}, refused: "Duplicate value"},
		{name: "a zone without a subnet", changes: []change{zones("a", "b")}, refused: "every zone of failureDomains needs a subnet"},
		{name: "a zone without an existing subnet", changes: []change{zones("b"), {"spec.network", fields{
			"vpcRef": "v", "subnetRefs": fields{"a": "s"}}}}},
		{name: "block too narrow to divide", changes: []change{zones("a", "b"), subnets(subnet("s", "10.0.0.0/28", ""))}, refused: "needs a name of at most 61 characters and a block of /27"},
		{name: "narrow block in one zone", changes: []change{zones("b"), subnets(subnet("s", "10.0.0.0/29", ""))}},
		{name: "name too long to divide", changes: []change{zones("a", "b"), subnets(subnet(strings.Repeat("s", 62), "10.0.0.0/24", ""))}, refused: "needs a name of at most 61 characters"},
		{name: "endpoint given", changes: []change{{"spec.controlPlaneEndpoint", fields{"host": "api.example.com", "port": int64(6443)}}}},
		{name: "endpoint empty", changes: []change{{"spec.controlPlaneEndpoint", fields{}}}},
		{name: "endpoint of the first provider", changes: []change{{"spec.controlPlaneEndpoint", fields{"host": "", "port": int64(6443)}}}},
		{name: "endpoint port alone", changes: []change{{"spec.controlPlaneEndpoint", fields{"port": int64(443)}}}},
		{name: "endpoint port out of range", changes: []change{{"spec.controlPlaneEndpoint", fields{"port": int64(65536)}}}, refused: "controlPlaneEndpoint.port"},
		{name: "port", changes: []change{{"spec.controlPlaneConfig.loadBalancer.ports", []any{
			fields{"port": int64(9345), "healthCheckPort": int64(6443)}}}}},
		{name: "port twice", changes: []change{{"spec.controlPlaneConfig.loadBalancer.ports", []any{
			fields{"port": int64(9345)}, fields{"port": int64(9345)}}}}, refused: "Duplicate value"},
		{name: "additional ports", changes: []change{{"spec.controlPlaneConfig.loadBalancer.additionalPorts", []any{int64(80), int64(80), int64(6443)}}}},
		{name: "additional port out of range", changes: []change{{"spec.controlPlaneConfig.loadBalancer.additionalPorts", []any{int64(70000)}}}, refused: "additionalPorts[0]"},
		{name: "a port in both", changes: []change{{"spec.controlPlaneConfig.loadBalancer", fields{
			"ports": []any{fields{"port": int64(80)}}, "additionalPorts": []any{int64(80)}}}}, refused: "in additionalPorts or in ports, not in both"},
		{name: "no public IP", changes: []change{{"spec.controlPlaneConfig.loadBalancer.existingPublicIPID", ""}}},
		{name: "public IP by full reference", changes: []change{{"spec.controlPlaneConfig.loadBalancer.existingPublicIPID", network + "publicIPs/ip"}}},
		{name: "other target port behind a public IP", changes: []change{{"spec.controlPlaneConfig.loadBalancer", fields{
			"enabled": false, "ports": []any{fields{"port": int64(443), "targetPort": int64(8443)}}}}}, refused: "without a load balancer"},
		{name: "rule", changes: []change{rules(rule(fields{"protocol": "TCP", "port": int64(80), "endPort": int64(90)}))}},
		{name: "rule from an address", changes: []change{rules(rule(fields{"remoteCIDR": "2001:db8::1"}))}},
		{name: "rule without a remote", changes: []change{rules(rule(fields{"remoteCIDR": nil}))}},
		{name: "rule with two remotes", changes: []change{rules(rule(fields{"vpc": true}))}, refused: oneRemote},
		{name: "rule with an empty remote", changes: []change{rules(rule(fields{"remoteCIDR": "", "remoteSecurityGroup": network + "securityGroups/g"}))}},
		{name: "rule from the VPC", changes: []change{rules(rule(fields{"remoteCIDR": nil, "vpc": true}))}},
		{name: "rule not from the VPC", changes: []change{rules(rule(fields{"vpc": false}))}},
		{name: "rule from nowhere", changes: []change{rules(rule(fields{"remoteCIDR": "home"}))}, refused: "must be an address or a block"},
		{name: "rule without a direction", changes: []change{rules(rule(fields{"direction": nil}))}, refused: "direction"},
		{name: "port of all protocols", changes: []change{rules(rule(fields{"port": int64(80)}))}},
		{name: "all ports", changes: []change{rules(rule(fields{"port": int64(0), "endPort": int64(0)}))}},
		{name: "protocol in small letters", changes: []change{rules(rule(fields{"protocol": "tcp"}))}, refused: "Unsupported value"},
		{name: "range backwards", changes: []change{rules(rule(fields{"protocol": "TCP", "port": int64(80), "endPort": int64(79)}))}, refused: "endPort can't be less than port"},
		{name: "range without an end", changes: []change{rules(rule(fields{"protocol": "TCP", "port": int64(80), "endPort": int64(0)}))}},
		{name: "rule with any name", changes: []change{rules(rule(fields{"name": "Allow API!"}))}},
		{name: "rule twice", changes: []change{rules(rule(nil), rule(nil))}},
		{name: "two inline groups of one name", changes: []change{{"spec.securityGroups", fields{"worker": fields{
			"inlineSecurityGroups": []any{fields{"name": "g"}, fields{"name": "g"}}}}}}, refused: "Duplicate value"},
		{name: "an existing group twice", changes: []change{{"spec.securityGroups", fields{"worker": fields{
			"existingIDs": []any{"g", "h", "g"}}}}}, refused: "Duplicate value"},
		{name: "unknown node initialization", changes: []change{{"spec.nodeInitialization", "nobody"}}, refused: "Unsupported value"},
		{name: "external cloud provider", changes: []change{externalProvider("true")}},
		{name: "external cloud provider that completes Nodes", changes: []change{externalProvider("true"), {"spec.nodeInitialization", "external"}}},
		{name: "two that complete Nodes", changes: []change{externalProvider(" True"), {"spec.nodeInitialization", "provider"}}, refused: "exclude each other"},
		{name: "no external cloud provider", changes: []change{externalProvider("false"), {"spec.nodeInitialization", "provider"}}},
		{name: "two that complete Nodes, moved", changes: []change{{"spec.nodeInitialization", "provider"},
			{"metadata.annotations", fields{externalCloudProvider: "true", ownerID: "x"}}}},
		{name: "cloud config", changes: []change{{"spec.cloudConfig", fields{
			"configMapName": "c1.config", "organization": "org", "ccmServiceAccountID": "", "csiServiceAccountID": "a"}}}},
		{name: "cloud config of nothing", changes: []change{{"spec.cloudConfig", fields{"configMapName": ""}}}},
		{name: "no name of a ConfigMap", changes: []change{{"spec.cloudConfig", fields{"configMapName": "A/b"}}}, refused: "cloudConfig.configMapName"},
		{name: "organisation with a line", changes: []change{{"spec.cloudConfig", fields{"organization": "a\nb"}}}, refused: "cloudConfig.organization"},
		{name: "account with a line", changes: []change{{"spec.cloudConfig", fields{"ccmServiceAccountID": "a\nb"}}}, refused: "cloudConfig.ccmServiceAccountID"},
		{name: "label of ours", changes: []change{{"spec.additionalLabels", fields{"capi-cluster-id": "x"}}}, refused: "do not begin with"},
		{name: "label of the official provider", changes: []change{{"spec.additionalLabels", fields{"capi_cluster-id": "x"}}}, refused: "do not begin with"},
		{name: "label of any kind", changes: []change{{"spec.additionalLabels", fields{strings.Repeat("k", 253): "-a b!"}}}},
		{name: "label with a slash", changes: []change{{"spec.additionalLabels", fields{"example.com/team": "x"}}}, refused: `no "/"`},
		{name: "label value too long", changes: []change{{"spec.additionalLabels", fields{"team": strings.Repeat("x", 64)}}}, refused: "additionalLabels.team"},
		{name: "labels", changes: []change{{"spec.additionalLabels", fields{"team": "a_team.1", "empty": ""}}}},
		{name: "endpoints", changes: []change{{"spec.endpoints", fields{"apiBaseURL": "http://127.0.0.1:1", "issuerURL": ""}}}},
		{name: "issuer with the path of tokens", changes: []change{{"spec.endpoints.issuerURL", "https://a.example/realms/r/protocol/openid-connect/token"}},
			refused: "endpoints.issuerURL"},
		{name: "endpoint is no URL", changes: []change{{"spec.endpoints", fields{"apiBaseURL": "api.evroc.com"}}}, refused: "apiBaseURL"},
		{name: "unknown field", changes: []change{{"spec.colour", "blue"}}, refused: "unknown field"},
	}
	checkCreates(t, ofKind("EvrocCluster", cases))
}

func manySubnets(count int) change {
	var made []any
	for i := range count {
		made = append(made, subnet(fmt.Sprintf("s-%d", i), fmt.Sprintf("10.%d.0.0/24", i), "a"))
	}
	return change{"spec.network.subnets", made}
}

func TestMachineFieldsAreChecked(t *testing.T) {
	cases := []admissionCase{
		{name: "smallest"},
		{name: "no profile", changes: []change{{"spec.computeProfile", nil}}, refused: "computeProfile"},
		{name: "no image", changes: []change{{"spec.image", nil}}},
		{name: "empty image", changes: []change{{"spec.image", ""}}},
		{name: "project and region", changes: []change{{"spec.project", "p"}, {"spec.region", "se-sto"}}},
		{name: "custom image", changes: []change{{"spec.image", "custom:golden.1"}, {"spec.bootMode", "UEFI"}}},
		{name: "image by full reference", changes: []change{{"spec.image", "/compute/global/diskImages/evroc/ubuntu.24-04.1"}}},
		{name: "custom image by full reference", changes: []change{{"spec.image", "/compute/projects/p/regions/se-sto/customDiskImages/golden"}}},
		{name: "custom image without a name", changes: []change{{"spec.image", "custom:"}}, refused: "spec.image"},
		{name: "image with a path", changes: []change{{"spec.image", "a/b"}}, refused: "spec.image"},
		{name: "reference of something else", changes: []change{{"spec.image", "/compute/projects/p/regions/se-sto/disks/d"}}, refused: "spec.image"},
		{name: "another boot mode", changes: []change{{"spec.bootMode", "uefi"}}, refused: "bootMode"},
		{name: "empty key", changes: []change{{"spec.sshKey", ""}}},
		{name: "key of two lines", changes: []change{{"spec.sshKey", "ssh-ed25519 A\nssh-ed25519 B\n"}}},
		{name: "public IP", changes: []change{{"spec.networkingConfig.publicIP", fields{"enabled": true, "existingID": "ip"}}}},
		{name: "public IP by name alone", changes: []change{{"spec.networkingConfig.publicIP", fields{"existingID": "ip"}}}},
		{name: "public IP off with a name", changes: []change{{"spec.networkingConfig.publicIP", fields{"enabled": false, "existingID": "ip"}}}},
		{name: "inline group", changes: []change{{"spec.networkingConfig.securityGroups.inlineSecurityGroups", []any{
			fields{"name": "g", "rules": []any{rule(nil)}}}}}},
		{name: "two inline groups of one name", changes: []change{{"spec.networkingConfig.securityGroups.inlineSecurityGroups", []any{
			fields{"name": "g"}, fields{"name": "g"}}}}, refused: "Duplicate value"},
		{name: "an existing group twice", changes: []change{{"spec.networkingConfig.securityGroups.existingIDs", []any{
			"g", "g"}}}, refused: "Duplicate value"},
		{name: "inline group with a bad rule", changes: []change{{"spec.networkingConfig.securityGroups.inlineSecurityGroups", []any{
			fields{"name": "g", "rules": []any{rule(fields{"vpc": true})}}}}}, refused: "exclude each other"},
		{name: "disks", changes: []change{{"spec.additionalDisks", []any{fields{"name": "d", "sizeGB": int64(1)}, fields{"name": "e", "image": "i"}}}}},
		{name: "disk without a size", changes: []change{{"spec.additionalDisks", []any{fields{"name": "d"}}}}, refused: "sizeGB is required"},
		{name: "disk twice", changes: []change{{"spec.additionalDisks", []any{
			fields{"name": "d", "sizeGB": int64(1)}, fields{"name": "d", "sizeGB": int64(2)}}}}, refused: "Duplicate value"},
		{name: "failureDomain", changes: []change{{"spec.failureDomain", "a"}}, refused: "unknown field"},
		{name: "userData", changes: []change{{"spec.userData", "#!/bin/sh\n"}}},
		{name: "label of ours", changes: []change{{"spec.additionalLabels", fields{"capi-x": "x"}}}, refused: "do not begin with"},
	}
	patchedIn := []admissionCase{
		{name: "empty profile", changes: []change{{"spec.computeProfile", ""}}, refused: "computeProfile is required"},
		{name: "no root disk", changes: []change{{"spec.rootDiskSize", int64(0)}}, refused: "rootDiskSize is at least 1"},
	}
	checkCreates(t, ofKind("EvrocMachine", append(patchedIn, cases...)))
	checkCreates(t, asTemplates("EvrocMachineTemplate", cases))
}

// asTemplates makes cases of objects those of a template.
func asTemplates(kind string, cases []admissionCase) []admissionCase {
	for i := range cases {
		cases[i].kind = kind
		var moved []change
		for _, each := range cases[i].changes {
			moved = append(moved, change{strings.Replace(each.path, "spec.", "spec.template.spec.", 1), each.value})
		}
		cases[i].changes = moved
	}
	return cases
}

// TestGroupsOfOneNameAreOneGroup checks that sections which name the same group
// agree about its rules, in a cluster and in what clusters are made of.
func TestGroupsOfOneNameAreOneGroup(t *testing.T) {
	cases := []admissionCase{
		{name: "no groups", changes: []change{{"spec.securityGroups", nil}}},
		{name: "groups of one name and rules in two sections", changes: sections("common", groupOf("r"), "worker", groupOf("r"))},
		{name: "groups of one name without rules", changes: sections("common", fields{"name": "g"}, "worker", fields{"name": "g", "rules": []any{}})},
		{name: "groups of other names", changes: sections("common", groupOf("r"), "worker", fields{"name": "h"})},
		{name: "groups of one name and other rules", changes: sections("common", groupOf("r"), "worker", groupOf("s")),
			refused: "spec.securityGroups.worker.inlineSecurityGroups"},
		{name: "a group of one name without the rules", changes: sections("common", groupOf("r"), "controlPlane", fields{"name": "g"}),
			refused: "spec.securityGroups.controlPlane.inlineSecurityGroups"},
		{name: "groups of one name in the later sections", changes: sections("controlPlane", groupOf("r"), "worker", groupOf("s")),
			refused: "spec.securityGroups.worker.inlineSecurityGroups"},
	}
	checkCreates(t, ofKind("EvrocCluster", cases))
	for i := range cases {
		cases[i].refused = strings.Replace(cases[i].refused, "spec.", "spec.template.spec.", 1)
	}
	checkCreates(t, asTemplates("EvrocClusterTemplate", cases))
}
