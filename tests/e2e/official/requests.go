package official

import (
	"context"
	"net/http"
	"slices"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// fields is a part of an object in JSON types.
type fields = map[string]any

// item is an object of the cloud, as the API returns it.
type item struct {
	Metadata struct {
		UID string `json:"uid"`
	} `json:"metadata"`
	Spec   fields `json:"spec"`
	Status struct {
		Conditions []struct {
			Type   string `json:"type"`
			Status string `json:"status"`
		} `json:"conditions"`
		PublicIPv4Address string `json:"publicIPv4Address"`
		Networking        struct {
			PrivateIPv4Address string `json:"privateIPv4Address"`
			PublicIPv4Address  string `json:"publicIPv4Address"`
			IPv6Address        string `json:"ipv6Address"`
		} `json:"networking"`
	} `json:"status"`
}

func (i item) ready() bool {
	for _, condition := range i.Status.Conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

// post creates an object of the cloud.
func (c *Cluster) post(collection, id string, labels map[string]string, spec fields) {
	c.T.Helper()
	metadata := fields{"id": id}
	if len(labels) > 0 {
		metadata["userLabels"] = labels
	}
	c.Do(c.Cloud.API(c.T.Context(), http.MethodPost, e2e.Project, collection, "",
		fields{"metadata": metadata, "spec": spec}, nil))
}

// get reads an object of the cloud.
func (c *Cluster) get(collection, id string) item {
	c.T.Helper()
	var found item
	c.Do(c.Cloud.API(c.T.Context(), http.MethodGet, e2e.Project, collection, id,
		nil, &found))
	return found
}

// label adds labels to an object of the cloud.
func (c *Cluster) label(collection, id string, labels map[string]string) {
	c.T.Helper()
	var found fields
	c.Do(c.Cloud.API(c.T.Context(), http.MethodGet, e2e.Project, collection, id,
		nil, &found))
	metadata, _ := found["metadata"].(fields)
	all, _ := metadata["userLabels"].(fields)
	for key, value := range labels {
		all[key] = value
	}
	c.Do(c.Cloud.API(c.T.Context(), http.MethodPatch, e2e.Project, collection, id,
		found, nil))
}

// await waits until an object of the cloud is ready, and returns it.
func (c *Cluster) await(collection, id string) item {
	c.T.Helper()
	var found item
	e2e.Eventually(c.T, collection+"/"+id+" is ready",
		func(ctx context.Context) error {
			err := c.Cloud.API(ctx, http.MethodGet, e2e.Project, collection, id, nil,
				&found)
			return e2e.Both(err, e2e.That(found.ready(), "%+v", found.Status))
		})
	return found
}

// remove deletes an object of the cloud, and waits until it is gone.
func (c *Cluster) remove(collection, id string) {
	c.T.Helper()
	c.Do(c.Cloud.API(c.T.Context(), http.MethodDelete, e2e.Project, collection, id,
		nil, nil))
	e2e.Eventually(c.T, collection+"/"+id+" is gone",
		func(ctx context.Context) error {
			all, err := c.Cloud.Snapshot(ctx, e2e.Project)
			_, there := all[collection+"/"+id]
			return e2e.Both(err, e2e.That(!there, "it is there"))
		})
}

// addBackend adds a machine to the balancer's pool.
func (c *Cluster) addBackend(machine string) {
	c.T.Helper()
	c.changeBackends(func(members []any) []any {
		return append(members, ref(cloud.Machines, machine))
	})
}

// removeBackend takes a machine out of the balancer's pool.
func (c *Cluster) removeBackend(machine string) {
	c.T.Helper()
	c.changeBackends(func(members []any) []any {
		return slices.DeleteFunc(members, func(member any) bool {
			return member == ref(cloud.Machines, machine)
		})
	})
}

// changeBackends sends the whole pool, as the official provider does.
func (c *Cluster) changeBackends(change func([]any) []any) {
	c.T.Helper()
	id := c.Balancer() + "-pool"
	var pool fields
	c.Do(c.Cloud.API(c.T.Context(), http.MethodGet, e2e.Project, cloud.BackendPools,
		id, nil, &pool))
	spec, _ := pool["spec"].(fields)
	members, _ := spec["backendRefs"].([]any)
	spec["backendRefs"] = change(members)
	c.Do(c.Cloud.API(c.T.Context(), http.MethodPatch, e2e.Project,
		cloud.BackendPools, id, pool, nil))
}

// allowing runs make while the cloud makes machines with IPv4 alone, as it did
// before September 2026.
func (c *Cluster) allowing(make func()) {
	c.T.Helper()
	set := func(answer string) {
		c.Do(c.Cloud.Set(c.T.Context(),
			fields{"choices": fields{"ipv4_only_machines": answer}}))
	}
	set("accept")
	make()
	set("refuse")
}

// slowly runs make while new machines take that many milliseconds to start.
func (c *Cluster) slowly(milliseconds int, make func()) {
	c.T.Helper()
	set := func(latency int) {
		c.Do(c.Cloud.Set(c.T.Context(),
			fields{"latency_ms": fields{"vm_create": latency}}))
	}
	usual, _ := e2e.Quick()["latency_ms"].(map[string]int)
	set(milliseconds)
	make()
	set(usual["vm_create"])
}
