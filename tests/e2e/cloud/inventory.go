package cloud

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The collections of the cloud's API.
const (
	Machines        = "virtualMachines"
	Disks           = "disks"
	Attachments     = "hotswapDiskAttachments"
	CustomImages    = "customDiskImages"
	Buckets         = "buckets"
	BucketAccounts  = "bucketServiceAccounts"
	PlacementGroups = "placementGroups"
	PublicIPs       = "publicIPs"
	SecurityGroups  = "securityGroups"
	Subnets         = "subnets"
	VPCs            = "virtualPrivateClouds"
	LoadBalancers   = "loadBalancers"
	BackendPools    = "backendPools"
	BackendServices = "backendServices"
	L4Routes        = "l4Routes"
)

// The labels that the product puts on all its objects.
const (
	LabelManagedBy   = "capi-managed-by"
	LabelClusterID   = "capi-cluster-id"
	LabelClusterName = "capi-cluster-name"
	LabelMachineID   = "capi-machine-id"
	LabelMachineName = "capi-machine-name"
)

// Object is an object of the cloud.
type Object struct {
	FQID        string            `json:"fqid"`
	Collection  string            `json:"collection"`
	Project     string            `json:"project"`
	Region      string            `json:"region"`
	ID          string            `json:"id"`
	UID         string            `json:"uid"`
	State       string            `json:"state"`
	SinceMS     int64             `json:"since_ms"`
	Labels      map[string]string `json:"labels"`
	PrivateIPv4 string            `json:"private_ipv4"`
	PublicIPv4  string            `json:"public_ipv4"`
	Address     string            `json:"address"`
	UsedBy      string            `json:"used_by"`
	DataPlane   string            `json:"data_plane"`
}

// Inventory is a list of the cloud's objects, without those that each project
// starts with.
type Inventory []Object

// Inventory reads the objects of one project, or of all if project is empty.
func (c *Cloud) Inventory(ctx context.Context, project string) (Inventory,
	error) {
	var answer struct {
		Objects Inventory `json:"objects"`
	}
	path := "inventory"
	if project != "" {
		path += "?project=" + url.QueryEscape(project)
	}
	err := c.control(ctx, http.MethodGet, path, nil, &answer)
	return answer.Objects, err
}

// Of keeps one collection.
func (i Inventory) Of(collection string) Inventory {
	return i.where(func(o Object) bool { return o.Collection == collection })
}

// With keeps the objects that have a label with that value.
func (i Inventory) With(label, value string) Inventory {
	return i.where(func(o Object) bool { return o.Labels[label] == value })
}

// Without leaves out the objects that other has too, by name.
func (i Inventory) Without(other Inventory) Inventory {
	known := map[string]bool{}
	for _, o := range other {
		known[o.FQID] = true
	}
	return i.where(func(o Object) bool { return !known[o.FQID] })
}

func (i Inventory) where(keep func(Object) bool) Inventory {
	var kept Inventory
	for _, o := range i {
		if keep(o) {
			kept = append(kept, o)
		}
	}
	return kept
}

// Identities maps each object's name to its UID. The maps of two inventories
// are equal exactly if nothing was made, removed or replaced in between.
func (i Inventory) Identities() map[string]string {
	identities := map[string]string{}
	for _, o := range i {
		identities[o.FQID] = o.UID
	}
	return identities
}

// IDs returns the sorted ids of the objects.
func (i Inventory) IDs() []string {
	ids := make([]string, 0, len(i))
	for _, o := range i {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return ids
}

// String formats the value for messages.
func (i Inventory) String() string {
	lines := make([]string, 0, len(i))
	for _, o := range i {
		lines = append(lines, fmt.Sprintf("%s/%s %s %s", o.Collection, o.ID,
			o.State, o.Labels[LabelMachineName]))
	}
	slices.Sort(lines)
	return "[" + strings.Join(lines, ", ") + "]"
}

// Difference lists the objects that only one inventory has; empty if both hold
// the same objects.
func Difference(before, after Inventory) string {
	var lines []string
	old, current := before.Identities(), after.Identities()
	for name, uid := range old {
		if is, there := current[name]; !there {
			lines = append(lines, "- "+name)
		} else if is != uid {
			lines = append(lines, "~ "+name+" is another one")
		}
	}
	for name := range current {
		if _, there := old[name]; !there {
			lines = append(lines, "+ "+name)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Call is the simulator's count for one method and route.
type Call struct {
	Method   string         `json:"method"`
	Route    string         `json:"route"`
	Count    int            `json:"count"`
	Errors   int            `json:"errors"`
	BytesIn  int64          `json:"bytes_in"`
	BytesOut int64          `json:"bytes_out"`
	Codes    map[string]int `json:"codes"`
}

// Calls is a list of counts.
type Calls []Call

// Calls reads the counts since the start or ForgetCalls.
func (c *Cloud) Calls(ctx context.Context) (Calls, error) {
	var answer struct {
		Calls Calls `json:"calls"`
	}
	err := c.control(ctx, http.MethodGet, "calls", nil, &answer)
	return answer.Calls, err
}

// ForgetCalls resets the counts.
func (c *Cloud) ForgetCalls(ctx context.Context) error {
	return c.control(ctx, http.MethodDelete, "calls", nil, nil)
}

// Count adds up the calls with that method whose route contains part; empty
// strings match all. Calls for tokens don't count.
func (c Calls) Count(method, part string) int {
	sum := 0
	for _, call := range c {
		if (method == "" || call.Method == method) &&
			strings.Contains(call.Route, part) && !call.IsToken() {
			sum += call.Count
		}
	}
	return sum
}

// IsToken reports whether the call fetched a token or a key.
func (c Call) IsToken() bool { return strings.Contains(c.Route, "/realms/") }

// Writes adds up the calls that changed something, or tried to.
func (c Calls) Writes() int {
	return c.Count(http.MethodPost, "") + c.Count(http.MethodPatch, "") +
		c.Count(http.MethodPut, "") + c.Count(http.MethodDelete, "")
}

// Since returns the calls that are not in earlier.
func (c Calls) Since(earlier Calls) Calls {
	type key struct{ method, route string }
	before := map[key]Call{}
	for _, call := range earlier {
		before[key{call.Method, call.Route}] = call
	}
	var since Calls
	for _, call := range c {
		old := before[key{call.Method, call.Route}]
		call.Count -= old.Count
		call.Errors -= old.Errors
		call.Codes = subtract(call.Codes, old.Codes)
		if call.Count > 0 {
			since = append(since, call)
		}
	}
	return since
}

func subtract(from, what map[string]int) map[string]int {
	rest := maps.Clone(from)
	for code, n := range what {
		if rest[code] -= n; rest[code] <= 0 {
			delete(rest, code)
		}
	}
	return rest
}

// String formats the value for messages.
func (c Calls) String() string {
	lines := make([]string, 0, len(c))
	for _, call := range c {
		lines = append(lines,
			fmt.Sprintf("%s %s ×%d %v", call.Method, call.Route, call.Count,
				call.Codes))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
