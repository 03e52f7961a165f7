package faultproxy

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// backend is a server that is similar enough to the Kubernetes API.
type backend struct {
	*httptest.Server
	writes atomic.Int32
	events chan string
	gone   chan struct{}
}

func newBackend(t *testing.T) *backend {
	b := &backend{events: make(chan string), gone: make(chan struct{}, 10)}
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(b.serve))
	b.EnableHTTP2 = true
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

func (b *backend) serve(w http.ResponseWriter, r *http.Request) {
	if ParseRequest(r).IsWrite() {
		b.writes.Add(1)
	}
	if r.URL.Query().Get("watch") == "true" {
		b.watch(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("X-Protocol", r.Proto)
	fmt.Fprintf(w, "%s %s %s", r.Header.Get("Authorization"), r.Method, body)
}

func (b *backend) watch(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case event := <-b.events:
			fmt.Fprintln(w, event)
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			b.gone <- struct{}{}
			return
		}
	}
}

func newProxy(t *testing.T, b *backend) *Proxy {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(b.Certificate())
	p, err := Start(Options{
		Target: b.URL, Certificate: &b.TLS.Certificates[0], TargetCAs: roots,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop() })
	return p
}

// clientOf returns a client of the proxy that speaks HTTP/2 or HTTP/1.1.
func clientOf(t *testing.T, p *Proxy, http2 bool) *http.Client {
	transport := &http.Transport{
		ForceAttemptHTTP2: http2,
		TLSClientConfig: &tls.Config{
			RootCAs: p.options.TargetCAs, ServerName: "example.com",
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// both runs a test over each version of HTTP.
func both(t *testing.T, test func(*testing.T, *backend, *Proxy, *http.Client)) {
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			b := newBackend(t)
			p := newProxy(t, b)
			test(t, b, p, clientOf(t, p, http2))
		})
	}
}

func add(t *testing.T, p *Proxy, rule Rule) *Fault {
	t.Helper()
	fault, err := p.Add(rule)
	if err != nil {
		t.Fatal(err)
	}
	return fault
}

func do(c *http.Client, p *Proxy, method, path string) (*http.Response,
	error) {
	r, err := http.NewRequest(method, p.URL()+path, strings.NewReader("body"))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer abc")
	r.Header.Set("User-Agent", "evroc-shim/1 (linux)")
	return c.Do(r)
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, is func() bool) {
	t.Helper()
	for !is() {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended first")
		case <-time.After(time.Millisecond):
		}
	}
}

const machines = "/apis/infrastructure.cluster.x-k8s.io/v1beta1/" +
	"namespaces/ns/evrocmachines"

func wantCode(t *testing.T, c *http.Client, p *Proxy, method, path string,
	want int) *http.Response {
	t.Helper()
	r, err := do(c, p, method, path)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, r.StatusCode, want, body)
	}
	return r
}

func wantBroken(t *testing.T, c *http.Client, p *Proxy, method, path string) {
	t.Helper()
	r, err := do(c, p, method, path)
	if err == nil {
		r.Body.Close()
		t.Fatalf("%s %s: %d, want no answer", method, path, r.StatusCode)
	}
}

func TestPassesRequestsAndTokensOn(t *testing.T) {
	both(t, func(t *testing.T, _ *backend, p *Proxy, c *http.Client) {
		r := wantCode(t, c, p, "PATCH", machines+"/m", 200)
		body, _ := io.ReadAll(r.Body)
		if string(body) != "Bearer abc PATCH body" {
			t.Errorf("got %q", body)
		}
		if got := r.Header.Get("X-Protocol"); got != "HTTP/2.0" {
			t.Errorf("the server behind was spoken to in %s", got)
		}
		want := Key{"patch", "evrocmachines", 200, "evroc-shim/1"}
		if p.Counts()[want] != 1 {
			t.Errorf("counts: %v", p.Counts())
		}
	})
}

func TestStatusAfterSkipAndUpToCount(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		fault := add(t, p, Rule{
			Match: Match{Writes: true, Path: "evrocmachines", UserAgent: "^evroc-"},
			Skip:  1, Count: 2, Status: 409,
		})
		codes := []int{200, 409, 409, 200}
		for _, code := range codes {
			wantCode(t, c, p, "GET", machines, 200)
			wantCode(t, c, p, "PATCH", machines+"/m", code)
		}
		if n := b.writes.Load(); n != 2 {
			t.Errorf("%d writes reached the server", n)
		}
		<-fault.First()
		<-fault.Spent()
		if fault.Triggered() != 2 {
			t.Errorf("triggered %d times", fault.Triggered())
		}
	})
}

func TestThrottlesWithRetryAfter(t *testing.T) {
	both(t, func(t *testing.T, _ *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{Status: 429, RetryAfterS: 3})
		r := wantCode(t, c, p, "GET", machines, 429)
		var object status
		if err := json.NewDecoder(r.Body).Decode(&object); err != nil {
			t.Fatal(err)
		}
		if object.Kind != "Status" || object.Reason != "TooManyRequests" ||
			object.Details.RetryAfterSeconds != 3 ||
			r.Header.Get("Retry-After") != "3" {
			t.Errorf("got %+v", object)
		}
	})
}

func TestRefuseNeverReachesTheServer(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{Refuse: true})
		wantBroken(t, c, p, "PATCH", machines+"/m")
		if n := b.writes.Load(); n != 0 {
			t.Errorf("%d writes reached the server", n)
		}
	})
}

func TestLoseAnswerCarriesOut(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{Count: 1, LoseAnswer: true})
		wantBroken(t, c, p, "PATCH", machines+"/m")
		if n := b.writes.Load(); n != 1 {
			t.Errorf("%d writes reached the server", n)
		}
		wantCode(t, c, p, "GET", machines, 200)
	})
}

func TestHoldBeforeUntilReleasedOrAborted(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		for _, release := range []bool{true, false} {
			fault := add(t, p, Rule{Count: 1, Hold: HoldBefore})
			done := make(chan error)
			go func() {
				r, err := do(c, p, "PATCH", machines+"/m")
				if err == nil {
					r.Body.Close()
				}
				done <- err
			}()
			<-fault.First()
			before := b.writes.Load()
			if release {
				fault.Release()
			} else {
				fault.Abort()
			}
			if err := <-done; (err == nil) != release {
				t.Errorf("release %v: %v", release, err)
			}
			if carried := b.writes.Load() > before; carried != release {
				t.Errorf("release %v: carried out %v", release, carried)
			}
		}
	})
}

func TestAHeldRequestEndsWithItsClient(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		fault := add(t, p, Rule{Count: 1, Hold: HoldBefore})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r, _ := http.NewRequestWithContext(ctx, "PATCH",
				p.URL()+machines+"/m", strings.NewReader("body"))
			if answer, err := c.Do(r); err == nil {
				answer.Body.Close()
			}
		}()
		<-fault.First()
		cancel()
		<-done
		eventually(t, func() bool { return len(p.Counts()) > 0 })
		fault.Release()
		if n := b.writes.Load(); n != 0 {
			t.Errorf("%d writes reached the server", n)
		}
	})
}

func TestHoldAfterCarriesOut(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		fault := add(t, p, Rule{Count: 1, Hold: HoldAfter})
		done := make(chan error)
		go func() {
			_, err := do(c, p, "PATCH", machines+"/m")
			done <- err
		}()
		eventually(t, fault.Answered)
		if n := b.writes.Load(); n != 1 {
			t.Errorf("%d writes reached the server", n)
		}
		fault.Release()
		if <-done == nil {
			t.Error("the answer was not lost")
		}
	})
}

// watchOf opens a watch and returns its lines.
func watchOf(t *testing.T, c *http.Client, p *Proxy) *bufio.Reader {
	t.Helper()
	r, err := c.Get(p.URL() + machines + "?watch=true")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Body.Close() })
	return bufio.NewReader(r.Body)
}

func TestWatchesStreamAtOnce(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		lines := watchOf(t, c, p)
		for _, event := range []string{"one", "two"} {
			b.events <- event
			if line, err := lines.ReadString('\n'); line != event+"\n" {
				t.Fatalf("%q, %v", line, err)
			}
		}
		if p.OpenWatches() != 1 {
			t.Errorf("%d open", p.OpenWatches())
		}
	})
}

func TestWatchIsCutAfterEvents(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{
			Match: Match{Verbs: []string{VerbWatch}}, CutAfterEvents: At(2),
		})
		lines := watchOf(t, c, p)
		for range 2 {
			b.events <- "event"
			if line, err := lines.ReadString('\n'); err != nil {
				t.Fatalf("%q, %v", line, err)
			}
		}
		if _, err := lines.ReadString('\n'); err == nil || err == io.EOF {
			t.Errorf("ended by %v, want a broken connection", err)
		}
		<-b.gone
	})
}

func TestWatchExpiresAfterEvents(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{ErrorAfterEvents: At(1)})
		lines := watchOf(t, c, p)
		b.events <- "event"
		if line, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		var event struct {
			Type   string
			Object status
		}
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatal(err)
		}
		if event.Type != "ERROR" || event.Object.Code != 410 {
			t.Errorf("got %s", line)
		}
		if _, err := lines.ReadByte(); err != io.EOF {
			t.Errorf("ended by %v", err)
		}
		<-b.gone
	})
}

func TestWatchesAreCutNow(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		lines := watchOf(t, c, p)
		n, err := p.CutWatches(Match{Path: "evrocclusters"})
		if n != 0 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err = p.CutWatches(Match{Path: "evrocmachines"}); n != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		if _, err := lines.ReadByte(); err == nil || err == io.EOF {
			t.Errorf("ended by %v, want a broken connection", err)
		}
		<-b.gone
	})
}

func TestAnswersAreCutAndSlowed(t *testing.T) {
	both(t, func(t *testing.T, _ *backend, p *Proxy, c *http.Client) {
		add(t, p, Rule{
			CutAfterBytes: At(6), PausePerKiBMS: 1, DelayMS: 1, Count: 1,
		})
		r, err := do(c, p, "GET", machines)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if string(body) != "Bearer" || err == nil {
			t.Errorf("%q, %v", body, err)
		}
		wantCode(t, c, p, "GET", machines, 200)
	})
}

func TestDownAndUp(t *testing.T) {
	both(t, func(t *testing.T, b *backend, p *Proxy, c *http.Client) {
		lines := watchOf(t, c, p)
		if err := p.Down(); err != nil {
			t.Fatal(err)
		}
		if _, err := lines.ReadByte(); err == nil {
			t.Error("the watch goes on")
		}
		wantBroken(t, c, p, "GET", machines)
		for range 2 {
			if err := p.Up(); err != nil {
				t.Fatal(err)
			}
		}
		wantCode(t, c, p, "GET", machines, 200)
	})
}

func TestRulesEndByTimeAndByHand(t *testing.T) {
	b := newBackend(t)
	p := newProxy(t, b)
	c := clientOf(t, p, true)
	add(t, p, Rule{Status: 500, ForMS: 1})
	eventually(t, func() bool {
		r, err := do(c, p, "GET", machines)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode == 200
	})
	fault := add(t, p, Rule{Status: 500})
	wantCode(t, c, p, "GET", machines, 500)
	fault.Remove()
	wantCode(t, c, p, "GET", machines, 200)
}

func TestRulesThatMakeNoSense(t *testing.T) {
	p := newProxy(t, newBackend(t))
	for _, rule := range []Rule{
		{Match: Match{Path: "("}}, {Status: 42}, {Hold: "up"}, {Skip: -1},
	} {
		if _, err := p.Add(rule); err == nil {
			t.Errorf("%+v was taken", rule)
		}
	}
}

func TestControl(t *testing.T) {
	p := newProxy(t, newBackend(t))
	c := clientOf(t, p, true)
	control := httptest.NewServer(p.Control())
	defer control.Close()
	call := func(method, path, body string, want int) []byte {
		t.Helper()
		r, _ := http.NewRequest(method, control.URL+path, strings.NewReader(body))
		answer, err := control.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, text)
		}
		return text
	}
	call("POST", "/v1/faults", `{"statsu": 1}`, 400)
	call("POST", "/v1/faults", `{"path": "("}`, 400)
	call("POST", "/v1/faults", `{"path": "evroc", "status": 503}`, 201)
	wantCode(t, c, p, "GET", machines, 503)
	if got := string(call("GET", "/v1/faults", "", 200)); !strings.Contains(got,
		`"id":1,"struck":1`) {
		t.Errorf("faults: %s", got)
	}
	call("DELETE", "/v1/faults/7", "", 404)
	call("DELETE", "/v1/faults/1", "", 204)
	wantCode(t, c, p, "GET", machines, 200)
	if got := string(call("GET", "/v1/counts", "", 200)); !strings.Contains(got,
		`"code":503,"user_agent":"evroc-shim/1","count":1`) {
		t.Errorf("counts: %s", got)
	}
	call("DELETE", "/v1/counts", "", 204)
	call("POST", "/v1/cut", `{"verbs": ["watch"]}`, 200)
	call("POST", "/v1/down", "", 204)
	wantBroken(t, c, p, "GET", machines)
	call("POST", "/v1/up", "", 204)
	call("DELETE", "/v1/faults", "", 204)
	wantCode(t, c, p, "GET", machines, 200)
}

func TestParseRequest(t *testing.T) {
	for _, c := range []struct {
		method, path                    string
		verb, resource, namespace, name string
	}{
		{"GET", "/api/v1/secrets", "list", "secrets", "", ""},
		{"GET", "/api/v1/namespaces/n/secrets/s", "get", "secrets", "n", "s"},
		{"GET", "/api/v1/namespaces/n/secrets?watch=1", "watch", "secrets", "n",
			""},
		{"GET", "/api/v1/namespaces/n", "get", "namespaces", "", "n"},
		{"PUT", "/api/v1/namespaces/n/finalize", "update", "namespaces/finalize",
			"", "n"},
		{"PATCH", machines + "/m/status", "patch", "evrocmachines/status", "ns",
			"m"},
		{"DELETE", machines, "deletecollection", "evrocmachines", "ns", ""},
		{"DELETE", machines + "/m", "delete", "evrocmachines", "ns", "m"},
		{"POST", machines, "create", "evrocmachines", "ns", ""},
		{"GET", "/healthz", "get", "", "", ""},
		{"POST", "/networking/v1beta2/x", "post", "", "", ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		got := ParseRequest(r)
		if got.IsWrite() != (c.method != "GET") {
			t.Errorf("%s %s: a write: %v", c.method, c.path, got.IsWrite())
		}
		if got.Verb != c.verb || got.Resource != c.resource ||
			got.Namespace != c.namespace || got.Name != c.name {
			t.Errorf("%s %s: %+v", c.method, c.path, got)
		}
	}
}
