package cloud

import (
	"net/http"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// B.1: versions, paths, verbs.
var routeClauses = []clause{
	{"B.1", stated, "each regional collection answers GET with a list", (*trial).everyCollectionLists},
	{"B.1", stated, "apiVersion in a body is the service and the version", func(t *trial) {
		for _, o := range []object{t.makeGroup(), t.makeDisk(), t.make(pools, obj{})} {
			t.same("apiVersion", o.At("apiVersion"), o.kind.service+"/"+o.kind.version)
			t.same("kind", o.At("kind"), o.kind.name)
		}
	}},
	{"B.1", stated, "an apiVersion that is not the path's is refused", func(t *trial) {
		t.refused(t.postChanged("networking/v1beta1"))
	}},
	{"B.1", open, "an apiVersion that is not the path's is answered with 400", func(t *trial) {
		t.refused(t.postChanged("networking/v1beta1"), http.StatusBadRequest)
	}},
	{"B.1", stated, "POST and PATCH return the full object", func(t *trial) {
		group := t.makeGroup(rule("ssh", 22))
		for _, full := range []client.Value{group.Value, t.accepted(t.patchSpec(group, obj{"rules": list{}}))} {
			for _, member := range []string{"apiVersion", "kind", "metadata.id", "spec.vpcRef", "status"} {
				t.wants(full.At(member).Exists(), "the answer lacks %s", member)
			}
		}
	}},
	{"B.1", open, "POST answers 201, GET and PATCH 200, DELETE 204", func(t *trial) {
		id := t.newID()
		created := t.post(groups, id, t.body(groups, id, obj{"vpcRef": t.defaultNetwork()}))
		t.wants(created.Status == http.StatusCreated, "POST answers %d", created.Status)
		group := object{created.JSON, groups, id}
		for _, answer := range []client.Answer{t.read(t.path(groups, id)), t.patchSpec(group, obj{"rules": list{}})} {
			t.wants(answer.Status == http.StatusOK, "%s answers %d", answer.Method, answer.Status)
		}
		deleted := t.delete(group)
		t.wants(deleted.Status == http.StatusNoContent, "DELETE answers %d", deleted.Status)
	}},
	{"B.1", open, "an unknown field in a body is dropped without a word", func(t *trial) {
		group := t.make(groups, obj{"vpcRef": t.defaultNetwork(), "colour": "red"})
		t.wants(!t.again(group).At("spec.colour").Exists(), "the field is stored")
		patched := t.accepted(t.patchSpec(group, obj{"colour": "red"}))
		t.wants(!patched.At("spec.colour").Exists(), "the field of a PATCH is stored")
	}},
	{"B.1", open, "an unknown route answers 404 with reason NotFound", func(t *trial) {
		for _, path := range []string{t.collection(kind{"compute", "v1beta2", "toasters", ""}), "/toaster/v1/projects"} {
			answer := t.read(path)
			t.wants(answer.Status == http.StatusNotFound && answer.Reason() == "NotFound", "it is something else")
		}
	}},
	{"B.1", open, "a known route with a wrong verb answers 405", func(t *trial) {
		group := t.makeGroup()
		for method, path := range map[string]string{
			http.MethodPut: t.path(groups, group.id), http.MethodDelete: t.collection(groups),
			http.MethodPost: t.path(groups, group.id)} {
			answer := t.call(client.Request{Method: method, Path: path, Body: obj{}})
			t.wants(answer.Status == http.StatusMethodNotAllowed, "it is something else")
		}
	}},
	{"B.4", stated, "the server expects full references", func(t *trial) {
		t.refused(t.try(groups, obj{"vpcRef": "default-" + t.cloud.Region}))
	}},
}

func (t *trial) everyCollectionLists() {
	for _, each := range kinds {
		answer := t.read(t.collection(each))
		if answer.Status == http.StatusNotFound {
			t.unable(notOffered, "there is no collection %s", each.collection)
		}
		items := t.accepted(answer).At("items")
		t.wants(items.IsArray() || items.IsNull() || !items.Exists(), "items of %s are no list", each.collection)
	}
}

// postChanged posts a group with another apiVersion.
func (t *trial) postChanged(apiVersion string) client.Answer {
	id := t.newID()
	body := t.body(groups, id, obj{"vpcRef": t.defaultNetwork(), "rules": list{}})
	body["apiVersion"] = apiVersion
	return t.post(groups, id, body)
}
