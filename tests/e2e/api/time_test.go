package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// impatient makes /readyz fail soon.
var impatient = e2e.FixtureOptions{ShimFlags: []string{"--not-ready-after=3s"}}

// fails turns an error that is wanted into the lack of one.
func fails(check func(context.Context) error, word string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := check(ctx)
		return e2e.That(err != nil && strings.Contains(err.Error(), word), "%v, want %q", err, word)
	}
}

// The shim's token is refused from one moment to the next, and a new one is in
// its kubeconfig only later: it says so meanwhile, and works on at once.
func TestARotatedKubeconfigIsReadAgain(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, impatient)
	c := ready(f)
	e2e.Eventually(t, "the shim is ready", f.Ready)
	f.Rotate("of-no-use")
	e2e.Within(t, 40*time.Second, "the shim is not ready",
		fails(f.Ready, "[-]kubernetes: has failed for"))
	m := c.NewMachine("m", e2e.MachineOptions{})
	f.Do(f.Alive(t.Context()))
	f.Rotate(f.NewToken())
	rotated := time.Now()
	m.Provisioned()
	e2e.Eventually(t, "the shim is ready again", f.Ready)
	if took := time.Since(rotated); took > 45*time.Second {
		t.Errorf("it took %v", took)
	}
	// One that is replaced while the former still works.
	f.Rotate(f.NewToken())
	e2e.Within(t, 40*time.Second, "it is read again", func(context.Context) error {
		n := strings.Count(f.Log(e2e.Shim), "Reloaded kubeconfig")
		return e2e.That(n >= 3, "%d times", n)
	})
	c.TearDown(m)
	f.NothingLeft()
}

// What the shim can't do its work without is away, and comes back.
func TestReadinessIsOfNow(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, impatient)
	e2e.Eventually(t, "the shim is ready", f.Ready)
	for _, program := range []e2e.Program{e2e.Network, e2e.Compute} {
		f.Kill(program)
		e2e.Eventually(t, "the shim is not ready without "+string(program),
			fails(f.Ready, "[-]"+string(program)))
		f.Do(f.Alive(t.Context()))
		f.Do(f.Restart(t.Context(), program))
		e2e.Eventually(t, "the shim is ready again", f.Ready)
	}
	f.Do(f.API.Down())
	e2e.Eventually(t, "the shim is not ready without the API server", fails(f.Ready, "[-]kubernetes"))
	e2e.Eventually(t, "its watches fail", fails(f.Ready, "[-]informers: the watch of"))
	f.Do(f.Alive(t.Context()))
	f.Do(f.API.Up())
	e2e.Eventually(t, "the shim is ready again", f.Ready)
	blind := f.Fault(f.API, faultproxy.Rule{Refuse: true, Match: faultproxy.Match{
		Path: "/evrocmachines", Verbs: []string{faultproxy.VerbWatch, faultproxy.VerbList}}})
	f.API.CutWatches(faultproxy.Match{})
	e2e.Eventually(t, "the shim is not ready without one watch",
		fails(f.Ready, "[-]informers: the watch of evrocmachines"))
	blind.Remove()
	e2e.Within(t, 40*time.Second, "the shim is ready again", f.Ready)
}

// A watch over which nothing comes any more, though its connection stays.
func TestASilentWatchIsGivenUp(t *testing.T) {
	t.Parallel()
	f := e2e.NewFixture(t, e2e.FixtureOptions{ShimFlags: []string{"--watch-silence=2s"}})
	c := ready(f)
	hold := f.Fault(f.API, faultproxy.Rule{Hold: faultproxy.HoldBefore, Count: 1,
		Match: faultproxy.Match{Path: "/evrocmachines", Verbs: []string{faultproxy.VerbWatch}}})
	f.API.CutWatches(faultproxy.Match{Path: "/evrocmachines"})
	f.AwaitFault(hold)
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Provisioned()
	hold.Remove()
	c.TearDown(m)
	f.NothingLeft()
}

// The Node of a machine is deleted and registers again, without provider ID and
// with its taint. The API server plays the workload cluster.
func TestANodeThatRegistersAgainIsCompletedAgain(t *testing.T) {
	f := newFixture(t)
	c := initializing(f)
	kubeconfig(c, e2e.SharedAPI(t).Config)
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Provisioned()
	node := registered(m)
	complete := func(ctx context.Context) error { return isComplete(ctx, m, node) }
	e2e.Eventually(t, "the Node is complete", complete)
	m.Until("says so", initialized("True", "NodeInitialized"))
	saysOfItsNode(m, "True", "NodeHealthy")

	f.Do(f.Client.Delete(t.Context(), node))
	saysOfItsNode(m, "False", "NodeDeleted")
	m.Until("says so", initialized("Unknown", "WaitingForNode"))
	node = registered(m)
	e2e.Within(t, 30*time.Second, "the Node is complete again", complete)
	m.Until("says so", initialized("True", "NodeInitialized"))

	// It registers again before anybody has seen that it was gone.
	f.Do(f.Client.Delete(t.Context(), node))
	node = registered(m)
	saysOfItsNode(m, "True", "NodeHealthy")
	saysOfItsNode(m, "False", "NodeDeleted")
	e2e.Within(t, 30*time.Second, "the Node is complete again", complete)
	c.TearDown(m)
	f.NothingLeft()
}

// A Node that has the VM's address from the VM that had it before is not written.
func TestAnOldNodeOfTheAddressIsLeftAlone(t *testing.T) {
	f := newFixture(t)
	c := initializing(f)
	m := c.NewMachine("m", e2e.MachineOptions{})
	m.Provisioned()
	old := nodeOf(m, "")
	old.Name = "old-" + old.Name
	register(m, old)
	kubeconfig(c, e2e.SharedAPI(t).Config)
	m.Until("names the Node", func(v e2e.MachineView) error {
		condition := v.Status.Condition("NodeInitialized")
		return e2e.Both(v.Status.Is("NodeInitialized", "Unknown"), e2e.That(
			strings.Contains(condition.Message, old.Name), "%q", condition.Message))
	})
	node := registered(m)
	e2e.Eventually(t, "the Node is complete",
		func(ctx context.Context) error { return isComplete(ctx, m, node) })
	f.Do(f.Get(t.Context(), client.ObjectKeyFromObject(old), old))
	if old.Spec.ProviderID != "" || !isUninitialized(old) {
		t.Errorf("the old Node was written: %+v", old.Spec)
	}
	c.TearDown(m)
	f.NothingLeft()
}

// initializing returns a cluster whose Nodes the shim completes.
func initializing(f *e2e.Fixture) *e2e.Cluster {
	f.T.Helper()
	return f.NewCluster("c", e2e.ClusterOptions{Spec: func(s map[string]any) {
		delete(s, "nodeInitialization")
	}}).Provisioned()
}

func initialized(status metav1.ConditionStatus, reason string) func(e2e.MachineView) error {
	return func(v e2e.MachineView) error {
		return e2e.Both(v.Status.Is("NodeInitialized", status), e2e.That(
			v.Status.Condition("NodeInitialized").Reason == reason, "%+v",
			v.Status.Condition("NodeInitialized")))
	}
}

// registered makes the Node of a machine as its kubelet does.
func registered(m *e2e.Machine) *corev1.Node {
	m.T.Helper()
	return register(m, nodeOf(m, ""))
}

func register(m *e2e.Machine, node *corev1.Node) *corev1.Node {
	m.T.Helper()
	status := node.Status
	m.Do(m.Create(m.T.Context(), node))
	m.T.Cleanup(func() { _ = m.Client.Delete(context.Background(), node) })
	node.Status = status
	m.Do(m.Client.Status().Update(m.T.Context(), node))
	return node
}

func isComplete(ctx context.Context, m *e2e.Machine, node *corev1.Node) error {
	var now corev1.Node
	err := m.Client.Get(ctx, client.ObjectKeyFromObject(node), &now)
	want := "evroc://" + m.VM().UID
	return e2e.Both(err, e2e.That(now.Spec.ProviderID == want && !isUninitialized(&now),
		"providerID %q, taints %v", now.Spec.ProviderID, now.Spec.Taints))
}

func isUninitialized(node *corev1.Node) bool {
	return slices.ContainsFunc(node.Spec.Taints, func(taint corev1.Taint) bool {
		return taint.Key == "node.cloudprovider.kubernetes.io/uninitialized"
	})
}

// saysOfItsNode sets the Machine's condition as core does.
func saysOfItsNode(m *e2e.Machine, status metav1.ConditionStatus, reason string) {
	m.T.Helper()
	m.Do(m.Get(m.T.Context(), client.ObjectKeyFromObject(m.Object), m.Object))
	before := m.Object.DeepCopy()
	m.Object.Status.Conditions = []metav1.Condition{{
		Type: clusterv1.MachineNodeHealthyCondition, Status: status, Reason: reason,
		LastTransitionTime: metav1.Now(),
	}}
	m.Do(m.Client.Status().Patch(m.T.Context(), m.Object, client.MergeFrom(before)))
}

// The cluster names another Secret while the shim is down: the one before is
// released.
func TestTheSecretBeforeIsReleasedAfterAChangeWhileTheShimWasDown(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	const mark = "infrastructure.cluster.x-k8s.io/evroc-credentials"
	held := func(name string, want bool) func(context.Context) error {
		return func(ctx context.Context) error {
			var secret corev1.Secret
			err := f.Client.Get(ctx, types.NamespacedName{Namespace: f.Namespace, Name: name}, &secret)
			_, labelled := secret.Labels[mark]
			is := slices.Contains(secret.Finalizers, mark)
			return e2e.Both(err, e2e.That(is == want && labelled == want,
				"%s: finalizers %v, labels %v", name, secret.Finalizers, secret.Labels))
		}
	}
	e2e.Eventually(t, "it is held", held(c.SecretName(), true))
	other := c.Secret("")
	// As a template would name it: like the copy that the official provider makes.
	other.Name = "c-evroc-credentials"
	f.Do(f.Create(t.Context(), other))
	f.Kill(e2e.Shim)
	c.PatchEvroc(fmt.Sprintf(`{"spec":{"identitySecretName":%q}}`, other.Name))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	e2e.Eventually(t, "the new one is held", held(other.Name, true))
	e2e.Eventually(t, "the one before is not", held(c.SecretName(), false))
	f.Kill(e2e.Shim)
	c.PatchEvroc(fmt.Sprintf(`{"spec":{"identitySecretName":%q}}`, c.SecretName()))
	f.Do(f.Restart(t.Context(), e2e.Shim))
	e2e.Eventually(t, "it is held again", held(c.SecretName(), true))
	e2e.Eventually(t, "the other is not", held(other.Name, false))
	c.ReadyTrue()
	c.TearDown()
	f.NothingLeft()
}

// More objects than a list has on one page, and a second page that has expired.
func TestListsOfMoreThanAPage(t *testing.T) {
	f := newFixture(t)
	c := ready(f)
	const many = 600
	for i := range many {
		f.Do(f.Create(t.Context(), e2e.Evroc(e2e.MachineKind, f.Namespace, fmt.Sprintf("foreign-%d", i),
			map[string]any{"computeProfile": "c1a.s", "image": "ubuntu-minimal.24-04.1"})))
	}
	m := c.NewMachine("z", e2e.MachineOptions{})
	m.Provisioned()
	f.Kill(e2e.Shim)
	expired := f.Fault(f.API, faultproxy.Rule{Count: 1, Status: 410,
		Match: faultproxy.Match{Path: "/evrocmachines$", Query: "continue="}})
	f.Do(f.Restart(t.Context(), e2e.Shim))
	f.AwaitFault(expired)
	e2e.Eventually(t, "all are listed", func(context.Context) error {
		want := fmt.Sprintf("evrocmachines=%d", many+1)
		return e2e.That(strings.Contains(f.Log(e2e.Shim), want), "no word of %s", want)
	})
	after := machineFence(c, "after")
	c.TearDown(m, after)
	f.NothingLeft()
}
