package official

import (
	"bytes"
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
)

// allPlans are the plans of all tables.
func allPlans() map[string]Plan {
	plans := map[string]Plan{"NotProven": notProven()}
	for name, plan := range provisioned() {
		plans["Provisioned/"+name] = plan
	}
	for name, plan := range unfinishedClusters() {
		plans["UnfinishedCluster/"+name] = plan
	}
	for name, machine := range unfinishedMachines() {
		plans["UnfinishedMachine/"+name] = withMachine(machine)
	}
	for name, machine := range deletedMachines() {
		plans["DeletedMachine/"+name] = withMachine(machine)
	}
	return plans
}

// withMachine is a cluster with groups, two machines and this one.
func withMachine(machine MachinePlan) Plan {
	return Plan{Groups: true,
		Machines: []MachinePlan{controlPlane, worker, machine}}
}

// notProven is a cluster with a machine that has only its name in common with
// the one in the cloud.
func notProven() Plan {
	foreign := MachinePlan{Name: "md-1", ForeignVM: true}
	return Plan{Machines: []MachinePlan{controlPlane, worker, foreign}}
}

// The cloud takes what the official provider sends, and the API server serves
// what it has stored.
func TestEachPlanCanBeBuilt(t *testing.T) {
	t.Parallel()
	for name, plan := range allPlans() {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			c := Build(f, plan)
			served(c, e2e.ClusterKind, c.EvrocKey(), c.evrocCluster())
			for _, m := range c.Machines {
				served(c, e2e.MachineKind, m.Key(), m.evrocMachine())
			}
		})
	}
}

// served ends the test if the API server does not serve the object with the
// stored spec and status.
func served(c *Cluster, kind schema.GroupVersionKind, key client.ObjectKey,
	stored *unstructured.Unstructured) {
	c.T.Helper()
	object := e2e.Evroc(kind, key.Namespace, key.Name, nil)
	c.Do(c.Get(c.T.Context(), key, object))
	for _, part := range []string{"spec", "status"} {
		want, err := json.Marshal(stored.Object[part])
		c.Do(err)
		got, err := json.Marshal(object.Object[part])
		c.Do(err)
		if !bytes.Equal(got, want) {
			c.T.Errorf("%s %s: %s is served as\n%s\nand was stored as\n%s",
				kind.Kind, key.Name, part, got, want)
		}
	}
}
