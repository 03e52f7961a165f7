package e2e

import (
	"context"
	"encoding/json"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload"
)

// WithCloud returns the stack with another cloud, whose simulator answers these
// open questions of the API as given. Everything else is shared: our programs
// find the cloud through the clusters' credentials.
func (s *Stack) WithCloud(t testing.TB, choices map[string]string) *Stack {
	t.Helper()
	settings := FullSettings()
	settings["choices"] = choices
	encoded, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), ready)
	defer cancel()
	second, err := product.Start(ctx, product.Options{
		Dir: t.TempDir(), Logs: t.TempDir(), Programs: ProgramsFolder(),
		SimSettings: string(encoded), SimFlags: []string{"--project=" + Project},
		WithoutServices: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := second.Stop(); err != nil {
			t.Error(err)
		}
	})
	booted, err := workload.Start(ctx, workload.Options{SimURL: second.SimURL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(booted.Stop)
	return &Stack{Environment: s.Environment, Client: s.Client,
		Kubeconfig: s.Kubeconfig, Booted: booted,
		Cloud: cloud.New(second.SimURL(), second.Credentials())}
}
