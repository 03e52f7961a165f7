package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// These fields of a running machine can change. They change in the cloud, and
// the machine stays the same.
func TestIM16ChangesOfARunningMachine(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	uid := m.VM().UID

	m.PatchEvroc(`{"spec":{"additionalLabels":{"team":"one"}}}`)
	labelled(f, "c", "team", "one")
	m.PatchEvroc(`{"spec":{"additionalLabels":{"team":"two"}}}`)
	labelled(f, "c", "team", "two")

	m.PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":true}}}}`)
	m.Until("has a public address", func(v e2e.MachineView) error {
		return e2e.That(hasAddress(v, "ExternalIP"), "addresses %v",
			v.Status.Addresses)
	})
	m.PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":false}}}}`)
	m.Until("has no public address", func(v e2e.MachineView) error {
		return e2e.That(!hasAddress(v, "ExternalIP"), "addresses %v",
			v.Status.Addresses)
	})
	cloudHas(m, cloud.PublicIPs, 0)

	m.PatchEvroc(`{"spec":{"additionalDisks":[{"name":"data","sizeGB":5}]}}`)
	cloudHas(m, cloud.Disks, 2)
	m.PatchEvroc(`{"spec":{"additionalDisks":[{"name":"data","sizeGB":9}]}}`)
	e2e.Eventually(t, "the disk has grown", func(ctx context.Context) error {
		return diskOfSize(ctx, m, 9)
	})
	m.PatchEvroc(`{"spec":{"rootDiskSize":33}}`)
	e2e.Eventually(t, "the boot disk has grown", func(ctx context.Context) error {
		return diskOfSize(ctx, m, 33)
	})
	m.Until("is ready", isReady)
	if now := m.VM().UID; now != uid {
		t.Errorf("it is another VM: %s, was %s", now, uid)
	}
	c.TearDown(m)
	f.NothingLeft()
}

func hasAddress(v e2e.MachineView, kind string) bool {
	for _, address := range v.Status.Addresses {
		if string(address.Type) == kind {
			return true
		}
	}
	return false
}

// cloudHas waits until the cloud has that number of the machine's objects in a
// collection.
func cloudHas(m *e2e.Machine, collection string, n int) {
	m.T.Helper()
	e2e.Eventually(m.T, fmt.Sprintf("it has %d %s", n, collection),
		func(ctx context.Context) error {
			got, err := m.CloudObjects(ctx, collection)
			return e2e.Both(err, e2e.That(len(got) == n, "%v", got))
		})
}

func diskOfSize(ctx context.Context, m *e2e.Machine, size int) error {
	disks, err := m.CloudObjects(ctx, cloud.Disks)
	if err != nil {
		return err
	}
	var sizes []int
	for _, disk := range disks {
		var object struct {
			Spec struct {
				DiskSize struct {
					Amount int `json:"amount"`
				} `json:"diskSize"`
			} `json:"spec"`
		}
		err := m.Cloud.API(ctx, http.MethodGet, e2e.Project, cloud.Disks,
			disk.ID, nil, &object)
		if err != nil {
			return err
		}
		sizes = append(sizes, object.Spec.DiskSize.Amount)
	}
	return e2e.That(slices.Contains(sizes, size), "sizes %v", sizes)
}

// B4: groups are attached and released in an order that never fails.
func TestB4SecurityGroupsOfARunningMachineChange(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	before := groupsOf(t, f, m)
	group := func(name string, port int) string {
		return fmt.Sprintf(`{"spec":{"networkingConfig":{"securityGroups":`+
			`{"inlineSecurityGroups":[{"name":%q,"rules":[{"name":"r",`+
			`"direction":"Ingress","protocol":"TCP","port":%d,`+
			`"remoteCIDR":"192.0.2.0/24"}]}]}}}}`, name, port)
	}
	changed := func(from string) string {
		t.Helper()
		now := from
		e2e.Eventually(t, "the groups have changed",
			func(context.Context) error {
				now = groupsOf(t, f, m)
				return e2e.That(now != from, "still %s", now)
			})
		return now
	}
	groups := len(inventory(f).Of(cloud.SecurityGroups))
	m.PatchEvroc(group("web", 80))
	one := changed(before)
	m.PatchEvroc(group("web", 81))
	two := changed(one)
	m.PatchEvroc(group("api", 81))
	changed(two)
	e2e.Eventually(t, "the groups that nobody uses are gone",
		func(ctx context.Context) error {
			all, err := f.Inventory(ctx)
			n := len(all.Of(cloud.SecurityGroups))
			return e2e.Both(err, e2e.That(n == groups+1, "%d groups, were %d",
				n, groups))
		})
	m.Until("is ready", isReady)
	c.TearDown(m)
	f.NothingLeft()
}

// As those of a template before and after a change.
func TestGroupsOfOneNameMayHaveOtherRules(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	group := func(port int64) func(map[string]any) {
		return func(spec map[string]any) {
			spec["networkingConfig"] = map[string]any{
				"securityGroups": map[string]any{
					"inlineSecurityGroups": []any{map[string]any{
						"name": "web", "rules": []any{map[string]any{
							"name": "http", "direction": "Ingress",
							"protocol": "TCP", "port": port, "remoteCIDR": "0.0.0.0/0",
						}},
					}},
				},
			}
		}
	}
	one := c.NewMachine("one", e2e.MachineOptions{Spec: group(80)})
	two := c.NewMachine("two", e2e.MachineOptions{Spec: group(81)})
	one.Provisioned()
	two.Provisioned()
	if a, b := groupsOf(t, f, one), groupsOf(t, f, two); a == b {
		t.Errorf("both are in %s", a)
	}
	c.TearDown(one, two)
	f.NothingLeft()
}

// B7: changed ports of the load balancer take effect.
func TestB7PortsOfTheEndpointChange(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	endpoint := c.View().Spec.ControlPlaneEndpoint
	services := len(inventory(f).Of(cloud.BackendServices))
	c.PatchEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":` +
		`{"ports":[{"port":9345,"healthCheckPort":6443}]}}}}`)
	e2e.Eventually(t, "the port is served", func(ctx context.Context) error {
		return listens(ctx, f, 9345, true)
	})
	c.ReadyTrue()
	c.PatchEvroc(`{"spec":{"controlPlaneConfig":{"loadBalancer":` +
		`{"ports":null}}}}`)
	e2e.Eventually(t, "the port is gone", func(ctx context.Context) error {
		all, err := f.Inventory(ctx)
		n := len(all.Of(cloud.BackendServices))
		return e2e.Both(err, listens(ctx, f, 9345, false),
			e2e.That(n == services, "%d services, were %d", n, services))
	})
	if now := c.View().Spec.ControlPlaneEndpoint; now != endpoint {
		t.Errorf("endpoint %v, was %v", now, endpoint)
	}
	c.TearDown()
	f.NothingLeft()
}

// listens checks the load balancer's listeners.
func listens(ctx context.Context, f *e2e.Fixture, port int, want bool) error {
	var balancers struct {
		Items []struct {
			Spec struct {
				Listeners []struct {
					Port int `json:"port"`
				} `json:"listeners"`
			} `json:"spec"`
		} `json:"items"`
	}
	err := f.Cloud.API(ctx, http.MethodGet, e2e.Project,
		cloud.LoadBalancers, "", nil, &balancers)
	if err != nil {
		return err
	}
	found := false
	for _, balancer := range balancers.Items {
		for _, listener := range balancer.Spec.Listeners {
			found = found || listener.Port == port
		}
	}
	return e2e.That(found == want, "listeners %+v", balancers.Items)
}

func TestAZoneIsAddedLater(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b"}})
	c.Provisioned()
	m := machineFence(c, "m")
	before := inventory(f)
	c.PatchEvroc(`{"spec":{"failureDomains":["a","b","c"]}}`)
	c.Until("has three domains", func(v e2e.ClusterView) error {
		return e2e.Both(e2e.That(len(v.Status.FailureDomains) == 3, "%v",
			v.Status.FailureDomains), v.Status.Is("Ready", metav1.ConditionTrue))
	})
	// The load balancer, which was made before, does not reach it.
	for _, domain := range c.View().Status.FailureDomains {
		if reached := domain.Name != "c"; ptr.Deref(domain.ControlPlane, false) != reached {
			t.Errorf("control planes in %s: %v", domain.Name, !reached)
		}
	}
	after := inventory(f)
	if lost := before.Without(after); len(lost) > 0 {
		t.Errorf("lost %v", lost)
	}
	if made := after.Without(before); len(made.Of(cloud.Subnets)) != 1 {
		t.Errorf("made %v", made)
	}
	n := c.NewMachine("n", e2e.MachineOptions{Zone: "c"}).Provisioned()
	c.TearDown(m, n)
	f.NothingLeft()
}

func TestCredentialsAreRotatedByName(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	old := &corev1.Secret{}
	old.Namespace, old.Name = f.Namespace, c.SecretName()
	next := c.Secret("service-account.json")
	next.Name = "next"
	f.Do(f.Create(t.Context(), next))
	c.PatchEvroc(`{"spec":{"identitySecretName":"next"}}`)
	m := machineFence(c, "m")
	// The shim removes its finalizer from the old Secret.
	f.Do(f.Client.Delete(t.Context(), old))
	e2e.Eventually(t, "the old Secret is gone", secretGone(f,
		c.KeyFor(old.Name)))
	c.TearDown(m)
	f.NothingLeft()
}

// Labels of a cluster are set on all its objects, and changes too.
func TestLabelsOfAClusterReachEverything(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(s map[string]any) {
		s["additionalLabels"] = map[string]any{"team": "one"}
	}}).Provisioned()
	m := machineFence(c, "m")
	for _, value := range []string{"one", "two"} {
		c.PatchEvroc(`{"spec":{"additionalLabels":{"team":"` + value + `"}}}`)
		e2e.Eventually(t, "all have it", func(ctx context.Context) error {
			all, err := f.Inventory(ctx)
			without := all.Without(all.With("team", value))
			return e2e.Both(err, e2e.That(len(without) == 0, "not %v", without))
		})
	}
	c.TearDown(m)
	f.NothingLeft()
}
