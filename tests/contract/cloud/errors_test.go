package cloud

import (
	"net/http"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.9.1: refusals.
var errorClauses = []clause{
	{"B.9.1", stated, "a refusal is JSON with a reason, and perhaps a text debug", func(t *trial) {
		for _, answer := range []client.Answer{
			t.read(t.path(groups, t.newID())),
			t.try(groups, obj{}),
		} {
			t.refused(answer)
			t.wants(answer.Reason() != "", "there is no reason")
			t.wants(!answer.JSON.At("debug").Exists() || answer.JSON.At("debug").IsString(), "debug is no text")
		}
	}},
	{"B.9.1", stated, "POST of an id that exists is refused with 409 and a text or reason AlreadyExists", func(t *trial) {
		for _, o := range []object{t.makeGroup(), t.makeDisk(), t.make(publicIPs, obj{}), t.make(pools, obj{})} {
			answer := t.post(o.kind, o.id, t.body(o.kind, o.id, o.At("spec").Object()))
			t.refused(answer, http.StatusConflict)
			t.wants(strings.Contains(answer.Reason()+answer.Debug(), "AlreadyExists"), "it says neither")
		}
	}},
	{"B.9.1", open, "an object that is missing in an accessible project answers 404 with reason NotFound", func(t *trial) {
		for _, each := range kinds {
			answer := t.read(t.path(each, t.newID()))
			t.refused(answer, http.StatusNotFound)
			t.wants(answer.Reason() == "NotFound", "the reason is %q", answer.Reason())
		}
	}},
	{"B.9.1", stated, "a body without spec or metadata is refused with 400", func(t *trial) {
		for _, member := range []string{"spec", "metadata"} {
			id := t.newID()
			body := t.body(groups, id, obj{"vpcRef": t.defaultNetwork()})
			delete(body, member)
			t.refused(t.post(groups, id, body), http.StatusBadRequest)
		}
	}},
	{"B.9.1", stated, "a body without an id is refused with 400", func(t *trial) {
		id := t.newID()
		body := t.body(groups, id, obj{"vpcRef": t.defaultNetwork()})
		body["metadata"] = obj{}
		t.refused(t.post(groups, id, body), http.StatusBadRequest)
	}},
	{"B.9.1", stated, "a bad reference is refused with 400", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": "not/a/reference"}), http.StatusBadRequest)
	}},
	{"B.9.1", open, "a reference to what does not exist is refused with 400", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": t.fqid(networks, t.newID())}), http.StatusBadRequest)
	}},
	{"B.9.1", open, "a number where a text belongs is refused", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": 7}))
	}},
	{"B.9.1", open, "a body that is no JSON object is refused with 400", func(t *trial) {
		t.refused(t.call(client.Request{Method: http.MethodPost, Path: t.collection(groups), Body: list{}}), http.StatusBadRequest)
	}},
}

// B.9.7: names and labels.
var nameClauses = []clause{
	{"B.9.7", stated, "an id may have 63 characters, with digits and dashes", func(t *trial) {
		id := t.idOfLength(63)
		t.accepted(t.post(groups, id, t.body(groups, id, obj{"vpcRef": t.defaultNetwork()})))
	}},
	{"B.9.7", open, "an id of 64 characters is refused", func(t *trial) { t.refusedID(t.idOfLength(64)) }},
	{"B.9.7", open, "an id with capital letters, a dot or an underscore is refused", func(t *trial) {
		for _, tail := range []string{"-A", ".a", "_a"} {
			t.refusedID(t.newID() + tail)
		}
	}},
	{"B.9.7", open, "an id that ends with a dash is refused", func(t *trial) { t.refusedID(t.newID() + "-") }},
	{"B.9.7", stated, "ids are unique per collection: another may have the same", func(t *trial) {
		group := t.makeGroup()
		t.accepted(t.post(pools, group.id, t.body(pools, group.id, obj{})))
	}},
	{"B.9.7", stated, "a label value may have 63 characters", func(t *trial) {
		t.makeLabelled(pools, obj{}, map[string]string{"long": strings.Repeat("v", 63)})
	}},
	{"B.9.7", open, "a label value of 64 characters is refused", func(t *trial) {
		t.refusedLabel("long", strings.Repeat("v", 64))
	}},
	{"B.9.7", open, "a label key with a slash is refused", func(t *trial) { t.refusedLabel("example.com/colour", "red") }},
}

func (t *trial) idOfLength(length int) string {
	id := t.newID() + "-"
	return id + strings.Repeat("0", length-len(id))
}

func (t *trial) refusedID(id string) {
	t.Helper()
	t.refused(t.post(groups, id, t.body(groups, id, obj{"vpcRef": t.defaultNetwork()})))
}

func (t *trial) refusedLabel(key, value string) {
	t.Helper()
	id := t.newID()
	body := t.body(pools, id, obj{})
	body["metadata"].(obj)["userLabels"].(obj)[key] = value
	t.refused(t.post(pools, id, body))
}

// B.9.6: quotas.
var quotaClauses = []clause{
	{"B.9.6", stated, "orgQuotas is one object with spec.quotas and status.quotaUsage", func(t *trial) {
		quotas := t.orgQuotas()
		t.wants(!quotas.At("items").Exists(), "it is a list")
		t.wants(quotas.At("spec.quotas").IsObject(), "spec.quotas is %s", quotas.At("spec.quotas").Text())
		t.wants(quotas.At("status.quotaUsage").IsObject(), "status.quotaUsage is %s", quotas.At("status.quotaUsage").Text())
	}},
	{"B.3", stated, "metadata of orgQuotas has organization and region", func(t *trial) {
		quotas := t.orgQuotas()
		t.same("organization", quotas.At("metadata.organization"), t.cloud.Organization)
		t.same("region", quotas.At("metadata.region"), t.cloud.Region)
	}},
	{"B.9.6", stated, "quotas are integers of vCPUs, GPUs, public IPs and load balancers, and texts of memory and blockStorage", func(t *trial) {
		for _, quotas := range []client.Value{t.orgQuotas().At("spec.quotas"), t.orgQuotas().At("status.quotaUsage")} {
			for _, path := range []string{"compute.vCPUs", "networking.publicIPs", "loadBalancer.loadBalancers"} {
				_, isInteger := quotas.At(path).Int()
				t.wants(isInteger || !quotas.At(path).Exists(), "%s is %s", path, quotas.At(path).Text())
			}
			for _, path := range []string{"compute.memory", "compute.blockStorage"} {
				t.wants(quotas.At(path).IsString() || !quotas.At(path).Exists(), "%s is %s", path, quotas.At(path).Text())
			}
		}
	}},
	{"B.9.6", stated, "usage counts public IPs", func(t *trial) {
		t.balanced()
		used, _ := t.orgQuotas().At("status.quotaUsage.networking.publicIPs").Int()
		t.wants(used >= 1, "it is %d", used)
	}},
	{"B.9.6", stated, "usage counts vCPUs and memory of machines", func(t *trial) {
		t.running()
		quotas := t.orgQuotas()
		used, _ := quotas.At("status.quotaUsage.compute.vCPUs").Int()
		t.wants(used >= 1, "vCPUs are %d", used)
		memory, _ := quotas.At("status.quotaUsage.compute.memoryInKiBs").Int()
		t.wants(memory >= 4<<20, "memoryInKiBs is %d", memory)
	}},
	{"B.9.6", stated, "projectQuotas is one object with objectStorage.totalSize", func(t *trial) {
		path := "/quotas/v1alpha2/projects/" + t.cloud.Project + "/regions/" + t.cloud.Region + "/projectQuotas"
		quotas := t.accepted(t.read(path))
		t.wants(quotas.At("spec.objectStorage.totalSize").IsString(), "it is %s", quotas.At("spec.objectStorage.totalSize").Text())
		t.wants(quotas.At("status.quotaUsage.objectStorage.totalSize").IsString(), "the usage is %s",
			quotas.At("status.quotaUsage.objectStorage.totalSize").Text())
	}},
}

func (t *trial) orgQuotas() client.Value {
	t.Helper()
	if t.cloud.Organization == "" {
		t.unable(notRun, "the credentials name no organization")
	}
	return t.accepted(t.read("/quotas/v1alpha2/organizations/" + t.cloud.Organization + "/regions/" + t.cloud.Region + "/orgQuotas"))
}
