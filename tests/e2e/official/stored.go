package official

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// stored is when the official provider wrote everything.
const stored = "2026-09-01T10:00:00Z"

// newUID returns a random UUID.
func newUID() string {
	var b [16]byte
	// It never fails.
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newObject returns an object as an API server stores it.
func newObject(kind schema.GroupVersionKind, namespace, name, uid string,
	metadata, spec, status fields) *unstructured.Unstructured {
	all := fields{"name": name, "namespace": namespace, "uid": uid,
		"creationTimestamp": stored, "generation": 2}
	maps.Copy(all, metadata)
	object := fields{"apiVersion": kind.GroupVersion().String(),
		"kind": kind.Kind, "spec": spec, "metadata": all}
	all["managedFields"] = []any{
		managed(object, "", "metadata", "spec"),
	}
	if status != nil {
		object["status"] = status
		all["managedFields"] = append(all["managedFields"].([]any),
			managed(object, "status", "status"))
	}
	return &unstructured.Unstructured{Object: object}
}

// managed returns the entry of the official provider's field manager for these
// parts of an object. Its CRDs have no lists with keys.
func managed(object fields, subresource string, parts ...string) fields {
	owned := fields{}
	for _, part := range parts {
		content, _ := object[part].(fields)
		content = maps.Clone(content)
		for _, name := range []string{"name", "namespace", "uid",
			"creationTimestamp", "generation", "deletionTimestamp",
			"deletionGracePeriodSeconds"} {
			if part == "metadata" {
				delete(content, name)
			}
		}
		owned["f:"+part] = fieldsOf(content)
	}
	entry := fields{"manager": "manager", "operation": "Update",
		"apiVersion": object["apiVersion"], "time": stored,
		"fieldsType": "FieldsV1", "fieldsV1": owned}
	if subresource != "" {
		entry["subresource"] = subresource
	}
	return entry
}

// fieldsOf returns the set of the fields of an object, as managedFields have it.
func fieldsOf(object fields) fields {
	set := fields{}
	for name, value := range object {
		content, _ := value.(fields)
		set["f:"+name] = fieldsOf(content)
	}
	return set
}

// condition returns a condition as the era's versions write it: before 0.3.0
// without a reason.
func (c *Cluster) condition(kind, status, reason string) fields {
	condition := fields{"type": kind, "status": status,
		"lastTransitionTime": stored}
	if c.Plan.Era != ByUID {
		condition["reason"] = reason
	}
	return condition
}

// condition is Cluster.condition with the severity that faults of machines have.
func (m *Machine) condition(kind, status, reason string) fields {
	condition := m.Cluster.condition(kind, status, reason)
	if status == "False" {
		condition["severity"] = "Error"
	}
	return condition
}

// endpoints lets the services reach the simulator through the fixture's proxy.
func (c *Cluster) endpoints() fields {
	return fields{"apiBaseURL": c.CloudAPI.URL(),
		"issuerURL": c.Cloud.URL + "/realms/evroc-customer"}
}

// credential returns the content of the Secret, with the simulator's service
// account under the official provider's keys.
func (c *Cluster) credential() map[string][]byte {
	c.T.Helper()
	content, err := c.Cloud.Credential("service-account.json")
	c.Do(err)
	var config struct {
		Auth struct {
			ID     string `json:"service_account_id"`
			Secret string `json:"service_account_secret"`
		} `json:"auth"`
		Context struct {
			Organization string `json:"organization"`
		} `json:"context"`
	}
	c.Do(json.Unmarshal(content, &config))
	return map[string][]byte{
		"serviceAccountID":     []byte(config.Auth.ID),
		"serviceAccountSecret": []byte(config.Auth.Secret),
		"organization":         []byte(config.Context.Organization),
	}
}

// deletion is what the metadata of a deleted object has.
func deletion() fields {
	return fields{"deletionTimestamp": stored, "deletionGracePeriodSeconds": 0}
}

func (c *Cluster) store(object *unstructured.Unstructured) {
	c.T.Helper()
	c.Do(c.Store(c.T.Context(), object))
}

// ownerReference returns an owner reference as Cluster API sets it.
func ownerReference(kind, name, uid string, controller bool) []any {
	owner := fields{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": kind,
		"name": name, "uid": uid}
	if controller {
		owner["controller"], owner["blockOwnerDeletion"] = true, true
	}
	return []any{owner}
}

// stringMap returns a map in JSON types.
func stringMap(texts map[string]string) fields {
	all := fields{}
	for key, value := range texts {
		all[key] = value
	}
	return all
}
