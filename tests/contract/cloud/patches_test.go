package cloud

import (
	"net/http"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.8.1, B.3: PATCH, generation and resourceVersion.
var patchClauses = []clause{
	{"B.8.1", stated, "a PATCH leaves members that it does not name", func(t *trial) {
		service := t.makeService(obj{"proxyProtocol": true, "healthCheck": obj{"tcp": obj{}}})
		changed := t.accepted(t.patchSpec(service, obj{"port": 6444}))
		for _, member := range []string{"proxyProtocol", "backendPoolRef", "healthCheck.interval"} {
			t.same(member, changed.At("spec."+member), service.At("spec."+member))
		}
	}},
	{"B.8.1", stated, "a PATCH merges objects inside of spec", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}, "interval": "7s"}})
		changed := t.accepted(t.patchSpec(service, obj{"healthCheck": obj{"timeout": "2s"}}))
		t.same("interval", changed.At("spec.healthCheck.interval"), "7s")
		t.same("timeout", changed.At("spec.healthCheck.timeout"), "2s")
	}},
	{"B.8.1", stated, "null in a PATCH removes a member", func(t *trial) {
		service := t.makeService(obj{"healthCheck": obj{"tcp": obj{}}})
		t.accepted(t.patchSpec(service, obj{"healthCheck": nil}))
		left := t.again(service).At("spec.healthCheck")
		t.wants(!left.Exists() || left.IsNull(), "it is %s", left.Text())
	}},
	{"B.8.1", stated, "an array in a PATCH takes the place of the whole array", func(t *trial) {
		group := t.makeGroup(rule("one", 1), rule("two", 2))
		t.accepted(t.patchSpec(group, obj{"rules": list{rule("two", 2)}}))
		rules := t.again(group).At("spec.rules")
		t.wants(len(rules.Items()) == 1 && rules.At("0.name").String() == "two", "the rules are %s", rules.Text())
	}},
	{"B.8.1", stated, "the answer of a PATCH holds the new spec at once", func(t *trial) {
		group := t.makeGroup()
		changed := t.accepted(t.patchSpec(group, obj{"rules": list{rule("one", 1), rule("two", 2)}}))
		t.wants(len(changed.At("spec.rules").Items()) == 2, "the rules are %s", changed.At("spec.rules").Text())
	}},
	{"B.8.1", stated, "the whole object of GET with a change is accepted, status and read-only metadata included", func(t *trial) {
		group := t.ready(t.makeGroup(rule("one", 1)))
		changed := t.accepted(t.patch(group, group.Edited("spec.rules", list{rule("two", 2)})))
		t.same("rule", changed.At("spec.rules.0.name"), "two")
	}},
	{"B.8.1", stated, "status in a PATCH is ignored", func(t *trial) {
		address := t.makeIP()
		t.accepted(t.patch(address, obj{"status": obj{"publicIPv4Address": "192.0.2.7"}}))
		t.same("address", t.again(address).At("status.publicIPv4Address"), address.At("status.publicIPv4Address"))
	}},
	{"B.8.1", stated, "read-only metadata in a PATCH is ignored", func(t *trial) {
		group := t.makeGroup()
		t.accepted(t.patch(group, obj{"metadata": obj{"uid": "00000000-0000-4000-8000-000000000000", "generation": 99}}))
		now := t.again(group)
		t.same("uid", now.At("metadata.uid"), group.At("metadata.uid"))
		t.same("generation", now.At("metadata.generation"), group.At("metadata.generation"))
	}},
	{"B.8.1", stated, "apiVersion and kind may be absent in a PATCH, and so may spec", func(t *trial) {
		t.accepted(t.relabel(t.makeGroup(), obj{"colour": "red", runLabel: t.cloud.prefix}))
	}},
	{"B.8.1", stated, "an immutable member that is sent unchanged passes", func(t *trial) {
		disk := t.ready(t.makeDisk())
		t.accepted(t.patchSpec(disk, obj{"placement": obj{"zone": zone}, "diskSize": obj{"amount": 1024, "unit": "MB"}}))
	}},
	{"B.8.1", stated, "a stale resourceVersion is refused with 409 and reason Conflict", func(t *trial) {
		group := t.ready(t.makeGroup())
		t.accepted(t.patchSpec(group, obj{"rules": list{rule("one", 1)}}))
		answer := t.patch(group, t.versioned(group, obj{"rules": list{}}))
		t.refused(answer, http.StatusConflict)
		t.wants(answer.Reason() == "Conflict", "the reason is %q", answer.Reason())
	}},
	{"B.8.1", stated, "the current resourceVersion is accepted", func(t *trial) {
		group := t.ready(t.makeGroup())
		t.accepted(t.patch(group, t.versioned(group, obj{"rules": list{rule("one", 1)}})))
	}},
	{"B.8.1", open, "without a resourceVersion the last writer wins", func(t *trial) {
		group := t.makeGroup()
		t.accepted(t.patchSpec(group, obj{"rules": list{rule("one", 1)}}))
		changed := t.accepted(t.patchSpec(group, obj{"rules": list{rule("two", 2)}}))
		t.same("rule", changed.At("spec.rules.0.name"), "two")
	}},
	{"B.8.1", stated, "a settled object keeps its resourceVersion", func(t *trial) {
		c := t.makeChain()
		settled := []object{t.ready(c.balancer), t.ready(c.service), c.pool, t.ready(t.makeDisk()), t.ready(t.makeGroup()), t.idle()}
		for i, each := range settled {
			settled[i] = t.again(each)
		}
		t.sleep(t.cloud.scaled(firstPause) * 30)
		for _, each := range settled {
			t.same("resourceVersion of "+each.kind.name, t.again(each).At("metadata.resourceVersion"), each.At("metadata.resourceVersion"))
		}
	}},
	{"B.3", stated, "generation grows when a client changes the spec", func(t *trial) {
		group := t.makeGroup()
		changed := t.accepted(t.patchSpec(group, obj{"rules": list{rule("one", 1)}}))
		t.wants(generation(changed) > generation(group.Value), "it was %d and is %d", generation(group.Value), generation(changed))
	}},
	{"B.3", open, "generation stays when labels change, and when a PATCH changes nothing", func(t *trial) {
		group := t.makeGroup(rule("one", 1))
		t.accepted(t.relabel(group, obj{"colour": "red"}))
		t.accepted(t.patchSpec(group, obj{"rules": group.At("spec.rules")}))
		t.same("generation", t.again(group).At("metadata.generation"), group.At("metadata.generation"))
	}},
	{"B.3", stated, "resourceVersion changes with every change of spec, labels or status", func(t *trial) {
		group := t.ready(t.makeGroup())
		byLabel := t.accepted(t.relabel(group, obj{"colour": "red"}))
		bySpec := t.accepted(t.patchSpec(group, obj{"rules": list{rule("one", 1)}}))
		versions := map[string]bool{}
		for _, each := range []client.Value{group.Value, byLabel, bySpec} {
			versions[each.At("metadata.resourceVersion").Text()] = true
		}
		t.wants(len(versions) == 3, "there are %d versions of 3 states", len(versions))
		fresh := t.make(publicIPs, obj{})
		t.wants(!t.ready(fresh).At("metadata.resourceVersion").Equal(fresh.At("metadata.resourceVersion")),
			"the version after the status changed is the same")
	}},
	{"B.8.1", open, "a label whose value is null is removed, if all others are sent too", func(t *trial) {
		group := t.makeLabelled(groups, obj{"vpcRef": t.defaultNetwork()}, map[string]string{"colour": "red", "size": "small"})
		t.accepted(t.relabel(group, obj{"colour": nil, "size": "small", runLabel: t.cloud.prefix}))
		t.same("labels", t.again(group).At("metadata.userLabels"), obj{"size": "small", runLabel: t.cloud.prefix})
	}},
	{"B.8.1", open, "a PATCH of labels leaves those that it does not name", func(t *trial) {
		group := t.makeLabelled(groups, obj{"vpcRef": t.defaultNetwork()}, map[string]string{"colour": "red"})
		t.accepted(t.relabel(group, obj{"size": "small"}))
		t.same("colour", t.again(group).At("metadata.userLabels.colour"), "red")
	}},
	{"B.8.1", stated, "a PATCH of an object that does not exist is refused", func(t *trial) {
		t.refused(t.call(client.Request{Method: http.MethodPatch, Path: t.path(groups, t.newID()), Body: obj{"spec": obj{}}}))
	}},
}

func (t *trial) relabel(o object, labels obj) client.Answer {
	t.Helper()
	return t.patch(o, obj{"metadata": obj{"userLabels": labels}})
}

func (t *trial) versioned(o object, spec obj) obj {
	return obj{"metadata": obj{"resourceVersion": o.At("metadata.resourceVersion")}, "spec": spec}
}

func generation(o client.Value) int64 {
	number, _ := o.At("metadata.generation").Int()
	return number
}

// B.8.2: deletion.
var deletionClauses = []clause{
	{"B.8.2", stated, "after a DELETE the object answers GET until it is gone, then 404", func(t *trial) {
		for _, o := range []object{t.ready(t.makeGroup()), t.ready(t.makeDisk()), t.makeIP()} {
			t.accepted(t.delete(o))
			t.gone(o, quick)
		}
	}},
	{"B.8.2", open, "DELETE of what does not exist answers 404", func(t *trial) {
		for _, each := range kinds {
			path := t.path(each, t.newID())
			t.refused(t.call(client.Request{Method: http.MethodDelete, Path: path}), http.StatusNotFound)
		}
	}},
	{"B.8.2", stated, "DELETE of a machine returns at once, and GET goes on for a while", func(t *trial) {
		machine := t.ready(t.make(machines, t.machineSpec(t.makeDisk())))
		t.accepted(t.delete(machine))
		t.again(machine)
		t.gone(machine, removal)
	}},
	{"B.8.2", stated, "once a machine answers 404, its disk, address and groups are deleted without a pause", func(t *trial) {
		disk, address, group := t.makeDisk(), t.makeIP(), t.makeGroup()
		spec := with(t.machineSpec(disk), t.ref(address), "networking", "publicIPv4Address", "static", "publicIPRef")
		with(spec, list{t.ref(group)}, "networking", "securityGroupSettings", "securityGroupMemberRefs")
		machine := t.ready(t.make(machines, spec))
		t.accepted(t.delete(machine))
		t.gone(machine, removal)
		for _, each := range []object{disk, address, group} {
			t.accepted(t.delete(each))
		}
		for _, each := range []object{disk, address, group} {
			t.gone(each, quick)
		}
	}},
	{"B.8.2", open, "a second DELETE of an object that lingers is accepted", func(t *trial) {
		machine := t.stopped()
		t.accepted(t.delete(machine))
		t.accepted(t.delete(machine))
	}},
	{"B.8.2", open, "POST of the id of an object that lingers is refused with 409", func(t *trial) {
		machine, spec := t.stopped(), t.hopelessSpec()
		t.accepted(t.delete(machine))
		t.refused(t.post(machines, machine.id, t.body(machines, machine.id, spec)), http.StatusConflict)
	}},
	{"B.8.2", open, "a disk of a machine is deleted when the machine has gone", func(t *trial) {
		disk := t.makeDisk()
		machine := t.make(machines, with(t.machineSpec(disk), false, "running"))
		t.accepted(t.delete(disk))
		t.again(disk)
		t.accepted(t.delete(machine))
		t.gone(disk, removal)
	}},
}
