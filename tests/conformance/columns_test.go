package conformance

import (
	"os/exec"
	"strings"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// TestColumns checks that kubectl get shows what users need first.
func TestColumns(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	labels := change{"metadata.labels", fields{"cluster.x-k8s.io/cluster-name": "c1"}}
	cluster := created(ctx, t, "EvrocCluster", namespace, labels,
		change{"spec.region", "se-sto"},
		change{"spec.controlPlaneEndpoint", fields{"host": "192.0.2.1", "port": int64(6443)}})
	if err := mergePatchStatus(ctx, cluster, clusterStatus()); err != nil {
		t.Fatal(err)
	}
	machine := created(ctx, t, "EvrocMachine", namespace, labels, change{"spec.providerID", "evroc://uid"},
		change{"metadata.ownerReferences", []any{fields{
			"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Machine", "name": "m1", "uid": "1"}}})
	err := mergePatchStatus(ctx, machine, fields{
		"state": "Running", "failureDomain": "b",
		"addresses": []any{
			fields{"type": "InternalIP", "address": "10.0.1.2"}, fields{"type": "ExternalIP", "address": "192.0.2.2"}},
		"conditions": []any{condition("Ready", "True", "AllWell", "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	wantColumns(t, namespace, "evc", "c1", "True", "Provisioned", "192.0.2.1", "6443", "vpc-1", "se-sto")
	wantColumns(t, namespace, "evm", "c1", "m1", "True", "AllWell", "Running", "b", "c1a.s", "10.0.1.2", "192.0.2.2", "evroc://uid")
}

// wantColumns checks the only row, from the second column to the one before the
// age.
func wantColumns(t *testing.T, namespace, what string, want ...string) {
	t.Helper()
	output, err := exec.Command(server.programs.Path(binaries.Kubectl), "--kubeconfig", server.kubeconfig,
		"--namespace", namespace, "get", what, "-o", "wide", "--no-headers").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	row := strings.Fields(string(output))
	if len(row) < 2 || strings.Join(row[1:len(row)-1], " ") != strings.Join(want, " ") {
		t.Errorf("kubectl get %s shows %v, want %v", what, row, want)
	}
}
