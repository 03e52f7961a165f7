package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
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
	return withTemplates(cluster, machine)
}

func withTemplates(cluster, machine fields) map[string]fields {
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
	}}}, "existingIDs": []any{""}, "existingNames": []any{""}}
	cluster := fields{
		"project": "p", "region": "", "credentialsRef": fields{"name": "credentials"},
		"network":            fields{"vpcRef": "", "subnetRefs": fields{"a": ""}, "stackType": "dual-stack"},
		"endpoints":          fields{"apiBaseURL": "", "issuerURL": "", "clientID": ""},
		"controlPlaneConfig": fields{"loadBalancer": fields{"existingPublicIPID": ""}},
		"securityGroups":     fields{"worker": rules},
	}
	machine := fields{
		"project": "p", "region": "", "computeProfile": "a1a.m", "image": "", "rootDiskSize": int64(50), "sshKey": "", "userData": "",
		"networkingConfig": fields{"publicIP": fields{"enabled": true, "existingID": ""}, "securityGroups": rules},
		"placementConfig":  fields{"existingGroupID": ""},
		"additionalDisks":  []any{fields{"name": "data", "sizeGB": int64(1), "image": ""}},
	}
	return withTemplates(cluster, machine)
}

// smallestSpecs returns those that leave out all that they may, and those whose
// members are all empty.
func smallestSpecs() (absent, hollow map[string]fields) {
	cluster := func(more fields) fields {
		spec := fields{"project": "p", "credentialsRef": fields{"name": "credentials"}}
		maps.Copy(spec, more)
		return spec
	}
	machine := func(more fields) fields {
		spec := fields{"project": "p", "region": "se-sto", "computeProfile": "a1a.s", "image": "ubuntu.24-04.1", "rootDiskSize": int64(10000)}
		maps.Copy(spec, more)
		return spec
	}
	absent = withTemplates(cluster(nil), machine(nil))
	hollow = withTemplates(cluster(fields{
		"controlPlaneEndpoint": fields{}, "failureDomains": []any{}, "network": fields{"subnetRefs": fields{}}, "additionalLabels": fields{},
		"controlPlaneConfig": fields{"loadBalancer": fields{"additionalPorts": []any{}}}, "endpoints": fields{},
		"securityGroups": fields{"common": fields{"inlineSecurityGroups": []any{}, "existingIDs": []any{}}, "controlPlane": fields{
			"inlineSecurityGroups": []any{fields{"name": "without rules"}, fields{"name": "with none", "rules": []any{}}}}},
	}), machine(fields{
		"networkingConfig": fields{"publicIP": fields{}, "securityGroups": fields{"inheritFromCluster": false}},
		"placementConfig":  fields{}, "additionalDisks": []any{}, "additionalLabels": fields{},
	}))
	return absent, hollow
}

// placeholderSpecs returns specs of templates that a ClusterClass completes: no
// webhook of the official provider looks at templates.
func placeholderSpecs() map[string]fields {
	return map[string]fields{
		"EvrocClusterTemplate": {"template": fields{"spec": fields{
			"project": "", "region": "", "credentialsRef": fields{"name": ""}, "network": fields{"subnetRefs": fields{"c": ""}}}}},
		"EvrocMachineTemplate": {"template": fields{"spec": fields{
			"providerID": "", "project": "", "region": "", "computeProfile": "", "image": "", "rootDiskSize": int64(0)}}},
	}
}

// applyStrictly has kubectl apply specs and statuses of all kinds twice, with
// strict validation and without a warning.
func applyStrictly(t *testing.T, namespace, name string, contents map[string]fields) {
	t.Helper()
	var input bytes.Buffer
	for kind, content := range contents {
		made := fromFields(kind, namespace, content)
		made.SetGenerateName("")
		made.SetName(name)
		if err := json.NewEncoder(&input).Encode(made); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		kubectl(t, input.Bytes(), "apply", "--validate=strict", "--warnings-as-errors", "-f", "-")
	}
}

func TestOfficialManifestsAreTaken(t *testing.T) {
	namespace := newNamespace(needServer(t), t)
	absent, hollow := smallestSpecs()
	for name, specs := range map[string]map[string]fields{"official": officialSpecs(), "empty": emptySpecs(),
		"absent": absent, "hollow": hollow, "placeholder": placeholderSpecs()} {
		contents := map[string]fields{}
		for kind, spec := range specs {
			contents[kind] = fields{"spec": spec}
		}
		applyStrictly(t, namespace, name, contents)
	}
}

// officialStatuses returns statuses as it leaves them.
func officialStatuses() map[string]fields {
	conditions := []any{
		fields{"type": "Ready", "status": "True", "severity": "Info", "lastTransitionTime": "2026-01-01T00:00:00Z"},
		fields{"type": "Paused", "status": "False", "severity": "Error", "reason": "Reconciling", "message": "on", "lastTransitionTime": "2026-01-01T00:00:00Z"},
	}
	return map[string]fields{
		"EvrocCluster": {"ready": true, "initialization": fields{"provisioned": true, "infrastructureProvisioned": true},
			"failureDomains": []any{fields{"name": "a", "controlPlane": true}},
			"network":        fields{"vpcId": "v", "subnetIds": fields{"a": "s-a"}, "stackType": "dual-stack"},
			"resources":      fields{"loadBalancer": fields{"id": "lb", "uid": "1", "address": "192.0.2.1"}},
			"conditions":     conditions},
		"EvrocMachine": {"ready": false, "initialization": fields{}, "machineID": "uid", "availabilityZone": "a",
			"addresses": []any{fields{"type": "InternalIP", "address": "10.0.0.1"}},
			"resources": fields{"bootDisk": fields{"id": "d", "managed": true}}, "conditions": conditions},
	}
}

// TestExportedObjectsAreTaken checks that `kubectl get -o yaml` of its objects
// can be applied: the status is not read, but its members have to be known.
func TestExportedObjectsAreTaken(t *testing.T) {
	namespace := newNamespace(needServer(t), t)
	contents := map[string]fields{}
	for kind, status := range officialStatuses() {
		contents[kind] = fields{"spec": officialSpecs()[kind], "status": status}
	}
	applyStrictly(t, namespace, "exported", contents)
}

// TestOfficialObjectsCanBeWrittenOn checks that objects of the official
// provider, in the shapes of several versions, take changes of their spec and a
// status of ours, and keep what we do not read.
func TestOfficialObjectsCanBeWrittenOn(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for kind, status := range officialStatuses() {
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

// TestARemovalIsAppliedAfterTheTakeOver: who applied a list server-side while
// the official provider's CRDs were in force owns it as a whole, since they say
// nothing of its elements. Our CRDs do (CRD-12), so the API server knows no owner
// of an element until the manifest was applied once more (docs/migrating.md).
func TestARemovalIsAppliedAfterTheTakeOver(t *testing.T) {
	ctx := needServer(t)
	groups := func(names ...string) fields {
		var inline, existing []any
		for _, name := range names {
			inline = append(inline, fields{"name": name})
			existing = append(existing, "existing-"+name)
		}
		return fields{"inlineSecurityGroups": inline, "existingIDs": existing}
	}
	for kind, specOf := range map[string]func(names ...string) fields{
		"EvrocCluster": func(names ...string) fields {
			spec := officialSpecs()["EvrocCluster"]
			spec["securityGroups"] = fields{"common": groups(names...)}
			return spec
		},
		"EvrocMachine": func(names ...string) fields {
			spec := officialSpecs()["EvrocMachine"]
			spec["networkingConfig"] = fields{"securityGroups": groups(names...)}
			return spec
		},
	} {
		applied := fromFields(kind, newNamespace(ctx, t), fields{})
		applied.SetGenerateName("")
		applied.SetName("applied")
		applySpec := func(spec fields) {
			applied.Object["spec"] = spec
			if err := apply(ctx, applied); err != nil {
				t.Fatal(err)
			}
		}
		applySpec(specOf("kept", "removed"))
		ownWhole(ctx, t, applied, "f:inlineSecurityGroups", "f:existingIDs")
		applySpec(specOf("kept", "removed"))
		applySpec(specOf("kept"))
		stored := fromFields(kind, applied.GetNamespace(), fields{})
		if err := server.client.Get(ctx, client.ObjectKeyFromObject(applied), stored); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(stored.Object["spec"])
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("removed")) || !bytes.Contains(text, []byte("existing-kept")) {
			t.Errorf("%s: it does not have what was applied: %s", kind, text)
		}
	}
}

// ownWhole makes the owners of elements of lists those of the whole lists, as
// the API server records them for lists without a type.
func ownWhole(ctx context.Context, t *testing.T, of object, lists ...string) {
	t.Helper()
	stored := fromFields(of.GetKind(), of.GetNamespace(), fields{})
	if err := server.client.Get(ctx, client.ObjectKeyFromObject(of), stored); err != nil {
		t.Fatal(err)
	}
	entries := stored.GetManagedFields()
	for i := range entries {
		owned := fields{}
		if err := json.Unmarshal(entries[i].FieldsV1.Raw, &owned); err != nil {
			t.Fatal(err)
		}
		withoutElements(owned, lists)
		raw, err := json.Marshal(owned)
		if err != nil {
			t.Fatal(err)
		}
		entries[i].FieldsV1.Raw = raw
	}
	if err := mergePatch(ctx, stored, fields{"metadata": fields{"managedFields": entries}}); err != nil {
		t.Fatal(err)
	}
}

func withoutElements(owned fields, lists []string) {
	for name, inner := range owned {
		if slices.Contains(lists, name) {
			owned[name] = fields{}
		} else if inner, ok := inner.(fields); ok {
			withoutElements(inner, lists)
		}
	}
}
