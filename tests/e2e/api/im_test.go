package api

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

func TestIM01WithoutOwnerNothingIsWritten(t *testing.T) {
	c := ready(newFixture(t))
	m := c.NewMachine("m", e2e.MachineOptions{WithoutOwner: true})
	before := m.View().ResourceVersion
	machineFence(c, "fence")
	sameVersion(t, before, m.View().ResourceVersion)
	m.Delete()
	m.Gone()
}

func TestIM02WaitsForTheInfrastructure(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{})
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Until("waits for the cluster", func(v e2e.MachineView) error {
		ready := v.Status.Condition("Ready")
		return e2e.Both(v.Status.Is("Ready", metav1.ConditionFalse),
			e2e.That(strings.Contains(ready.Reason, "Infrastructure"),
				"reason %s", ready.Reason))
	})
	if vms, err := m.VMs(t.Context()); err != nil || len(vms) > 0 {
		t.Errorf("made %v, %v", vms, err)
	}
	// The deletion does not wait for it.
	gone := c.NewMachine("gone", e2e.MachineOptions{})
	gone.Delete()
	gone.Gone()
	c.Provisioned()
	m.Provisioned()
}

func TestIM03WaitsForBootstrapData(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	waits := func(m *e2e.Machine, reason string) {
		t.Helper()
		m.Until("waits for its data", func(v e2e.MachineView) error {
			ready := v.Status.Condition("Ready")
			return e2e.Both(isNotReady(v), e2e.That(ready.Reason == reason,
				"reason %s, want %s", ready.Reason, reason))
		})
	}
	m := c.NewMachine("m", e2e.MachineOptions{
		ControlPlane: true, WithoutBootstrap: true})
	worker := c.NewMachine("w", e2e.MachineOptions{WithoutBootstrap: true})
	// The reasons are those of core's constants.
	waits(m, clusterv1.WaitingForBootstrapDataReason)
	waits(worker, "WaitingForControlPlaneInitialized")
	machineFence(c, "fence")
	for _, one := range []*e2e.Machine{m, worker} {
		if vms, err := one.VMs(t.Context()); err != nil || len(vms) > 0 {
			t.Errorf("made %v, %v", vms, err)
		}
	}
	m.Bootstrap(nil)
	m.Provisioned()
	worker.Bootstrap(nil)
	worker.Provisioned()
}

func TestIM04UserDataArrivesByteForByte(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	for n, data := range [][]byte{
		e2e.BootstrapText("m"),
		[]byte("## template: jinja\n#cloud-config\nä: '{{ ds.x }}' \\n $HOME ${X}\n"),
		{0x1f, 0x8b, 0x00, 0xff, 0xfe, '\n', 0x00},
		[]byte(`{"ignition": {"version": "3.4.0"}}`),
	} {
		m := c.NewMachine(name("m", n), e2e.MachineOptions{
			Bootstrap: map[string][]byte{
				"value": data, "format": []byte("ignition"),
			},
		}).Provisioned()
		got, err := f.Cloud.UserData(t.Context(), m.VM())
		f.Do(err)
		if !bytes.Equal(got, data) {
			t.Errorf("got %q, want %q", got, data)
		}
	}
}

func TestIM04BootstrapSecretsThatAreNoUse(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	missing := c.NewMachine("missing", e2e.MachineOptions{
		WithoutBootstrap: true})
	f.Do(f.PointToBootstrap(t.Context(), missing.Object, "not-there"))
	missing.AwaitMention("not-there")
	empty := c.NewMachine("empty", e2e.MachineOptions{
		Bootstrap: map[string][]byte{"format": []byte("cloud-config")}})
	empty.AwaitMention("value")
	large := c.NewMachine("large", e2e.MachineOptions{
		Bootstrap: map[string][]byte{"value": bytes.Repeat([]byte("x"), 786_433)}})
	large.AwaitMention("786432")

	// The event of the Secret alone triggers a reconcile.
	f.Do(f.Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: f.Namespace, Name: "not-there"},
		Data: map[string][]byte{"value": []byte("#cloud-config\n")},
	}))
	missing.Provisioned()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: f.Namespace, Name: "empty-bootstrap"}}
	f.Do(f.Client.Patch(t.Context(), secret, client.RawPatch(
		types.MergePatchType, []byte(`{"stringData":{"value":"#cloud-config"}}`))))
	empty.Provisioned()
	// A machine that can't be made can be removed.
	large.Delete()
	large.Gone()
}

func TestIM06ProviderIDIsTheVMsUID(t *testing.T) {
	c := ready(newFixture(t))
	m := machineFence(c, "m")
	if got, want := m.View().Spec.ProviderID, "evroc://"+m.VM().UID; got != want {
		t.Errorf("providerID %q, want %q", got, want)
	}
}

func TestIM07ProvisionedOnlyWithEverythingElse(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	recording := f.Record(e2e.MachineKind)
	for n := range 3 {
		c.NewMachine(name("m", n), e2e.MachineOptions{Spec: publicIP})
	}
	f.Do(f.Restart(t.Context(), e2e.Shim))
	for n := range 3 {
		m := c.Machine(name("m", n)).Provisioned()
		m.Until("is ready", isReady)
	}
	versions := e2e.Versions[e2e.MachineView](recording)
	for _, v := range versions {
		if !v.Status.Provisioned() && !v.Status.Ready {
			continue
		}
		if v.Spec.ProviderID == "" || len(v.Status.Addresses) == 0 ||
			v.Status.State != "Running" || !v.Status.Provisioned() ||
			!v.Status.Ready {
			t.Errorf("%s at %s: providerID %q, status %+v", v.Name,
				v.ResourceVersion, v.Spec.ProviderID, v.Status)
		}
	}
}

func TestIM08TheMachinesZoneIsObeyed(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b", "c"}})
	c.Provisioned()
	var machines []*e2e.Machine
	for _, zone := range []string{"c", "b", "a"} {
		m := c.NewMachine("m-"+zone, e2e.MachineOptions{Zone: zone})
		machines = append(machines, m)
	}
	for n, zone := range []string{"c", "b", "a"} {
		m := machines[n].Provisioned()
		if got := zoneOf(t, f, m); got != zone {
			t.Errorf("%s is in zone %q", m.Object.Name, got)
		}
		if got := m.View().Status.FailureDomain; got != zone {
			t.Errorf("%s says zone %q", m.Object.Name, got)
		}
	}
	lost := c.NewMachine("lost", e2e.MachineOptions{Zone: "z"})
	lost.AwaitMention("zone")
	if vms, err := lost.VMs(t.Context()); err != nil || len(vms) > 0 {
		t.Errorf("made %v, %v", vms, err)
	}
	lost.Delete()
	lost.Gone()
}

// zoneOf returns a machine's zone in the cloud.
func zoneOf(t *testing.T, f *e2e.Fixture, m *e2e.Machine) string {
	t.Helper()
	var vm struct {
		Spec struct {
			Placement struct {
				Zone string `json:"zone"`
			} `json:"placement"`
		} `json:"spec"`
	}
	f.Do(f.Cloud.API(t.Context(), http.MethodGet, e2e.Project,
		cloud.Machines, m.VM().ID, nil, &vm))
	return vm.Spec.Placement.Zone
}

func TestIM09InternalAddressesFirst(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{Spec: publicIP}).Provisioned()
	m.Until("has both addresses", func(v e2e.MachineView) error {
		var kinds []string
		for _, a := range v.Status.Addresses {
			kinds = append(kinds, string(a.Type))
		}
		internal := slices.Index(kinds, "InternalIP")
		external := slices.Index(kinds, "ExternalIP")
		return e2e.That(internal >= 0 && external > internal, "addresses %v",
			v.Status.Addresses)
	})
	before := m.View().Status.Addresses
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Until("has seen the change", machineObserved)
	if after := m.View().Status.Addresses; !slices.Equal(before, after) {
		t.Errorf("addresses %v became %v", before, after)
	}
	c.TearDown(m)
	f.NothingLeft()
}

func publicIP(spec map[string]any) {
	spec["networkingConfig"] = map[string]any{
		"publicIP": map[string]any{"enabled": true},
	}
}

func machineObserved(v e2e.MachineView) error {
	return e2e.That(v.Status.ObservedGeneration == v.Generation,
		"generation %d, observed %d", v.Generation, v.Status.ObservedGeneration)
}

func TestIM10ReadySurvivesABadCloud(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable,
		http.StatusTooManyRequests} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			f := newFixture(t)
			m := machineFence(ready(f), "m")
			m.Until("is ready", isReady)
			fault := breakCloud(f, status)
			m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
			f.AwaitFault(fault)
			e2e.Throughout(t, 5*time.Second, "the cloud is broken",
				func(ctx context.Context) error {
					v, err := m.Look(ctx)
					return e2e.Both(err, isReady(v))
				})
			fault.Remove()
			m.Until("has seen the change", machineObserved)
			oneVM(m)
		})
	}
}

func isReady(v e2e.MachineView) error {
	return v.Status.Is("Ready", metav1.ConditionTrue)
}

func isNotReady(v e2e.MachineView) error {
	return v.Status.Is("Ready", metav1.ConditionFalse)
}

func TestIM11AndB1AVMThatVanishesIsNotMadeAgain(t *testing.T) {
	f := drifting(t)
	c := ready(f)
	m := machineFence(c, "m")
	id := m.View().Spec.ProviderID
	m.Act(cloud.Vanish)
	m.Until("says that its VM is lost", func(v e2e.MachineView) error {
		return e2e.Both(isNotReady(v), e2e.That(v.Status.State == "Lost",
			"state %s", v.Status.State))
	})
	// A restart, a resync or a change make no difference.
	f.Do(f.Restart(t.Context(), e2e.Shim))
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Until("has seen the change", machineObserved)
	machineFence(c, "fence")
	if vms, err := m.VMs(t.Context()); err != nil || len(vms) > 0 {
		t.Errorf("made %v, %v", vms, err)
	}
	v := m.View()
	if v.Spec.ProviderID != id || !v.Status.Provisioned() {
		t.Errorf("providerID %s was %s; provisioned %v", v.Spec.ProviderID, id,
			v.Status.Provisioned())
	}
	m.Delete()
	m.Gone()
	if left, err := m.CloudObjects(t.Context(), cloud.Disks); err != nil ||
		len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestIM11AndB11AStoppedVMIsNotReady(t *testing.T) {
	m := machineFence(ready(drifting(t)), "m")
	m.Until("is ready", isReady)
	m.Act(cloud.Stop)
	m.Until("says that it is stopped", func(v e2e.MachineView) error {
		return e2e.Both(isNotReady(v), e2e.That(v.Status.State == "Stopped",
			"state %s", v.Status.State))
	})
	m.Act(cloud.Begin)
	m.Until("is ready again", isReady)
}

func TestIM13LoadBalancerBackendsAreTheLiveControlPlane(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	backends := func(want ...*e2e.Machine) {
		t.Helper()
		var ids []string
		for _, m := range want {
			ids = append(ids, m.VM().ID)
		}
		slices.Sort(ids)
		e2e.Eventually(t, "backends are right", func(ctx context.Context) error {
			got, err := c.Backends(ctx)
			return e2e.Both(err, e2e.That(slices.Equal(got, ids),
				"backends %v, want %v", got, ids))
		})
	}
	backends()
	one := c.NewMachine("cp-1", e2e.MachineOptions{ControlPlane: true})
	worker := c.NewMachine("worker", e2e.MachineOptions{})
	one.Provisioned()
	worker.Provisioned()
	backends(one)
	two := c.NewMachine("cp-2", e2e.MachineOptions{ControlPlane: true})
	two.Provisioned()
	backends(one, two)
	// The VM is no backend as soon as the deletion of its Machine begins, long
	// before the VM is deleted.
	one.Begin()
	backends(two)
	oneVM(one)
	one.Delete()
	one.Gone()
	backends(two)
	c.TearDown(two, worker)
	f.NothingLeft()
}

// The contract has the label on the Machine. Control-plane providers put it on
// the EvrocMachine too, but people who write Machines by hand need not.
func TestIM13TheLabelOfTheMachineCounts(t *testing.T) {
	c := ready(newFixture(t))
	m := c.NewMachine("m", e2e.MachineOptions{
		ControlPlane: true,
		Change: func(_ *clusterv1.Machine, evroc *unstructured.Unstructured) {
			labels := evroc.GetLabels()
			delete(labels, clusterv1.MachineControlPlaneLabel)
			evroc.SetLabels(labels)
		},
	}).Provisioned()
	e2e.Eventually(t, "it is a backend", isBackend(c, m))
}

func TestIM14DeletionNeedsNothing(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"bootstrap", "evroccluster", "cluster",
		"owner", "credentials"} {
		t.Run(missing, func(t *testing.T) {
			f := newFixture(t)
			c := ready(f)
			m := machineFence(c, "m")
			deletePrerequisite(f, c, m, missing)
			m.Delete()
			m.Gone()
			if missing != "evroccluster" && missing != "cluster" {
				c.TearDown()
			}
			f.NothingLeft()
		})
	}
}

// deletePrerequisite deletes, for good, objects that a deletion could depend
// on.
func deletePrerequisite(f *e2e.Fixture, c *e2e.Cluster, m *e2e.Machine, what string) {
	f.T.Helper()
	ctx := f.T.Context()
	secret := func(name string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
			Namespace: f.Namespace, Name: name}}
	}
	switch what {
	case "bootstrap":
		f.Do(f.Client.Delete(ctx, secret("m-bootstrap")))
	case "credentials":
		// Our finalizer keeps it, so that it still exists when it is needed.
		f.Do(f.Client.Delete(ctx, secret(c.SecretName())))
	case "owner":
		m.PatchEvroc(`{"metadata":{"ownerReferences":null}}`)
	case "evroccluster":
		c.DeleteEvroc()
	case "cluster":
		c.DeleteCluster()
		c.DeleteEvroc()
		f.Do(c.Release(ctx, c.Object))
	}
}

func TestIM19WhatOthersOwnIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{
		Change: func(_ *clusterv1.Machine, evroc *unstructured.Unstructured) {
			evroc.SetAnnotations(map[string]string{"a.example.com/x": "1"})
			evroc.SetFinalizers([]string{"b.example.com/hold"})
		},
	}).Provisioned()
	apply := e2e.Evroc(e2e.MachineKind, f.Namespace, "m", nil)
	apply.SetLabels(map[string]string{"c.example.com/y": "2"})
	f.Do(f.Client.Apply(t.Context(),
		client.ApplyConfigurationFromUnstructured(apply),
		client.FieldOwner("capi-machineset-metadata")))
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	m.Until("has seen the change", machineObserved)
	v := m.View()
	if v.Annotations["a.example.com/x"] != "1" ||
		v.Labels["c.example.com/y"] != "2" ||
		!slices.Contains(v.Finalizers, "b.example.com/hold") {
		t.Errorf("metadata %+v", v.ObjectMeta)
	}
	managers := map[string]bool{}
	for _, entry := range v.ManagedFields {
		managers[entry.Manager] = true
	}
	if !managers["capi-machineset-metadata"] || !managers[e2e.FieldManager] ||
		managers["manager"] {
		t.Errorf("field managers %v", managers)
	}
	m.Delete()
	m.Until("loses our finalizer only", func(v e2e.MachineView) error {
		return e2e.That(slices.Equal(v.Finalizers,
			[]string{"b.example.com/hold"}), "finalizers %v", v.Finalizers)
	})
	m.PatchEvroc(`{"metadata":{"finalizers":null}}`)
	m.Gone()
}

func TestMV05StatusIsRebuiltAndNothingMadeAgain(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true})
	m.Provisioned()
	before, err := f.Inventory(t.Context())
	f.Do(err)
	// `clusterctl move` leaves the objects on the target without a status.
	for _, object := range []struct {
		key  client.ObjectKey
		kind *unstructured.Unstructured
	}{
		{c.Key(), e2e.Evroc(e2e.ClusterKind, f.Namespace, "c", nil)},
		{m.Key(), e2e.Evroc(e2e.MachineKind, f.Namespace, "m", nil)},
	} {
		f.Kill(e2e.Shim)
		f.Do(f.Get(t.Context(), object.key, object.kind))
		delete(object.kind.Object, "status")
		f.Do(f.Status().Update(t.Context(), object.kind))
	}
	f.Do(f.Restart(t.Context(), e2e.Shim))
	c.Provisioned()
	m.Provisioned()
	m.Until("is ready", isReady)
	after, err := f.Inventory(t.Context())
	f.Do(err)
	if changed := cloud.Difference(before, after); changed != "" {
		t.Errorf("the cloud changed:\n%s", changed)
	}
}

func TestMachineFailsToBeMade(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	f.Do(f.Cloud.InjectCreateFault(t.Context(), cloud.CreateFault{
		Collection: cloud.Machines, Outcome: "fail", Count: 1}))
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Until("says that it failed", func(v e2e.MachineView) error {
		return e2e.Both(isNotReady(v), e2e.That(!v.Status.Provisioned(),
			"provisioned"), e2e.That(v.Status.State == "Failed", "state %s",
			v.Status.State))
	})
	m.Delete()
	m.Gone()
	c.TearDown()
	f.NothingLeft()
}
