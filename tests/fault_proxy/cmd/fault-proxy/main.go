// Command fault-proxy runs a fault proxy in front of an API server.
//
// It prints `control ADDRESS` and `ready fault-proxy ADDRESS` on stdout, and
// ends gracefully on SIGTERM.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	faultproxy "evroc.com/cluster-api-provider-evroc/tests/fault_proxy"
)

type flags struct {
	listen, control, target, cert, key, targetCA string
}

func main() {
	var f flags
	flag.StringVar(&f.listen, "listen", "127.0.0.1:0", "where to serve")
	flag.StringVar(&f.control, "control", "127.0.0.1:0",
		"where to serve the controls")
	flag.StringVar(&f.target, "target", "", "the server behind, as a URL")
	flag.StringVar(&f.cert, "cert", "", "certificate to show, PEM")
	flag.StringVar(&f.key, "key", "", "its key, PEM")
	flag.StringVar(&f.targetCA, "target-ca", "",
		"CA that the target is verified with, PEM")
	flag.Parse()
	if f.target == "" || flag.NArg() > 0 || (f.cert == "") != (f.key == "") {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "fault-proxy:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	options := faultproxy.Options{
		Listen: f.listen, Target: f.target, Log: os.Stderr,
	}
	if err := readPEM(f, &options); err != nil {
		return err
	}
	proxy, err := faultproxy.Start(options)
	if err != nil {
		return err
	}
	defer proxy.Stop()
	listener, err := net.Listen("tcp", f.control)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: proxy.Control(), ReadHeaderTimeout: time.Minute,
	}
	defer server.Close()
	go server.Serve(listener)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM,
		syscall.SIGINT)
	defer stop()
	fmt.Println("control", listener.Addr())
	fmt.Println("ready fault-proxy", proxy.Address())
	<-ctx.Done()
	return nil
}

func readPEM(f flags, options *faultproxy.Options) error {
	if f.cert != "" {
		certificate, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return err
		}
		options.Certificate = &certificate
	}
	if f.targetCA == "" {
		return nil
	}
	pem, err := os.ReadFile(f.targetCA)
	if err != nil {
		return err
	}
	options.TargetCAs = x509.NewCertPool()
	if !options.TargetCAs.AppendCertsFromPEM(pem) {
		return errors.New("no certificate in " + f.targetCA)
	}
	return nil
}
