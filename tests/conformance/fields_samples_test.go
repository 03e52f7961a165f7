package conformance

import (
	"maps"
	"strings"
)

// A fieldSample is what a row of docs/fields.md is tried with.
type fieldSample struct {
	base         []change // what the field needs beside it
	path         string   // where it is not what the row's name says
	value, other any
	set          any    // set later; default: other
	smaller      any    // of fields that only grow
	inForce      any    // without the field, on an object that is made
	status       fields // of a made object that has value
	inForceState fields // of a made object where inForce is in force
	names        string // in a refusal; default: the field's last name
	filled       bool   // a made object has the field
	notAlone     bool   // it can't be left out
}

// existingNetwork is one that the cluster does not make.
var existingNetwork = []change{{"spec.network", fields{"vpcRef": "v", "subnetRefs": fields{"a": "s-a"}}}}

// inExisting is its part of the status.
func inExisting(zones fields) fields {
	return fields{"network": fields{"vpcId": "v", "subnetIds": zones, "stackType": "dual-stack",
		"subnets": []any{fields{"name": "s-a", "zone": "a", "ready": true}}}}
}

func twoSubnets() []change {
	return []change{subnets(subnet("subnet-1", "10.0.1.0/24", "a"), subnet("subnet-2", "10.0.2.0/24", "b"))}
}

var clusterSamples = map[string]fieldSample{
	"region":                      {value: "se-got", other: "se-bbb", inForce: "se-sto"},
	"project":                     {value: "project-1", other: "other", inForce: "project-1"},
	"identitySecretName":          {value: "credentials", other: "other", notAlone: true},
	"credentialsRef.name":         {base: []change{{"spec.identitySecretName", nil}}, value: "credentials", other: "other", notAlone: true},
	"controlPlaneEndpoint.host":   {value: "192.0.2.1", other: "192.0.2.9", filled: true, names: "controlPlaneEndpoint"},
	"controlPlaneEndpoint.port":   {value: int64(6443), other: int64(443), filled: true, names: "controlPlaneEndpoint"},
	"failureDomains[]":            {base: twoSubnets(), value: []any{"a"}, other: []any{"b"}, inForce: []any{"a", "b"}},
	"network.vpc.name":            {value: "vpc-1", other: "vpc-2", notAlone: true, names: "VPC"},
	"network.vpcRef":              {base: existingNetwork, value: "v", other: "w", inForce: "default-se-sto", status: inExisting(fields{"a": "s-a"})},
	"network.subnets[]":           {path: "spec.network.subnets.1", value: subnet("subnet-2", "10.0.2.0/24", "b"), other: subnet("subnet-3", "10.0.3.0/24", "b"), status: fields{"network": fields{"subnets": []any{fields{"name": "subnet-1", "ready": true}, fields{"name": "subnet-2", "ready": true}}}}},
	"network.subnets[].name":      {value: "subnet-1", other: "subnet-9", names: "subnets"},
	"network.subnets[].cidrBlock": {value: "10.0.1.0/24", other: "10.0.9.0/24", notAlone: true},
	"network.subnets[].zone":      {value: "b", other: "c", set: "b", inForce: "a"},
	"network.subnetRefs{}":        {base: existingNetwork, path: "spec.network.subnetRefs.b", value: "s-b", other: "s-x", status: inExisting(fields{"a": "s-a", "b": "s-b"})},
	"network.stackType":           {base: existingNetwork, value: "ipv6-only", other: "dual-stack", set: "ipv6-only", inForce: "dual-stack"},

	"controlPlaneConfig.loadBalancer.enabled": {value: true, other: false, inForce: true},
	"controlPlaneConfig.loadBalancer.existingPublicIPID": {value: "my-ip", other: "other-ip", inForce: "own-ip",
		status: fields{"network": fields{"endpoint": fields{"type": "LoadBalancer", "publicIPID": "my-ip", "owned": false}}}},
	"controlPlaneConfig.loadBalancer.additionalPorts[]": {value: []any{int64(80)}, other: []any{int64(81)}},
	"controlPlaneConfig.loadBalancer.ports[]":           {base: onePort(), path: "spec.controlPlaneConfig.loadBalancer.ports.1", value: fields{"port": int64(82)}, other: fields{"port": int64(81)}},
	"controlPlaneConfig.loadBalancer.ports[].port":      {base: onePort(), value: int64(80), other: int64(81), notAlone: true},
	"controlPlaneConfig.loadBalancer.ports[].targetPort": {base: onePort(), value: int64(8080), other: int64(8081),
		inForce: int64(80)},
	"controlPlaneConfig.loadBalancer.ports[].healthCheckPort": {base: onePort(), value: int64(8080), other: int64(8081), inForce: int64(80)},

	"nodeInitialization":              {value: "external", other: "provider", inForce: "provider"},
	"cloudConfig.configMapName":       {value: "m", other: "n"},
	"cloudConfig.organization":        {value: "o", other: "p"},
	"cloudConfig.ccmServiceAccountID": {value: "a", other: "b", inForce: "ccm-agent"},
	"cloudConfig.csiServiceAccountID": {value: "a", other: "b", inForce: "csi-agent"},
	"additionalLabels{}":              {value: fields{"team": "a"}, other: fields{"team": "b"}},
	"endpoints.apiBaseURL":            {value: "https://a.example", other: "https://b.example"},
	"endpoints.issuerURL":             {value: "https://a.example", other: "https://b.example"},
	"endpoints.clientID":              {value: "a", other: "b"},
}

func onePort() []change {
	return []change{{"spec.controlPlaneConfig.loadBalancer.ports", []any{fields{"port": int64(80)}}}}
}

var machineSamples = map[string]fieldSample{
	"providerID":                             {value: "evroc://uid", other: "evroc://other", filled: true},
	"project":                                {value: "project-1", other: "other", inForce: "project-1"},
	"region":                                 {value: "se-sto", other: "se-got", inForce: "se-sto"},
	"computeProfile":                         {value: "c1a.s", other: "c1a.m", notAlone: true},
	"image":                                  {value: "ubuntu-minimal.24-04.1", other: "other", inForce: "ubuntu.24-04.1"},
	"bootMode":                               {value: "UEFI", other: "BIOS", set: "UEFI", inForce: "BIOS"},
	"rootDiskSize":                           {value: int64(30), other: int64(40), smaller: int64(10), inForce: int64(20)},
	"sshKey":                                 {value: "ssh-ed25519 A", other: "ssh-ed25519 B"},
	"userData":                               {value: "#!/bin/sh", other: "#!/bin/bash"},
	"subnetName":                             {value: "subnet-1", other: "subnet-2", inForce: "subnet-1"},
	"networkingConfig.publicIP.enabled":      {value: true, other: false, inForce: false},
	"networkingConfig.publicIP.existingID":   {value: "ip", other: "jp"},
	"networkingConfig.publicIP.existingName": {value: "ip", other: "jp"},
	"networkingConfig.securityGroups.inheritFromCluster": {value: true, other: false, inForce: true},
	"placementConfig.strategy":                           {value: "Spread", other: "Spread", inForce: "Spread", inForceState: fields{"placementStrategy": "Spread"}, names: "placementConfig"},
	"placementConfig.existingGroupID":                    {value: "g", other: "h", inForce: "g", names: "placementConfig"},
	"placementConfig.existingGroupName":                  {value: "g", other: "h", inForce: "g", names: "placementConfig"},
	"additionalDisks[]":                                  {base: oneDisk(fields{"sizeGB": int64(10)}), path: "spec.additionalDisks.1", value: fields{"name": "f", "sizeGB": int64(10)}, other: fields{"name": "e", "sizeGB": int64(10)}, names: "disk"},
	"additionalDisks[].name":                             {base: oneDisk(fields{"sizeGB": int64(10)}), value: "d", other: "e", names: "disk", notAlone: true},
	"additionalDisks[].sizeGB":                           {base: oneDisk(fields{"image": "i"}), value: int64(10), other: int64(20), smaller: int64(5), names: "disk"},
	"additionalDisks[].image":                            {base: oneDisk(fields{"sizeGB": int64(10)}), value: "i", other: "j", names: "disk"},
	"additionalLabels{}":                                 {value: fields{"team": "a"}, other: fields{"team": "b"}},
}

func oneDisk(of fields) []change {
	disk := fields{"name": "d"}
	maps.Copy(disk, of)
	return []change{{"spec.additionalDisks", []any{disk}}}
}

// groupSamples are those below securityGroups, of each kind and role.
var groupSamples = map[string]fieldSample{
	"existingIDs[]":                                      {value: []any{"g"}, other: []any{"h"}},
	"existingNames[]":                                    {value: []any{"g"}, other: []any{"h"}},
	"inlineSecurityGroups[]":                             {value: fields{"name": "h"}, other: fields{"name": "i"}, path: "1"},
	"inlineSecurityGroups[].name":                        {value: "g", other: "h", notAlone: true},
	"inlineSecurityGroups[].rules[]":                     {value: []any{rule(nil)}, other: []any{rule(fields{"name": "s"})}},
	"inlineSecurityGroups[].rules[].name":                {value: "r", other: "s", notAlone: true},
	"inlineSecurityGroups[].rules[].direction":           {value: "Ingress", other: "Egress", notAlone: true},
	"inlineSecurityGroups[].rules[].protocol":            {value: "TCP", other: "UDP", inForce: "All"},
	"inlineSecurityGroups[].rules[].port":                {value: int64(80), other: int64(81), inForce: int64(0)},
	"inlineSecurityGroups[].rules[].endPort":             {value: int64(80), other: int64(81), inForce: int64(0)},
	"inlineSecurityGroups[].rules[].remoteCIDR":          {value: "192.0.2.0/24", other: "198.51.100.0/24", inForce: ""},
	"inlineSecurityGroups[].rules[].remoteSecurityGroup": {value: "g", other: "h", inForce: ""},
	"inlineSecurityGroups[].rules[].subnetID":            {value: "s", other: "t", inForce: ""},
	"inlineSecurityGroups[].rules[].vpc":                 {value: true, other: false, inForce: false},
}

// sampleOf returns the sample of a field, with its path.
func sampleOf(row fieldRow) (fieldSample, bool) {
	sample, ok := map[string]map[string]fieldSample{"EvrocCluster": clusterSamples, "EvrocMachine": machineSamples}[row.kind][row.name]
	if role, inner, found := cutGroups(row.name); !ok && found {
		sample, ok = groupSamples[inner]
		group := fields{"name": "g"}
		if strings.Contains(inner, ".rules[].") {
			group["rules"] = []any{fields{"name": "r", "direction": "Ingress"}}
		}
		sample.base = append(sample.base, change{"spec." + role + ".inlineSecurityGroups", []any{group}})
		if sample.path != "" {
			sample.path = "spec." + role + ".inlineSecurityGroups." + sample.path
		}
	}
	if sample.path == "" {
		sample.path = "spec." + strings.TrimSuffix(strings.TrimSuffix(row.name, "[]"), "{}")
		sample.path = strings.ReplaceAll(sample.path, "[].", ".0.")
	}
	if sample.set == nil {
		sample.set = sample.other
	}
	if sample.names == "" {
		parts := strings.Split(strings.Trim(row.name, "[]{}"), ".")
		sample.names = parts[len(parts)-1]
	}
	return sample, ok
}

// cutGroups splits the name of a field below a role's security groups.
func cutGroups(name string) (role, inner string, found bool) {
	for _, role := range []string{"securityGroups.common", "securityGroups.controlPlane", "securityGroups.worker", "networkingConfig.securityGroups"} {
		if inner, ok := strings.CutPrefix(name, role+"."); ok {
			return role, inner, true
		}
	}
	return "", "", false
}
