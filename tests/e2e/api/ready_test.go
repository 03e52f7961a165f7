package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// Ready of an EvrocCluster and of an EvrocMachine is a measurement: these tests
// go through the rows of ADR 29.

// clusterSays waits until the cluster has these conditions: "Ready=False/Reason", or
// only "Ready=True".
func clusterSays(c *e2e.Cluster, wanted ...string) {
	c.T.Helper()
	c.Until("says "+strings.Join(wanted, ", "), func(v e2e.ClusterView) error {
		return haveAll(v.Status.CommonStatus, wanted)
	})
}

func machineSays(m *e2e.Machine, wanted ...string) {
	m.T.Helper()
	m.Until("says "+strings.Join(wanted, ", "), func(v e2e.MachineView) error {
		return haveAll(v.Status.CommonStatus, wanted)
	})
}

func haveAll(status e2e.CommonStatus, wanted []string) error {
	for _, each := range wanted {
		kind, is, _ := strings.Cut(each, "=")
		state, reason, _ := strings.Cut(is, "/")
		c := status.Condition(kind)
		if err := e2e.Both(status.Is(kind, metav1.ConditionStatus(state)),
			e2e.That(reason == "" || c.Reason == reason, "%s: %s: %s", kind,
				c.Reason, c.Message)); err != nil {
			return err
		}
	}
	return nil
}

// warned waits for an event with that reason in the fixture's namespace, whose
// message has these texts.
func warned(f *e2e.Fixture, reason string, texts ...string) {
	f.T.Helper()
	e2e.Eventually(f.T, "there is an event "+reason,
		func(ctx context.Context) error {
			var events corev1.EventList
			err := f.List(ctx, &events, client.InNamespace(f.Namespace))
			for _, event := range events.Items {
				if event.Reason == reason && event.Type == corev1.EventTypeWarning &&
					!slices.ContainsFunc(texts, func(text string) bool {
						return !strings.Contains(event.Message, text)
					}) {
					return nil
				}
			}
			return e2e.Both(err, e2e.That(false, "%d others", len(events.Items)))
		})
}

// The endpoint's public IP is released in the console, and somebody else takes
// its name and gets an address.
func TestReadyIsFalseOnceTheAddressIsSomebodyElses(t *testing.T) {
	f := drifting(t)
	c := ready(f)
	c.ReadyTrue()
	ctx := t.Context()
	addresses := inventory(f).Of(cloud.PublicIPs)
	if len(addresses) != 1 {
		t.Fatalf("public IPs %v", addresses)
	}
	id := addresses[0].ID
	// Else it would be made again at once.
	c.PatchCluster(`{"spec":{"paused":true}}`)
	clusterSays(c, "Paused=True")
	for _, collection := range []string{cloud.LoadBalancers, cloud.PublicIPs} {
		for _, object := range inventory(f).Of(collection) {
			f.Do(f.Cloud.API(ctx, http.MethodDelete, e2e.Project, collection,
				object.ID, nil, nil))
		}
	}
	e2e.Eventually(t, "somebody else has the name",
		func(ctx context.Context) error {
			return f.Cloud.API(ctx, http.MethodPost, e2e.Project,
				cloud.PublicIPs, "", map[string]any{
					"metadata": map[string]any{"id": id},
					"spec":     map[string]any{},
				}, nil)
		})
	c.PatchCluster(`{"spec":{"paused":false}}`)
	clusterSays(c, "Ready=False/Blocked", "SpecApplied=False/Blocked")
}

// A public IP is put onto a machine that runs, and the cloud refuses it.
func TestAStopIsReportedBesideARefusedPatch(t *testing.T) {
	f := drifting(t)
	c := ready(f)
	m := machineFence(c, "m")
	machineSays(m, "Ready=True", "SpecApplied=True")
	refuse := f.Fault(f.CloudAPI, faultproxy.Rule{
		Match:  faultproxy.Match{Method: "PATCH", Path: "virtualMachines"},
		Status: 422})
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"y"}}}`)
	machineSays(m, "Ready=True", "SpecApplied=False/InvalidConfiguration")
	m.Act(cloud.Stop)
	machineSays(m, "Ready=False/Stopped", "VMReady=False/Stopped",
		"SpecApplied=False/InvalidConfiguration")
	m.Act(cloud.Begin)
	machineSays(m, "Ready=True", "SpecApplied=False/InvalidConfiguration")
	refuse.Remove()
	m.PatchEvroc(`{"spec":{"additionalLabels":{"x":"z"}}}`)
	machineSays(m, "Ready=True", "SpecApplied=True")
	c.TearDown(m)
	f.NothingLeft()
}

// A public IP of another project is asked for, which is refused before the
// machine is looked at; then somebody deletes its VM in the console.
func TestALossIsReportedBesideARefusedField(t *testing.T) {
	f := drifting(t)
	c := ready(f)
	m := machineFence(c, "m")
	machineSays(m, "Ready=True", "SpecApplied=True")
	m.PatchEvroc(`{"spec":{"networkingConfig":{"publicIP":{"enabled":true,` +
		`"existingID":"/networking/projects/another/regions/se-sto` +
		`/publicIPs/theirs"}}}}`)
	machineSays(m, "Ready=True", "SpecApplied=False/InvalidConfiguration")
	m.Act(cloud.Vanish)
	machineSays(m, "Ready=False/Lost", "VMReady=False/Lost",
		"SpecApplied=False/InvalidConfiguration")
	warned(f, "VMLost")
	if v := m.View(); v.Status.State != "Lost" {
		t.Errorf("state %s", v.Status.State)
	}
	c.TearDown(m)
	f.NothingLeft()
}

// The cloud goes away while nothing is to be done.
func TestACloudThatIsAwayIsToldAndReadyStays(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{
		Drift:     time.Second,
		ShimFlags: []string{"--stale-after=3s"},
	})
	c := ready(f)
	m := machineFence(c, "m")
	clusterSays(c, "Ready=True", "CloudReachable=True")
	fault := breakCloud(f, http.StatusServiceUnavailable)
	clusterSays(c, "Ready=True", "CloudReachable=Unknown/CloudUnreachable")
	machineSays(m, "Ready=True", "CloudReachable=Unknown/CloudUnreachable")
	warned(f, "CloudUnreachable")
	fault.Remove()
	clusterSays(c, "Ready=True", "CloudReachable=True")
	machineSays(m, "Ready=True", "CloudReachable=True")
	c.TearDown(m)
	f.NothingLeft()
}

// The four forms of an overlap.
func TestBlocksThatOverlapAreRefusedBeforeAnythingIsMade(t *testing.T) {
	f := newFixture(t)
	for n, blocks := range []struct{ pods, services []string }{
		{[]string{"10.0.0.0/16"}, []string{"10.96.0.0/12"}},
		{[]string{"10.244.0.0/16"}, []string{"10.0.9.0/24"}},
		{[]string{"10.96.0.0/16"}, []string{"10.96.0.0/12"}},
		{[]string{"10.244.0.0/16", "10.244.1.0/24"}, []string{"10.96.0.0/12"}},
	} {
		c := f.NewCluster(name("c", n), e2e.ClusterOptions{
			Change: func(cluster *clusterv1.Cluster,
				_ *unstructured.Unstructured) {
				cluster.Spec.ClusterNetwork.Pods.CIDRBlocks = blocks.pods
				cluster.Spec.ClusterNetwork.Services.CIDRBlocks = blocks.services
			}})
		clusterSays(c, "Ready=False/InvalidConfiguration",
			"SpecApplied=False/InvalidConfiguration")
		c.AwaitMention("overlaps")
		if made := inventory(f).With("capi-cluster-id", c.OwnerID()); len(made) > 0 {
			t.Errorf("%v was made", made)
		}
		c.TearDown()
	}
	f.NothingLeft()
}

func TestBlocksThatOverlapOnARunningClusterLeaveItReady(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	c.ReadyTrue()
	c.PatchCluster(`{"spec":{"clusterNetwork":{"pods":{"cidrBlocks":` +
		`["10.0.0.0/16"]}}}}`)
	clusterSays(c, "Ready=True", "SpecApplied=False/BlocksOverlap")
	c.PatchCluster(`{"spec":{"clusterNetwork":null}}`)
	clusterSays(c, "Ready=True", "SpecApplied=True")
	c.TearDown()
	f.NothingLeft()
}

// refuseWrites does what an admission policy does.
func refuseWrites(f *e2e.Fixture, path string) *faultproxy.Fault {
	f.T.Helper()
	return f.Fault(f.API, faultproxy.Rule{
		Match:  faultproxy.Match{Method: "PATCH", Path: path},
		Status: 422, Reason: "Invalid", Message: "a policy denied it"})
}

func TestARefusedFinalizerAndARefusedStatusAreTold(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"evrocclusters/c$", "evrocclusters/c/status$",
		"secrets/c-credentials$"} {
		t.Run(strings.Trim(strings.ReplaceAll(path, "/", "-"), "$"), func(t *testing.T) {
			f := newFixture(t)
			refuse := refuseWrites(f, path)
			c := f.NewCluster("c", e2e.ClusterOptions{})
			warned(f, "WriteRefused")
			if !strings.Contains(path, "status") {
				clusterSays(c, "Ready=False/WriteRefused")
			}
			refuse.Remove()
			c.Provisioned()
			c.ReadyTrue()
			c.TearDown()
			f.NothingLeft()
		})
	}
}

// An object that hangs says why, and is not called deleted.
func TestADeletionThatAPolicyHoldsUpIsTold(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	refuse := refuseWrites(f, "secrets/c-credentials")
	c.DeleteCluster()
	c.DeleteEvroc()
	clusterSays(c, "Ready=False/WriteRefused")
	// What the API says of a Secret is told nowhere.
	c.AwaitMention("c-credentials")
	warned(f, "WriteRefused")
	refuse.Remove()
	c.EvrocGone()
	f.NothingLeft()
}
