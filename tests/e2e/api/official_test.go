package api

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// What a manifest of the official provider leaves out, or leaves empty: the
// network is the project's default one, the image Ubuntu. What it adds: the
// user's own user data, a key that is any text, groups whose names are any text,
// a project on each machine.
func TestManifestsOfTheOfficialProvider(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(spec map[string]any) {
		spec["network"] = map[string]any{"vpcRef": "", "stackType": "dual-stack",
			"subnetRefs": map[string]any{"a": ""}}
		delete(spec, "identitySecretName")
		delete(spec, "nodeInitialization")
		spec["project"], spec["region"] = e2e.Project, "se-sto"
		spec["credentialsRef"] = map[string]any{"name": "c-credentials"}
		spec["securityGroups"] = map[string]any{"worker": map[string]any{
			"inlineSecurityGroups": []any{map[string]any{
				"name": "Web servers", "rules": []any{map[string]any{
					"name": "Allow HTTP", "direction": "Ingress", "protocol": "TCP",
					"port": 80, "remoteCIDR": "10.0.0.0/8",
				}},
			}},
		}}
	}}).Provisioned()
	status := c.View().Status
	if status.Network.VPCID != "default-se-sto" || len(status.FailureDomains) != 3 {
		t.Errorf("network %+v, zones %v", status.Network, status.FailureDomains)
	}
	owned := inventory(f)
	if n := len(owned.Of(cloud.VPCs)) + len(owned.Of(cloud.Subnets)); n != 0 {
		t.Errorf("%d VPCs and subnets were made", n)
	}
	var machines []*e2e.Machine
	for _, name := range []string{"one", "two"} {
		machines = append(machines, c.NewMachine(name, e2e.MachineOptions{Zone: "a", Spec: officialMachine}).Provisioned())
	}
	for _, m := range machines {
		m.Until("says whose project it is in", func(v e2e.MachineView) error {
			return v.Status.Is("ScopeMatches", "False")
		})
		data, err := f.Cloud.UserData(t.Context(), m.VM())
		f.Do(err)
		for _, want := range []string{"multipart/mixed", "packages: [curl]", "my-ssh-key"} {
			if !strings.Contains(string(data), want) {
				t.Errorf("the user data has no %q", want)
			}
		}
	}
	// It has room for both.
	if groups := inventory(f).Of(cloud.PlacementGroups); len(groups) != 1 {
		t.Errorf("they are in placement groups %v", groups)
	}
	c.TearDown(machines...)
	f.NothingLeft()
}

func officialMachine(spec map[string]any) {
	delete(spec, "image")
	spec["project"], spec["region"] = "another", "se-sto"
	spec["rootDiskSize"] = 50
	spec["sshKey"] = "my-ssh-key"
	spec["userData"] = "#cloud-config\npackages: [curl]\n"
	spec["placementConfig"] = map[string]any{"strategy": "Spread"}
}

// An official manifest that names a zone without a subnet says so, and the
// others serve.
func TestAZoneWithoutADefaultSubnetIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, zones := range map[string][]any{
		"absent": nil, "named": {"a", "b", "c"}} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.Do(f.Cloud.API(t.Context(), "DELETE", e2e.Project, cloud.Subnets,
				"default-se-sto-c", nil, nil))
			c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(spec map[string]any) {
				delete(spec, "network")
				delete(spec, "failureDomains")
				if zones != nil {
					spec["failureDomains"] = zones
				}
			}}).Provisioned()
			status := c.View().Status
			said := status.Condition("SubnetsReady").Message
			if len(status.FailureDomains) != 2 || !strings.Contains(said, "default-se-sto-c") {
				t.Errorf("zones %v, it says %q", status.FailureDomains, said)
			}
			c.TearDown()
			f.NothingLeft()
		})
	}
}

// A cluster from before the cloud stopped making ipv4-only machines was moved
// here. A new machine says why there is none, and what to do.
func TestNoNewMachineIsIPv4Only(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Spec: func(spec map[string]any) {
			spec["network"] = map[string]any{"stackType": "ipv4-only"}
		},
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetAnnotations(map[string]string{
				"evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": "before",
			})
		},
	}).Provisioned()
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.AwaitMention("stackType")
	ready := m.View().Status.Condition("Ready")
	if ready.Reason != "InvalidConfiguration" {
		t.Errorf("Ready is %s", ready.Reason)
	}
	for _, want := range []string{
		"spec.network.stackType of the EvrocCluster", "IPv4OnlyStackTypeDeprecated",
		"make a cluster that is dual-stack or ipv6-only",
	} {
		if !strings.Contains(ready.Message, want) {
			t.Errorf("Ready does not say %q: %s", want, ready.Message)
		}
	}
	// B5: it is not asked for again without a delay.
	machineFence(fence(f, "other"), "n")
	if n := f.CloudCalls(nil).Count("POST", "virtualMachines"); n > 5 {
		t.Errorf("%d requests for two machines", n)
	}
	m.Delete()
	m.Gone()
}
