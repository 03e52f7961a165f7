//go:build conformance

package checks

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	clusterctl "sigs.k8s.io/cluster-api/cmd/clusterctl/client/cluster"
	"sigs.k8s.io/cluster-api/test/framework"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

func TestMain(m *testing.M) { os.Exit(e2e.MainFull(m)) }

// ownerCheck is of the form that the framework's are.
type ownerCheck = func(types.NamespacedName, []metav1.OwnerReference) error

// ours are the owners that our kinds have in a cluster of a template.
func ours() map[string]ownerCheck {
	owner := func(kind string, controller bool) ownerCheck {
		reference := metav1.OwnerReference{
			APIVersion: clusterv1.GroupVersion.String(), Kind: kind}
		if controller {
			reference.Controller = &controller
		}
		return func(_ types.NamespacedName, owners []metav1.OwnerReference) error {
			return framework.HasExactOwners(owners, reference)
		}
	}
	return map[string]ownerCheck{
		"EvrocCluster":         owner("Cluster", false),
		"EvrocMachine":         owner("Machine", true),
		"EvrocMachineTemplate": owner("Cluster", false),
	}
}

// The credential's Secret has no owner; the framework knows only the others.
func withoutCredential(c *e2e.FullCluster) map[string]ownerCheck {
	checks := maps.Clone(framework.KubernetesReferenceAssertions)
	others := checks["Secret"]
	checks["Secret"] = func(key types.NamespacedName,
		owners []metav1.OwnerReference) error {
		if key.Name == credentialOf(c) {
			return framework.HasExactOwners(owners)
		}
		return others(key, owners)
	}
	return checks
}

func credentialOf(c *e2e.FullCluster) string { return c.Name + "-evroc-credentials" }

func finalizers(c *e2e.FullCluster) map[string]func(types.NamespacedName) []string {
	always := func(finalizer string) func(types.NamespacedName) []string {
		return func(types.NamespacedName) []string { return []string{finalizer} }
	}
	return map[string]func(types.NamespacedName) []string{
		"EvrocCluster": always("evroccluster.infrastructure.cluster.x-k8s.io"),
		"EvrocMachine": always("evrocmachine.infrastructure.cluster.x-k8s.io"),
		"Secret": func(key types.NamespacedName) []string {
			if key.Name != credentialOf(c) {
				return nil
			}
			return []string{"infrastructure.cluster.x-k8s.io/evroc-credentials"}
		},
	}
}

// observe looks at what workers reach the API servers by until stop is called,
// which returns what changed.
func observe(c *e2e.FullCluster) (stop func() error) {
	ctx, cancel := context.WithCancel(c.T.Context())
	view, err := c.View(ctx)
	c.Do(err)
	look := func() ([]string, error) {
		return c.Cloud.Backends(ctx, e2e.Project,
			view.Annotations[e2e.OwnerIDAnnotation])
	}
	before, err := look()
	c.Do(err)
	inventory, err := c.Inventory(ctx)
	c.Do(err)
	var changed error
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if now, err := look(); err == nil && !slices.Equal(now, before) {
				changed = fmt.Errorf("backends %v, before %v", now, before)
			}
			time.Sleep(200 * time.Millisecond)
		}
	})
	return func() error {
		cancel()
		done.Wait()
		after, err := c.Inventory(c.T.Context())
		difference := cloud.Difference(inventory, after)
		return e2e.Both(changed, e2e.Both(err,
			e2e.That(difference == "", "the cloud changed:\n%s", difference)))
	}
}

// Cluster API's own checks (its module test/framework), and after each of them
// the endpoint of the workload cluster is as it was, and was all the time.
func TestConformance(t *testing.T) {
	c := e2e.SharedStack(t).Make(t, "conformance", e2e.FullOptions{
		ControlPlane: 3, Workers: 1, Zones: []string{"a", "b", "c"}})
	c.Ready()
	gomega.RegisterFailHandler(ginkgo.Fail)
	scheme := e2e.Scheme()
	framework.TryAddDefaultSchemes(scheme)
	proxy := framework.NewClusterProxy("management", c.Kubeconfig, scheme)
	filter := clusterctl.FilterClusterObjectsWithNameFilter(c.Name)
	owners := []map[string]ownerCheck{ours(), withoutCredential(c),
		framework.CoreOwnerReferenceAssertion,
		framework.KubeadmBootstrapOwnerReferenceAssertions,
		framework.KubeadmControlPlaneOwnerReferenceAssertions(false)}
	checks := map[string]func(context.Context){
		"owner references come back": func(ctx context.Context) {
			framework.ValidateOwnerReferencesResilience(ctx, proxy, c.Namespace,
				c.Name, filter, owners...)
		},
		"owner references get the version in use": func(ctx context.Context) {
			framework.ValidateOwnerReferencesOnUpdate(ctx, proxy, c.Namespace,
				c.Name, filter, owners...)
		},
		"finalizers come back": func(ctx context.Context) {
			framework.ValidateFinalizersResilience(ctx, proxy, c.Namespace, c.Name,
				filter, framework.CoreFinalizersAssertionWithLegacyClusters,
				framework.KubeadmControlPlaneFinalizersAssertion, finalizers(c))
		},
		"nobody writes without need": func(ctx context.Context) {
			framework.ValidateResourceVersionStable(ctx,
				framework.ValidateResourceVersionStableInput{ClusterProxy: proxy,
					Namespace: c.Namespace, OwnerGraphFilterFunction: filter,
					WaitToRemainStable: []any{"30s", "5s"}})
		},
	}
	ginkgo.Describe("Cluster API's check", func() {
		for name, check := range checks {
			ginkgo.It(name, func(ctx context.Context) {
				stop := observe(c)
				check(ctx)
				gomega.Expect(stop()).To(gomega.Succeed())
			})
		}
	})
	if !ginkgo.RunSpecs(t, "Cluster API's own checks") {
		t.Error("see above")
	}
	c.Ready()
	c.TearDown()
}
