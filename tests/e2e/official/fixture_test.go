package official

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

const (
	// takenOver is the condition that tells how far the take-over is.
	takenOver = "TakenOver"
	// Its reasons while it is False: the pause has to end, and whose an object
	// in the cloud is can't be proven.
	provenReason    = "Proven"
	notProvenReason = "NotProven"
	// prefixAnnotation is on what was taken over.
	prefixAnnotation = "evroc.com/resource-prefix"
)

// handover is a cluster that is taken over, and what was there before.
type handover struct {
	*Cluster
	before cloud.Snapshot
	calls  cloud.Calls
	specs  map[string]string
}

// begin builds a cluster and starts the shim, which sees it paused.
func begin(t *testing.T, plan Plan) *handover {
	t.Helper()
	f := newFixture(t)
	h := look(Build(f, plan))
	f.Do(f.StartShim(t.Context(), e2e.Shim))
	return h
}

// look remembers what there is before the take-over.
func look(c *Cluster) *handover {
	c.T.Helper()
	h := &handover{Cluster: c, before: c.CloudSnapshot(),
		calls: c.CloudCalls(nil), specs: map[string]string{}}
	for _, o := range h.objects() {
		h.specs[o.key.Name] = h.read(o).spec()
	}
	return h
}

// object is one of the cluster's objects of our group.
type object struct {
	kind schema.GroupVersionKind
	key  client.ObjectKey
	// id and prefix are what its annotations have afterwards.
	id, prefix string
	// names are its objects in the cloud.
	names []string
	// machine is nil for the EvrocCluster.
	machine *Machine
}

// cluster is the EvrocCluster among the objects. Its machines' groups are the
// cluster's with us.
func (h *handover) cluster() object {
	id := h.ID
	if h.Plan.Era == ByUID {
		id = h.UID
	}
	names := h.Objects()
	for _, m := range h.Machines {
		names = append(names, slices.DeleteFunc(m.Objects(), isNoGroup)...)
	}
	return object{e2e.ClusterKind, h.EvrocKey(), id, h.Prefix, names, nil}
}

// of is the EvrocMachine of a machine.
func of(m *Machine) object {
	id := m.ID
	if m.Cluster.Plan.Era == ByUID {
		id = m.UID
	}
	return object{e2e.MachineKind, m.Key(), id, m.Name(),
		slices.DeleteFunc(m.Objects(), isGroup), m}
}

func isGroup(name string) bool {
	return strings.HasPrefix(name, cloud.SecurityGroups+"/")
}

func isNoGroup(name string) bool { return !isGroup(name) }

// objects are the EvrocCluster and all EvrocMachines.
func (h *handover) objects() []object {
	all := []object{h.cluster()}
	for _, m := range h.Machines {
		all = append(all, of(m))
	}
	return all
}

// objectView is an object of either kind, as these tests read it.
type objectView struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              map[string]any   `json:"spec"`
	Status            e2e.CommonStatus `json:"status"`
}

// spec returns the spec as JSON, whose keys are sorted.
func (v objectView) spec() string {
	content, _ := json.Marshal(v.Spec)
	return string(content)
}

func (h *handover) read(o object) objectView {
	h.T.Helper()
	view, err := e2e.Get[objectView](h.T.Context(), h.Client, o.kind, o.key)
	h.Do(err)
	return view
}

// until waits until check finds nothing wrong with an object.
func (h *handover) until(o object, what string, check func(objectView) error) {
	h.T.Helper()
	e2e.Eventually(h.T, o.kind.Kind+" "+o.key.Name+" "+what,
		func(ctx context.Context) error {
			view, err := e2e.Get[objectView](ctx, h.Client, o.kind, o.key)
			if err != nil {
				return err
			}
			return check(view)
		})
}

// reports waits until an object says why it is not taken over, and returns the
// message.
func (h *handover) reports(o object, reason string) string {
	h.T.Helper()
	var message string
	h.until(o, "reports "+reason, func(v objectView) error {
		condition := v.Status.Condition(takenOver)
		message = condition.Message
		return e2e.Both(v.Status.Is(takenOver, metav1.ConditionFalse),
			e2e.That(condition.Reason == reason, "reason %s: %s",
				condition.Reason, message),
			e2e.That(message != "", "no message"))
	})
	return message
}

// paused waits until all objects say that the end of the pause is awaited, and
// ends the test if anything was written to the cloud. It returns what they say.
func (h *handover) paused() []string {
	h.T.Helper()
	var messages []string
	for _, o := range h.objects() {
		message := h.reports(o, provenReason)
		messages = append(messages, message)
		for _, name := range o.names {
			if _, id, _ := strings.Cut(name, "/"); !strings.Contains(message, id) {
				h.T.Errorf("%s does not say that it would take %s: %s", o.key.Name,
					name, message)
			}
		}
	}
	h.untouched()
	return messages
}

// untouched ends the test if the cloud is not as it was before, to the byte, or
// if anybody tried to change it.
func (h *handover) untouched() {
	h.T.Helper()
	h.Settled()
	calls := h.CloudCalls(h.calls)
	if calls.Writes() > 0 {
		h.T.Errorf("it was written to the cloud:\n%s", calls)
	}
	for _, change := range h.before.Changes(h.CloudSnapshot()) {
		h.T.Errorf("in the cloud %s", change)
	}
}

// unpause is the user's go.
func (h *handover) unpause() {
	h.T.Helper()
	h.PatchCluster(`{"spec":{"paused":false}}`)
}
