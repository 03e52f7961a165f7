package conformance

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	clusterctlv1 "sigs.k8s.io/cluster-api/cmd/clusterctl/api/v1alpha3"
	"sigs.k8s.io/cluster-api/controllers/external"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/cluster-api/util/contract"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ourCRDs returns the CRDs of our kinds from the API server.
func ourCRDs(ctx context.Context, t *testing.T) []apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	var ours []apiextensionsv1.CustomResourceDefinition
	for _, kind := range kinds {
		var crd apiextensionsv1.CustomResourceDefinition
		name := contract.CalculateCRDName(group, kind)
		if err := server.client.Get(ctx, client.ObjectKey{Name: name}, &crd); err != nil {
			t.Fatalf("get %s: %v", name, err)
		}
		ours = append(ours, crd)
	}
	return ours
}

func TestCRD01KindsAreNamespaced(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		if crd.Spec.Scope != apiextensionsv1.NamespaceScoped {
			t.Errorf("%s is %s", crd.Name, crd.Spec.Scope)
		}
	}
}

func TestCRD02StatusIsASubresource(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for kind, status := range map[string]fields{
		"EvrocCluster":         {"ready": true},
		"EvrocMachine":         {"ready": true},
		"EvrocMachineTemplate": {"capacity": fields{"cpu": "2"}},
	} {
		made := created(ctx, t, kind, namespace)
		if err := mergePatch(ctx, made, fields{"status": status}); err != nil {
			t.Errorf("%s: patch: %v", kind, err)
		}
		if made.Object["status"] != nil {
			t.Errorf("%s: a write to the object changed its status", kind)
		}
		if err := mergePatchStatus(ctx, made, status); err != nil {
			t.Errorf("%s: patch status: %v", kind, err)
		}
		if made.Object["status"] == nil {
			t.Errorf("%s: the status was not written", kind)
		}
	}
}

func TestCRD03NamesAreCalculable(t *testing.T) {
	// ourCRDs finds them by the name that Cluster API calculates.
	for _, crd := range ourCRDs(needServer(t), t) {
		if !isEstablished(&crd) {
			t.Errorf("%s is not established: %v", crd.Name, crd.Status.Conditions)
		}
	}
}

func isEstablished(crd *apiextensionsv1.CustomResourceDefinition) bool {
	return slices.ContainsFunc(crd.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
}

func TestCRD04ContractLabelNamesAServedVersion(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		if got := crd.Labels[clusterv1.GroupVersion.String()]; got != version {
			t.Errorf("%s has the label %q, want %q", crd.Name, got, version)
		}
		if _, ok := crd.Labels["cluster.x-k8s.io/v1beta1"]; ok {
			t.Errorf("%s claims the shape of the v1beta1 contract too", crd.Name)
		}
		if v := crd.Spec.Versions; len(v) != 1 || v[0].Name != version || !v[0].Served || !v[0].Storage {
			t.Errorf("%s does not serve and store %s alone", crd.Name, version)
		}
	}
}

// Without the label `clusterctl move` does not find our kinds.
func TestClusterctlSeesEveryKind(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		if _, ok := crd.Labels[clusterctlv1.ClusterctlLabel]; !ok {
			t.Errorf("%s has no label %s", crd.Name, clusterctlv1.ClusterctlLabel)
		}
	}
}

func TestCRD05CoreReadsACluster(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	made := created(ctx, t, "EvrocCluster", namespace,
		change{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(6443)}})
	if err := mergePatchStatus(ctx, made, clusterStatus()); err != nil {
		t.Fatal(err)
	}
	read := readAsCore(ctx, t, made)
	endpoint := decode[clusterv1.APIEndpoint](t, read, "spec", "controlPlaneEndpoint")
	if !endpoint.IsValid() || endpoint.String() != "192.0.2.1:6443" {
		t.Errorf("endpoint is %v", endpoint)
	}
	domains := decode[[]clusterv1.FailureDomain](t, read, "status", "failureDomains")
	if len(domains) != 3 || domains[0].Name != "a" || domains[0].ControlPlane == nil || !*domains[0].ControlPlane {
		t.Errorf("failure domains are %v", domains)
	}
	checkInitialized(t, read)
}

func clusterStatus() fields {
	var domains []any
	for _, zone := range []string{"a", "b", "c"} {
		domains = append(domains, fields{"name": zone, "controlPlane": true, "attributes": fields{"subnet": "s"}})
	}
	return fields{
		"ready":              true,
		"initialization":     fields{"provisioned": true},
		"failureDomains":     domains,
		"observedGeneration": int64(1),
		"network": fields{
			"vpcId": "vpc-1", "subnetIds": fields{"a": "subnet-1"}, "stackType": "dual-stack",
			"subnets": []any{fields{"name": "subnet-1", "zone": "a", "cidrBlock": "10.0.1.0/24",
				"ready": true, "owned": true}},
			"securityGroups": fields{"common": []any{"g"}, "controlPlane": []any{"h"}, "worker": []any{"i"}},
			"endpoint":       fields{"type": "LoadBalancer", "publicIPID": "ip", "loadBalancerID": "lb"},
		},
		"conditions": []any{condition("Ready", "True", "Provisioned", "")},
	}
}

func condition(kind, status, reason, message string) fields {
	return fields{"type": kind, "status": status, "reason": reason, "message": message,
		"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": int64(1)}
}

func TestCRD05CoreReadsAMachine(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	made := created(ctx, t, "EvrocMachine", namespace, change{"spec.providerID", "evroc://uid"})
	err := mergePatchStatus(ctx, made, fields{
		"ready":          true,
		"initialization": fields{"provisioned": true},
		"addresses": []any{
			fields{"type": "InternalIP", "address": "10.0.1.2"},
			fields{"type": "ExternalIP", "address": "192.0.2.1"},
			fields{"type": "Hostname", "address": "vm-1"}},
		"failureDomain":      "a",
		"state":              "Running",
		"vmID":               "vm-1",
		"observedGeneration": int64(1),
		"conditions":         []any{condition("Ready", "True", "Running", "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	read := readAsCore(ctx, t, made)
	if got := decode[string](t, read, "spec", "providerID"); got != "evroc://uid" {
		t.Errorf("providerID is %q", got)
	}
	if got := decode[[]clusterv1.MachineAddress](t, read, "status", "addresses"); len(got) != 3 ||
		got[0] != (clusterv1.MachineAddress{Type: clusterv1.MachineInternalIP, Address: "10.0.1.2"}) {
		t.Errorf("addresses are %v", got)
	}
	if got := decode[string](t, read, "status", "failureDomain"); got != "a" {
		t.Errorf("failure domain is %q", got)
	}
	checkInitialized(t, read)
}

func checkInitialized(t *testing.T, read object) {
	t.Helper()
	if !decode[bool](t, read, "status", "initialization", "provisioned") {
		t.Error("not provisioned")
	}
	ready, err := conditions.UnstructuredGet(read, clusterv1.ReadyCondition)
	if err != nil || ready == nil || ready.Status != metav1.ConditionTrue {
		t.Errorf("the condition Ready is %v, %v", ready, err)
	}
}

// readAsCore reads an object by a reference in the form of Cluster and Machine:
// the version comes from the CRD's contract label.
func readAsCore(ctx context.Context, t *testing.T, made object) object {
	t.Helper()
	read, err := external.GetObjectFromContractVersionedRef(ctx, server.client, clusterv1.ContractVersionedObjectReference{
		APIGroup: group, Kind: made.GetKind(), Name: made.GetName()}, made.GetNamespace())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// decode reads a field into Cluster API's type for it.
func decode[T any](t *testing.T, from object, path ...string) T {
	t.Helper()
	var value T
	found, ok, err := unstructured.NestedFieldNoCopy(from.Object, path...)
	if err != nil || !ok {
		t.Fatalf("no %v: %v", path, err)
	}
	data, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatalf("%v: %v", path, err)
	}
	return value
}

func TestCRD06WithoutTheLabelCoreReadsNothing(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	made := created(ctx, t, "EvrocMachineTemplate", namespace)
	crd := ourCRDs(ctx, t)[slices.Index(kinds, "EvrocMachineTemplate")]
	relabel := func(value *string) {
		patch := fields{"metadata": fields{"labels": fields{clusterv1.GroupVersion.String(): value}}}
		body, err := json.Marshal(patch)
		if err != nil {
			t.Fatal(err)
		}
		err = server.client.Patch(ctx, crd.DeepCopy(), client.RawPatch("application/merge-patch+json", body))
		if err != nil {
			t.Fatal(err)
		}
	}
	served := version
	defer relabel(&served)
	relabel(nil)
	ref := clusterv1.ContractVersionedObjectReference{APIGroup: group, Kind: made.GetKind(), Name: made.GetName()}
	if _, err := external.GetObjectFromContractVersionedRef(ctx, server.client, ref, namespace); err == nil {
		t.Error("core finds a version without the label")
	}
}

func TestCRD07ListKinds(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		if crd.Spec.Names.ListKind != crd.Spec.Names.Kind+"List" {
			t.Errorf("%s has the list kind %s", crd.Name, crd.Spec.Names.ListKind)
		}
	}
}

func TestCRD09KindsAreInTheCategory(t *testing.T) {
	needServer(t)
	client, err := discovery.NewDiscoveryClientForConfig(server.config)
	if err != nil {
		t.Fatal(err)
	}
	resources, err := client.ServerResourcesForGroupVersion(group + "/" + version)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, resource := range resources.APIResources {
		if slices.Contains(resource.Categories, "cluster-api") && len(resource.ShortNames) == 1 {
			found = append(found, resource.Kind)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, kinds) {
		t.Errorf("in the category are %v, want %v", found, kinds)
	}
}

// TestCRD12ListsHaveTwoAuthors checks that two managers can each add an item,
// and both stay.
func TestCRD12ListsHaveTwoAuthors(t *testing.T) {
	for path, items := range map[string][2]any{
		"spec.network.subnets": {subnet("s", "10.0.0.0/24", "a"), subnet("t", "10.0.1.0/24", "b")},
		"spec.controlPlaneConfig.loadBalancer.ports": {
			fields{"port": int64(1)}, fields{"port": int64(2)}},
		"spec.securityGroups.common.inlineSecurityGroups": {fields{"name": "g"}, fields{"name": "h"}},
		"spec.securityGroups.worker.existingIDs":          {"g", "h"},
		"spec.failureDomains":                             {"a", "b"},
	} {
		t.Run(path, func(t *testing.T) { checkTwoAuthors(t, path, items) })
	}
}

func checkTwoAuthors(t *testing.T, path string, items [2]any) {
	t.Helper()
	ctx := needServer(t)
	both := newObject(t, "EvrocCluster", newNamespace(ctx, t))
	both.SetGenerateName("")
	both.SetName("two-authors")
	subnets(subnet("s", "10.0.0.0/24", "a"), subnet("t", "10.0.1.0/24", "b")).do(t, both)
	for i, author := range []string{"capi-topology", "other"} {
		made := both.DeepCopy()
		if i == 1 { // the rest is the first one's
			change{"spec.network", fields{"vpc": fields{"name": "vpc-1"}}}.do(t, made)
		}
		change{path, []any{items[i]}}.do(t, made)
		if err := apply(ctx, made, client.FieldOwner(author)); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.client.Get(ctx, client.ObjectKeyFromObject(both), both); err != nil {
		t.Fatal(err)
	}
	if got := decode[[]any](t, both, strings.Split(path, ".")...); len(got) != 2 {
		t.Errorf("it is %v, want both items", got)
	}
}

func TestServerTakesEveryKind(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range kinds {
		created(ctx, t, kind, namespace)
	}
}
