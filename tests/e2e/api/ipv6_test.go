package api

import (
	"net"
	"net/http"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// VPC, subnets and machines have IPv6 alone, and the load balancer reaches the
// machines by it; the endpoint's own address is IPv4.
func TestAClusterWithIPv6Only(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b"},
		Spec: func(spec map[string]any) {
			spec["network"] = map[string]any{
				"vpc": map[string]any{"name": "six"}, "stackType": "ipv6-only",
				"subnets": []any{map[string]any{"name": "six"}},
			}
		}}).Provisioned()
	host := c.View().Spec.ControlPlaneEndpoint.Host
	if net.ParseIP(host).To4() == nil {
		t.Errorf("the endpoint %q has no IPv4 address", host)
	}
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true}).Provisioned()
	m.Until("is ready", isReady)
	for _, address := range m.View().Status.Addresses {
		if net.ParseIP(address.Address).To4() != nil {
			t.Errorf("the machine has an IPv4 address: %v", address)
		}
	}
	for _, want := range []struct {
		collection, value string
		path              []string
		count             int
	}{
		{cloud.VPCs, "ipv6-only", []string{"stackType"}, 1},
		{cloud.Subnets, "ipv6-only", []string{"stackType"}, 2},
		{cloud.Machines, "ipv6-only", []string{"networking", "stackType"}, 1},
		{cloud.BackendServices, "IPv6", []string{"ipProtocolSelection"}, 1},
	} {
		got := countSpecs(f, want.collection, want.value, want.path...)
		if got != want.count {
			t.Errorf("%d of %s have %v %q, want %d", got, want.collection,
				want.path, want.value, want.count)
		}
	}
	c.TearDown(m)
	f.NothingLeft()
}

// countSpecs counts the objects of a collection with that value in their spec.
func countSpecs(f *e2e.Fixture, collection, value string,
	path ...string) int {
	f.T.Helper()
	var list struct {
		Items []struct {
			Spec map[string]any `json:"spec"`
		} `json:"items"`
	}
	f.Do(f.Cloud.API(f.T.Context(), http.MethodGet, e2e.Project, collection, "",
		nil, &list))
	count := 0
	for _, item := range list.Items {
		found, _, err := unstructured.NestedString(item.Spec, path...)
		f.Do(err)
		if found == value {
			count++
		}
	}
	return count
}
