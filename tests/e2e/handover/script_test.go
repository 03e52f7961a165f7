package handover

import (
	"maps"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/official"
)

// The whole way there and back. Each command is repeated, as after an
// interruption.
func TestTheWholeWay(t *testing.T) {
	s := newScript(t)
	a, b := s.build(plain("a")), s.build(plain("b"))
	template := e2e.Evroc(e2e.MachineTemplateKind, s.Namespace, "spare",
		map[string]any{"template": map[string]any{"spec": map[string]any{
			"computeProfile": "c1a.s"}}})
	s.Do(s.Create(t.Context(), template))
	p := s.provider()
	before := s.webhooks()

	s.fails("report", "EvrocCluster "+s.Namespace+"/a: not looked at",
		"EvrocMachine "+s.Namespace+"/b-md: not looked at",
		"6 objects, of which 6 can't be taken over", "Deployment "+s.Namespace+
			"/official, 2 replicas", "MutatingWebhookConfiguration official-mutating",
		"ValidatingWebhookConfiguration official-validating")
	s.fails("go", "run stop first")
	expectPaused(a, false)

	s.stopInterrupted(p, a, b)
	s.endPods()
	s.works("stop", "removed 2 webhook")
	s.works("stop", "paused 0 Clusters")
	s.stopped(p, before, a, b)
	s.fails("check", "6 objects are not taken over")

	s.runShim()
	said := s.proves()
	for _, c := range []*official.Cluster{a, b} {
		s.says(said, "EvrocCluster "+s.Namespace+"/"+c.Object.Name+": Proven",
			c.Balancer(), c.Machines[0].BootDisk(), "; nothing else changes")
	}
	if strings.Contains(said, "spare") {
		t.Errorf("templates need nothing: %s", said)
	}
	for range 2 {
		s.works("go", "all objects are taken over and ready")
	}
	s.works("check", "all objects are taken over and ready")
	s.works("report", "TakenOver")
	for _, c := range []*official.Cluster{a, b} {
		expectPaused(c, false)
		expectTaken(c, true)
	}
	if state, _ := s.kept(); len(state.Paused) > 0 || len(state.Webhooks) != 2 {
		t.Errorf("kept: %+v", state)
	}

	s.works("back", "official\": 2}", "remove the annotation evroc.com/give-back")
	s.works("back")
	if now := s.webhooks(); !maps.Equal(before, now) {
		t.Errorf("the webhooks were\n%v\nand are\n%v", before, now)
	}
	expectTaken(a, false)
	expectTaken(b, false)
	// The official provider takes a change of a template.
	s.Do(s.Patch(t.Context(), template, client.RawPatch(types.MergePatchType,
		[]byte(`{"spec":{"template":{"spec":{"computeProfile":"c1a.m"}}}}`))))
}

// stopInterrupted ends `stop` while the official provider has not.
func (s *script) stopInterrupted(p *provider, clusters ...*official.Cluster) {
	s.T.Helper()
	count := len(s.webhooks())
	s.fails("stop --timeout=1", "official-0", "official-1")
	for _, c := range clusters {
		expectPaused(c, true)
	}
	if n := s.replicas(p); n != 0 {
		s.T.Errorf("%d replicas", n)
	}
	// Without them it would still do what it refuses with them.
	if len(s.webhooks()) != count {
		s.T.Errorf("webhooks were removed before it had ended")
	}
	s.fails("go", "run stop first")
}

// stopped ends the test if not all is as `stop` leaves it.
func (s *script) stopped(p *provider, before map[string]string,
	clusters ...*official.Cluster) {
	s.T.Helper()
	if now := s.webhooks(); len(now) != 1 || now["validating/policies"] == "" {
		s.T.Errorf("the webhooks are %v, were %v", now, before)
	}
	state, _ := s.kept()
	var names []string
	for _, c := range clusters {
		expectPaused(c, true)
		names = append(names, s.Namespace+"/"+c.Object.Name)
	}
	if !slices.Equal(state.Paused, names) || len(state.Webhooks) != 2 ||
		state.Replicas[s.Namespace+"/official"] != 2 || s.replicas(p) != 0 {
		s.T.Errorf("kept: %+v", state)
	}
}

// A machine that this provider has made is named, and nothing is put back while
// it is there.
func TestTheWayBackNamesWhatCantGo(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	p := s.provider()
	s.endPods()
	s.works("stop", "removed 2 webhook")
	s.runShim()
	s.proves()
	s.works("go")
	fresh := a.NewMachine("a-new", e2e.MachineOptions{}).Provisioned()
	s.fails("back --timeout=3", "EvrocMachine "+s.Namespace+"/a-new: NotTheirs")
	if n := len(s.webhooks()); n != 1 || s.replicas(p) != 0 {
		t.Errorf("%d webhooks", n)
	}
	fresh.Delete()
	fresh.Gone()
	s.works("back", "remove the annotation")
	if n := len(s.webhooks()); n != 3 {
		t.Errorf("%d webhooks", n)
	}
	expectTaken(a, false)
}

// One object that is not proven keeps everything as it is.
func TestWhatIsNotProvenKeepsAllAsItIs(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	foreign := plain("b")
	foreign.Machines[1].ForeignVM = true
	b := s.build(foreign)
	s.works("stop")
	s.runShim()
	name := "EvrocMachine " + s.Namespace + "/b-md: NotProven"
	s.reports("EvrocCluster "+s.Namespace+"/a: Proven", "a-cp: Proven",
		"a-md: Proven", "b-cp: Proven", name, "of which 1 can't")
	s.fails("go", name, "nothing was changed")
	for _, c := range []*official.Cluster{a, b} {
		expectPaused(c, true)
		expectTaken(c, false)
	}
	if state, _ := s.kept(); len(state.Paused) != 2 {
		t.Errorf("kept: %+v", state)
	}
}

// What its user has paused, before or after, stays paused and is not waited
// for.
func TestWhatItsUserHasPausedIsLeftAlone(t *testing.T) {
	s := newScript(t)
	before := s.build(plain("a"))
	before.PatchCluster(`{"spec":{"paused":true}}`)
	partly := plain("b")
	partly.Machines[1].Paused = true
	b := s.build(partly)
	c := s.build(plain("c"))
	s.works("stop", "paused 2 Clusters")
	s.runShim()
	s.proves("a-md: Proven", "left alone: its Cluster is paused")
	s.works("go", "left alone: its Cluster is paused", "left alone: it is paused",
		"all other objects are taken over and ready")
	expectPaused(before, true)
	expectTaken(before, false)
	expectPaused(b, false)
	if b.Machines[1].View().Annotations[e2e.OwnerIDAnnotation] != "" {
		t.Errorf("a machine that is paused by itself was taken over")
	}
	expectTaken(c, true)

	c.PatchCluster(`{"spec":{"paused":true}}`)
	s.works("go")
	expectPaused(c, true)
	s.fails("back", "nothing was changed", "its Cluster is paused")
	if c.View().Annotations[giveBack] != "" {
		t.Errorf("it is given back")
	}

	before.PatchCluster(`{"spec":{"paused":false}}`)
	s.works("go")
	expectTaken(before, true)
}

// A pause of the EvrocCluster alone holds its machines too.
func TestAnEvrocClusterThatIsPausedIsLeftAlone(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	a.PatchEvroc(`{"metadata":{"annotations":{"` + clusterv1.PausedAnnotation + `":""}}}`)
	s.works("stop")
	s.runShim()
	s.proves()
	s.works("go", "left alone: its EvrocCluster is paused", "left alone: it is paused")
	expectPaused(a, false)
	expectTaken(a, false)
}

// A Cluster that is gone since `stop` does not hold the others up.
func TestAClusterThatIsDeletedMeanwhile(t *testing.T) {
	s := newScript(t)
	a, b := s.build(plain("a")), s.build(plain("b"))
	s.works("stop", "paused 2 Clusters")
	s.forget(a)
	s.runShim()
	s.proves()
	s.works("go", "all objects are taken over and ready")
	expectTaken(b, true)
	if state, _ := s.kept(); len(state.Paused) > 0 {
		t.Errorf("kept: %+v", state)
	}
}

// Nobody reconciles what has no owner, in either provider.
func TestAnEvrocClusterWithoutACluster(t *testing.T) {
	s := newScript(t)
	a, b := s.build(plain("a")), s.build(plain("b"))
	a.PatchEvroc(`{"metadata":{"ownerReferences":null}}`)
	for _, m := range a.Machines {
		m.PatchEvroc(`{"metadata":{"ownerReferences":null}}`)
	}
	s.works("stop")
	s.runShim()
	s.proves()
	s.works("go", "left alone: no Cluster owns it", "left alone: no Machine owns it",
		"all other objects are taken over and ready")
	expectTaken(a, false)
	expectTaken(b, true)
}

// What this provider will never look at has a reason, and holds nothing up: a
// machine whose EvrocCluster is gone, a copy, and what another controller manages.
func TestWhatCantBeTakenOverHoldsNothingUp(t *testing.T) {
	s := newScript(t)
	a, b, d := s.build(plain("a")), s.build(plain("b")), s.build(plain("d"))
	s.copyOf(b, "b-copy")
	s.remove(t.Context(), e2e.Evroc(e2e.ClusterKind, s.Namespace, "a", nil))
	d.PatchEvroc(`{"metadata":{"finalizers":null}}`)
	d.PatchEvroc(`{"metadata":{"annotations":` +
		`{"cluster.x-k8s.io/managed-by":"another"}}}`)
	s.works("stop")
	s.runShim()
	name := func(kind, object string) string {
		return "Evroc" + kind + " " + s.Namespace + "/" + object + ": "
	}
	told := []string{name("Machine", "a-cp") + "ClusterGone: ",
		name("Machine", "a-md") + "ClusterGone: ",
		name("Cluster", "b-copy") + "CopyOf: ",
		name("Machine", "d-md") + "ManagedElsewhere: ",
		"left alone: its annotation cluster.x-k8s.io/managed-by",
		"left alone: it can't be taken over"}
	s.proves(append(told, name("Cluster", "b")+"Proven: ")...)
	s.works("go", append(told, "all other objects are taken over and ready")...)
	expectTaken(b, true)
	for _, c := range []*official.Cluster{a, d} {
		for _, m := range c.Machines {
			if m.View().Annotations[e2e.OwnerIDAnnotation] != "" {
				t.Errorf("%s was taken over", m.Name())
			}
		}
	}
}

// A template that was stored with labels which are kept for owners here is named:
// nothing can be made of it any more.
func TestTheReportNamesTemplatesWithReservedLabels(t *testing.T) {
	s := newScript(t)
	for name, labels := range map[string]map[string]any{
		"plain": {"team": "blue"}, "reserved": {"capi_team": "blue", "a": "b"}} {
		template := e2e.Evroc(e2e.MachineTemplateKind, s.Namespace, name,
			map[string]any{"template": map[string]any{"spec": map[string]any{
				"computeProfile": "c1a.s", "additionalLabels": labels}}})
		template.SetUID(types.UID(name))
		template.SetCreationTimestamp(metav1.Now())
		s.Do(s.Store(t.Context(), template))
	}
	said := s.works("report", "EvrocMachineTemplate "+s.Namespace+"/reserved: ",
		"its additionalLabels capi_team are kept")
	if strings.Contains(said, s.Namespace+"/plain") {
		t.Errorf("it names a template that can be used: %s", said)
	}
}

// The check names what is not as it should be.
func TestTheCheckNamesWhatIsNotReady(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	s.works("stop")
	s.runShim()
	s.proves()
	s.works("go")
	// Without it nobody puts the condition right.
	s.Do(s.Stop(t.Context(), e2e.Shim))
	view := a.Machines[1].View()
	for n := range view.Status.Conditions {
		if view.Status.Conditions[n].Type == "Ready" {
			view.Status.Conditions[n].Status = metav1.ConditionFalse
			view.Status.Conditions[n].Message = "it is broken"
		}
	}
	s.setConditions(a.Machines[1], view.Status.Conditions)
	for _, command := range []string{"check", "go --timeout=1"} {
		said := s.fails(command, "EvrocMachine "+s.Namespace+"/a-md: TakenOver True, "+
			"Ready False", "it is broken", "1 objects are not taken over and ready")
		if strings.Contains(said, "a-cp: TakenOver True, Ready") {
			t.Errorf("it names a machine that is ready: %s", said)
		}
	}
}

// What the official provider's definitions would drop is named, and nothing is
// given back while it is there.
func TestTheWayBackNamesWhatWouldBeDropped(t *testing.T) {
	s := newScript(t)
	a := s.build(plain("a"))
	s.provider()
	s.endPods()
	s.works("stop", "removed 2 webhook")
	s.runShim()
	s.proves()
	s.works("go")
	a.PatchEvroc(`{"spec":{"nodeInitialization":"provider","identitySecretName":"` +
		a.SecretName() + `"}}`)
	a.Machines[1].PatchEvroc(`{"spec":{"bootMode":"BIOS"}}`)
	template := e2e.Evroc(e2e.MachineTemplateKind, s.Namespace, "apart",
		map[string]any{"template": map[string]any{"spec": map[string]any{
			"computeProfile": "c1a.s", "placementConfig": map[string]any{
				"strategy": "Spread"}}}})
	s.Do(s.Create(t.Context(), template))

	said := s.fails("back --timeout=3", "nothing was changed",
		"EvrocCluster "+s.Namespace+"/a: spec.identitySecretName, "+
			"spec.nodeInitialization\n",
		"EvrocMachine "+s.Namespace+"/a-md: spec.bootMode\n", "EvrocMachineTemplate "+
			s.Namespace+"/apart: spec.template.spec.placementConfig.strategy\n")
	if strings.Contains(said, "a-cp") {
		t.Errorf("it names a machine without such a field: %s", said)
	}
	if a.View().Annotations[giveBack] != "" || len(s.webhooks()) != 1 {
		t.Errorf("it is given back, with the webhooks %v", s.webhooks())
	}
	expectTaken(a, true)

	a.PatchEvroc(`{"spec":{"nodeInitialization":null,"identitySecretName":null}}`)
	a.Machines[1].PatchEvroc(`{"spec":{"bootMode":null}}`)
	s.Do(s.Delete(t.Context(), template))
	s.works("back", "remove the annotation")
	expectTaken(a, false)
}

// What was given back is taken over again once the annotation is gone; until then
// it is named, and `go` ends no pause.
func TestWhatWasGivenBackIsNamed(t *testing.T) {
	s := newScript(t)
	a, b := s.build(plain("a")), s.build(plain("b"))
	s.works("stop", "paused 2 Clusters")
	s.runShim()
	s.proves()
	s.works("go")
	s.works("back")
	s.putPoliciesBack(t.Context())
	s.works("check", "EvrocMachine "+s.Namespace+"/b-md: GivenBack",
		"all other objects are taken over and ready")

	s.works("stop", "paused 2 Clusters")
	remove := `{"metadata":{"annotations":{"` + giveBack + `":null}}}`
	b.PatchEvroc(remove)
	s.reports("EvrocCluster "+s.Namespace+"/b: Proven", "b-cp: Proven", "b-md: Proven",
		"of which 3 can't be taken over")
	said := s.fails("go", "EvrocCluster "+s.Namespace+"/a: GivenBack",
		"EvrocMachine "+s.Namespace+"/a-md: GivenBack",
		"remove the annotation "+giveBack, "nothing was changed")
	if n := strings.Count(said, giveBack); n != 3 {
		t.Errorf("the annotation is named %d times: %s", n, said)
	}
	for _, c := range []*official.Cluster{a, b} {
		expectPaused(c, true)
		expectTaken(c, false)
	}

	a.PatchEvroc(remove)
	s.proves()
	s.works("go", "all objects are taken over and ready")
	expectTaken(a, true)
	expectTaken(b, true)
}

// Kubernetes deletes what a Cluster owned once that is gone; before and meanwhile
// it holds nothing up.
func TestAClusterThatIsGoneHoldsNothingUp(t *testing.T) {
	s := newScript(t)
	a, b := s.build(plain("a")), s.build(plain("b"))
	s.works("stop", "paused 2 Clusters")
	// Otherwise Kubernetes deletes the EvrocCluster as well, sooner or later.
	a.PatchEvroc(ownedBy("Cluster", "a", a.Object.UID))
	s.remove(t.Context(), a.Object)
	s.runShim()
	s.proves("EvrocCluster "+s.Namespace+"/b: Proven",
		"left alone: its Cluster does not exist")
	s.works("go", "left alone: its Cluster does not exist")
	expectTaken(b, true)
}

// Whatever was moved or restored has a new UID, and so has a new Cluster of an old
// name. What refers to another one than is there is named with both UIDs and left
// alone, and the pause does not end for it. Once the reference is right it is
// taken over.
func TestAnOwnerWithAnotherUIDIsNotTakenForTheOwner(t *testing.T) {
	s := newScript(t)
	a, b, c := s.build(plain("a")), s.build(plain("b")), s.build(plain("c"))
	s.works("stop", "paused 3 Clusters")
	a.PatchEvroc(ownedBy("Cluster", "a", "before"))
	b.Machines[1].PatchEvroc(ownedBy("Machine", "b-md", "before"))
	s.runShim()
	of := func(kind, name string, uid types.UID) string {
		return "left alone: its ownerReference has the UID before, and the " + kind +
			" " + s.Namespace + "/" + name + " has " + string(uid)
	}
	told := []string{of("Cluster", "a", a.Object.UID),
		"left alone: nothing is done with its EvrocCluster: its ownerReference",
		of("Machine", "b-md", b.Machines[1].Object.UID)}
	s.proves(append(told, "b-cp: Proven", "c-md: Proven")...)
	s.works("go", append(told, "all other objects are taken over and ready")...)
	expectTaken(c, true)
	expectTaken(a, false)
	expectPaused(a, true)
	expectPaused(b, false)
	if b.Machines[1].View().Annotations[e2e.OwnerIDAnnotation] != "" {
		t.Errorf("a machine without its Machine was taken over")
	}

	a.PatchEvroc(ownedBy("Cluster", "a", a.Object.UID))
	b.Machines[1].PatchEvroc(ownedBy("Machine", "b-md", b.Machines[1].Object.UID))
	s.proves()
	s.works("go", "all objects are taken over and ready")
	expectPaused(a, false)
	expectTaken(a, true)
	expectTaken(b, true)
}

// ownedBy is a patch of the only owner. Its version is none that is served, so that
// the garbage collector, which can't look for it, does not delete the object.
func ownedBy(kind, name string, uid types.UID) string {
	return `{"metadata":{"ownerReferences":[{"apiVersion":"cluster.x-k8s.io/v1",` +
		`"kind":"` + kind + `","name":"` + name + `","uid":"` + string(uid) +
		`","controller":true}]}}`
}
