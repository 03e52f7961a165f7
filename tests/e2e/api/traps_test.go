package api

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func secretGone(f *e2e.Fixture,
	key types.NamespacedName) func(context.Context) error {
	return func(ctx context.Context) error {
		secret := &corev1.Secret{}
		err := f.Get(ctx, key, secret)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("%v, finalizers %v", err, secret.Finalizers)
	}
}

func TestA1NotReadyBeforeTheVMRuns(t *testing.T) {
	t.Parallel()
	settings := e2e.Quick()
	settings["latency_ms"].(map[string]int)["vm_create"] = 1500
	f := e2e.NewFixture(t, e2e.FixtureOptions{Settings: settings})
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Until("has a VM", func(e2e.MachineView) error {
		return m.OneVM(t.Context())
	})
	if v := m.View(); v.Status.Provisioned() || v.Status.Ready {
		t.Errorf("ready while the VM is %s", m.VM().State)
	}
	m.Provisioned()
}

func TestA2TheEndpointIsOursNotTheClusters(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{})
	c.ReadyTrue()
	f.Do(c.Refresh(t.Context()))
	if got := c.Object.Spec.ControlPlaneEndpoint; got.Host != "" {
		t.Errorf("Cluster.spec.controlPlaneEndpoint is %v", got)
	}
	if got := c.View().Spec.ControlPlaneEndpoint; got.Host == "" {
		t.Error("ours is empty")
	}
}

func TestA4AndC12WhatIsNotOursStays(t *testing.T) {
	f := newFixture(t)
	// The user has a VPC with the name that the cluster needs.
	f.Do(f.Cloud.API(t.Context(), http.MethodPost, e2e.Project, cloud.VPCs, "",
		map[string]any{
			"metadata": map[string]any{"id": "mine"},
			"spec": map[string]any{
				"ipv4CidrBlocks": []any{"10.7.0.0/16"}},
		}, nil))
	before := inventory(f)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Spec: vpc("mine", "10.7.0.0/24")}).Provisioned()
	m := machineFence(c, "m")
	c.TearDown(m)
	e2e.Eventually(t, "the cloud is as it was", func(ctx context.Context) error {
		after, err := f.Inventory(ctx)
		changed := cloud.Difference(before, after)
		return e2e.Both(err, e2e.That(changed == "", "%s", changed))
	})
}

// A7 and B21: the cloud answers 409 to writes for a while.
func TestA7AndB21ConflictsInTheCloudAreTriedAgain(t *testing.T) {
	f := newFixture(t)
	f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "PATCH"}, Count: 3, Status: 409})
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	m.Provisioned()
	e2e.Eventually(t, "it is a backend", func(ctx context.Context) error {
		backends, err := c.Backends(ctx)
		return e2e.Both(err, e2e.That(len(backends) == 1, "%v", backends))
	})
}

func TestA8AndB6TheFinalizerStaysUntilTheCloudConfirms(t *testing.T) {
	t.Parallel()
	settings := e2e.Quick()
	settings["latency_ms"].(map[string]int)["vm_delete"] = 1500
	f := e2e.NewFixture(t, e2e.FixtureOptions{Settings: settings})
	c := ready(f)
	m := machineFence(c, "m")
	m.Delete()
	e2e.Eventually(t, "the machine is gone, never before its VM",
		func(ctx context.Context) error {
			// The order matters: the VM may be deleted between the two checks, but
			// not the object.
			gone := e2e.Gone(ctx, f, e2e.MachineKind, m.Key())
			vms, err := m.VMs(ctx)
			if gone == nil && len(vms) > 0 {
				t.Errorf("gone while the cloud has %v", vms)
			}
			return e2e.Both(err, gone)
		})
	f.Do(f.Release(t.Context(), m.Object))
	if left, err := m.CloudObjects(t.Context(), cloud.Disks); err != nil ||
		len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// A9: a deletion needs nothing but credentials, and not even those if nothing
// was made.
func TestA9WhatWasNeverMadeIsRemovedWithoutCredentials(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{WithoutSecret: true})
	c.AwaitMention(c.SecretName())
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Delete()
	m.Gone()
	c.TearDown()
	if calls := f.CloudCalls(nil); calls.Count("", "") > 0 {
		t.Errorf("calls:\n%s", calls)
	}
}

func TestB2WhatHasAnotherOwnerIsNotDeleted(t *testing.T) {
	f := drifting(t)
	first := ready(f)
	m := machineFence(first, "m")
	id := m.VM().ID
	// The VM gets the labels of another management cluster.
	f.Do(f.Cloud.API(t.Context(), http.MethodPatch, e2e.Project,
		cloud.Machines, id, relabel("other"), nil))
	// The service's last list of the cloud may be out of date.
	f.Do(f.Restart(t.Context(), e2e.Compute))
	m.Delete()
	// Its disk is in use by a VM that is not ours any more: the machine reports
	// that and waits.
	m.Until("waits", isNotReady)
	theirs := func() int {
		return len(inventory(f).Of(cloud.Machines).
			With(cloud.LabelClusterID, "other"))
	}
	if theirs() != 1 {
		t.Errorf("the other cluster's machine: %v", inventory(f))
	}
	f.Do(f.Cloud.API(t.Context(), http.MethodPatch, e2e.Project,
		cloud.Machines, id, relabel(first.OwnerID()), nil))
	m.Gone()
	first.TearDown()
	f.NothingLeft()
}

func relabel(cluster string) map[string]any {
	return map[string]any{"metadata": map[string]any{
		"userLabels": map[string]any{cloud.LabelClusterID: cluster}}}
}

// B3: groups of a VM follow from the spec, so they are right after a move too.
func TestB3GroupsDoNotDependOnStatus(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	before := groupsOf(t, f, m)
	if before == "<nil>" {
		t.Fatal("no groups")
	}
	f.Kill(e2e.Shim)
	object := e2e.Evroc(e2e.ClusterKind, f.Namespace, "c", nil)
	f.Do(f.Get(t.Context(), c.Key(), object))
	delete(object.Object, "status")
	f.Do(f.Status().Update(t.Context(), object))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	labelled(f, "c", "x", "y")
	if after := groupsOf(t, f, m); after != before {
		t.Errorf("groups %s became %s", before, after)
	}
}

func groupsOf(t *testing.T, f *e2e.Fixture, m *e2e.Machine) string {
	t.Helper()
	var vm struct {
		Spec map[string]any `json:"spec"`
	}
	f.Do(f.Cloud.API(t.Context(), http.MethodGet, e2e.Project,
		cloud.Machines, m.VM().ID, nil, &vm))
	networking, _ := vm.Spec["networking"].(map[string]any)
	return fmt.Sprint(networking["securityGroupSettings"])
}

// B7: a part of the load balancer that was removed is restored.
func TestB7LostPartsOfTheEndpointAreRepaired(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{})
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	m.Provisioned()
	e2e.Eventually(t, "it is a backend", isBackend(c, m))
	pools := inventory(f).Of(cloud.BackendPools)
	if len(pools) == 0 {
		t.Fatal("no pool")
	}
	f.Do(f.Cloud.API(t.Context(), http.MethodPatch, e2e.Project,
		cloud.BackendPools, pools[0].ID,
		map[string]any{"spec": map[string]any{"backendRefs": []any{}}}, nil))
	// A restart lists the whole cloud, as the slow resync does.
	f.Do(f.Restart(t.Context(), e2e.Network))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	e2e.Eventually(t, "it is a backend again", isBackend(c, m))
}

func isBackend(c *e2e.Cluster,
	m *e2e.Machine) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := m.OneVM(ctx); err != nil {
			return err
		}
		backends, err := c.Backends(ctx)
		return e2e.Both(err, e2e.That(strings.Contains(
			strings.Join(backends, " "), m.VM().ID), "backends %v", backends))
	}
}

// B9: a cluster whose cloud hangs does not delay other clusters.
func TestB9AHangingCloudHoldsUpNobodyElse(t *testing.T) {
	f := newFixture(t)
	hanging := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Path: "projects/hangs/"},
		Hold:  faultproxy.HoldBefore,
	})
	var stuck []*e2e.Cluster
	for n := range 12 {
		stuck = append(stuck, f.NewCluster(name("stuck", n),
			e2e.ClusterOptions{Spec: func(spec map[string]any) {
				spec["project"] = "hangs"
			}}))
	}
	f.AwaitFault(hanging)
	began := time.Now()
	c := ready(f)
	machineFence(c, "m")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	hanging.Remove()
	for _, c := range stuck {
		c.Provisioned()
	}
}

// B14: an object that its CRD would refuse today can be deleted.
func TestB14ADroppedProfileDoesNotBlockDeletion(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{Spec: func(s map[string]any) {
		s["computeProfile"] = "gone.x"
	}})
	m.AwaitMention("computeProfile")
	m.Delete()
	m.Gone()
	c.TearDown()
	f.NothingLeft()
}

// B15: the zone is picked once; disk and VM are always in it.
func TestB15TheZoneIsPickedOnce(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b", "c"}})
	c.Provisioned()
	hold := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "POST", Path: "virtualMachines"},
		Count: 1, Hold: faultproxy.HoldBefore,
	})
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.AwaitFault(hold)
	picked := m.View().Annotations[e2e.ZoneAnnotation]
	if picked == "" {
		t.Fatalf("annotations %v", m.View().Annotations)
	}
	f.Kill(e2e.Shim)
	f.Kill(e2e.Compute)
	hold.Abort()
	hold.Remove()
	// Other machines sort before it in the meantime.
	for n := range 3 {
		c.NewMachine(name("other", n), e2e.MachineOptions{})
	}
	f.Do(f.Restart(t.Context(), e2e.Compute))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.Provisioned()
	if got := zoneOf(t, f, m); got != picked {
		t.Errorf("zone %s, picked %s", got, picked)
	}
	if got := m.View().Annotations[e2e.ZoneAnnotation]; got != picked {
		t.Errorf("annotation %s, picked %s", got, picked)
	}
	zones := map[string]int{}
	for n := range 3 {
		other := c.Machine(name("other", n)).Provisioned()
		zones[other.View().Status.FailureDomain]++
	}
	if len(zones) < 2 {
		t.Errorf("all others are in %v", zones)
	}
}

// B16: a disk that is being made is no failure.
func TestB16AStuckDiskIsNotAFailure(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	f.Do(f.Cloud.InjectCreateFault(t.Context(), cloud.CreateFault{
		Collection: cloud.Disks, Outcome: "stuck", Count: 1}))
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Until("waits for its disk", func(v e2e.MachineView) error {
		disk := v.Status.Condition("DiskReady")
		return e2e.Both(e2e.That(disk.Status == metav1.ConditionFalse ||
			disk.Status == metav1.ConditionUnknown, "DiskReady is %s",
			disk.Status), e2e.That(v.Status.State != "Failed", "it failed"))
	})
	m.Delete()
	m.Gone()
	c.TearDown()
	f.NothingLeft()
}

// C3, CAPH#2099: only a definite 404 means that an object is gone.
func TestC3A429IsNotTakenForGone(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	fault := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match:  faultproxy.Match{Method: "GET", Path: "virtualMachines"},
		Status: 429, RetryAfterS: 1,
	})
	// No program remembers the machine now.
	f.Do(f.Restart(t.Context(), e2e.Compute))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	f.AwaitFault(fault)
	m.Delete()
	e2e.Throughout(t, 3*time.Second, "the cloud throttles",
		func(ctx context.Context) error {
			v, err := m.Look(ctx)
			return e2e.Both(err, e2e.That(v.Status.State != "Lost", "lost"))
		})
	fault.Remove()
	m.Gone()
	if vms, err := m.VMs(t.Context()); err != nil || len(vms) > 0 {
		t.Errorf("left %v, %v", vms, err)
	}
}

// C2: objects that were made are removed even if the VM never was.
func TestC2PartsWithoutAVMAreRemoved(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	f.Fault(f.CloudAPI, faultproxy.Rule{
		Match:  faultproxy.Match{Method: "POST", Path: "virtualMachines"},
		Status: 503,
	})
	m := c.NewMachine("m", e2e.MachineOptions{Spec: publicIP})
	m.Until("has a disk and no VM", func(e2e.MachineView) error {
		disks, err := m.CloudObjects(t.Context(), cloud.Disks)
		return e2e.Both(err, e2e.That(len(disks) > 0, "no disk"))
	})
	m.Delete()
	m.Gone()
	c.TearDown()
	f.NothingLeft()
}

// C7: the shim does not delete load balancers that the workload cluster's cloud
// controller manager left in the VPC. The EvrocCluster names them and waits
// until somebody has removed them.
func TestC7ForeignLoadBalancersAreWaitedForAndStay(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Spec: vpc("theirs", "10.7.0.0/24")}).Provisioned()
	f.Do(f.Cloud.API(t.Context(), http.MethodPost, e2e.Project,
		cloud.PublicIPs, "", map[string]any{
			"metadata": map[string]any{"id": "a-service"},
			"spec":     map[string]any{}}, nil))
	f.Do(f.Cloud.API(t.Context(), http.MethodPost, e2e.Project,
		cloud.LoadBalancers, "", map[string]any{
			"metadata": map[string]any{"id": "a-service"},
			"spec": map[string]any{
				"publicIPRef": fqid(cloud.PublicIPs, "a-service"),
				"backendNetwork": map[string]any{
					"vpcRef": fqid(cloud.VPCs, "theirs"),
					"subnets": []any{map[string]any{"zone": "a",
						"subnetRef": fqid(cloud.Subnets, "theirs")}},
				},
			}}, nil))
	c.DeleteCluster()
	c.DeleteEvroc()
	c.Until("waits for the VPC", func(view e2e.ClusterView) error {
		message := view.Status.Condition("Ready").Message
		return e2e.That(e2e.Mentions(message, "theirs"), "%q", message)
	})
	if left := inventory(f).Of(cloud.LoadBalancers); len(left) != 1 ||
		left[0].ID != "a-service" {
		t.Errorf("load balancers: %v", left)
	}
	f.Do(f.Cloud.API(t.Context(), http.MethodDelete, e2e.Project,
		cloud.LoadBalancers, "a-service", nil, nil))
	c.EvrocGone()
	f.Do(c.Release(t.Context(), c.Object))
	f.Do(f.Cloud.API(t.Context(), http.MethodDelete, e2e.Project,
		cloud.PublicIPs, "a-service", nil, nil))
	f.NothingLeft()
}

// fqid returns the name by which the cloud's objects refer to one another.
func fqid(collection, id string) string {
	return path.Join("/networking/projects", e2e.Project, "regions/se-sto",
		collection, id)
}

// C11, CAPO#1131: no error is terminal.
func TestC11AFailureIsNoDeadEnd(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	fault := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match:  faultproxy.Match{Method: "POST", Path: "disks"},
		Status: 422,
	})
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.AwaitFault(fault)
	m.Until("says so", isNotReady)
	fault.Remove()
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Provisioned()
}

// C14: objects are found by label, never by prefix: "c" is a prefix of "c-1".
func TestC14NamesThatBeginAlike(t *testing.T) {
	f := newFixture(t)
	one := ready(f)
	two := f.NewCluster("c-1", e2e.ClusterOptions{}).Provisioned()
	m := machineFence(one, "m")
	n := machineFence(two, "m-1")
	before := inventory(f).With(cloud.LabelClusterName, "c-1")
	one.TearDown(m)
	after := inventory(f).With(cloud.LabelClusterName, "c-1")
	if changed := cloud.Difference(before, after); changed != "" {
		t.Errorf("the neighbour changed:\n%s", changed)
	}
	two.TearDown(n)
	f.NothingLeft()
}

// B13: every valid name is short enough.
func TestB13TheLongestNames(t *testing.T) {
	f := newFixture(t)
	long := strings.Repeat("long-", 12) + "end"
	c := f.NewCluster(long, e2e.ClusterOptions{
		Spec: vpc("net", "10.7.0.0/24")}).Provisioned()
	a := c.NewMachine(strings.Repeat("m", 230)+"-a", e2e.MachineOptions{})
	b := c.NewMachine(strings.Repeat("m", 230)+"-b", e2e.MachineOptions{})
	a.Provisioned()
	b.Provisioned()
	if a.View().Spec.ProviderID == b.View().Spec.ProviderID {
		t.Error("both share one VM")
	}
	c.TearDown(a, b)
	f.NothingLeft()
}
