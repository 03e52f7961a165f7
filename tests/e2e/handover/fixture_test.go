package handover

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/official"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// giveBack is the annotation of an EvrocCluster that goes back.
const giveBack = "evroc.com/give-back"

// script runs deploy/take-over on a management cluster of its own.
type script struct {
	*e2e.Fixture
	// user is whom kubectl acts as; an administrator if empty.
	user string
}

// newScript makes a management cluster in which the official provider runs.
func newScript(t *testing.T) *script {
	t.Helper()
	s := &script{Fixture: e2e.NewFixture(t, e2e.FixtureOptions{WithoutShim: true})}
	t.Cleanup(s.clear)
	return s
}

// build makes a cluster that the official provider runs.
func (s *script) build(plan official.Plan) *official.Cluster {
	s.T.Helper()
	c := official.Build(s.Fixture, plan)
	c.PatchCluster(`{"spec":{"paused":false}}`)
	return c
}

// plain is a cluster with two machines, whose names begin with its own.
func plain(name string) official.Plan {
	return official.Plan{Name: name, Machines: []official.MachinePlan{
		{Name: name + "-cp", ControlPlane: true}, {Name: name + "-md"}}}
}

// runShim starts this provider.
func (s *script) runShim() {
	s.T.Helper()
	s.Do(s.StartShim(s.T.Context(), e2e.Shim))
}

// run returns what the script says, and whether it says that all is well.
func (s *script) run(arguments ...string) (string, bool) {
	s.T.Helper()
	command := exec.CommandContext(s.T.Context(), "python3",
		append([]string{filepath.Join(e2e.Root(), "deploy", "take-over")},
			arguments...)...)
	tools := filepath.Dir(binaries.Default().Path(binaries.Kubectl))
	command.Env = append(os.Environ(), "KUBECONFIG="+s.UserKubeconfig(s.user),
		"PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	err := command.Run()
	s.T.Logf("take-over %v: %v\n%s", arguments, err, &said)
	return said.String(), err == nil
}

// works ends the test if the script fails or does not say these texts.
func (s *script) works(command string, texts ...string) string {
	s.T.Helper()
	said, ok := s.run(command, "--timeout=60")
	if !ok {
		s.T.Fatalf("%s failed: %s", command, said)
	}
	s.says(said, texts...)
	return said
}

// fails ends the test if the script does not fail with these texts.
func (s *script) fails(arguments string, texts ...string) string {
	s.T.Helper()
	said, ok := s.run(strings.Fields(arguments)...)
	if ok {
		s.T.Fatalf("%s did not fail: %s", arguments, said)
	}
	s.says(said, texts...)
	return said
}

func (s *script) says(said string, texts ...string) {
	s.T.Helper()
	if text := missing(said, texts); text != "" {
		s.T.Errorf("it does not say %q:\n%s", text, said)
	}
}

// proves waits until the report says that everything can be taken over, and
// says these texts.
func (s *script) proves(texts ...string) string {
	s.T.Helper()
	var said string
	e2e.Eventually(s.T, "all is proven", func(ctx context.Context) error {
		var ok bool
		said, ok = s.run("report")
		return e2e.That(ok && missing(said, texts) == "", "%s", said)
	})
	return said
}

// reports waits until the report says these texts.
func (s *script) reports(texts ...string) {
	s.T.Helper()
	e2e.Eventually(s.T, "it is reported", func(context.Context) error {
		said, _ := s.run("report")
		return e2e.That(missing(said, texts) == "", "%q is missing in %s",
			missing(said, texts), said)
	})
}

// missing returns the first text that is not said.
func missing(said string, texts []string) string {
	for _, text := range texts {
		if !strings.Contains(said, text) {
			return text
		}
	}
	return ""
}

// The kinds that the script reads or writes, and those around them.
var kinds = []schema.GroupVersionKind{
	e2e.MachineKind, e2e.ClusterKind, e2e.MachineTemplateKind,
	clusterv1.GroupVersion.WithKind("Machine"),
	clusterv1.GroupVersion.WithKind("Cluster"),
	{Group: "apps", Version: "v1", Kind: "Deployment"},
	{Version: "v1", Kind: "Pod"},
	{Group: "admissionregistration.k8s.io", Version: "v1",
		Kind: "ValidatingWebhookConfiguration"},
	{Group: "admissionregistration.k8s.io", Version: "v1",
		Kind: "MutatingWebhookConfiguration"},
}

// clear removes everything that the script might find in the next test. No
// controller is there to do it.
func (s *script) clear() {
	ctx := context.Background()
	s.Do(s.Stop(ctx, e2e.Shim))
	// Webhooks first: they would refuse the rest.
	for n := len(kinds) - 1; n >= 0; n-- {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kinds[n])
		s.Do(s.List(ctx, list))
		for _, item := range list.Items {
			s.remove(ctx, &item)
		}
	}
	s.Do(client.IgnoreNotFound(s.Delete(ctx, s.object("ConfigMap", "default",
		"evroc-take-over"))))
	s.putPoliciesBack(ctx)
}

// putPoliciesBack installs the policies that the way back has removed.
func (s *script) putPoliciesBack(ctx context.Context) {
	command := exec.CommandContext(ctx, binaries.Default().Path(binaries.Kubectl),
		"apply", "--server-side", "--force-conflicts",
		"-f", filepath.Join(e2e.Root(), "deploy", "policy"))
	command.Env = append(os.Environ(), "KUBECONFIG="+s.UserKubeconfig(""))
	said, err := command.CombinedOutput()
	s.Do(e2e.That(err == nil, "%s", said))
}

// remove deletes an object at once, whatever its finalizers are.
func (s *script) remove(ctx context.Context, object client.Object) {
	s.Do(s.Patch(ctx, object, client.RawPatch(types.MergePatchType,
		[]byte(`{"metadata":{"finalizers":null}}`))))
	s.Do(client.IgnoreNotFound(s.Delete(ctx, object, client.GracePeriodSeconds(0))))
}

// forget removes all objects of a cluster from the API server.
func (s *script) forget(c *official.Cluster) {
	s.T.Helper()
	ctx := s.T.Context()
	for _, m := range c.Machines {
		s.remove(ctx, e2e.Evroc(e2e.MachineKind, s.Namespace, m.Name(), nil))
		s.remove(ctx, m.Object)
	}
	s.remove(ctx, e2e.Evroc(e2e.ClusterKind, s.Namespace, c.EvrocKey().Name, nil))
	s.remove(ctx, c.Object)
}

// copyOf makes a copy of an EvrocCluster, as somebody does who changes only the
// name in what kubectl returns.
func (s *script) copyOf(c *official.Cluster, name string) {
	s.T.Helper()
	object := e2e.Evroc(e2e.ClusterKind, s.Namespace, c.EvrocKey().Name, nil)
	s.Do(s.Get(s.T.Context(), c.EvrocKey(), object))
	object.SetName(name)
	object.SetUID("")
	object.SetResourceVersion("")
	object.SetManagedFields(nil)
	s.Do(s.Create(s.T.Context(), object))
}

// setConditions writes the conditions of an EvrocMachine.
func (s *script) setConditions(m *official.Machine, conditions []metav1.Condition) {
	s.T.Helper()
	change, err := json.Marshal(map[string]any{
		"status": map[string]any{"conditions": conditions}})
	s.Do(err)
	s.Do(s.Client.Status().Patch(s.T.Context(),
		e2e.Evroc(e2e.MachineKind, s.Namespace, m.Name(), nil),
		client.RawPatch(types.MergePatchType, change)))
}

func (s *script) object(kind, namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: kind})
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

// keptState is what the script remembers.
type keptState struct {
	Paused   []string
	Replicas map[string]int
	Webhooks []unstructured.Unstructured
}

// kept reads it; the second result is whether there is any.
func (s *script) kept() (keptState, bool) {
	s.T.Helper()
	object := s.object("ConfigMap", "default", "evroc-take-over")
	err := s.Get(s.T.Context(), client.ObjectKeyFromObject(object), object)
	s.Do(client.IgnoreNotFound(err))
	var state keptState
	if err == nil {
		text, _, _ := unstructured.NestedString(object.Object, "data", "before")
		s.Do(json.Unmarshal([]byte(text), &state))
	}
	return state, err == nil
}

// paused reports whether a Cluster is paused.
func paused(c *official.Cluster) bool {
	c.T.Helper()
	c.Do(c.Refresh(c.T.Context()))
	return c.Object.Spec.Paused != nil && *c.Object.Spec.Paused
}

func expectPaused(c *official.Cluster, want bool) {
	c.T.Helper()
	if got := paused(c); got != want {
		c.T.Errorf("Cluster %s: paused %v, want %v", c.Object.Name, got, want)
	}
}

// taken reports whether a cluster and all its machines are taken over.
func taken(c *official.Cluster) bool {
	c.T.Helper()
	all := c.View().Annotations[e2e.OwnerIDAnnotation] != ""
	for _, m := range c.Machines {
		all = all && m.View().Annotations[e2e.OwnerIDAnnotation] != ""
	}
	return all
}

func expectTaken(c *official.Cluster, want bool) {
	c.T.Helper()
	if got := taken(c); got != want {
		c.T.Errorf("cluster %s: taken over %v, want %v", c.Object.Name, got, want)
	}
}
