package conformance

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// officialSpecs returns specs in the schema of Evroc's official provider, 0.6.0,
// with all that its CRDs and webhooks accept without a warning.
func officialSpecs() map[string]fields {
	groups := fields{
		"inlineSecurityGroups": []any{fields{"name": "Web servers", "rules": []any{
			fields{"name": "Allow SSH", "direction": "Ingress", "protocol": "TCP", "port": int64(22), "remoteCIDR": "10.0.0.0/8"},
			fields{"name": "Allow SSH", "direction": "Egress", "protocol": "All", "port": int64(0), "endPort": int64(0)},
			fields{"name": "peers", "direction": "Ingress", "remoteSecurityGroup": "theirs"},
			fields{"name": "from an address in a block", "direction": "Ingress", "remoteCIDR": "203.0.113.7/24"},
		}}},
		"existingIDs": []any{"/networking/projects/p/regions/se-sto/securityGroups/theirs"},
	}
	cluster := fields{
		"project": "p", "region": "se-sto", "credentialsRef": fields{"name": "credentials"},
		"controlPlaneEndpoint": fields{},
		"failureDomains":       []any{"a", "b", "c"},
		"network": fields{
			"vpcRef":     "/networking/projects/p/regions/se-sto/virtualPrivateClouds/v",
			"subnetRefs": fields{"a": "s-a", "b": "/networking/projects/p/regions/se-sto/subnets/s-b", "c": "s-c"},
			"stackType":  "dual-stack",
		},
		"additionalLabels": fields{"cost.center": "R&D ", "empty": ""},
		"controlPlaneConfig": fields{"loadBalancer": fields{
			"existingPublicIPID": "ip", "additionalPorts": []any{int64(80), int64(443), int64(80)}}},
		"securityGroups": fields{"common": groups, "controlPlane": fields{}, "worker": fields{"existingIDs": []any{"other"}}},
		"endpoints":      fields{"apiBaseURL": "https://api.example.com", "issuerURL": "https://issuer.example.com", "clientID": "c"},
	}
	machine := fields{
		"project": "p", "region": "se-sto", "computeProfile": "a1a.m", "image": "ubuntu.24-04.1",
		"rootDiskSize": int64(50), "sshKey": "ssh-ed25519 A me@example\n", "userData": "#cloud-config\npackages: [curl]\n",
		"additionalLabels": fields{"role": "worker"},
		"networkingConfig": fields{
			"publicIP":       fields{"enabled": false, "existingID": "ip"},
			"securityGroups": fields{"inheritFromCluster": true, "inlineSecurityGroups": groups["inlineSecurityGroups"]},
		},
		"placementConfig": fields{"existingGroupID": "/compute/projects/p/regions/se-sto/placementGroups/spread"},
		"additionalDisks": []any{fields{"name": "data", "sizeGB": int64(100)}, fields{"name": "os", "sizeGB": int64(20), "image": "custom:golden"}},
	}
	return map[string]fields{
		"EvrocCluster":         cluster,
		"EvrocMachine":         machine,
		"EvrocClusterTemplate": {"template": fields{"spec": cluster}},
		"EvrocMachineTemplate": {"template": fields{"spec": machine}},
	}
}

// emptySpecs returns further ones, with empty text where its webhooks fill in a
// default.
func emptySpecs() map[string]fields {
	rules := fields{"inlineSecurityGroups": []any{fields{"name": "capi-web", "rules": []any{
		fields{"name": "CAPI API server", "direction": "Ingress", "protocol": "TCP", "port": int64(6443), "remoteCIDR": ""},
		fields{"name": "capi_ssh", "direction": "Ingress", "remoteSecurityGroup": ""},
		fields{"name": "capi-x", "direction": "Egress"}, fields{"name": "capi-x", "direction": "Egress"},
	}}}}
	cluster := fields{
		"project": "p", "region": "", "credentialsRef": fields{"name": "credentials"},
		"network":            fields{"vpcRef": ""},
		"controlPlaneConfig": fields{"loadBalancer": fields{"existingPublicIPID": ""}},
		"securityGroups":     fields{"worker": rules},
	}
	machine := fields{
		"project": "p", "region": "", "computeProfile": "a1a.m", "image": "", "rootDiskSize": int64(50), "sshKey": "", "userData": "",
		"networkingConfig": fields{"publicIP": fields{"enabled": true, "existingID": ""}, "securityGroups": rules},
		"placementConfig":  fields{"existingGroupID": ""},
		"additionalDisks":  []any{fields{"name": "data", "sizeGB": int64(1), "image": ""}},
	}
	return map[string]fields{
		"EvrocCluster":         cluster,
		"EvrocMachine":         machine,
		"EvrocClusterTemplate": {"template": fields{"spec": cluster}},
		"EvrocMachineTemplate": {"template": fields{"spec": machine}},
	}
}

// TestOfficialManifestsAreTaken applies them with strict validation, twice.
func TestOfficialManifestsAreTaken(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for name, specs := range map[string]map[string]fields{"official": officialSpecs(), "empty": emptySpecs()} {
		for kind, spec := range specs {
			for range 2 {
				made := fromFields(kind, namespace, fields{"spec": spec})
				made.SetGenerateName("")
				made.SetName(name)
				if err := apply(ctx, made, client.FieldOwner("someone")); err != nil {
					t.Errorf("%s %s: %v", name, kind, err)
				}
			}
		}
	}
}

// TestOfficialObjectsCanBeWrittenOn checks that objects of the official
// provider, in the shapes of several versions, take changes of their spec and a
// status of ours, and keep what we do not read.
func TestOfficialObjectsCanBeWrittenOn(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	old := fields{"type": "Ready", "status": "True", "severity": "Info", "lastTransitionTime": "2026-01-01T00:00:00Z"}
	statuses := map[string]fields{
		"EvrocCluster": {"ready": true, "initialization": fields{"provisioned": true, "infrastructureProvisioned": true},
			"network":    fields{"vpcId": "v", "subnetIds": fields{"a": "s-a"}, "stackType": "dual-stack"},
			"resources":  fields{"loadBalancer": fields{"id": "lb", "uid": "1", "address": "192.0.2.1"}},
			"conditions": []any{old}},
		"EvrocMachine": {"ready": false, "initialization": fields{}, "machineID": "uid", "availabilityZone": "a",
			"resources": fields{"bootDisk": fields{"id": "d", "managed": true}}, "conditions": []any{old}},
	}
	for kind, status := range statuses {
		content := fields{"metadata": fields{"finalizers": []any{"example.com/f"}}, "spec": officialSpecs()[kind], "status": status}
		stored := storeAnything(ctx, t, kind, namespace, []fields{content})[0]
		spec := fields{"spec": fields{"additionalLabels": fields{"team": "a"}}}
		if err := mergePatch(ctx, stored, spec); err != nil {
			t.Errorf("%s: spec: %v", kind, err)
		}
		ours := fields{"conditions": []any{condition("Ready", "True", "Ready", "")}}
		if err := mergePatchStatus(ctx, stored, ours); err != nil {
			t.Errorf("%s: status: %v", kind, err)
		}
		if err := server.client.Get(ctx, client.ObjectKeyFromObject(stored), stored); err != nil {
			t.Fatal(err)
		}
		for name, want := range status {
			if name != "conditions" {
				wantField(t, stored.Object, "status."+name, want)
			}
		}
		checkRemovable(ctx, t, stored)
	}
}
