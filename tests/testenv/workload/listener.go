package workload

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// trackingListener closes its accepted connections, including hijacked ones,
// when it closes: a machine that is off keeps none open.
type trackingListener struct {
	net.Listener
	mu     sync.Mutex
	closed bool
	open   map[net.Conn]bool
}

func (l *trackingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	l.open[conn] = true
	return &trackedConn{Conn: conn, listener: l}, nil
}

func (l *trackingListener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for conn := range l.open {
		_ = conn.Close()
	}
	l.open = nil
	return err
}

type trackedConn struct {
	net.Conn
	listener *trackingListener
}

func (c *trackedConn) Close() error {
	c.listener.mu.Lock()
	delete(c.listener.open, c.Conn)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// certificateSource chooses the certificate for a client.
type certificateSource = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// serve serves the handler on the address until the returned function is
// called.
func (c *Cloud) serve(address string, handler http.Handler, certificateFor certificateSource) (stop func(), err error) {
	plain, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on the machine's address: %w", err)
	}
	listener := &trackingListener{Listener: plain, open: map[net.Conn]bool{}}
	server := &http.Server{
		Handler:   handler,
		TLSConfig: &tls.Config{GetCertificate: certificateFor, MinVersion: tls.VersionTLS12},
		// Health checks connect and disconnect: that is not logged.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan struct{})
	c.tasks.Go(func() {
		defer close(served)
		_ = server.ServeTLS(listener, "", "")
	})
	return func() {
		_ = listener.Close()
		_ = server.Close()
		<-served
	}, nil
}

// serveAPI serves a server's API on its own address.
func (cl *cluster) serveAPI(address string) (stop func(), err error) {
	cl.cloud.setEndpoint(address, cl.endpoint)
	handler := &apiServer{cluster: cl, address: address}
	shut, err := cl.cloud.serve(address, handler, func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return cl.certificateFor(hello.ServerName)
	})
	if err != nil {
		cl.cloud.setEndpoint(address, "")
		return nil, err
	}
	return func() {
		shut()
		cl.cloud.setEndpoint(address, "")
	}, nil
}

func (c *Cloud) setEndpoint(address, endpoint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if endpoint == "" {
		delete(c.endpoints, address)
		return
	}
	c.endpoints[address] = endpoint
}
