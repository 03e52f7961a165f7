package faultproxy

import (
	"maps"
	"net/http"
	"sync"
)

// Key is what requests are counted by.
type Key struct {
	Verb     string `json:"verb"`
	Resource string `json:"resource,omitempty"`
	// Code is HTTP's, 0 if the client got no answer.
	Code      int    `json:"code"`
	UserAgent string `json:"user_agent,omitempty"`
}

// Counts says how many requests there were of each kind, counted as they are
// answered.
type Counts map[Key]int

// Sum adds up the kinds that `match` wants.
func (c Counts) Sum(match func(Key) bool) int {
	sum := 0
	for key, n := range c {
		if match(key) {
			sum += n
		}
	}
	return sum
}

// Writes adds up what changed something, or tried to.
func (c Counts) Writes() int {
	return c.Sum(func(k Key) bool { return Request{Verb: k.Verb}.IsWrite() })
}

type counter struct {
	mu    sync.Mutex
	byKey Counts // Guarded by mu.
}

func (c *counter) count(r Request, code int) {
	key := Key{r.Verb, r.Resource, code, r.UserAgent}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil {
		c.byKey = Counts{}
	}
	c.byKey[key]++
}

func (c *counter) counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.byKey)
}

func (c *counter) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey = nil
}

// watchSet is the watches that are open.
type watchSet struct {
	mu   sync.Mutex
	open map[*exchange]struct{} // Guarded by mu.
}

// enter adds a watch; what it returns takes it out again.
func (s *watchSet) enter(x *exchange) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[*exchange]struct{}{}
	}
	s.open[x] = struct{}{}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, x)
	}
}

func (s *watchSet) cut(match *matcher) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for x := range s.open {
		if match == nil || match.matches(x.request) {
			x.cut(errCut)
			n++
		}
	}
	return n
}

func (s *watchSet) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// statusRecorder counts a request by the code that goes to the client.
type statusRecorder struct {
	http.ResponseWriter
	counter *counter
	x       *exchange
	counted bool
}

func (r *statusRecorder) count(code int) {
	if !r.counted {
		r.counted = true
		r.counter.count(r.x.request, code)
	}
}

// finish counts a request that ended without an answer.
func (r *statusRecorder) finish() { r.count(0) }

// WriteHeader counts first, so that who has the answer finds it counted.
func (r *statusRecorder) WriteHeader(code int) {
	if code >= 200 || code == http.StatusSwitchingProtocols {
		r.count(code)
	}
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the rest.
func (r *statusRecorder) Unwrap() http.ResponseWriter {
	return r.ResponseWriter
}
