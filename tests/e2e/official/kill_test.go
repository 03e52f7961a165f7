package official

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"evroc.com/cluster-api-provider-evroc/tests/e2e"
	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

// A program is killed at one step of a take-over, some steps later each time,
// until there is no such step any more. Each time everything is taken over in
// the end, and nothing but our labels has come.

// killing is a program that is killed while one of its requests is held.
type killing struct {
	program e2e.Program
	hold    string
	// cloud is whether the requests go to the cloud; otherwise they go to the API
	// server.
	cloud bool
}

func (k killing) String() string {
	to := "Kubernetes"
	if k.cloud {
		to = "Cloud"
	}
	return fmt.Sprintf("%s/%s/%s", k.program, to, k.hold)
}

func killings() []killing {
	var all []killing
	for _, hold := range []string{faultproxy.HoldBefore, faultproxy.HoldAfter} {
		all = append(all, killing{e2e.Shim, hold, false},
			killing{e2e.Shim, hold, true}, killing{e2e.Network, hold, true},
			killing{e2e.Compute, hold, true})
	}
	return all
}

// fault holds the step after `skip` others.
func (k killing) fault(f *e2e.Fixture, skip int) *faultproxy.Fault {
	f.T.Helper()
	rule := faultproxy.Rule{Match: faultproxy.Match{Writes: true}, Skip: skip,
		Count: 1, Hold: k.hold}
	if k.cloud {
		return f.Fault(f.CloudAPI, rule)
	}
	rule.Path = "evroc|/secrets/"
	return f.Fault(f.API, rule)
}

// most is the limit of the number of steps: more of them would be a loop.
const most = 60

// stride is the distance between two steps at which a program is killed: all of
// them take long (make test-kill).
func stride(t *testing.T) int {
	t.Helper()
	text, ok := os.LookupEnv("EVROC_KILL_STRIDE")
	if !ok {
		return 4
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("EVROC_KILL_STRIDE is %q, no number of steps", text)
	}
	return n
}

func TestKillAtEachStepOfATakeOver(t *testing.T) {
	t.Parallel()
	distance := stride(t)
	for i, k := range killings() {
		t.Run(k.String(), func(t *testing.T) {
			f := newFixture(t)
			f.Do(f.StartShim(t.Context(), e2e.Shim))
			first := i % distance
			for skip := first; skip < most; skip += distance {
				if !k.once(f, skip) {
					if skip == first {
						t.Error("there was no step to stop at")
					}
					return
				}
			}
			t.Errorf("more than %d steps", most)
		})
	}
}

// once kills the program at one step, and reports whether there was such a step.
func (k killing) once(f *e2e.Fixture, skip int) bool {
	f.T.Helper()
	name := fmt.Sprintf("c%d", skip)
	plane, data := controlPlane, rich
	plane.Name, data.Name = name+"-cp", name+"-md"
	h := look(Build(f, Plan{Name: name, Groups: true, Ports: []int{80},
		Machines: []MachinePlan{plane, data}}))
	all := h.objects()
	for _, o := range all {
		h.reports(o, provenReason)
	}
	fault := k.fault(f, skip)
	h.unpause()
	held := k.interrupt(h, fault)
	h.taken(all...)
	h.Settled()
	after := h.CloudSnapshot()
	for _, change := range h.before.WithoutLabels("capi-").
		Changes(after.WithoutLabels("capi-")) {
		f.T.Errorf("step %d: in the cloud %s", skip, change)
	}
	for _, o := range all {
		for _, name := range o.names {
			h.owned(after, o, name)
		}
	}
	h.TearDown(h.Machines[0].Machine, h.Machines[1].Machine)
	h.onlyOthersLeft()
	return held
}

// interrupt waits until the step is held or all is over, kills the program in the
// middle of the step, and starts it again.
func (k killing) interrupt(h *handover, fault *faultproxy.Fault) bool {
	h.T.Helper()
	held := false
	e2e.Eventually(h.T, "the step is held, or all is taken over",
		func(ctx context.Context) error {
			select {
			case <-fault.First():
				held = true
				return nil
			default:
				return h.allTaken(ctx)
			}
		})
	if held {
		if k.hold == faultproxy.HoldAfter {
			// The server has executed the request before the program is killed.
			e2e.Eventually(h.T, "it is carried out", func(context.Context) error {
				return e2e.That(fault.Answered(), "not answered yet")
			})
		}
		h.Kill(k.program)
		fault.Abort()
	}
	fault.Remove()
	if held {
		h.Do(h.Restart(h.T.Context(), k.program))
	}
	return held
}

// allTaken returns an error while an object is not taken over.
func (h *handover) allTaken(ctx context.Context) error {
	var missing []error
	for _, o := range h.objects() {
		view, err := e2e.Get[objectView](ctx, h.Client, o.kind, o.key)
		missing = append(missing, err, view.Status.Is(takenOver, "True"))
	}
	return e2e.Both(missing...)
}
