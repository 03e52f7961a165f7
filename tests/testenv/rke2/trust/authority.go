// Package trust makes the credentials of an RKE2 cluster: certificate
// authorities, the kubeconfig of the cluster's administrator and the token that
// nodes join with.
package trust

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"time"

	"sigs.k8s.io/cluster-api/util/certs"
)

const (
	year           = 365 * 24 * time.Hour
	authorityYears = 10
	tokenBytes     = 16
)

// KeyPair is a certificate and its private key, both PEM.
type KeyPair struct {
	Cert, Key []byte
}

// NewAuthority makes a certificate authority with that common name.
func NewAuthority() (KeyPair, error) {
	key, err := certs.NewPrivateKey()
	if err != nil {
		return KeyPair{}, fmt.Errorf("make a private key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 62))
	if err != nil {
		return KeyPair{}, fmt.Errorf("draw a serial number: %w", err)
	}
	now := time.Now().UTC()
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "kubernetes"},
		NotBefore:             now.Add(-5 * time.Minute),
		NotAfter:              now.Add(authorityYears * year),
		KeyUsage:              x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return KeyPair{}, fmt.Errorf("sign an authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return KeyPair{}, fmt.Errorf("read back an authority: %w", err)
	}
	return KeyPair{
		Cert: certs.EncodeCertPEM(cert),
		Key:  certs.EncodePrivateKeyPEM(key),
	}, nil
}

// NewToken returns a random token for joining nodes: 32 hexadecimal digits.
func NewToken() (string, error) {
	random := make([]byte, tokenBytes)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return hex.EncodeToString(random), nil
}

// parse reads the pair; PEM without a certificate or key is an error.
func (p KeyPair) parse() (*x509.Certificate, crypto.Signer, error) {
	cert, err := certs.DecodeCertPEM(p.Cert)
	if err != nil {
		return nil, nil, fmt.Errorf("read a certificate: %w", err)
	}
	if cert == nil {
		return nil, nil, errors.New("no certificate in the PEM")
	}
	key, err := certs.DecodePrivateKeyPEM(p.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("read a private key: %w", err)
	}
	return cert, key, nil
}
