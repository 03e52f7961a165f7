package faultproxy

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Fault is a rule that was added to a proxy.
type Fault struct {
	rule    Rule
	matcher *matcher
	set     *ruleSet
	end     time.Time // Zero if it has none.
	id      int

	mu        sync.Mutex
	seen      int // Guarded by mu.
	triggered int // Guarded by mu.
	// answered is whether a request was executed. Guarded by mu.
	answered bool

	first    chan struct{} // Closed at the first trigger.
	spent    chan struct{} // Closed when Count is used up.
	released chan struct{} // Closed when held requests may go on.
	release  sync.Once
	aborted  chan struct{} // Closed when held requests are to end.
	abort    sync.Once
}

// ID identifies the fault in the control API.
func (f *Fault) ID() int { return f.id }

// Rule returns the rule of the fault.
func (f *Fault) Rule() Rule { return f.rule }

// Triggered returns the number of requests that the fault has affected.
func (f *Fault) Triggered() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.triggered
}

// Answered reports whether the server has answered a request that the fault
// affected. With LoseAnswer and HoldAfter this means that the request was
// executed.
func (f *Fault) Answered() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answered
}

func (f *Fault) setAnswered() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answered = true
}

// First is closed when the fault affects its first request.
func (f *Fault) First() <-chan struct{} { return f.first }

// Spent is closed when the fault has affected as many requests as its Count.
func (f *Fault) Spent() <-chan struct{} { return f.spent }

// Release lets held requests continue. It is safe to repeat.
func (f *Fault) Release() { f.release.Do(func() { close(f.released) }) }

// Abort ends held requests, including future ones, without an answer. It is
// safe to repeat.
func (f *Fault) Abort() { f.abort.Do(func() { close(f.aborted) }) }

// Remove removes the rule and releases the requests that it holds.
func (f *Fault) Remove() {
	f.set.remove(f)
	f.Release()
}

// hold waits for Release. It returns false if Abort or the end of the request
// comes first.
func (f *Fault) hold(ctx context.Context) bool {
	select {
	case <-f.aborted:
		return false
	case <-f.released:
		return true
	case <-ctx.Done():
		return false
	}
}

// trigger reports whether the fault affects this request, and counts it.
func (f *Fault) trigger(r Request, now time.Time) bool {
	if !f.end.IsZero() && now.After(f.end) {
		return false
	}
	if !f.matcher.matches(r) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	if f.seen <= f.rule.Skip {
		return false
	}
	if f.rule.Count > 0 && f.triggered >= f.rule.Count {
		return false
	}
	f.triggered++
	if f.triggered == 1 {
		close(f.first)
	}
	if f.triggered == f.rule.Count {
		close(f.spent)
	}
	return true
}

// ruleSet holds the rules in order.
type ruleSet struct {
	mu     sync.Mutex
	faults []*Fault // Guarded by mu.
	last   int      // Guarded by mu.
}

func (s *ruleSet) add(rule Rule) (*Fault, error) {
	if err := rule.check(); err != nil {
		return nil, err
	}
	compiled, err := rule.compile()
	if err != nil {
		return nil, err
	}
	f := &Fault{
		rule:     rule,
		matcher:  compiled,
		set:      s,
		first:    make(chan struct{}),
		spent:    make(chan struct{}),
		released: make(chan struct{}),
		aborted:  make(chan struct{}),
	}
	if rule.ForMS > 0 {
		f.end = time.Now().Add(time.Duration(rule.ForMS) * time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	f.id = s.last
	s.faults = append(s.faults, f)
	return f, nil
}

func (s *ruleSet) trigger(r Request) *Fault {
	now := time.Now()
	for _, f := range s.list() {
		if f.trigger(r, now) {
			return f
		}
	}
	return nil
}

func (s *ruleSet) list() []*Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

func (s *ruleSet) remove(f *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults,
		func(other *Fault) bool { return other == f })
}

func (s *ruleSet) clear() {
	s.mu.Lock()
	faults := s.faults
	s.faults = nil
	s.mu.Unlock()
	for _, f := range faults {
		f.Release()
	}
}
