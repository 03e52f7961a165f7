package api

import (
	"fmt"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
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
