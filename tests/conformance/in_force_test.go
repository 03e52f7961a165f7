package conformance

import (
	"testing"
)

// An inForceCase is an update of an object with that status.
type inForceCase struct {
	admissionCase
	status fields
}

func checkInForce(t *testing.T, kind string, cases []inForceCase) {
	t.Helper()
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			made := created(ctx, t, kind, namespace, c.before...)
			if c.status != nil {
				c.status["observedGeneration"] = made.GetGeneration()
				if err := mergePatchStatus(ctx, made, c.status); err != nil {
					t.Fatal(err)
				}
			}
			for _, each := range c.changes {
				each.do(t, made)
			}
			c.check(t, server.client.Update(ctx, made))
		})
	}
}

func endpointStatus(kind, ip string, owned bool) fields {
	return fields{"network": fields{"endpoint": fields{"type": kind, "publicIPID": ip, "owned": owned}}}
}

// TestTheStatusSaysWhatIsInForce tries what fields.md has in words: what the
// status says can be set, and what it does not have can be taken back.
func TestTheStatusSaysWhatIsInForce(t *testing.T) {
	const balancer = "spec.controlPlaneConfig.loadBalancer."
	const ips = "/networking/projects/p/regions/se-sto/publicIPs/"
	host := madeSpec("EvrocCluster")
	inDefault := change{"spec.network", nil}
	set := func(path string, value any) []change { return []change{{path, value}} }
	two := fields{"network": fields{"subnetIds": fields{"a": "default-se-sto-a", "b": "default-se-sto-b"},
		"subnets": []any{fields{"name": "default-se-sto-a", "ready": true}, fields{"name": "default-se-sto-b", "ready": true}}}}
	ref := func(zone, name string) []change {
		return set("spec.network", fields{"subnetRefs": fields{zone: name}})
	}
	checkInForce(t, "EvrocCluster", []inForceCase{
		{admissionCase{name: "a public IP is what the endpoint is", before: []change{host}, changes: set(balancer+"enabled", false)}, endpointStatus("PublicIP", "ip", true)},
		{admissionCase{name: "and no load balancer", before: []change{host}, changes: set(balancer+"enabled", true), refused: "loadBalancer.enabled"}, endpointStatus("PublicIP", "ip", true)},
		{admissionCase{name: "what was never honoured is corrected", before: append(set(balancer+"enabled", false), host), changes: set(balancer+"enabled", true)}, endpointStatus("LoadBalancer", "ip", true)},
		{admissionCase{name: "or removed", before: append(set(balancer+"enabled", false), host), changes: set("spec.controlPlaneConfig", nil)}, endpointStatus("LoadBalancer", "ip", true)},
		{admissionCase{name: "after a move nothing is known", before: []change{host}, changes: set(balancer+"enabled", false)}, nil},
		{admissionCase{name: "an address that was never the endpoint's", before: append(set(balancer+"existingPublicIPID", "other"), host), changes: set(balancer+"existingPublicIPID", nil)}, endpointStatus("LoadBalancer", "ip", true)},
		{admissionCase{name: "the provider's own, by its full reference", before: []change{host}, changes: set(balancer+"existingPublicIPID", ips+"ip")}, endpointStatus("LoadBalancer", "ip", true)},
		{admissionCase{name: "and left out again", before: append(set(balancer+"existingPublicIPID", ips+"ip"), host), changes: set(balancer+"existingPublicIPID", "")}, endpointStatus("LoadBalancer", "ip", true)},
		{admissionCase{name: "the user's own", before: append(set(balancer+"existingPublicIPID", "ip"), host), changes: set(balancer+"existingPublicIPID", ""), refused: "existingPublicIPID"}, endpointStatus("LoadBalancer", "ip", false)},
		{admissionCase{name: "another port behind a public IP", before: []change{host}, changes: set(balancer+"ports", []any{fields{"port": int64(80), "targetPort": int64(81)}}), refused: "targetPort"}, endpointStatus("PublicIP", "ip", true)},
		{admissionCase{name: "the same one", before: []change{host}, changes: set(balancer+"ports", []any{fields{"port": int64(80), "targetPort": int64(80)}})}, endpointStatus("PublicIP", "ip", true)},
		{admissionCase{name: "what was begun and stripped is not given away", changes: []change{annotated(managedBy, "x")}, refused: "managed-by"}, fields{"annotations": fields{ownerID: "o"}}},
		{admissionCase{name: "a zone without a default subnet is left", before: []change{inDefault, host, zones("a", "b", "c")}, changes: []change{zones("a", "b")}}, two},
		{admissionCase{name: "the zones in force", before: []change{inDefault, host}, changes: []change{zones("a", "b")}}, two},
		{admissionCase{name: "a zone with one stays", before: []change{inDefault, host, zones("a", "b")}, changes: []change{zones("a")}, refused: "failureDomains"}, two},
		{admissionCase{name: "a subnet for a zone without one", before: []change{inDefault, host}, changes: ref("c", "mine")}, two},
		{admissionCase{name: "not for one that has one", before: []change{inDefault, host}, changes: ref("b", "mine"), refused: "subnetRefs"}, two},
		{admissionCase{name: "the default one by its name, left out again", before: append(ref("b", "default-se-sto-b"), host), changes: []change{inDefault}}, two},
		{admissionCase{name: "the project that a kubeconfig names", before: []change{{"spec.project", nil}, host}, changes: set("spec.project", "org:p")}, fields{"project": "p"}},
		{admissionCase{name: "a wrong project is corrected", before: []change{{"spec.project", "q"}, host}, changes: set("spec.project", "p")}, fields{"project": "p"}},
		{admissionCase{name: "a wrong project is removed", before: []change{{"spec.project", "q"}, host}, changes: set("spec.project", nil)}, fields{"project": "p"}},
	})
	const groups = "/compute/projects/p/regions/se-sto/placementGroups/"
	exists := madeSpec("EvrocMachine")
	checkInForce(t, "EvrocMachine", []inForceCase{
		{admissionCase{name: "the group by its full reference", before: []change{exists}, changes: set("spec.placementConfig.existingGroupID", groups+"g")}, fields{"placementGroupID": "g"}},
		{admissionCase{name: "a group whose name ends like it", before: []change{exists}, changes: set("spec.placementConfig.existingGroupID", "a-g"), refused: "placementConfig"}, fields{"placementGroupID": "g"}},
		{admissionCase{name: "no strategy made it", before: []change{exists}, changes: set("spec.placementConfig.strategy", "Spread"), refused: "placementConfig"}, fields{"placementGroupID": "g"}},
		{admissionCase{name: "a subnet where none is known", before: []change{exists}, changes: set("spec.subnetName", "s")}, nil},
		{admissionCase{name: "is removed when it is", before: append(set("spec.subnetName", "s"), exists), changes: set("spec.subnetName", nil)}, fields{"subnetName": "t"}},
		{admissionCase{name: "a disk that could not be made", before: append(oneDisk(fields{"sizeGB": int64(1)}), exists), changes: set("spec.additionalDisks", nil)}, fields{"additionalDisks": []any{}}},
		{admissionCase{name: "a disk of which nothing is known", before: append(oneDisk(fields{"sizeGB": int64(1)}), exists), changes: set("spec.additionalDisks", nil), refused: "additionalDisks"}, fields{}},
		{admissionCase{name: "a key that can't be used", before: set("spec.sshKey", "k"), changes: set("spec.sshKey", "l")}, fields{"conditions": []any{condition("BootstrapDataReady", "False", "InvalidConfiguration", "")}}},
	})
}

// TestWhatWasStoredBeforeStaysEditable checks that objects whose values the
// rules would not take today are edited otherwise, and deleted.
func TestWhatWasStoredBeforeStaysEditable(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for kind, changes := range map[string][]change{
		"EvrocCluster": {madeSpec("EvrocCluster"), {"spec.project", "q"},
			{"spec.controlPlaneConfig.loadBalancer", fields{"enabled": false, "existingPublicIPID": "other"}},
			finalized, annotated(ownerID, "o", managedBy, "x")},
		"EvrocMachine": {madeSpec("EvrocMachine"), {"spec.subnetName", "s"}, {"spec.sshKey", "k"},
			{"spec.placementConfig.existingGroupID", "h"}, finalized, annotated(ownerID, "o")},
	} {
		made := created(ctx, t, kind, namespace, changes...)
		if err := mergePatchStatus(ctx, made, madeStatus(kind)); err != nil {
			t.Fatal(err)
		}
		for _, edit := range []fields{
			{"spec": fields{"additionalLabels": fields{"team": "a"}}},
			{"metadata": fields{"labels": fields{"a": "b"}}},
		} {
			if err := mergePatch(ctx, made, edit); err != nil {
				t.Errorf("%s: %v: %v", kind, edit, err)
			}
		}
		if err := server.client.Delete(ctx, made); err != nil {
			t.Fatal(err)
		}
		if err := mergePatch(ctx, made, fields{"metadata": fields{"finalizers": nil}}); err != nil {
			t.Errorf("%s: remove the finalizer: %v", kind, err)
		}
	}
}
