package api

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func TestIC01WithoutOwnerNothingHappens(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("lone", e2e.ClusterOptions{WithoutOwner: true})
	before := c.View()
	fence(f, "fence")
	sameVersion(t, before.ResourceVersion, c.View().ResourceVersion)
	made, err := f.Inventory(t.Context())
	f.Do(err)
	if lone := made.With(cloud.LabelClusterName, "lone"); len(lone) > 0 {
		t.Errorf("made %v", lone)
	}

	// The reconcile continues as soon as core has set the owner.
	object := e2e.Evroc(e2e.ClusterKind, f.Namespace, "lone", nil)
	f.Do(f.Get(t.Context(), c.Key(), object))
	f.Do(f.Adopt(t.Context(), object, e2e.OwnerOf(c.Object, "Cluster"),
		c.Object.Labels))
	c.Provisioned()
}

func TestIC02OwnerIsNotTheController(t *testing.T) {
	f := newFixture(t)
	// There is another owner, which exists: otherwise the garbage collector would
	// delete the EvrocCluster.
	other := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: f.Namespace, Name: "other"}}
	f.Do(f.Create(t.Context(), other))
	c := f.NewCluster("c", e2e.ClusterOptions{
		WithoutOwner: true,
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetOwnerReferences([]metav1.OwnerReference{{
				APIVersion: "v1", Kind: "ConfigMap", Name: "other",
				UID: other.UID,
			}})
		},
	})
	object := e2e.Evroc(e2e.ClusterKind, f.Namespace, "c", nil)
	f.Do(f.Get(t.Context(), c.Key(), object))
	owner := e2e.OwnerOf(c.Object, "Cluster")
	// With another version of core's group.
	owner.APIVersion = "cluster.x-k8s.io/v1beta1"
	f.Do(f.Adopt(t.Context(), object, owner, c.Object.Labels))
	c.Provisioned()
}

func TestIC03EndpointIsSetWithProvisionedAndStays(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	before := c.View().Spec.ControlPlaneEndpoint
	if before.Host == "" || before.Port != 6443 {
		t.Fatalf("endpoint %v", before)
	}
	for _, program := range []e2e.Program{e2e.Shim, e2e.Network,
		e2e.Simulator} {
		f.Do(f.Restart(t.Context(), program))
		c.PatchEvroc(`{"spec":{"additionalLabels":{"after":"` +
			string(program) + `"}}}`)
		c.Until("has seen the change", observed)
		if after := c.View().Spec.ControlPlaneEndpoint; after != before {
			t.Errorf("after a restart of %s the endpoint is %v, was %v",
				program, after, before)
		}
	}
}

// observed returns an error while the shim has not observed the newest spec.
func observed(v e2e.ClusterView) error {
	return e2e.Both(
		e2e.That(v.Status.ObservedGeneration == v.Generation,
			"generation %d, observed %d", v.Generation,
			v.Status.ObservedGeneration),
		v.Status.Is("Ready", metav1.ConditionTrue))
}

func TestIC04EndpointOfTheUserSurvives(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Spec: func(spec map[string]any) {
		spec["controlPlaneEndpoint"] = map[string]any{
			"host": "api.example.com", "port": int64(443),
		}
	}}).Provisioned()
	want := clusterv1.APIEndpoint{Host: "api.example.com", Port: 443}
	if got := c.View().Spec.ControlPlaneEndpoint; got != want {
		t.Errorf("endpoint %v, want %v", got, want)
	}
}

// breakCloud makes every call of the cloud's API fail.
func breakCloud(f *e2e.Fixture, status int) *faultproxy.Fault {
	f.T.Helper()
	fault := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Path: "projects"}, Status: status,
	})
	return fault
}

func TestIC06AndIC09ReadySurvivesABadCloud(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable,
		http.StatusTooManyRequests, http.StatusInternalServerError} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			f := newFixture(t)
			c := ready(f)
			c.ReadyTrue()
			fault := breakCloud(f, status)
			// The shim has to reconcile: the spec has changed.
			c.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
			f.AwaitFault(fault)
			e2e.Throughout(t, 5*time.Second, "the cloud is broken",
				func(ctx context.Context) error {
					v, err := c.Look(ctx)
					return e2e.Both(err, e2e.That(v.Status.Provisioned() &&
						v.Status.Ready, "provisioned was taken back"),
						v.Status.Is("Ready", metav1.ConditionTrue))
				})
			fault.Remove()
			c.Until("has seen the change", observed)
		})
	}
}

func TestIC07FailureDomains(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{Zones: []string{"a", "b", "c"}})
	c.Provisioned()
	var names []string
	for _, domain := range c.View().Status.FailureDomains {
		names = append(names, domain.Name)
		if domain.ControlPlane == nil || !*domain.ControlPlane {
			t.Errorf("domain %s is not for control planes", domain.Name)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("domains %v", names)
	}
	if subnets := c.View().Status.Network.Subnets; len(subnets) != 3 {
		t.Errorf("subnets %v", subnets)
	}
}

var (
	reasonPattern = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	// Times and request ids would make each message different from the last.
	churnPattern = regexp.MustCompile(`\d\d:\d\d|request[ _-]?id|[0-9a-f]{32}`)
)

// wellFormed checks conditions.
func wellFormed(t *testing.T, status e2e.CommonStatus) {
	t.Helper()
	for _, c := range status.Conditions {
		if !reasonPattern.MatchString(c.Reason) ||
			churnPattern.MatchString(c.Message) ||
			c.LastTransitionTime.IsZero() {
			t.Errorf("condition %+v", c)
		}
	}
}

func TestIC08ConditionsThroughLife(t *testing.T) {
	f := newFixture(t)
	hold := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "POST"}, Count: 1,
		Hold: faultproxy.HoldBefore,
	})
	c := f.NewCluster("c", e2e.ClusterOptions{})
	f.AwaitFault(hold)
	hold.Remove()
	c.Provisioned()
	c.ReadyTrue()
	v := c.View()
	wellFormed(t, v.Status.CommonStatus)
	for _, kind := range []string{"NetworkReady", "VPCReady", "SubnetsReady",
		"SecurityGroupsReady", "ControlPlaneEndpointReady"} {
		if err := v.Status.Is(kind, metav1.ConditionTrue); err != nil {
			t.Error(err)
		}
	}
	if err := v.Status.Is("Paused", metav1.ConditionFalse); err != nil {
		t.Error(err)
	}

	deletes := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "DELETE"}, Status: 503,
	})
	c.DeleteCluster()
	c.DeleteEvroc()
	f.AwaitFault(deletes)
	c.Until("says that it is being deleted", func(v e2e.ClusterView) error {
		wellFormed(t, v.Status.CommonStatus)
		return v.Status.Is("Ready", metav1.ConditionFalse)
	})
	deletes.Remove()
	c.EvrocGone()
	f.NothingLeft()
}

func TestIC10ManagedByIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetAnnotations(map[string]string{
				clusterv1.ManagedByAnnotation: "",
			})
		},
	})
	before := c.View().ResourceVersion
	fence(f, "fence")
	sameVersion(t, before, c.View().ResourceVersion)
	made, err := f.Inventory(t.Context())
	f.Do(err)
	if mine := made.With(cloud.LabelClusterName, "c"); len(mine) > 0 {
		t.Errorf("made %v", mine)
	}
	// Another controller deletes it too: it has no finalizer of ours.
	c.DeleteEvroc()
	c.EvrocGone()
}

func TestIC12FinalizerAndOwnerIDBeforeTheFirstCreate(t *testing.T) {
	f := newFixture(t)
	hold := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match: faultproxy.Match{Method: "POST"}, Count: 1,
		Hold: faultproxy.HoldBefore,
	})
	c := f.NewCluster("c", e2e.ClusterOptions{})
	f.AwaitFault(hold)
	v := c.View()
	if !slices.Contains(v.Finalizers, e2e.ClusterFinalizer) {
		t.Errorf("finalizers %v", v.Finalizers)
	}
	if v.Annotations[e2e.OwnerIDAnnotation] == "" {
		t.Errorf("annotations %v", v.Annotations)
	}
	hold.Remove()
	c.Provisioned()
}

func TestIC12FinalizerComesBack(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	c.PatchEvroc(`{"metadata":{"finalizers":null}}`)
	c.Until("has its finalizer again", func(v e2e.ClusterView) error {
		return e2e.That(slices.Contains(v.Finalizers, e2e.ClusterFinalizer),
			"finalizers %v", v.Finalizers)
	})
	m := machineFence(c, "m")
	m.PatchEvroc(`{"metadata":{"finalizers":null}}`)
	m.Until("has its finalizer again", func(v e2e.MachineView) error {
		return e2e.That(slices.Contains(v.Finalizers, e2e.MachineFinalizer),
			"finalizers %v", v.Finalizers)
	})
	c.TearDown(m)
	f.NothingLeft()
}

func TestIC12WithoutOwnerTheFinalizerIsDropped(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		WithoutOwner: true,
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetFinalizers([]string{e2e.ClusterFinalizer})
		},
	})
	c.DeleteEvroc()
	c.EvrocGone()
	if calls := f.CloudCalls(nil); calls.Writes() > 0 {
		t.Errorf("calls:\n%s", calls)
	}
}

func TestIC12DeletedInTheMiddleOfCreation(t *testing.T) {
	f := newFixture(t)
	// The test interrupts after each of the writes to the cloud.
	for skip := 0; ; skip++ {
		hold := f.Fault(f.CloudAPI, faultproxy.Rule{
			Match: faultproxy.Match{Method: "POST"}, Skip: skip, Count: 1,
			Hold: faultproxy.HoldBefore,
		})
		c := f.NewCluster(name("c", skip), e2e.ClusterOptions{})
		if !faultBefore(f, hold, c) {
			hold.Remove()
			c.TearDown()
			break
		}
		c.DeleteCluster()
		c.DeleteEvroc()
		hold.Remove()
		c.EvrocGone()
		f.NothingLeft()
	}
}

func TestIC13TheEvrocClusterWaitsForItsMachines(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	c.DeleteEvroc()
	c.Until("waits for its machines", func(v e2e.ClusterView) error {
		return v.Status.Is("Ready", metav1.ConditionFalse)
	})
	// The machine still runs, and its network exists.
	if err := m.OneVM(t.Context()); err != nil {
		t.Error(err)
	}
	view := c.View()
	if !slices.Contains(view.Finalizers, e2e.ClusterFinalizer) {
		t.Fatalf("finalizers %v", view.Finalizers)
	}
	m.Delete()
	m.Gone()
	c.EvrocGone()
	f.NothingLeft()
}

func TestIC15EqualNamesInTwoNamespaces(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{Everywhere: true})
	other := f.NewNamespace()
	first := f.NewCluster("c", e2e.ClusterOptions{
		Spec: vpc("first-net", "10.8.0.0/22"),
	}).Provisioned()
	second := f.NewCluster("c", e2e.ClusterOptions{
		Namespace: other, Spec: vpc("second-net", "10.9.0.0/22"),
	}).Provisioned()
	one := machineFence(first, "m")
	two := machineFence(second, "m")
	if one.View().Spec.ProviderID == two.View().Spec.ProviderID {
		t.Fatalf("both are %s", one.View().Spec.ProviderID)
	}
	all, err := f.Inventory(t.Context())
	f.Do(err)
	seconds := all.With(cloud.LabelClusterID, second.OwnerID())
	first.TearDown(one)
	after, err := f.Inventory(t.Context())
	f.Do(err)
	if lost := cloud.Difference(seconds, after); lost != "" {
		t.Errorf("removing one cluster changed the other:\n%s", lost)
	}
	second.TearDown(two)
	f.NothingLeft()
}

// vpc gives a cluster a network of its own.
func vpc(name, block string) func(map[string]any) {
	return func(spec map[string]any) {
		spec["network"] = map[string]any{
			"vpc": map[string]any{"name": name},
			"subnets": []any{
				map[string]any{"name": name, "cidrBlock": block},
			},
		}
	}
}

func TestIC10MachinesOfAnExternallyManagedCluster(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Spec: existingNetwork,
		Change: func(_ *clusterv1.Cluster, evroc *unstructured.Unstructured) {
			evroc.SetAnnotations(map[string]string{
				clusterv1.ManagedByAnnotation: "somebody",
			})
			evroc.Object["spec"].(map[string]any)["controlPlaneEndpoint"] =
				map[string]any{"host": "api.example.com", "port": int64(6443)}
		},
	})
	object := e2e.Evroc(e2e.ClusterKind, f.Namespace, "c", nil)
	f.Do(f.Get(t.Context(), c.Key(), object))
	object.Object["status"] = map[string]any{
		"ready":          true,
		"initialization": map[string]any{"provisioned": true},
	}
	f.Do(f.Status().Update(t.Context(), object))
	c.Provisioned()
	m := c.NewMachine("m", e2e.MachineOptions{Spec: func(spec map[string]any) {
		spec["networkingConfig"] = map[string]any{
			"securityGroups": map[string]any{"inheritFromCluster": false},
		}
	}}).Provisioned()
	before := c.View().ResourceVersion
	m.Delete()
	m.Gone()
	sameVersion(t, before, c.View().ResourceVersion)
	f.NothingLeft()
}

// existingNetwork uses the network that every project has from the start.
func existingNetwork(spec map[string]any) {
	spec["network"] = map[string]any{
		"vpcRef":     "default-se-sto",
		"subnetRefs": map[string]any{"a": "default-se-sto-a"},
	}
}
