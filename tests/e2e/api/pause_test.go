package api

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

func isPaused(v e2e.ClusterView) error {
	return v.Status.Is("Paused", metav1.ConditionTrue)
}

func machinePaused(v e2e.MachineView) error {
	return v.Status.Is("Paused", metav1.ConditionTrue)
}

// untouched ends the test if anything of the cluster "c" has changed in the
// cloud after a fence.
func untouched(f *e2e.Fixture, before cloud.Inventory) {
	f.T.Helper()
	all, err := f.Inventory(f.T.Context())
	f.Do(err)
	after := all.With(cloud.LabelClusterName, "c")
	changed := cloud.Difference(before.With(cloud.LabelClusterName, "c"), after)
	if changed != "" {
		f.T.Errorf("while paused:\n%s", changed)
	}
}

func inventory(f *e2e.Fixture) cloud.Inventory {
	f.T.Helper()
	all, err := f.Inventory(f.T.Context())
	f.Do(err)
	return all
}

func TestPA01AndPA02ClusterPausedBeforeItIsMade(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Change: func(cluster *clusterv1.Cluster, _ *unstructured.Unstructured) {
			cluster.Spec.Paused = new(bool)
			*cluster.Spec.Paused = true
		},
	})
	m := c.NewMachine("m", e2e.MachineOptions{})
	c.Until("says that it is paused", isPaused)
	m.Until("says that it is paused", machinePaused)
	fence(f, "fence")
	untouched(f, nil)
	// PA-03: no controller changes our objects.
	c.PatchCluster(`{"spec":{"paused":false}}`)
	c.Provisioned()
	m.Provisioned()
	c.Until("says that it goes on", func(v e2e.ClusterView) error {
		return v.Status.Is("Paused", metav1.ConditionFalse)
	})
	m.Until("says that it goes on", func(v e2e.MachineView) error {
		return v.Status.Is("Paused", metav1.ConditionFalse)
	})
}

func TestPA01AnnotationWithAnyValue(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "true", "false"} {
		t.Run("value="+value, func(t *testing.T) {
			f := newFixture(t)
			c := ready(f)
			m := machineFence(c, "m")
			before := inventory(f)
			patch := `{"metadata":{"annotations":{"cluster.x-k8s.io/paused":"` +
				value + `"}},"spec":{"additionalLabels":{"x":"y"}}}`
			c.PatchEvroc(patch)
			m.PatchEvroc(patch)
			c.Until("says that it is paused", isPaused)
			m.Until("says that it is paused", machinePaused)
			fence(f, "fence")
			untouched(f, before)
			const off = `{"metadata":{"annotations":` +
				`{"cluster.x-k8s.io/paused":null}}}`
			c.PatchEvroc(off)
			m.PatchEvroc(off)
			labelled(f, "c", "x", "y")
		})
	}
}

// labelled waits until all objects of a cluster that can have a label have this
// one.
func labelled(f *e2e.Fixture, cluster, key, value string) {
	f.T.Helper()
	e2e.Eventually(f.T, "the label has reached the cloud",
		func(ctx context.Context) error {
			all, err := f.Inventory(ctx)
			mine := all.With(cloud.LabelClusterName, cluster).Of(cloud.Machines)
			return e2e.Both(err, e2e.That(len(mine) > 0 &&
				len(mine.With(key, value)) == len(mine), "%v", mine))
		})
}

func TestPA04DeletionWaitsForTheEndOfThePause(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	before := inventory(f)
	c.PatchCluster(`{"spec":{"paused":true}}`)
	c.Until("says that it is paused", isPaused)
	m.Until("says that it is paused", machinePaused)
	m.Delete()
	c.DeleteCluster()
	c.DeleteEvroc()
	fence(f, "fence")
	untouched(f, before)
	if got := m.View().Finalizers; len(got) == 0 {
		t.Error("the machine's finalizer is gone")
	}
	c.PatchCluster(`{"spec":{"paused":false}}`)
	m.Gone()
	c.EvrocGone()
	e2e.Eventually(t, "only the fence is left in the cloud",
		func(ctx context.Context) error {
			all, err := f.Inventory(ctx)
			mine := all.With(cloud.LabelClusterName, "c")
			return e2e.Both(err, e2e.That(len(mine) == 0, "%v", mine))
		})
}

// MV-06: the test does what `clusterctl move` does on its source.
func TestMV06DeletingForAMoveKeepsTheCloud(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	m := machineFence(c, "m")
	before := inventory(f)
	c.PatchCluster(`{"spec":{"paused":true}}`)
	c.Until("says that it is paused", isPaused)
	m.Until("says that it is paused", machinePaused)
	const mark = `{"metadata":{"annotations":` +
		`{"clusterctl.cluster.x-k8s.io/delete-for-move":""}}}`
	const strip = `{"metadata":{"finalizers":null}}`
	m.PatchEvroc(mark)
	m.Delete()
	m.PatchEvroc(strip)
	m.Gone()
	c.PatchEvroc(mark)
	c.DeleteEvroc()
	c.PatchEvroc(strip)
	c.EvrocGone()
	fence(f, "fence")
	untouched(f, before)
}
