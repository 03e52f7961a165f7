package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"testing"
)

func issue(t *testing.T, authority *Authority, subject Subject) tls.Certificate {
	t.Helper()
	pair, err := authority.Issue(subject)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func newAuthority(t *testing.T) (*Authority, *x509.CertPool) {
	t.Helper()
	authority, err := NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority.Certificate) {
		t.Fatal("the authority's certificate is not PEM")
	}
	return authority, pool
}

func TestServerAndClientAcceptEachOther(t *testing.T) {
	authority, pool := newAuthority(t)
	here, there := net.Pipe()
	server := tls.Server(here, &tls.Config{
		Certificates: []tls.Certificate{issue(t, authority,
			Subject{CommonName: "api", Hosts: []string{"127.0.0.1", "kubernetes"}})},
		ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs:  pool,
	})
	client := tls.Client(there, &tls.Config{
		Certificates: []tls.Certificate{issue(t, authority,
			Subject{CommonName: "admin", Organizations: []string{"system:masters"}})},
		RootCAs:    pool,
		ServerName: "127.0.0.1",
	})
	answer := make(chan error, 1)
	go func() { answer <- client.Handshake() }()
	if err := server.Handshake(); err != nil {
		t.Errorf("the server refuses the client: %v", err)
	}
	if err := <-answer; err != nil {
		t.Errorf("the client refuses the server: %v", err)
	}
	user := server.ConnectionState().PeerCertificates[0].Subject
	if user.CommonName != "admin" || user.Organization[0] != "system:masters" {
		t.Errorf("the server sees the client as %v", user)
	}
}

func TestACertificateOfAnotherAuthorityIsRefused(t *testing.T) {
	_, pool := newAuthority(t)
	other, _ := newAuthority(t)
	certificate := issue(t, other, Subject{Hosts: []string{"127.0.0.1"}})
	_, err := certificate.Leaf.Verify(x509.VerifyOptions{Roots: pool})
	if err == nil {
		t.Error("a stranger's certificate was accepted")
	}
}

func TestOnlyTheOwnerMayReadAKey(t *testing.T) {
	authority, _ := newAuthority(t)
	certificate, key, err := authority.Write(t.TempDir(), "ca")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.LoadX509KeyPair(certificate, key); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(key)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v", info.Mode())
	}
}

func TestASigningKeysHalvesBelongTogether(t *testing.T) {
	key, err := NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	private, _ := pem.Decode(key.Private)
	public, _ := pem.Decode(key.Public)
	parsed, err := x509.ParseECPrivateKey(private.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	other, err := x509.ParsePKIXPublicKey(public.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.PublicKey.Equal(other) {
		t.Error("the public half is another key's")
	}
}
