package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
)

// kind is the version and kind that the REST dialect uses for the objects of a
// collection.
type kind struct{ version, name string }

var kinds = map[string]kind{
	Machines:        {"compute/v1beta2", "VirtualMachine"},
	Disks:           {"compute/v1beta2", "Disk"},
	Attachments:     {"compute/v1beta2", "HotswapDiskAttachment"},
	PlacementGroups: {"compute/v1beta2", "PlacementGroup"},
	CustomImages:    {"compute/v1beta2", "CustomDiskImage"},
	Buckets:         {"storage/v1", "Bucket"},
	BucketAccounts:  {"storage/v1", "BucketServiceAccount"},
	PublicIPs:       {"networking/v1beta2", "PublicIP"},
	SecurityGroups:  {"networking/v1beta2", "SecurityGroup"},
	Subnets:         {"networking/v1beta2", "Subnet"},
	VPCs:            {"networking/v1beta2", "VirtualPrivateCloud"},
	LoadBalancers:   {"loadbalancer/v1alpha1", "LoadBalancer"},
	BackendPools:    {"loadbalancer/v1alpha1", "BackendPool"},
	BackendServices: {"loadbalancer/v1alpha1", "BackendService"},
	L4Routes:        {"loadbalancer/v1alpha1", "L4Route"},
}

// API calls the cloud's own API as a user would. The simulator counts the call
// as any other. API adds version and kind to the body, which is nil for GET and
// DELETE.
func (c *Cloud) API(ctx context.Context, method, project, collection,
	id string, body map[string]any, answer any) error {
	header, err := c.bearer()
	if err != nil {
		return err
	}
	kind, known := kinds[collection]
	if !known {
		return fmt.Errorf("no collection %q", collection)
	}
	var content any
	if body != nil {
		body = maps.Clone(body)
		body["apiVersion"], body["kind"] = kind.version, kind.name
		content = body
	}
	route := "/" + path.Join(kind.version, "projects", project, "regions", "se-sto",
		collection, id)
	return c.call(ctx, method, route, content, answer, header)
}

// bearer returns a header with the simulator's token that does not expire.
func (c *Cloud) bearer() (http.Header, error) {
	content, err := c.Credential("token.yaml")
	if err != nil {
		return nil, err
	}
	var file struct {
		Auth struct {
			Token string `json:"token"`
		} `json:"auth"`
	}
	// evroc-sim writes the file as JSON.
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, err
	}
	return http.Header{
		"Authorization": {"Bearer " + file.Auth.Token},
		"Content-Type":  {"application/json"},
	}, nil
}

// Backends returns the sorted ids of the machines in a cluster's backend pools,
// which get the traffic for the control plane.
func (c *Cloud) Backends(ctx context.Context, project, clusterID string) (
	[]string, error) {
	var pools struct {
		Items []struct {
			Metadata struct {
				UserLabels map[string]string `json:"userLabels"`
			} `json:"metadata"`
			Spec struct {
				BackendRefs []json.RawMessage `json:"backendRefs"`
			} `json:"spec"`
		} `json:"items"`
	}
	err := c.API(ctx, http.MethodGet, project, BackendPools, "", nil, &pools)
	if err != nil {
		return nil, err
	}
	var backends []string
	for _, pool := range pools.Items {
		if pool.Metadata.UserLabels[LabelClusterID] != clusterID {
			continue
		}
		for _, ref := range pool.Spec.BackendRefs {
			backends = append(backends, lastPart(ref))
		}
	}
	slices.Sort(backends)
	return slices.Compact(backends), nil
}

// lastPart returns the id at the end of a reference. A reference is a string or
// an object with such a string.
func lastPart(ref json.RawMessage) string {
	var text string
	if json.Unmarshal(ref, &text) == nil {
		return path.Base(text)
	}
	var fields map[string]any
	if json.Unmarshal(ref, &fields) == nil {
		for _, value := range fields {
			if text, is := value.(string); is {
				return path.Base(text)
			}
		}
	}
	return string(ref)
}
