package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// What a cluster and a machine have can be written into their specs and left
// out again; anything else is refused at once, with the field's name.
func TestWhatIsInForceCanBeSaid(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	uid := m.VM().UID
	network := c.View().Status.Network
	subnet := m.View().Status.SubnetName

	for field, value := range map[string]string{
		"enabled":            "true",
		"existingPublicIPID": fmt.Sprintf("%q", network.Endpoint.PublicIPID),
	} {
		for _, each := range []string{value, "null"} {
			c.PatchEvroc(fmt.Sprintf(`{"spec":{"controlPlaneConfig":{"loadBalancer":{%q:%s}}}}`, field, each))
		}
	}
	for _, each := range []string{fmt.Sprintf("%q", e2e.Project), "null"} {
		c.PatchEvroc(`{"spec":{"project":` + each + `}}`)
	}
	c.PatchEvroc(`{"spec":{"region":"se-sto","network":{"stackType":"dual-stack"}}}`)
	for _, each := range []string{fmt.Sprintf("%q", subnet), "null"} {
		m.PatchEvroc(`{"spec":{"subnetName":` + each + `,"bootMode":"BIOS"}}`)
	}

	c.RefuseEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":{"enabled":false}}}}`, "enabled")
	c.RefuseEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":{"existingPublicIPID":"other"}}}}`, "existingPublicIPID")
	c.RefuseEvroc(`{"spec":{"network":{"stackType":"ipv6-only"}}}`, "stackType")
	c.RefuseEvroc(`{"metadata":{"annotations":{"cluster.x-k8s.io/managed-by":"x"}}}`, "managed-by")
	m.RefuseEvroc(`{"spec":{"subnetName":"other"}}`, "subnetName")
	m.RefuseEvroc(`{"spec":{"placementConfig":{"strategy":"Spread"}}}`, "placementConfig")
	m.RefuseEvroc(`{"spec":{"sshKey":"ssh-ed25519 A"}}`, "sshKey")

	m.PatchEvroc(`{"spec":{"additionalLabels":{"team":"one"}}}`)
	labelled(f, "c", "team", "one")
	m.Until("is ready", isReady)
	c.ReadyTrue()
	if now := m.VM().UID; now != uid {
		t.Errorf("it is another VM: %s, was %s", now, uid)
	}
	c.TearDown(m)
	f.NothingLeft()
}

// What the cloud refuses is told, and can be taken back.
func TestWhatCouldNotBeMadeIsTakenBack(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	m.PatchEvroc(`{"spec":{"additionalDisks":[{"name":"bad","image":"custom:missing"}]}}`)
	m.Until("names the disk", func(v e2e.MachineView) error {
		return v.Status.MentionsField("missing")
	})
	m.PatchEvroc(`{"spec":{"additionalDisks":null}}`)
	m.Until("names it no more", func(v e2e.MachineView) error {
		return e2e.Both(isReady(v), e2e.That(v.Status.MentionsField("missing") != nil, "%v", v.Status.Conditions))
	})

	// Outside of the VPC, whose blocks can't change.
	const subnets = `{"spec":{"network":{"subnets":[{"name":"c-net","cidrBlock":"10.0.8.0/22"}%s]}}}`
	c.PatchEvroc(fmt.Sprintf(subnets, `,{"name":"bad","cidrBlock":"172.16.0.0/24","zone":"b"}`))
	c.Until("names the block", func(v e2e.ClusterView) error {
		return v.Status.MentionsField("VPC")
	})
	c.PatchEvroc(fmt.Sprintf(subnets, ""))
	c.Until("names it no more", func(v e2e.ClusterView) error {
		return e2e.That(v.Status.MentionsField("VPC") != nil, "%v", v.Status.Conditions)
	})
	c.ReadyTrue()
	c.RefuseEvroc(`{"spec":{"network":{"subnets":[{"name":"other","cidrBlock":"10.0.8.0/22"}]}}}`, "subnets")
	c.TearDown(m)
	f.NothingLeft()
}

// A manifest that is applied again, after the provider has reconciled the
// objects, is no difference to kubectl and GitOps tools.
func TestAManifestThatIsAppliedAgainChangesNothing(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(spec map[string]any) {
		spec["securityGroups"] = map[string]any{"common": map[string]any{"inlineSecurityGroups": []any{
			map[string]any{"name": "g", "rules": []any{map[string]any{
				"name": "r", "direction": "Ingress", "remoteCIDR": "192.0.2.0/24"}}}}}}
	}}).Provisioned()
	m := machineFence(c, "m")
	for _, each := range []struct {
		kind schema.GroupVersionKind
		key  client.ObjectKey
	}{{e2e.ClusterKind, c.EvrocKey()}, {e2e.MachineKind, m.Key()}} {
		manifest := manifestOf(f, each.kind, each.key)
		for _, flag := range []string{"--server-side=false", "--server-side=true"} {
			kubectlApply(f, manifest, flag)
			f.Settled()
			before := liveObject(f, each.kind, each.key).GetResourceVersion()
			if printed := kubectlApply(f, manifest, flag); strings.Contains(printed, "configured") {
				t.Errorf("kubectl apply %s: %s", flag, printed)
			}
			f.Settled()
			sameVersion(t, before, liveObject(f, each.kind, each.key).GetResourceVersion())
		}
	}
	c.TearDown(m)
	f.NothingLeft()
}

func liveObject(f *e2e.Fixture, kind schema.GroupVersionKind, key client.ObjectKey) *unstructured.Unstructured {
	f.T.Helper()
	live := e2e.Evroc(kind, key.Namespace, key.Name, nil)
	f.Do(f.Client.Get(f.T.Context(), key, live))
	return live
}

// manifestOf is what a person would have written.
func manifestOf(f *e2e.Fixture, kind schema.GroupVersionKind, key client.ObjectKey) []byte {
	f.T.Helper()
	live := liveObject(f, kind, key)
	spec := live.Object["spec"].(map[string]any)
	delete(spec, "controlPlaneEndpoint")
	delete(spec, "providerID")
	manifest, err := json.Marshal(e2e.Evroc(kind, key.Namespace, key.Name, spec))
	f.Do(err)
	return manifest
}

func kubectlApply(f *e2e.Fixture, manifest []byte, flag string) string {
	f.T.Helper()
	command := exec.CommandContext(f.T.Context(), binaries.Default().Path(binaries.Kubectl),
		"--kubeconfig", f.UserKubeconfig(""), "apply", flag, "-f", "-")
	command.Stdin = bytes.NewReader(manifest)
	printed, err := command.CombinedOutput()
	if err != nil {
		f.T.Errorf("kubectl apply %s: %v: %s", flag, err, printed)
	}
	return string(printed)
}
