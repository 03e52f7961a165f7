package cloud

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/contract/cloud/client"
)

// A trial tries one clause. Its methods end the test when the cloud does
// otherwise than they expect.
type trial struct {
	*testing.T
	clause
	cloud  *aCloud
	shared bool // makes objects that other trials use too
	last   *client.Answer
	ended  *atomic.Bool // with an outcome in the report
}

// begin makes a trial, whose run method then tries the clause.
func begin(t *testing.T, c clause) *trial {
	trial := &trial{T: t, clause: c, cloud: theCloud, ended: &atomic.Bool{}}
	t.Cleanup(func() {
		for _, left := range trial.cloud.ledger.clear(trial) {
			t.Errorf("not deleted: %s", left)
		}
	})
	return trial
}

func (t *trial) run() {
	t.clause.run(t)
	t.end(holds, "")
}

func (t *trial) end(what outcome, text string) {
	if t.ended.CompareAndSwap(false, true) {
		t.cloud.report.add(t.clause, what, text)
	}
}

// differ ends the test: the cloud is not as the text has it. Where the text is
// open and the cloud a real one, that is an observation.
func (t *trial) differ(format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	if t.last != nil {
		text += "\n      " + t.last.String()
	}
	if t.has(open) && !t.cloud.simulated {
		t.end(observed, text)
		t.Skip("observed: " + text)
	}
	t.end(differs, text)
	t.Fatalf("%s says: %s\n      the cloud: %s", t.section, t.sentence, text)
}

// unable ends the test without a verdict; the simulator has no such excuse.
func (t *trial) unable(what outcome, format string, args ...any) {
	t.Helper()
	text := fmt.Sprintf(format, args...)
	if t.cloud.simulated {
		t.differ("%s: %s", what, text)
	}
	if t.last != nil {
		text += "\n      " + t.last.String()
	}
	t.end(what, text)
	t.Skip(string(what) + ": " + text)
}

// call sends a request of any kind.
func (t *trial) call(request client.Request) client.Answer {
	t.Helper()
	answer, err := t.cloud.Do(t.Context(), request)
	if err != nil {
		t.last = nil
		t.unable(notRun, "%s %s: %v", request.Method, request.Path, err)
	}
	t.last = &answer
	return answer
}

func (t *trial) read(path string) client.Answer {
	t.Helper()
	return t.call(client.Request{Method: http.MethodGet, Path: path})
}

// wants ends the test unless the condition holds.
func (t *trial) wants(holds bool, format string, args ...any) {
	t.Helper()
	if !holds {
		t.differ(format, args...)
	}
}

// same compares a value with what it should be as JSON.
func (t *trial) same(what string, got client.Value, want any) {
	t.Helper()
	t.wants(got.Equal(want), "%s is %s, not %s", what, got.Text(), client.Of(want).Text())
}

// accepted returns the object of an answer of success.
func (t *trial) accepted(answer client.Answer) client.Value {
	t.Helper()
	t.wants(answer.Accepted(), "it was refused")
	return answer.JSON
}

// refused wants a refusal with one of the statuses, or with any of 4xx.
func (t *trial) refused(answer client.Answer, statuses ...int) {
	t.Helper()
	t.wants(answer.Status >= 400 && answer.Status < 500, "it was not refused")
	for _, status := range statuses {
		if answer.Status == status {
			return
		}
	}
	t.wants(len(statuses) == 0, "it was refused with %d, not %v", answer.Status, statuses)
}

// eventually polls until it is so.
func (t *trial) eventually(limit budget, what string, isSo func() bool) {
	t.Helper()
	deadline := time.Now().Add(t.cloud.budget(limit))
	pause := t.cloud.firstPause()
	for !isSo() {
		if time.Now().After(deadline) {
			t.differ("after %s it is not so that it %s", t.cloud.budget(limit), what)
		}
		t.sleep(pause)
		pause = t.cloud.nextPause(pause)
	}
}

// until waits until the object is as wanted, and returns it. Failed requests
// count as "not yet".
func (t *trial) until(o object, limit budget, what string, is func(client.Value) bool) object {
	t.Helper()
	now := o
	t.eventually(limit, "is "+what, func() bool {
		answer := t.read(t.path(o.kind, o.id))
		now.Value = answer.JSON
		return answer.Accepted() && is(answer.JSON)
	})
	return now
}

func (t *trial) sleep(pause time.Duration) {
	select {
	case <-time.After(pause):
	case <-t.Context().Done():
	}
}

// ready waits for the condition Ready.
func (t *trial) ready(o object) object {
	t.Helper()
	limit := quick
	switch o.kind {
	case disks:
		limit = diskReady
		if o.At("spec.source.type").String() == "image" {
			limit = imageReady
		}
	case machines, balancers, snapshots:
		limit = machineUp
	}
	return t.until(o, limit, "Ready", isReady)
}

func isReady(o client.Value) bool { return condition(o, "Ready").At("status").String() == "True" }

func condition(o client.Value, name string) client.Value {
	for _, each := range o.At("status.conditions").Items() {
		if each.At("type").String() == name {
			return each
		}
	}
	return client.Value{}
}

// gone waits until GET answers 404.
func (t *trial) gone(o object, limit budget) {
	t.Helper()
	t.eventually(limit, "is gone", func() bool {
		return t.read(t.path(o.kind, o.id)).Status == http.StatusNotFound
	})
}

// lacksMeans reports a refusal that says nothing about the clause: a quota that
// is used up, or a right that the account does not have.
func lacksMeans(answer client.Answer) bool {
	return answer.Status == http.StatusForbidden && (strings.Contains(answer.Debug(), "not enough quota") ||
		!strings.Contains(answer.Debug(), "denied the request"))
}
