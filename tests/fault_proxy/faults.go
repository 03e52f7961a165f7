package faultproxy

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Fault is a rule that is set.
type Fault struct {
	rule    Rule
	matcher *matcher
	set     *ruleSet
	end     time.Time // Zero if it has none.
	id      int

	mu     sync.Mutex
	seen   int // Guarded by mu.
	struck int // Guarded by mu.
	// answered says that a request was carried out. Guarded by mu.
	answered bool

	first    chan struct{} // Closed at the first strike.
	spent    chan struct{} // Closed when Count is used up.
	released chan struct{} // Closed when held requests may go on.
	release  sync.Once
	aborted  chan struct{} // Closed when held requests are to end.
	abort    sync.Once
}

// ID names the fault on the control route.
func (f *Fault) ID() int { return f.id }

// Rule is what was set.
func (f *Fault) Rule() Rule { return f.rule }

// Struck says how many requests it has struck.
func (f *Fault) Struck() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.struck
}

// Answered says whether the server has answered a request that the fault has
// struck: with LoseAnswer and HoldAfter, that it is carried out.
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

// First is closed when the fault strikes for the first time.
func (f *Fault) First() <-chan struct{} { return f.first }

// Spent is closed when the fault has struck as often as its Count.
func (f *Fault) Spent() <-chan struct{} { return f.spent }

// Release lets held requests go on. A repeat changes nothing.
func (f *Fault) Release() { f.release.Do(func() { close(f.released) }) }

// Abort ends held requests, those to come too, without an answer. A repeat
// changes nothing.
func (f *Fault) Abort() { f.abort.Do(func() { close(f.aborted) }) }

// Remove takes the rule away and releases what it holds.
func (f *Fault) Remove() {
	f.set.remove(f)
	f.Release()
}

// hold waits for Release, and says whether it came before Abort and the
// request's end.
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

// strike says whether the fault meets this request, and counts it.
func (f *Fault) strike(r Request, now time.Time) bool {
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
	if f.rule.Count > 0 && f.struck >= f.rule.Count {
		return false
	}
	f.struck++
	if f.struck == 1 {
		close(f.first)
	}
	if f.struck == f.rule.Count {
		close(f.spent)
	}
	return true
}

// ruleSet is the rules that are set, in order.
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

func (s *ruleSet) strike(r Request) *Fault {
	now := time.Now()
	for _, f := range s.list() {
		if f.strike(r, now) {
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
