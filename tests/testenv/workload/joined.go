package workload

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"sync"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
)

// joinedCluster holds the cluster of a server, once the server has joined it.
type joinedCluster struct {
	mu      sync.Mutex
	cluster *cluster
}

func (j *joinedCluster) set(cl *cluster) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cluster = cl
}

func (j *joinedCluster) get() *cluster {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.cluster
}

// plainToken returns the secret part of a token in RKE2's long form, K10<hash
// of the CA>::<user>:<secret>.
func plainToken(token string) string {
	if !strings.HasPrefix(token, "K10") {
		return token
	}
	if at := strings.Index(token, "::"); at >= 0 {
		token = token[at+2:]
		if _, secret, found := strings.Cut(token, ":"); found {
			return secret
		}
	}
	return token
}

func poolOf(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in it")
	}
	return pool, nil
}

// pemOf encodes a certificate and its key.
func pemOf(cert *certificate) (boot.KeyPair, error) {
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return boot.KeyPair{}, err
	}
	return boot.KeyPair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	}, nil
}
