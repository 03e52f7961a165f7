package faultproxy

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Key is the group that a request is counted in.
type Key struct {
	Verb     string `json:"verb"`
	Resource string `json:"resource,omitempty"`
	// Code is the HTTP status, 0 if the client got no answer.
	Code      int    `json:"code"`
	UserAgent string `json:"user_agent,omitempty"`
}

// Counts holds the number of requests of each group. A request is counted when
// it is answered.
type Counts map[Key]int

// Sum adds up the groups that match.
func (c Counts) Sum(match func(Key) bool) int {
	sum := 0
	for key, n := range c {
		if match(key) {
			sum += n
		}
	}
	return sum
}

// Writes adds up the requests that changed something, or tried to.
func (c Counts) Writes() int {
	return c.Sum(func(k Key) bool { return Request{Verb: k.Verb}.IsWrite() })
}

// String returns the groups line by line.
func (c Counts) String() string {
	lines := make([]string, 0, len(c))
	for key, n := range c {
		lines = append(lines,
			fmt.Sprintf("%s %s ×%d [%d] %.40s", key.Verb, key.Resource, n,
				key.Code, key.UserAgent))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
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

// watchSet holds the open watches.
type watchSet struct {
	mu   sync.Mutex
	open map[*exchange]struct{} // Guarded by mu.
}

// enter adds a watch, and returns a function that removes it.
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

// statusRecorder counts a request by the status that the client gets.
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

// WriteHeader counts first, so that a client that has the answer finds it
// counted.
func (r *statusRecorder) WriteHeader(code int) {
	if code >= 200 || code == http.StatusSwitchingProtocols {
		r.count(code)
	}
	r.ResponseWriter.WriteHeader(code)
}

// Unwrap gives http.ResponseController access to the wrapped writer.
func (r *statusRecorder) Unwrap() http.ResponseWriter {
	return r.ResponseWriter
}
