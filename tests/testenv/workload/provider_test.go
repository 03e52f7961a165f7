package workload_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// provider is a minimal infrastructure provider: it makes the simulator's
// machines for EvrocMachines, and writes their status.
type provider struct {
	t    *testing.T
	sim  *sim
	kube client.Client
	host string
	// pool holds the machines behind the load balancer.
	pool map[string]bool
	made map[string]bool
}

const testFinalizer = "test.evroc.com/machine"

func (p *provider) run(ctx context.Context) {
	for ctx.Err() == nil {
		p.each(ctx, infrastructure("EvrocCluster"), p.cluster)
		p.each(ctx, infrastructure("EvrocMachine"), p.machine)
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
}

func infrastructure(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: kind}
}

func (p *provider) each(ctx context.Context, kind schema.GroupVersionKind, act func(context.Context, *unstructured.Unstructured) error) {
	for _, object := range listOf(ctx, p.kube, kind) {
		if err := act(ctx, &object); err != nil && ctx.Err() == nil {
			p.t.Logf("provider: %s %s: %v", kind.Kind, object.GetName(), err)
		}
	}
}

func listOf(ctx context.Context, kube client.Client, kind schema.GroupVersionKind) []unstructured.Unstructured {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind)
	_ = kube.List(ctx, list)
	return list.Items
}

// patch applies a merge patch to the object or to its status.
func (p *provider) patch(ctx context.Context, object *unstructured.Unstructured, status bool, format string, arguments ...any) error {
	patch := client.RawPatch("application/merge-patch+json", []byte(fmt.Sprintf(format, arguments...)))
	if status {
		return p.kube.Status().Patch(ctx, object, patch)
	}
	return p.kube.Patch(ctx, object, patch)
}

func (p *provider) cluster(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetDeletionTimestamp() != nil {
		return nil
	}
	if host, _, _ := unstructured.NestedString(object.Object, "spec", "controlPlaneEndpoint", "host"); host != "" {
		return nil
	}
	if err := p.patch(ctx, object, false, `{"spec": {"controlPlaneEndpoint": {"host": %q, "port": 6443}}}`, p.host); err != nil {
		return err
	}
	return p.patch(ctx, object, true, `{"status": {"initialization": {"provisioned": true}}}`)
}

func (p *provider) machine(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetDeletionTimestamp() != nil {
		return p.remove(ctx, object)
	}
	if id, _, _ := unstructured.NestedString(object.Object, "spec", "providerID"); id != "" {
		return nil
	}
	userData, err := p.bootstrapData(ctx, object)
	if err != nil || userData == nil {
		return err
	}
	if !p.made[object.GetName()] {
		if err := p.patch(ctx, object, false, `{"metadata": {"finalizers": [%q]}}`, testFinalizer); err != nil {
			return err
		}
		p.add(object, userData)
	}
	uid := p.uidOf(object.GetName())
	if uid == "" {
		return nil
	}
	if err := p.patch(ctx, object, false, `{"spec": {"providerID": "evroc://%s"}}`, uid); err != nil {
		return err
	}
	return p.patch(ctx, object, true, `{"status": {"initialization": {"provisioned": true}}}`)
}

// bootstrapData returns the user data, nil as long as there is none.
func (p *provider) bootstrapData(ctx context.Context, object *unstructured.Unstructured) ([]byte, error) {
	for _, owner := range object.GetOwnerReferences() {
		if owner.Kind != "Machine" {
			continue
		}
		machine := &unstructured.Unstructured{}
		machine.SetAPIVersion("cluster.x-k8s.io/v1beta2")
		machine.SetKind("Machine")
		key := client.ObjectKey{Namespace: object.GetNamespace(), Name: owner.Name}
		if err := p.kube.Get(ctx, key, machine); err != nil {
			return nil, err
		}
		name, _, _ := unstructured.NestedString(machine.Object, "spec", "bootstrap", "dataSecretName")
		if name == "" {
			return nil, nil
		}
		secret := &corev1.Secret{}
		err := p.kube.Get(ctx, client.ObjectKey{Namespace: object.GetNamespace(), Name: name}, secret)
		return secret.Data["value"], err
	}
	return nil, nil
}

func (p *provider) add(object *unstructured.Unstructured, userData []byte) {
	name, group := object.GetName(), "worker"
	if _, ok := object.GetLabels()["cluster.x-k8s.io/control-plane"]; ok {
		group = "control-plane"
		p.pool[name] = true
	}
	p.sim.addVM(name, group, userData)
	p.made[name] = true
	p.setPool()
}

func (p *provider) setPool() {
	members := make([]string, 0, len(p.pool))
	for name := range p.pool {
		members = append(members, name)
	}
	p.sim.must(http.MethodPatch, "/"+balancerAPI+place+"backendPools/api", fmt.Sprintf(
		`{"apiVersion": %q, "kind": "BackendPool", "metadata": {"id": "api"}, "spec": %s}`,
		balancerAPI, references.Replace(p.sim.pool(members))))
}

// uidOf returns the UID, empty until the machine runs.
func (p *provider) uidOf(id string) string {
	var list struct {
		VMs []struct{ ID, UID, State string } `json:"vms"`
	}
	_ = json.Unmarshal([]byte(p.sim.must(http.MethodGet, "/sim/v1/vms", "")), &list)
	for _, vm := range list.VMs {
		if vm.ID == id && vm.State == "Running" {
			return vm.UID
		}
	}
	return ""
}

func (p *provider) remove(ctx context.Context, object *unstructured.Unstructured) error {
	name := object.GetName()
	if p.pool[name] {
		delete(p.pool, name)
		p.setPool()
	}
	if p.made[name] {
		p.sim.must(http.MethodDelete, "/"+computeAPI+place+"virtualMachines/"+name, "")
		delete(p.made, name)
	}
	if len(object.GetFinalizers()) == 0 {
		return nil
	}
	return p.patch(ctx, object, false, `{"metadata": {"finalizers": null}}`)
}
