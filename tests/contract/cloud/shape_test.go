package cloud

import (
	"regexp"
	"slices"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.3: the shape of every object, and of lists.
var shapeClauses = []clause{
	{"B.3", stated, "metadata.id is the id that was sent", func(t *trial) {
		t.eachShown(func(how string, o client.Value, id string) { t.same("id of "+how, o.At("metadata.id"), id) })
	}},
	{"B.3", stated, "metadata.uid is a UUID", func(t *trial) {
		t.eachShown(func(how string, o client.Value, _ string) {
			uid := o.At("metadata.uid").String()
			t.wants(uuid.MatchString(uid), "the uid of %s is %q", how, uid)
		})
	}},
	{"B.3", stated, "metadata.creationTimestamp is a time of RFC 3339", func(t *trial) {
		t.eachShown(func(how string, o client.Value, _ string) { t.isTime(how, o.At("metadata.creationTimestamp")) })
	}},
	{"B.3", stated, "metadata.generation is an integer and resourceVersion, if there, a string", func(t *trial) {
		t.eachShown(func(how string, o client.Value, _ string) {
			_, isInteger := o.At("metadata.generation").Int()
			t.wants(isInteger, "generation of %s is %s", how, o.At("metadata.generation").Text())
			version := o.At("metadata.resourceVersion")
			t.wants(!version.Exists() || version.IsString(), "resourceVersion of %s is %s", how, version.Text())
		})
	}},
	{"B.3", stated, "metadata.project and region are in the answers of POST, GET and LIST", func(t *trial) {
		t.eachShown(func(how string, o client.Value, _ string) {
			t.same("project of "+how, o.At("metadata.project"), t.cloud.Project)
			t.same("region of "+how, o.At("metadata.region"), t.cloud.Region)
		})
	}},
	{"B.3", stated, "userLabels come back as sent", func(t *trial) {
		group := t.makeLabelled(groups, obj{"vpcRef": t.defaultNetwork()}, map[string]string{"colour": "red"})
		for _, each := range []object{group, t.again(group)} {
			t.same("userLabels", each.At("metadata.userLabels"), obj{"colour": "red", runLabel: t.cloud.prefix})
		}
	}},
	{"B.3", stated, "spec comes back as sent, with defaults added", func(t *trial) {
		sent := rule("ssh", 22)
		group := t.makeGroup(sent)
		for _, each := range []object{group, t.again(group)} {
			for member, value := range sent {
				t.same("rules.0."+member, each.At("spec.rules.0."+member), value)
			}
		}
	}},
	{"B.3", stated, "conditions have type, status, reason, message and lastTransitionTime", func(t *trial) {
		for _, o := range []object{t.ready(t.makeDisk()), t.ready(t.makeGroup()), t.makeIP()} {
			for _, each := range o.At("status.conditions").Items() {
				t.isCondition(each)
			}
		}
	}},
	{"B.3", stated, "the condition Ready becomes True for groups, disks and public IPs", func(t *trial) {
		t.ready(t.makeGroup())
		t.ready(t.makeDisk())
		t.ready(t.make(publicIPs, obj{}))
	}},
	{"B.3", stated, "a BackendPool has no conditions", func(t *trial) {
		pool := t.again(t.make(pools, obj{}))
		t.wants(!pool.At("status.conditions").Exists(), "they are %s", pool.At("status.conditions").Text())
	}},
	{"B.3", stated, "a list has items and no metadata, continue token or kind of paging", func(t *trial) {
		group := t.makeGroup()
		answer := t.accepted(t.read(t.collection(groups)))
		t.wants(answer.At("items").IsArray(), "items are %s", answer.At("items").Text())
		t.wants(!answer.At("metadata").Exists() && !answer.At("continue").Exists(), "it has more than items")
		t.find(answer, group.id)
	}},
	{"B.3", open, "the selector networking.evroc.com/managed-network=default finds the default network", func(t *trial) {
		found := t.listed(networks, "networking.evroc.com%2Fmanaged-network%3Ddefault")
		t.wants(slices.Contains(found, "default-"+t.cloud.Region), "it finds %v", found)
	}},
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// eachShown gives a group, a disk and a pool as POST, GET and LIST show them.
func (t *trial) eachShown(look func(how string, o client.Value, id string)) {
	for _, o := range []object{t.makeGroup(), t.makeDisk(), t.make(pools, obj{})} {
		look(o.kind.name+" of POST", o.Value, o.id)
		look(o.kind.name+" of GET", t.again(o).Value, o.id)
		look(o.kind.name+" of LIST", t.find(t.accepted(t.read(t.collection(o.kind))), o.id), o.id)
	}
}

// find is the object with the id in a list.
func (t *trial) find(answer client.Value, id string) client.Value {
	t.Helper()
	for _, each := range answer.At("items").Items() {
		if each.At("metadata.id").String() == id {
			return each
		}
	}
	t.differ("%s is not in the list", id)
	return client.Value{}
}

func (t *trial) isTime(what string, v client.Value) {
	t.Helper()
	_, err := time.Parse(time.RFC3339, v.String())
	t.wants(err == nil, "the time of %s is %s", what, v.Text())
}

func (t *trial) isCondition(c client.Value) {
	t.Helper()
	status := c.At("status").String()
	t.wants(c.At("type").String() != "", "the type is %s", c.At("type").Text())
	t.wants(status == "True" || status == "False" || status == "Unknown", "the status is %q", status)
	t.wants(c.At("reason").String() != "", "the reason is %s", c.At("reason").Text())
	t.wants(c.At("message").IsString(), "the message is %s", c.At("message").Text())
	t.isTime("lastTransitionTime", c.At("lastTransitionTime"))
	if generation := c.At("observedGeneration"); generation.Exists() {
		_, isInteger := generation.Int()
		t.wants(isInteger, "observedGeneration is %s", generation.Text())
	}
}
