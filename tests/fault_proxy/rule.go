package faultproxy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Where a request is held.
const (
	// HoldBefore holds the request before the server sees it.
	HoldBefore = "before"
	// HoldAfter lets the server carry it out, and then keeps the answer, which
	// is lost in the end.
	HoldAfter = "after"
)

// Match says which requests are meant; what is empty matches all.
type Match struct {
	// Method is HTTP's, "PATCH".
	Method string `json:"method,omitempty"`
	// Verbs are Kubernetes', "watch", "patch"; any of them.
	Verbs []string `json:"verbs,omitempty"`
	// Path is a regular expression, found anywhere in the path.
	Path string `json:"path,omitempty"`
	// Query is a regular expression, found anywhere in the raw query.
	Query string `json:"query,omitempty"`
	// UserAgent is a regular expression, found in its first word.
	UserAgent string `json:"user_agent,omitempty"`
	// Writes matches only what changes something.
	Writes bool `json:"writes,omitempty"`
}

// Rule is a fault and when it strikes.
type Rule struct {
	Match
	// Skip lets that many matching requests go by first.
	Skip int `json:"skip,omitempty"`
	// Count is how many requests are struck after that; 0 means all.
	Count int `json:"count,omitempty"`
	// ForMS ends the rule that many milliseconds after it was set; 0 never.
	ForMS int `json:"for_ms,omitempty"`

	// Status is answered instead of the server's, with a Status object.
	Status int `json:"status,omitempty"`
	// Reason and Message are the Status object's; Reason follows from Status if
	// it is empty.
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// RetryAfterS goes into the header Retry-After and into the Status.
	RetryAfterS int `json:"retry_after_s,omitempty"`

	// DelayMS waits before anything else.
	DelayMS int `json:"delay_ms,omitempty"`
	// PausePerKiBMS slows the answer's body down.
	PausePerKiBMS int `json:"pause_per_kib_ms,omitempty"`
	// CutAfterBytes breaks the answer off; nil never.
	CutAfterBytes *int `json:"cut_after_bytes,omitempty"`

	// CutAfterEvents breaks a watch off after that many events; nil never.
	CutAfterEvents *int `json:"cut_after_events,omitempty"`
	// ErrorAfterEvents ends a watch after that many events by an ERROR event
	// with code 410; nil never.
	ErrorAfterEvents *int `json:"error_after_events,omitempty"`

	// Refuse closes the stream without an answer and without asking the server.
	Refuse bool `json:"refuse,omitempty"`
	// LoseAnswer has the request carried out and closes the stream without an
	// answer.
	LoseAnswer bool `json:"lose_answer,omitempty"`
	// Hold keeps the request, HoldBefore or HoldAfter, until the fault is
	// released, aborted or removed or the client goes away.
	Hold string `json:"hold,omitempty"`
}

// At is a pointer to a number, for the fields of Rule that have them.
func At(n int) *int { return &n }

func (r *Rule) shapesLength() bool {
	return r.CutAfterBytes != nil || r.CutAfterEvents != nil ||
		r.ErrorAfterEvents != nil
}

func (r *Rule) waits() bool { return r.DelayMS > 0 || r.Hold != "" }

// check says what is wrong with a rule.
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

// matcher is a Match that has been compiled.
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
