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
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.bringAuthorities()
	f.build(2)
	f.provision()
	first := f.firstServer()
	data := f.dataOf(first.Spec.Bootstrap.ConfigRef.Name).ResourceVersion
	f.stop()
	workloads := func([]byte) (controlplane.Workload, error) { return f.workload, nil }
	f.start(noSwitches, workloads, f)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.settleData()
	if err := f.machineCount(1)(); err != nil {
		t.Error(err)
	}
	if after := f.dataOf(first.Spec.Bootstrap.ConfigRef.Name).ResourceVersion; after != data {
		t.Error("the user data was written again")
	}
	f.core.fallback = toReady
	f.workload.serve(true)
	f.until("both servers", f.readyServers(2))
}

func TestRunEndsWithItsContext(t *testing.T) {
	requireServer(t)
	t.Parallel()
	f := newFixtureWithoutProvider(t)
	ctx, cancel := context.WithCancel(f.ctx)
	cancel()
	options := rke2.Options{Namespaces: []string{f.namespace}}
	if err := rke2.Run(ctx, server.config, options); err != nil {
		t.Error("ended with", err)
	}
	if err := rke2.Start(ctx, server.config, options); !errors.Is(err, context.Canceled) {
		t.Error("started with", err)
	}
}

func TestStartFailsWithoutAnAPIServer(t *testing.T) {
	t.Parallel()
	// No server listens on port 1.
	config := &rest.Config{Host: "https://127.0.0.1:1"}
	if err := rke2.Start(t.Context(), config, rke2.Options{}); err == nil {
		t.Error("started")
	}
}
