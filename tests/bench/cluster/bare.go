package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// bareWrites repeats the shim's writes of the phase "create", of the same kind
// and size and on as many objects, without a shim. It measures what the API
// server can do on this machine in this run.
func (h *harness) bareWrites(ctx context.Context) error {
	if h.shim != nil {
		h.shim.Kill()
	}
	var create *phase
	for _, p := range h.report.Phases {
		if p.Name == "create" {
			create = p
		}
	}
	if create == nil || create.Kubernetes["patch"] == 0 {
		return nil
	}
	h.say("bare writes")
	objects := min(h.report.Machines, create.Kubernetes["patch"])
	err := inParallel(ctx, objects, func(ctx context.Context, n int) error {
		return h.client.Create(ctx, e2e.Evroc(e2e.MachineKind, namespace,
			bareName(n), map[string]any{"computeProfile": "c1a.s", "image": "x"}))
	})
	if err != nil {
		return err
	}
	writes := create.Kubernetes["patch"]
	began := time.Now()
	err = inParallel(ctx, writes, func(ctx context.Context, n int) error {
		return h.bareWrite(ctx, n%objects, n/objects)
	})
	h.report.Bare = bare{Writes: writes, Seconds: time.Since(began).Seconds()}
	h.report.Bare.Ratio = create.Seconds / h.report.Bare.Seconds
	return err
}

func bareName(n int) string { return fmt.Sprintf("bare-%06d", n) }

// bareWrite writes to one object: metadata in round 0, spec in round 1, then
// status.
func (h *harness) bareWrite(ctx context.Context, n, round int) error {
	object := e2e.Evroc(e2e.MachineKind, namespace, bareName(n), nil)
	switch round {
	case 0:
		return h.client.Patch(ctx, object, merge(map[string]any{
			"metadata": map[string]any{"annotations": map[string]string{
				e2e.OwnerIDAnnotation: bareName(n), e2e.ZoneAnnotation: "a"}}}),
			client.FieldOwner("bare"))
	case 1:
		return h.client.Patch(ctx, object, merge(map[string]any{
			"spec": map[string]any{"providerID": "evroc://" + bareName(n)}}),
			client.FieldOwner("bare"))
	}
	return h.client.Status().Patch(ctx, object, merge(bareStatus(round)),
		client.FieldOwner("bare"))
}

func bareStatus(round int) map[string]any {
	var conditions []any
	for _, kind := range []string{"Ready", "BootstrapDataReady",
		"PublicIPReady", "DiskReady", "VMReady", "NodeInitialized", "Paused"} {
		conditions = append(conditions, map[string]any{
			"type": kind, "status": "True", "reason": "Running",
			"message":            fmt.Sprintf("round %d", round),
			"lastTransitionTime": "2026-01-01T00:00:00Z",
		})
	}
	return map[string]any{"status": map[string]any{
		"ready":          true,
		"state":          "Running",
		"initialization": map[string]any{"provisioned": true},
		"addresses": []any{map[string]any{"type": "InternalIP",
			"address": "10.0.0.1"}},
		"conditions": conditions,
	}}
}

func merge(patch map[string]any) client.Patch {
	content, err := json.Marshal(patch)
	if err != nil { // Impossible: plain values only.
		content = []byte("{}")
	}
	return client.RawPatch(types.MergePatchType, content)
}

// inParallel runs work for 0..n-1.
func inParallel(ctx context.Context, n int,
	work func(context.Context, int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i := range n {
		group.Go(func() error { return work(ctx, i) })
	}
	return group.Wait()
}
