package conformance

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Annotations that say what is in the cloud.
const (
	ownerID        = "evroc.com/owner-id"
	prefix         = "evroc.com/resource-prefix"
	vmUID          = "evroc.com/vm-uid"
	officialID     = "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id"
	officialPrefix = "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix"
)

// finalized has something in the cloud.
var finalized = change{"metadata.finalizers", []any{"evroccluster.infrastructure.cluster.x-k8s.io"}}

// annotated sets annotations: key, value, key, value.
func annotated(pairs ...string) change {
	annotations := fields{}
	for i := 0; i < len(pairs); i += 2 {
		annotations[pairs[i]] = pairs[i+1]
	}
	return change{"metadata.annotations", annotations}
}

const managedBy = "cluster.x-k8s.io/managed-by"

// waitForPolicies waits until the admission policies are enforced, which takes
// a moment.
func waitForPolicies(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "probe-"}}
	if err := server.client.Create(ctx, namespace); err != nil {
		return err
	}
	for _, probe := range []struct {
		kind   string
		before fields
		after  fields
	}{
		{"EvrocMachineTemplate", fields{"spec": fields{"template": fields{"spec": machineSpec()}}},
			fields{"spec": fields{"template": fields{"spec": fields{"computeProfile": "c1a.m", "image": "i"}}}}},
		{"EvrocCluster", fields{"spec": clusterSpec(), "metadata": fields{"annotations": fields{managedBy: "x"}}},
			fields{"metadata": fields{"annotations": nil}}},
		{"EvrocMachine", fields{"spec": machineSpec(), "metadata": fields{"annotations": fields{ownerID: "x"}}},
			fields{"metadata": fields{"annotations": fields{ownerID: "y"}}}},
		{"EvrocCluster", fields{"spec": clusterSpec(), "metadata": fields{"annotations": fields{ownerID: "x"}}},
			fields{"metadata": fields{"annotations": fields{managedBy: "x"}}}},
		{"EvrocCluster", fields{"spec": inVPC("v")}, fields{"spec": inVPC("w")}},
		{"EvrocCluster", fields{"spec": clusterSpec()}, fields{"spec": fields{"securityGroups": fields{
			"common": fields{"inlineSecurityGroups": []any{groupOf("r")}},
			"worker": fields{"inlineSecurityGroups": []any{groupOf("s")}}}}}},
		{"EvrocMachine", fields{"spec": machineSpec()}, fields{"spec": fields{"userData": "x"}}},
	} {
		if err := probePolicy(ctx, namespace.Name, probe.kind, probe.before, probe.after); err != nil {
			return fmt.Errorf("wait for the policy on %s: %w", probe.kind, err)
		}
	}
	two := clusterSpec()
	two["nodeInitialization"] = "provider"
	for _, cluster := range []fields{
		{"spec": ipv4Only(clusterSpec())},
		{"spec": two, "metadata": fields{"annotations": fields{externalCloudProvider: "true"}}},
	} {
		if err := waitUntilRefused(ctx, namespace.Name, cluster); err != nil {
			return err
		}
	}
	return nil
}

// waitUntilRefused waits until an EvrocCluster can't be created.
func waitUntilRefused(ctx context.Context, namespace string, cluster fields) error {
	return poll(ctx, func(ctx context.Context) (bool, error) {
		probe := fromFields("EvrocCluster", namespace, cluster)
		err := server.client.Create(ctx, probe)
		if apierrors.IsInvalid(err) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
		return false, client.IgnoreNotFound(server.client.Delete(ctx, probe))
	})
}

// inVPC is a cluster in an existing VPC.
func inVPC(vpc string) fields {
	return fields{"identitySecretName": "credentials", "network": fields{"vpcRef": vpc}}
}

// ipv4Only gives a cluster the stack type that the cloud no longer makes.
func ipv4Only(spec fields) fields {
	network := spec["network"].(fields)
	network["stackType"] = "ipv4-only"
	return spec
}

func probePolicy(ctx context.Context, namespace, kind string, before, after fields) error {
	return poll(ctx, func(ctx context.Context) (bool, error) {
		probe := fromFields(kind, namespace, before)
		if err := server.client.Create(ctx, probe); err != nil {
			return false, err
		}
		err := mergePatch(ctx, probe, after)
		if err != nil && !apierrors.IsInvalid(err) {
			return false, err
		}
		refused := err != nil
		return refused, client.IgnoreNotFound(server.client.Delete(ctx, probe))
	})
}
