package faultproxy

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// shapeBody slows, cuts or ends an answer as the rule says.
func shapeBody(ctx context.Context, body io.ReadCloser,
	rule *Rule) io.ReadCloser {
	if rule.PausePerKiBMS > 0 {
		pause := time.Duration(rule.PausePerKiBMS) * time.Millisecond
		body = &slowBody{ReadCloser: body, ctx: ctx, pause: pause}
	}
	if rule.CutAfterBytes != nil {
		body = &cutBody{ReadCloser: body, left: *rule.CutAfterBytes}
	}
	if rule.ErrorAfterEvents != nil {
		body = newEventBody(body, *rule.ErrorAfterEvents, expiredEvent(), io.EOF)
	}
	if rule.CutAfterEvents != nil {
		body = newEventBody(body, *rule.CutAfterEvents, nil, errCut)
		body = &lateCut{ReadCloser: body, ctx: ctx}
	}
	return body
}

// slowBody waits before each KiB of a body.
type slowBody struct {
	io.ReadCloser
	ctx   context.Context
	pause time.Duration
}

func (b *slowBody) Read(p []byte) (int, error) {
	if !sleep(b.ctx, b.pause) {
		return 0, b.ctx.Err()
	}
	return b.ReadCloser.Read(p[:min(len(p), 1024)])
}

// cutBody ends a body with an error after that number of bytes.
type cutBody struct {
	io.ReadCloser
	left int
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errCut
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// lateCut delays a cut, so that the data before it arrives: clients discard
// what they have not read when HTTP/2 resets the stream.
type lateCut struct {
	io.ReadCloser
	ctx context.Context
}

func (b *lateCut) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, errCut) {
		sleep(b.ctx, 50*time.Millisecond)
	}
	return n, err
}

// eventBody forwards that number of lines, then sends last and ends with end.
type eventBody struct {
	io.ReadCloser
	left    int
	last    []byte
	end     error
	pending []byte
	done    bool
}

func newEventBody(body io.ReadCloser, events int, last []byte,
	end error) *eventBody {
	return &eventBody{ReadCloser: body, left: events, last: last, end: end}
}

func (b *eventBody) Read(p []byte) (int, error) {
	if len(b.pending) == 0 && !b.done {
		if err := b.fill(); err != nil {
			return 0, err
		}
	}
	if len(b.pending) == 0 {
		return 0, b.end
	}
	n := copy(p, b.pending)
	b.pending = b.pending[n:]
	return n, nil
}

// fill reads until there is data to return or the events are used up.
func (b *eventBody) fill() error {
	if b.left <= 0 {
		b.finish()
		return nil
	}
	chunk := make([]byte, 32*1024)
	n, err := b.ReadCloser.Read(chunk)
	if n == 0 {
		return err
	}
	b.pending = b.filter(chunk[:n])
	return nil
}

// filter returns the part of a chunk that is still forwarded.
func (b *eventBody) filter(chunk []byte) []byte {
	for at := 0; at < len(chunk); {
		line := bytes.IndexByte(chunk[at:], '\n')
		if line < 0 {
			return chunk
		}
		at += line + 1
		if b.left--; b.left == 0 {
			b.pending = chunk[:at:at]
			b.finish()
			return b.pending
		}
	}
	return chunk
}

func (b *eventBody) finish() {
	b.done = true
	b.pending = append(b.pending, b.last...)
}

// status is Kubernetes' Status object.
type status struct {
	Kind       string         `json:"kind"`
	APIVersion string         `json:"apiVersion"`
	Metadata   struct{}       `json:"metadata"`
	Status     string         `json:"status"`
	Message    string         `json:"message"`
	Reason     string         `json:"reason"`
	Details    *statusDetails `json:"details,omitempty"`
	Code       int            `json:"code"`
}

type statusDetails struct {
	RetryAfterSeconds int `json:"retryAfterSeconds,omitempty"`
}

// reasons are Kubernetes' reasons for each code.
var reasons = map[int]string{
	http.StatusBadRequest:          "BadRequest",
	http.StatusUnauthorized:        "Unauthorized",
	http.StatusForbidden:           "Forbidden",
	http.StatusNotFound:            "NotFound",
	http.StatusConflict:            "Conflict",
	http.StatusGone:                "Expired",
	http.StatusUnprocessableEntity: "Invalid",
	http.StatusTooManyRequests:     "TooManyRequests",
	http.StatusInternalServerError: "InternalError",
	http.StatusServiceUnavailable:  "ServiceUnavailable",
	http.StatusGatewayTimeout:      "Timeout",
}

func newStatus(code int, reason, message string) *status {
	if reason == "" {
		reason = reasons[code]
	}
	if message == "" {
		message = "the fault proxy answers " + strconv.Itoa(code)
	}
	return &status{
		Kind: "Status", APIVersion: "v1", Status: "Failure",
		Message: message, Reason: reason, Code: code,
	}
}

func writeStatus(w http.ResponseWriter, rule *Rule) {
	object := newStatus(rule.Status, rule.Reason, rule.Message)
	if rule.RetryAfterS > 0 {
		object.Details = &statusDetails{RetryAfterSeconds: rule.RetryAfterS}
		w.Header().Set("Retry-After", strconv.Itoa(rule.RetryAfterS))
	}
	writeJSON(w, rule.Status, object)
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// The client may be gone, so an error does not matter.
	_, _ = w.Write(append(body, '\n'))
}

// expiredEvent returns the event by which a watch learns that its resource
// version is too old.
func expiredEvent() []byte {
	event := struct {
		Type   string  `json:"type"`
		Object *status `json:"object"`
	}{"ERROR", newStatus(http.StatusGone, "Expired", "too old resource version")}
	line, err := json.Marshal(event)
	if err != nil { // Impossible: plain fields only.
		return nil
	}
	return append(line, '\n')
}
