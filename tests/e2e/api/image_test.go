package api

import (
	"context"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

const goldenImage = "golden"

// A machine whose custom image is missing, or is not ready, says so before
// anything is made for it in the cloud. Once the image is ready, it goes on by
// itself: a missing image is looked for every two minutes.
func TestMachinesWaitForTheirCustomImage(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	image := func(spec map[string]any) {
		spec["image"] = "custom:" + goldenImage
		spec["bootMode"] = "UEFI"
	}
	early := c.NewMachine("early", e2e.MachineOptions{Spec: image})
	awaitsImage(early, "InvalidConfiguration")

	makeImage(f, time.Hour)
	late := c.NewMachine("late", e2e.MachineOptions{Spec: image})
	awaitsImage(late, "Blocked")

	removeImage(f)
	makeImage(f, 50*time.Millisecond)
	for _, m := range []*e2e.Machine{late, early} {
		hasProviderID(m, 3*time.Minute)
		m.Provisioned()
		m.Until("is ready", isReady)
		labels := m.VM().Labels
		if labels["compute-experimental-features-UEFI"] != "true" {
			t.Errorf("the VM has the labels %v", labels)
		}
	}
	const ref = "/compute/projects/" + e2e.Project +
		"/regions/se-sto/customDiskImages/" + goldenImage
	if n := countSpecs(f, cloud.Disks, ref, "source", "diskImageRef"); n != 2 {
		t.Errorf("%d disks are made of %s", n, ref)
	}

	// What becomes of the image does not matter to machines that exist.
	removeImage(f)
	next := machineFence(c, "next")
	early.Until("is ready still", isReady)
	c.TearDown(early, late, next)
	f.NothingLeft()
}

func hasProviderID(m *e2e.Machine, limit time.Duration) {
	m.T.Helper()
	e2e.Within(m.T, limit, m.Object.Name+" has a VM",
		func(ctx context.Context) error {
			v, err := m.Look(ctx)
			return e2e.Both(err, e2e.That(v.Spec.ProviderID != "", "%s",
				e2e.Conditions(v.Status.Conditions)))
		})
}

// awaitsImage waits until the machine says for that reason that it has no
// image, and checks that it has no disk.
func awaitsImage(m *e2e.Machine, reason string) {
	m.T.Helper()
	m.Until("waits for its image", func(v e2e.MachineView) error {
		ready := v.Status.Condition("Ready")
		return e2e.Both(isNotReady(v), e2e.That(ready.Reason == reason &&
			e2e.Mentions(ready.Message, goldenImage), "%s: %s", ready.Reason,
			ready.Message))
	})
	disks, err := m.CloudObjects(m.T.Context(), cloud.Disks)
	m.Do(err)
	if len(disks) > 0 {
		m.T.Errorf("it has %v", disks)
	}
}

// makeImage makes the image, which is ready after that time.
func makeImage(f *e2e.Fixture, ready time.Duration) {
	f.T.Helper()
	ctx := f.T.Context()
	f.Do(f.Cloud.Set(ctx, map[string]any{"latency_ms": map[string]int64{
		"custom_image_create": ready.Milliseconds()}}))
	f.Do(f.Cloud.MakeCustomImage(ctx, e2e.Project, goldenImage, ""))
}

func removeImage(f *e2e.Fixture) {
	f.T.Helper()
	f.Do(f.Cloud.RemoveCustomImage(f.T.Context(), e2e.Project, goldenImage))
	e2e.Eventually(f.T, "the image is gone", func(ctx context.Context) error {
		all, err := f.Inventory(ctx)
		left := append(all.Of(cloud.CustomImages), append(
			all.Of(cloud.BucketAccounts), all.Of(cloud.Buckets)...)...)
		return e2e.Both(err, e2e.That(len(left) == 0, "left: %v", left))
	})
}
