package api

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/product"
)

const matched = "CloudIdentityMatched"

// running makes a cluster with a machine that runs.
func running(f *e2e.Fixture) (*e2e.Cluster, *e2e.Machine) {
	f.T.Helper()
	c := ready(f)
	m := c.NewMachine("m", e2e.MachineOptions{ControlPlane: true}).Provisioned()
	m.Until("is ready", isReady)
	return c, m
}

// anotherCloud starts a second cloud, with a project of the same name.
func anotherCloud(f *e2e.Fixture) *cloud.Cloud {
	f.T.Helper()
	settings, err := json.Marshal(e2e.Quick())
	f.Do(err)
	ctx, cancel := context.WithTimeout(f.T.Context(), 30*time.Second)
	defer cancel()
	second, err := product.Start(ctx, product.Options{
		Dir: f.T.TempDir(), Logs: f.T.TempDir(), Programs: e2e.ProgramsFolder(),
		SimSettings: string(settings), SimFlags: []string{"--project=" + e2e.Project},
		WithoutServices: true,
	})
	f.Do(err)
	f.T.Cleanup(func() { _ = second.Stop() })
	return cloud.New(second.SimURL(), second.Credentials())
}

// use replaces the content of the cluster's Secret.
func use(c *e2e.Cluster, credential []byte) {
	c.T.Helper()
	patch, err := json.Marshal(map[string]any{"data": map[string]any{"config": credential}})
	c.Do(err)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: c.Object.Namespace, Name: c.SecretName()}}
	c.Do(c.Client.Patch(c.T.Context(), secret, client.RawPatch(types.MergePatchType, patch)))
}

func credentialOf(f *e2e.Fixture, from *cloud.Cloud, file string) []byte {
	f.T.Helper()
	content, err := from.Credential(file)
	f.Do(err)
	return content
}

// doubts waits until cluster and machine say that their cloud is another one.
func doubts(c *e2e.Cluster, m *e2e.Machine) {
	c.Until("is in doubt", func(v e2e.ClusterView) error {
		return e2e.That(v.Status.Condition(matched).Reason == "OtherCloud", "%s", e2e.Conditions(v.Status.Conditions))
	})
	m.Until("is in doubt", func(v e2e.MachineView) error {
		return e2e.That(v.Status.Condition(matched).Reason == "OtherCloud", "%s", e2e.Conditions(v.Status.Conditions))
	})
}

func isMatched(c *e2e.Cluster, m *e2e.Machine) {
	c.Until("has its cloud", func(v e2e.ClusterView) error { return v.Status.Is(matched, metav1.ConditionTrue) })
	m.Until("has its cloud", func(v e2e.MachineView) error { return v.Status.Is(matched, metav1.ConditionTrue) })
}

// stays fails if the machine does not go on running, and being ready.
func stays(c *e2e.Cluster, m *e2e.Machine) {
	e2e.Throughout(c.T, 5*time.Second, "nothing is lost", func(ctx context.Context) error {
		machine, err := m.Look(ctx)
		if err != nil {
			return err
		}
		cluster, err := c.Look(ctx)
		if err != nil {
			return err
		}
		return e2e.Both(machine.Status.Is("Ready", metav1.ConditionTrue), cluster.Status.Is("Ready", metav1.ConditionTrue),
			e2e.That(machine.Status.State == "Running", "the machine is %s", machine.Status.State))
	})
}

// The whole of what happens when a Secret leads to another cloud, and back.
func TestAnotherCloudSaysNothing(t *testing.T) {
	f := newFixture(t)
	c, m := running(f)
	second := anotherCloud(f)
	before, err := second.Inventory(t.Context(), "")
	f.Do(err)
	use(c, credentialOf(f, second, "profile.yaml"))
	doubts(c, m)
	message := c.View().Status.Condition(matched).Message
	for _, place := range []string{f.CloudAPI.URL() + "/projects/" + e2e.Project, second.URL + "/projects/" + e2e.Project} {
		if !strings.Contains(message, place) {
			t.Errorf("%q does not name %s", message, place)
		}
	}
	stays(c, m)
	c.DeleteCluster()
	m.Delete()
	m.Until("waits", func(v e2e.MachineView) error {
		return e2e.That(v.Status.Condition("Ready").Reason == "OtherCloud", "%s", e2e.Conditions(v.Status.Conditions))
	})
	e2e.Throughout(t, 5*time.Second, "the deletion waits", func(context.Context) error {
		return e2e.That(vmsOf(f) == 1, "%v", inventory(f))
	})
	after, err := second.Inventory(t.Context(), "")
	f.Do(err)
	if made := cloud.Difference(before, after); made != "" {
		t.Errorf("in the other cloud: %s", made)
	}
	use(c, c.Secret("").Data["config"])
	m.Gone()
	c.DeleteEvroc()
	c.EvrocGone()
	c.Do(c.Release(t.Context(), c.Object))
	f.NothingLeft()
}

// The spec names no project: the Secret alone does, and then names another one.
func TestAnotherProjectOfTheSecretIsAnotherCloud(t *testing.T) {
	f := newFixture(t)
	c, m := running(f)
	if project := c.View().Spec.Project; project != "" {
		t.Fatalf("the spec names the project %s", project)
	}
	right := c.Secret("").Data["config"]
	use(c, bytes.ReplaceAll(right, []byte("project: "+e2e.Project), []byte("project: another")))
	doubts(c, m)
	stays(c, m)
	use(c, right)
	isMatched(c, m)
	c.TearDown(m)
	f.NothingLeft()
}

// Each of these is another way into the same project.
func TestTheSameCloudIsKnownAgain(t *testing.T) {
	f := newFixture(t)
	c := f.NewCluster("c", e2e.ClusterOptions{
		Spec: func(s map[string]any) {
			s["project"] = e2e.Project
			s["controlPlaneConfig"] = map[string]any{
				"loadBalancer": map[string]any{"enabled": false}}
		},
	}).Provisioned()
	m := c.NewMachine("m", e2e.MachineOptions{}).Provisioned()
	m.Until("is ready", isReady)
	uid := m.View().Spec.ProviderID
	for _, way := range []struct {
		name       string
		credential []byte
	}{
		{"another host name", credentialOf(f, f.Cloud, "profile.yaml")},
		{"a service account", c.Secret("service-account.json").Data["config"]},
		{"a static token", c.Secret("token.yaml").Data["config"]},
		{"the other dialect", c.Secret("kubeconfig.yaml").Data["config"]},
		{"and back", c.Secret("profile.yaml").Data["config"]},
	} {
		record := c.View().Annotations["evroc.com/cloud"]
		use(c, way.credential)
		c.Until("has moved on with "+way.name, func(v e2e.ClusterView) error {
			return e2e.Both(v.Status.Is(matched, metav1.ConditionTrue),
				e2e.That(v.Annotations["evroc.com/cloud"] != record, "the record is %s", record))
		})
		stays(c, m)
	}
	if now := m.View().Spec.ProviderID; now != uid || vmsOf(f) != 1 {
		t.Errorf("%s is %s now: %v", uid, now, inventory(f))
	}
	c.TearDown(m)
	f.NothingLeft()
}

// A tool writes the objects again, without what it does not know.
func TestWhatIsStrippedIsWrittenBack(t *testing.T) {
	f := newFixture(t)
	c, m := running(f)
	cluster, machine := c.View(), m.View()
	stripped := `{"metadata":{"annotations":null,"finalizers":null}}`
	c.PatchEvroc(stripped)
	m.PatchEvroc(stripped)
	c.Until("is as before", func(v e2e.ClusterView) error {
		return e2e.That(len(v.Finalizers) > 0 && v.Annotations["evroc.com/owner-id"] == cluster.Annotations["evroc.com/owner-id"] &&
			v.Annotations["evroc.com/cloud"] == cluster.Annotations["evroc.com/cloud"], "%v %v", v.Finalizers, v.Annotations)
	})
	m.Until("is as before", func(v e2e.MachineView) error {
		return e2e.That(len(v.Finalizers) > 0 && v.Annotations["evroc.com/owner-id"] == machine.Annotations["evroc.com/owner-id"] &&
			v.Annotations[e2e.ZoneAnnotation] == machine.Annotations[e2e.ZoneAnnotation], "%v %v", v.Finalizers, v.Annotations)
	})
	if vmsOf(f) != 1 {
		t.Errorf("it was made twice: %v", inventory(f))
	}
	c.TearDown(m)
	f.NothingLeft()
}

// A cluster that an earlier version made has nothing written down.
func TestAClusterWithoutARecordIsPinned(t *testing.T) {
	f := newFixture(t)
	c, m := running(f)
	second := anotherCloud(f)
	f.Do(f.Programs.Stop(t.Context(), e2e.Shim))
	record := c.View().Annotations["evroc.com/cloud"]
	c.PatchEvroc(`{"metadata":{"annotations":{"evroc.com/cloud":null}}}`)
	f.Do(f.Client.Status().Patch(t.Context(), e2e.Evroc(e2e.ClusterKind, c.EvrocKey().Namespace, c.EvrocKey().Name, nil),
		client.RawPatch(types.MergePatchType, []byte(`{"status":{"annotations":null}}`))))
	use(c, credentialOf(f, second, "profile.yaml"))
	f.Do(f.Programs.Restart(t.Context(), e2e.Shim))
	doubts(c, m)
	stays(c, m)
	use(c, c.Secret("").Data["config"])
	isMatched(c, m)
	c.Until("has its record", func(v e2e.ClusterView) error {
		return e2e.That(v.Annotations["evroc.com/cloud"] == record, "%s", v.Annotations["evroc.com/cloud"])
	})
	c.TearDown(m)
	f.NothingLeft()
}

// An operator gives a cloud up for good: deletions end, and it is left alone.
func TestAnAbandonedCloudIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	c, m := running(f)
	left := inventory(f)
	second := anotherCloud(f)
	use(c, credentialOf(f, second, "profile.yaml"))
	doubts(c, m)
	message := c.View().Status.Condition(matched).Message
	place := message[strings.LastIndex(message, " ")+1:]
	c.PatchEvroc(`{"metadata":{"annotations":{"evroc.com/abandon-cloud":"` + place + `"}}}`)
	c.Until("lives elsewhere", func(v e2e.ClusterView) error {
		_, stays := v.Annotations["evroc.com/abandon-cloud"]
		return e2e.Both(v.Status.Is(matched, metav1.ConditionTrue), e2e.That(!stays, "the annotation stays"),
			e2e.That(strings.Contains(v.Annotations["evroc.com/cloud"], second.URL), "%s", v.Annotations["evroc.com/cloud"]))
	})
	m.Until("is lost", func(v e2e.MachineView) error {
		return e2e.That(v.Status.State == "Lost", "it is %s", v.Status.State)
	})
	c.TearDown(m)
	if now := inventory(f); cloud.Difference(left, now) != "" {
		t.Errorf("touched: %s", cloud.Difference(left, now))
	}
	made, err := second.Inventory(t.Context(), "")
	f.Do(err)
	if vms := made.Of(cloud.Machines); len(vms) > 0 {
		t.Errorf("left in the new cloud: %v", made)
	}
}
