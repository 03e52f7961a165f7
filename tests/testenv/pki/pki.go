// Package pki makes the certificates and keys of a test environment. All keys
// are ECDSA P-256, which is fast and supported everywhere in Kubernetes.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Certificates are valid from a day ago until a month from now, for machines
// that sleep in between.
const (
	backdated = 24 * time.Hour
	lifetime  = 30 * 24 * time.Hour
)

// Pair is a certificate with its private key, both PEM.
type Pair struct {
	Certificate, Key []byte
}

// Write writes the pair to the folder as NAME.crt and NAME.key and returns both
// paths. Only the owner may read the key.
func (p Pair) Write(folder, name string) (certificate, key string, err error) {
	certificate = filepath.Join(folder, name+".crt")
	key = filepath.Join(folder, name+".key")
	return certificate, key, errors.Join(
		os.WriteFile(certificate, p.Certificate, 0o644),
		os.WriteFile(key, p.Key, 0o600))
}

// Authority signs certificates.
type Authority struct {
	Pair
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority makes a certificate authority with that common name.
func NewAuthority(commonName string) (*Authority, error) {
	template, err := newTemplate(pkix.Name{CommonName: commonName})
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	pair, der, err := sign(template, template, key, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{Pair: pair, certificate: certificate, key: key}, nil
}

// Subject is the subject of a certificate. With Hosts (names or IP addresses)
// the certificate is a server's. Otherwise it is a client's, whose user is
// CommonName and whose groups are Organizations.
type Subject struct {
	CommonName    string
	Organizations []string
	Hosts         []string
}

// Issue makes a key and signs a certificate for it.
func (a *Authority) Issue(subject Subject) (Pair, error) {
	template, err := newTemplate(pkix.Name{
		CommonName:   subject.CommonName,
		Organization: subject.Organizations,
	})
	if err != nil {
		return Pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(subject.Hosts) > 0 {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for _, host := range subject.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := newKey()
	if err != nil {
		return Pair{}, err
	}
	pair, _, err := sign(template, a.certificate, key, a.key)
	return pair, err
}

// SigningKey is a key pair without certificate, both PEM. Service account
// tokens are signed with it.
type SigningKey struct {
	Private, Public []byte
}

// NewSigningKey makes a key pair.
func NewSigningKey() (SigningKey, error) {
	key, err := newKey()
	if err != nil {
		return SigningKey{}, err
	}
	private, err := encodeKey(key)
	if err != nil {
		return SigningKey{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return SigningKey{}, err
	}
	return SigningKey{Private: private, Public: encode("PUBLIC KEY", public)}, nil
}

func newTemplate(name pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      name,
		NotBefore:    now.Add(-backdated),
		NotAfter:     now.Add(lifetime),
	}, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (
	Pair, []byte, error) {
	der, err := x509.CreateCertificate(
		rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return Pair{}, nil, err
	}
	private, err := encodeKey(key)
	if err != nil {
		return Pair{}, nil, err
	}
	return Pair{Certificate: encode("CERTIFICATE", der), Key: private}, der, nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encode("EC PRIVATE KEY", der), nil
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
