package workload

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	"sigs.k8s.io/cluster-api/util/certs"
)

// certificate is a certificate with its key.
type certificate = tls.Certificate

// authority signs serving certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte
}

func newAuthority(pair boot.KeyPair) (*authority, error) {
	cert, err := certs.DecodeCertPEM(pair.Cert)
	if err != nil {
		return nil, err
	}
	key, err := certs.DecodePrivateKeyPEM(pair.Key)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: cert, key: key, pem: pair.Cert}, nil
}

// issue signs a serving certificate for names, which may be addresses too.
func (a *authority) issue(key crypto.Signer, commonName string, names, addresses []string) (*certificate, error) {
	config := certs.Config{
		CommonName: commonName,
		Usages:     []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, name := range append(slices.Clone(names), addresses...) {
		if ip := net.ParseIP(name); ip != nil {
			config.AltNames.IPs = append(config.AltNames.IPs, ip)
		} else if name != "" {
			config.AltNames.DNSNames = append(config.AltNames.DNSNames, name)
		}
	}
	signed, err := config.NewSignedCert(key, a.certificate, a.key)
	if err != nil {
		return nil, err
	}
	return &certificate{Certificate: [][]byte{signed.Raw}, PrivateKey: key, Leaf: signed}, nil
}
