package cloud

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// A kind of object (evroc-api.md B.1): of a region, but those of iam.
type kind struct{ service, version, collection, name string }

var (
	machines    = kind{"compute", "v1beta2", "virtualMachines", "VirtualMachine"}
	disks       = kind{"compute", "v1beta2", "disks", "Disk"}
	snapshots   = kind{"compute", "v1beta2", "snapshots", "Snapshot"}
	placements  = kind{"compute", "v1beta2", "placementGroups", "PlacementGroup"}
	attachments = kind{"compute", "v1beta2", "hotswapDiskAttachments", "HotswapDiskAttachment"}
	publicIPs   = kind{"networking", "v1beta2", "publicIPs", "PublicIP"}
	groups      = kind{"networking", "v1beta2", "securityGroups", "SecurityGroup"}
	networks    = kind{"networking", "v1beta2", "virtualPrivateClouds", "VirtualPrivateCloud"}
	subnets     = kind{"networking", "v1beta2", "subnets", "Subnet"}
	balancers   = kind{"loadbalancer", "v1alpha1", "loadBalancers", "LoadBalancer"}
	pools       = kind{"loadbalancer", "v1alpha1", "backendPools", "BackendPool"}
	services    = kind{"loadbalancer", "v1alpha1", "backendServices", "BackendService"}
	routes      = kind{"loadbalancer", "v1alpha1", "l4Routes", "L4Route"}
	accounts    = kind{"iam", "v1beta1", "serviceAccounts", "ServiceAccount"}
)

// kinds are the regional ones.
var kinds = []kind{machines, disks, snapshots, placements, attachments, publicIPs, groups, networks,
	subnets, balancers, pools, services, routes}

// estimate is how many of each kind a whole run makes at most.
var estimate = map[string]int{
	"VirtualMachine": 36, "Disk": 80, "Snapshot": 6, "PlacementGroup": 5, "HotswapDiskAttachment": 9,
	"PublicIP": 28, "SecurityGroup": 55, "VirtualPrivateCloud": 26, "Subnet": 16,
	"LoadBalancer": 10, "BackendPool": 40, "BackendService": 20, "L4Route": 5,
	"ServiceAccount": 32, "ServiceAccountCredential": 14, "RoleBinding": 12,
	"Bucket": 6, "BucketServiceAccount": 4, "CustomDiskImage": 10,
}

func estimateText() string {
	var text strings.Builder
	text.WriteString("A run makes at most, one after the other and each for some minutes:\n ")
	for _, name := range slices.Sorted(maps.Keys(estimate)) {
		fmt.Fprintf(&text, " %d %s,", estimate[name], name)
	}
	return text.String() + "\n  of these at most 8 machines (profile " + smallProfile +
		"), 3 public IPs and 5 networks at a time; disks have 1 to 10 GB."
}

// obj and list are JSON as tests write it.
type (
	obj  = map[string]any
	list = []any
)

// object is an object of the cloud as an answer showed it.
type object struct {
	client.Value
	kind kind
	id   string
}

// runLabel is on every object; its value is the run's prefix.
const runLabel = "contract-run"

// newID is an id that nothing else has.
func (t *trial) newID() string { return t.cloud.prefix + "-" + randomID() }

func (t *trial) collection(k kind) string {
	return fmt.Sprintf("/%s/%s/%s/%s", k.service, k.version, t.scope(k), k.collection)
}

func (t *trial) scope(k kind) string {
	if k.service == "iam" {
		return "projects/" + t.cloud.Project
	}
	return "projects/" + t.cloud.Project + "/regions/" + t.cloud.Region
}

func (t *trial) path(k kind, id string) string { return t.collection(k) + "/" + id }

// fqid is the reference to an object (evroc-api.md B.4).
func (t *trial) fqid(k kind, id string) string {
	return fmt.Sprintf("/%s/%s/%s/%s", k.service, t.scope(k), k.collection, id)
}

func (t *trial) ref(o object) string { return t.fqid(o.kind, o.id) }

// body is what the SDK's builders send.
func (t *trial) body(k kind, id string, spec obj) obj {
	return obj{"apiVersion": k.service + "/" + k.version, "kind": k.name,
		"metadata": obj{"id": id, "userLabels": obj{runLabel: t.cloud.prefix}}, "spec": spec}
}

// post sends a body, which is deleted at the end if something comes of it.
func (t *trial) post(k kind, id string, body any) client.Answer {
	t.Helper()
	owner := t
	if t.shared {
		owner = nil
	}
	done, allowed := t.cloud.ledger.posting(t.path(k, id), owner)
	if !allowed {
		t.unable(notRun, "the run is ending")
	}
	defer done()
	answer := t.call(client.Request{Method: http.MethodPost, Path: t.collection(k), Body: body})
	if answer.Accepted() {
		t.cloud.ledger.count(k.name)
	}
	return answer
}

// try posts an object that may be refused.
func (t *trial) try(k kind, spec obj) client.Answer {
	t.Helper()
	id := t.newID()
	return t.post(k, id, t.body(k, id, spec))
}

// make makes an object.
func (t *trial) make(k kind, spec obj) object {
	t.Helper()
	return t.makeLabelled(k, spec, nil)
}

func (t *trial) makeLabelled(k kind, spec obj, labels map[string]string) object {
	t.Helper()
	id := t.newID()
	body := t.body(k, id, spec)
	for key, value := range labels {
		body["metadata"].(obj)["userLabels"].(obj)[key] = value
	}
	answer := t.post(k, id, body)
	if lacksMeans(answer) {
		t.unable(notRun, "there is no quota or no right to make a %s", k.name)
	}
	return object{t.accepted(answer), k, id}
}

// again is the object as it is now.
func (t *trial) again(o object) object {
	t.Helper()
	return object{t.accepted(t.read(t.path(o.kind, o.id))), o.kind, o.id}
}

func (t *trial) patch(o object, body any) client.Answer {
	t.Helper()
	return t.call(client.Request{Method: http.MethodPatch, Path: t.path(o.kind, o.id), Body: body})
}

// patchSpec repeats a PATCH that lost against a controller, as clients do.
func (t *trial) patchSpec(o object, spec obj) client.Answer {
	t.Helper()
	return t.unlessConflict(func() client.Answer { return t.patch(o, obj{"spec": spec}) })
}

// unlessConflict sends a request again as long as the answer is 409.
func (t *trial) unlessConflict(send func() client.Answer) client.Answer {
	t.Helper()
	const attempts = 5
	answer := send()
	for range attempts {
		if answer.Status != http.StatusConflict {
			break
		}
		t.sleep(t.cloud.firstPause())
		answer = send()
	}
	return answer
}

func (t *trial) delete(o object) client.Answer {
	t.Helper()
	return t.call(client.Request{Method: http.MethodDelete, Path: t.path(o.kind, o.id)})
}

// listed are the ids that a selector finds.
func (t *trial) listed(k kind, encodedSelector string) []string {
	t.Helper()
	answer := t.accepted(t.read(t.collection(k) + "?labelSelector=" + encodedSelector))
	ids := []string{}
	for _, each := range answer.At("items").Items() {
		ids = append(ids, each.At("metadata.id").String())
	}
	return ids
}
