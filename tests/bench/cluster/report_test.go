package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

func TestQuantiles(t *testing.T) {
	var times []time.Duration
	for n := range 100 {
		times = append(times, time.Duration(100-n)*time.Millisecond)
	}
	got := quantilesOf(times)
	if got != (quantiles{100, 51, 91, 100, 100}) {
		t.Errorf("%+v", got)
	}
	if quantilesOf(nil) != (quantiles{}) {
		t.Error("of nothing")
	}
}

func TestOnlyTheDriftPollIsAllowedInASteadyState(t *testing.T) {
	drift := cloud.Calls{
		{Method: "GET", Route: "/compute/v1/projects/{project}/disks", Count: 2},
		{Method: "GET", Route: "/iam/v1beta1/projects/{id}", Count: 1},
		{Method: "POST", Route: "/realms/x/token", Count: 5},
	}
	if got := beside(drift); got != "" {
		t.Errorf("%q", got)
	}
	for _, call := range []cloud.Call{
		{Method: "GET", Route: "/compute/v1/disks", Count: 3},
		{Method: "GET", Route: "/compute/v1/disks/{id}", Count: 1},
		{Method: "GET", Route: "/iam/v1beta1/projects/{id}", Count: 3},
		{Method: "PATCH", Route: "/compute/v1/disks", Count: 1},
	} {
		if beside(append(drift, call)) == "" {
			t.Errorf("%+v is no drift poll", call)
		}
	}
}

func TestReportSaysWhatAMachineCosts(t *testing.T) {
	byMethod, tokens := callsByMethod(cloud.Calls{
		{Method: "POST", Route: "/compute/disks", Count: 20},
		{Method: "POST", Route: "/realms/x", Count: 1}})
	r := &report{Mode: "core", Clusters: 1, Machines: 10, Phases: []*phase{{
		Name: "create", Cloud: byMethod, Tokens: tokens,
		Kubernetes: requestsByVerb(faultproxy.Counts{
			{Verb: "patch", Resource: "evrocmachines"}: 25,
			{Verb: "create", Resource: "events"}:       5}),
	}}, RSS: map[string]map[string]float64{"create": {"shim": 12}},
		Together: map[string]float64{"create": 9}}
	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"2.00", "2.50", "0.50", "shim", "12  |",
		"is silent"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, &out)
		}
	}
	r.Moved = "EvrocMachine x"
	if r.Silent() {
		t.Error("silent")
	}
}
