package faultproxy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// The points at which a request can be held.
const (
	// HoldBefore holds the request before the server sees it.
	HoldBefore = "before"
	// HoldAfter lets the server execute the request, and then keeps the answer,
	// which is lost in the end.
	HoldAfter = "after"
)

// Match selects requests; empty fields match all.
type Match struct {
	// Method is the HTTP method, such as "PATCH".
	Method string `json:"method,omitempty"`
	// Verbs are Kubernetes verbs, such as "watch" and "patch"; any of them
	// matches.
	Verbs []string `json:"verbs,omitempty"`
	// Path is a regular expression that is searched in the path.
	Path string `json:"path,omitempty"`
	// Query is a regular expression that is searched in the raw query.
	Query string `json:"query,omitempty"`
	// UserAgent is a regular expression that is searched in the first word of the
	// header.
	UserAgent string `json:"user_agent,omitempty"`
	// Writes matches only requests that change something.
	Writes bool `json:"writes,omitempty"`
}

// Rule is a fault and the requests that it affects.
type Rule struct {
	Match
	// Skip is the number of matching requests that are not affected first.
	Skip int `json:"skip,omitempty"`
	// Count is the number of requests that are affected after that; 0 means all.
	Count int `json:"count,omitempty"`
	// ForMS ends the rule that many milliseconds after it was added; 0 means
	// never.
	ForMS int `json:"for_ms,omitempty"`

	// Status is the HTTP status to answer, with a Status object, instead of the
	// server's answer.
	Status int `json:"status,omitempty"`
	// Reason and Message are those of the Status object. Reason follows from
	// Status if it is empty.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// RetryAfterS is sent in the header Retry-After and in the Status object.
	RetryAfterS int `json:"retry_after_s,omitempty"`

	// DelayMS is the delay before anything else.
	DelayMS int `json:"delay_ms,omitempty"`
	// PausePerKiBMS slows the body of the answer down.
	PausePerKiBMS int `json:"pause_per_kib_ms,omitempty"`
	// CutAfterBytes cuts the answer after that number of bytes; nil means never.
	CutAfterBytes *int `json:"cut_after_bytes,omitempty"`

	// CutAfterEvents cuts a watch after that number of events; nil means never.
	CutAfterEvents *int `json:"cut_after_events,omitempty"`
	// ErrorAfterEvents ends a watch after that number of events with an ERROR
	// event with code 410; nil means never.
	ErrorAfterEvents *int `json:"error_after_events,omitempty"`

	// Refuse closes the stream without an answer and without asking the server.
	Refuse bool `json:"refuse,omitempty"`
	// LoseAnswer lets the server execute the request and closes the stream
	// without an answer.
	LoseAnswer bool `json:"lose_answer,omitempty"`
	// Hold holds the request at HoldBefore or HoldAfter until the fault is
	// released, aborted or removed or the client goes away.
	Hold string `json:"hold,omitempty"`
}

// At returns a pointer to a number, for the fields of Rule that are pointers.
func At(n int) *int { return &n }

func (r *Rule) shapesLength() bool {
	return r.CutAfterBytes != nil || r.CutAfterEvents != nil ||
		r.ErrorAfterEvents != nil
}

func (r *Rule) waits() bool { return r.DelayMS > 0 || r.Hold != "" }

// check checks a rule.
func (r *Rule) check() error {
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return fmt.Errorf("status: %d is none of HTTP's", r.Status)
	}
	if r.Hold != "" && r.Hold != HoldBefore && r.Hold != HoldAfter {
		return fmt.Errorf("hold: %q is neither %q nor %q", r.Hold, HoldBefore,
			HoldAfter)
	}
	for _, n := range []int{r.Skip, r.Count, r.ForMS, r.DelayMS,
		r.PausePerKiBMS, r.RetryAfterS} {
		if n < 0 {
			return errors.New("numbers may not be negative")
		}
	}
	return nil
}

// matcher is a compiled Match.
type matcher struct {
	match              Match
	path, query, agent *regexp.Regexp
}

func (m Match) compile() (*matcher, error) {
	compiled := &matcher{match: m}
	for _, expression := range []struct {
		field, text string
		to          **regexp.Regexp
	}{
		{"path", m.Path, &compiled.path},
		{"query", m.Query, &compiled.query},
		{"user_agent", m.UserAgent, &compiled.agent},
	} {
		re, err := regexp.Compile(expression.text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", expression.field, err)
		}
		*expression.to = re
	}
	return compiled, nil
}

func (m *matcher) matches(r Request) bool {
	switch {
	case m.match.Method != "" && m.match.Method != r.Method:
		return false
	case len(m.match.Verbs) > 0 && !slices.Contains(m.match.Verbs, r.Verb):
		return false
	case m.match.Writes && !r.IsWrite():
		return false
	}
	return m.path.MatchString(r.Path) && m.query.MatchString(r.Query) &&
		m.agent.MatchString(r.UserAgent)
}
