// Package faultproxy is a proxy in front of an API server that injects faults
// by rules: it cuts watches, expires them, answers conflicts, throttles,
// breaks, slows, refuses, and loses the answers of writes that were executed.
//
// It forwards HTTP/1.1 and HTTP/2, streams watches as they come, and does not
// change bearer tokens. It serves TLS if it has a certificate. All exported
// functions are safe for use by several goroutines.
package faultproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// Options say where a Proxy serves and which server is behind it.
type Options struct {
	// Listen is the address to serve; 127.0.0.1:0 if empty.
	Listen string
	// Target is the URL of the server behind the proxy, such as
	// https://127.0.0.1:6443.
	Target string
	// Certificate is the proxy's certificate; without it the proxy speaks plain
	// HTTP.
	Certificate *tls.Certificate
	// TargetCAs verify the server behind the proxy; the system's CAs if nil.
	TargetCAs *x509.CertPool
	// Log gets the errors between the proxy and its target; nil for none.
	Log io.Writer
}

// Proxy is one running fault proxy.
type Proxy struct {
	options Options
	target  *url.URL
	forward *httputil.ReverseProxy
	rules   ruleSet
	counter counter
	watches watchSet
	logger  *log.Logger

	mu      sync.Mutex
	address string       // Guarded by mu; stays the same over Down and Up.
	server  *http.Server // Guarded by mu; nil while the proxy is down.
}

// Start begins to serve.
func Start(options Options) (*Proxy, error) {
	target, err := url.Parse(options.Target)
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	if target.Host == "" {
		return nil, fmt.Errorf("target %q has no host", options.Target)
	}
	if options.Listen == "" {
		options.Listen = "127.0.0.1:0"
	}
	if options.Log == nil {
		options.Log = io.Discard
	}
	p := &Proxy{
		options: options,
		target:  target,
		address: options.Listen,
		logger:  log.New(options.Log, "fault-proxy: ", log.Ltime),
	}
	p.forward = p.newForward()
	if err := p.Up(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Proxy) newForward() *httputil.ReverseProxy {
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: p.options.TargetCAs},
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     30 * time.Second,
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(p.target)
			r.Out.Host = p.target.Host
		},
		Transport:      transport,
		FlushInterval:  -1,
		ModifyResponse: p.shapeResponse,
		ErrorHandler:   p.onForwardError,
		ErrorLog:       p.logger,
	}
}

// Address returns the proxy's address, HOST:PORT.
func (p *Proxy) Address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.address
}

// URL returns the address with its scheme.
func (p *Proxy) URL() string {
	if p.options.Certificate != nil {
		return "https://" + p.Address()
	}
	return "http://" + p.Address()
}

// Down refuses connections and cuts those that are open, as if there were no
// server. It is safe to repeat.
func (p *Proxy) Down() error {
	p.mu.Lock()
	server := p.server
	p.server = nil
	p.mu.Unlock()
	if server == nil {
		return nil
	}
	p.watches.cut(nil)
	return server.Close()
}

// Up serves again at the same address. It is safe to repeat.
func (p *Proxy) Up() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		return nil
	}
	listener, err := net.Listen("tcp", p.address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	p.address = listener.Addr().String()
	p.server = &http.Server{
		Handler:           http.HandlerFunc(p.serve),
		ErrorLog:          p.logger,
		ReadHeaderTimeout: time.Minute,
	}
	go p.run(p.server, listener)
	return nil
}

func (p *Proxy) run(server *http.Server, listener net.Listener) {
	var err error
	if p.options.Certificate != nil {
		server.TLSConfig = &tls.Config{
			Certificates: []tls.Certificate{*p.options.Certificate},
			NextProtos:   []string{"h2", "http/1.1"},
		}
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		p.logger.Printf("serve: %v", err)
	}
}

// Stop ends the proxy for good, and requests that are held.
func (p *Proxy) Stop() error {
	p.rules.clear()
	return p.Down()
}

// Add adds a rule. Rules are tried in the order in which they were added; the
// first that matches decides.
func (p *Proxy) Add(rule Rule) (*Fault, error) { return p.rules.add(rule) }

// Clear removes all rules.
func (p *Proxy) Clear() { p.rules.clear() }

// Faults lists the rules that are active.
func (p *Proxy) Faults() []*Fault { return p.rules.list() }

// CutWatches ends the watches that match, at once, as a broken connection does.
// It returns their number.
func (p *Proxy) CutWatches(match Match) (int, error) {
	compiled, err := match.compile()
	if err != nil {
		return 0, err
	}
	return p.watches.cut(compiled), nil
}

// OpenWatches returns the number of open watches.
func (p *Proxy) OpenWatches() int { return p.watches.count() }

// Counts returns the requests so far.
func (p *Proxy) Counts() Counts { return p.counter.counts() }

// ForgetCounts resets the counts.
func (p *Proxy) ForgetCounts() { p.counter.forget() }

// exchange is one request and its answer.
type exchange struct {
	request Request
	fault   *Fault // nil if no rule matched.
	cut     context.CancelCauseFunc
}

type exchangeKey struct{}

var (
	errCut  = errors.New("cut by a rule")
	errLost = errors.New("answer lost by a rule")
)

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{request: ParseRequest(r)}
	x.fault = p.rules.trigger(x.request)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	x.cut = cancel
	if x.request.Verb == VerbWatch {
		defer p.watches.enter(x)()
	}
	if x.fault != nil && !p.before(ctx, w, r, x) {
		return
	}
	recorder := &statusRecorder{ResponseWriter: w, counter: &p.counter, x: x}
	defer recorder.finish()
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	p.forward.ServeHTTP(recorder, r.WithContext(ctx))
}

// before applies the part of a fault that comes before or replaces the server's
// answer. It reports whether the request goes on to the server.
func (p *Proxy) before(ctx context.Context, w http.ResponseWriter,
	r *http.Request, x *exchange) bool {
	rule := &x.fault.rule
	abort := func() {
		p.counter.count(x.request, 0)
		panic(http.ErrAbortHandler)
	}
	// HTTP/1.1 shows that the client went away only if the body has been read.
	if rule.waits() && readAhead(r) != nil {
		abort()
	}
	if !sleep(ctx, time.Duration(rule.DelayMS)*time.Millisecond) {
		abort()
	}
	if rule.Hold == HoldBefore && !x.fault.hold(ctx) {
		abort()
	}
	if rule.Refuse {
		abort()
	}
	if rule.Status != 0 {
		p.counter.count(x.request, rule.Status)
		writeStatus(w, rule)
		return false
	}
	return true
}

// shapeResponse applies a fault to the server's answer.
func (p *Proxy) shapeResponse(response *http.Response) error {
	x, _ := response.Request.Context().Value(exchangeKey{}).(*exchange)
	if x == nil || response.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	if x.fault == nil {
		return nil
	}
	x.fault.setAnswered()
	rule := &x.fault.rule
	if rule.Hold == HoldAfter || rule.LoseAnswer {
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		p.logger.Printf("%s %s was answered %d", x.request.Method,
			x.request.Path, response.StatusCode)
		if rule.Hold == HoldAfter {
			x.fault.hold(response.Request.Context())
		}
		return errLost
	}
	response.Body = shapeBody(response.Request.Context(), response.Body, rule)
	if rule.shapesLength() {
		response.ContentLength = -1
		response.Header.Del("Content-Length")
	}
	return nil
}

func (p *Proxy) onForwardError(w http.ResponseWriter, r *http.Request,
	err error) {
	if errors.Is(err, errLost) || r.Context().Err() != nil {
		panic(http.ErrAbortHandler)
	}
	p.logger.Printf("%s %s: %v", r.Method, r.URL.Path, err)
	w.WriteHeader(http.StatusBadGateway)
}

// readAhead reads a request's body into memory.
func readAhead(r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// sleep waits, and reports whether the time passed before the request ended.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
