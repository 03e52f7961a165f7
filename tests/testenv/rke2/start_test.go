package rke2_test

import (
	"context"
	"errors"
	"testing"

	"k8s.io/client-go/rest"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
)

func TestARestartMakesNothingTwice(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.fallback = toProvisioned
	w.bringAuthorities()
	w.build(2)
	w.provision()
	first := w.firstServer()
	data := w.dataOf(first.Spec.Bootstrap.ConfigRef.Name).ResourceVersion
	w.stop()
	workloads := func([]byte) (controlplane.Workload, error) { return w.workload, nil }
	w.start(noSwitches, workloads, w)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.settleData()
	if err := w.machineCount(1)(); err != nil {
		t.Error(err)
	}
	if after := w.dataOf(first.Spec.Bootstrap.ConfigRef.Name).ResourceVersion; after != data {
		t.Error("the user data was written again")
	}
	w.core.fallback = toReady
	w.workload.serve(true)
	w.until("both servers", w.readyServers(2))
}

func TestRunEndsWithItsContext(t *testing.T) {
	requireServer(t)
	t.Parallel()
	w := newSilentWorld(t)
	ctx, cancel := context.WithCancel(w.ctx)
	cancel()
	options := rke2.Options{Namespaces: []string{w.namespace}}
	if err := rke2.Run(ctx, server.config, options); err != nil {
		t.Error("ended with", err)
	}
	if err := rke2.Start(ctx, server.config, options); !errors.Is(err, context.Canceled) {
		t.Error("started with", err)
	}
}

func TestStartFailsWithoutAnAPIServer(t *testing.T) {
	t.Parallel()
	// Nobody listens on port 1.
	config := &rest.Config{Host: "https://127.0.0.1:1"}
	if err := rke2.Start(t.Context(), config, rke2.Options{}); err == nil {
		t.Error("started")
	}
}
