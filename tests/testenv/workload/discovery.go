package workload

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/cluster-api/util/certs"
)

// The time that a joiner waits for one answer.
const answerTimeout = 5 * time.Second

// joinClient is the client of a machine that joins a cluster. It keeps no
// connection open: each request may reach another server.
type joinClient struct {
	base string
	http *http.Client
	user string
	pass string
}

// newJoinClient returns the client of a machine of the project. It verifies no
// server if pool is nil.
func (c *Cloud) newJoinClient(project, base string, pool *x509.CertPool) *joinClient {
	dialer := &net.Dialer{Timeout: answerTimeout}
	return &joinClient{base: base, http: &http.Client{
		Timeout: answerTimeout,
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, c.route(project, address))
			},
			TLSClientConfig: &tls.Config{RootCAs: pool, InsecureSkipVerify: pool == nil}, //nolint:gosec // kubeadm's first step
		},
	}}
}

// route returns the loopback address for a machine's address in its VPC. It
// returns the address itself if no machine of the project has it, or if several
// in different VPCs do.
func (c *Cloud) route(project, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found := []string{}
	for _, m := range c.machines {
		if m.vm.running() && m.vm.Project == project && m.vm.PrivateIPv4 == host && m.vm.DataPlane != "" {
			found = append(found, m.vm.DataPlane)
		}
	}
	if len(found) != 1 {
		return address
	}
	return net.JoinHostPort(found[0], port)
}

// The answers with a meaning for a joiner: 404, and 401 or 403.
var (
	errNotFound = errors.New("not found")
	errRefused  = errors.New("refused")
)

// get reads a path and returns the cluster that answered.
func (v *joinClient) get(ctx context.Context, path string) (body []byte, cluster string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return nil, "", err
	}
	if v.user != "" {
		request.SetBasicAuth(v.user, v.pass)
	}
	response, err := v.http.Do(request)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	switch {
	case err != nil:
		return nil, "", err
	case response.StatusCode == http.StatusNotFound:
		return nil, "", errNotFound
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return nil, "", errRefused
	case response.StatusCode != http.StatusOK:
		return nil, "", fmt.Errorf("%s answers %s to %s", v.base, response.Status, path)
	}
	return body, response.Header.Get(clusterHeader), nil
}

func (v *joinClient) getJSON(ctx context.Context, path string, value any) (cluster string, err error) {
	body, cluster, err := v.get(ctx, path)
	if err != nil {
		return "", err
	}
	return cluster, json.Unmarshal(body, value)
}

// discover does what kubeadm join does first: it gets the CA at the endpoint,
// checks it against the hashes, and then checks the token.
func (c *Cloud) discover(ctx context.Context, vm VM, kubeadm *boot.Kubeadm, checkToken bool) (*cluster, error) {
	base := "https://" + kubeadm.Endpoint
	ca, err := discoverCA(ctx, c.newJoinClient(vm.Project, base, nil), kubeadm)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	trusted := c.newJoinClient(vm.Project, base, pool)
	_, name, err := trusted.get(ctx, "/readyz")
	if err != nil {
		return nil, fmt.Errorf("reach the API server at %s: %w", kubeadm.Endpoint, err)
	}
	if checkToken {
		if err := verifyToken(ctx, trusted, kubeadm.Token); err != nil {
			return nil, err
		}
	}
	cl := c.find(name)
	if cl == nil {
		return nil, fmt.Errorf("what answers at %s is no cluster of the test environment", kubeadm.Endpoint)
	}
	return cl, nil
}

func discoverCA(ctx context.Context, untrusted *joinClient, kubeadm *boot.Kubeadm) (*x509.Certificate, error) {
	var info corev1.ConfigMap
	_, err := untrusted.getJSON(ctx, "/api/v1/namespaces/kube-public/configmaps/cluster-info", &info)
	if err != nil {
		return nil, fmt.Errorf("read cluster-info at %s: %w", kubeadm.Endpoint, err)
	}
	config, err := clientcmd.Load([]byte(info.Data["kubeconfig"]))
	if err != nil || len(config.Clusters) == 0 {
		return nil, fmt.Errorf("cluster-info at %s has no kubeconfig", kubeadm.Endpoint)
	}
	for _, cluster := range config.Clusters {
		ca, err := certs.DecodeCertPEM(cluster.CertificateAuthorityData)
		if err != nil {
			return nil, fmt.Errorf("the CA in cluster-info at %s: %w", kubeadm.Endpoint, err)
		}
		if !kubeadm.UnsafeSkipCA && !slices.Contains(kubeadm.CAHashes, hashOf(ca)) {
			return nil, final("the CA at %s is not the one that caCertHashes names", kubeadm.Endpoint)
		}
		return ca, nil
	}
	return nil, fmt.Errorf("cluster-info at %s has no cluster", kubeadm.Endpoint)
}

// hashOf returns the hash of the CA's public key in kubeadm's format.
func hashOf(ca *x509.Certificate) string {
	sum := sha256.Sum256(ca.RawSubjectPublicKeyInfo)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// verifyToken returns an error unless the token's Secret exists and has not
// expired.
func verifyToken(ctx context.Context, trusted *joinClient, token string) error {
	id, secret, _ := strings.Cut(token, ".")
	var stored corev1.Secret
	_, err := trusted.getJSON(ctx, "/api/v1/namespaces/kube-system/secrets/bootstrap-token-"+id, &stored)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("the bootstrap token %s is not in the cluster", id)
	}
	if err != nil {
		return fmt.Errorf("look for the bootstrap token %s: %w", id, err)
	}
	if subtle.ConstantTimeCompare(stored.Data["token-secret"], []byte(secret)) == 0 {
		return fmt.Errorf("the bootstrap token %s has another secret", id)
	}
	end, err := time.Parse(time.RFC3339, string(stored.Data["expiration"]))
	if err == nil && time.Now().After(end) {
		return fmt.Errorf("the bootstrap token %s has expired", id)
	}
	return nil
}
