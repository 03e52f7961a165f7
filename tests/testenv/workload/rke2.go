package workload

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"path"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// bootRKE2 simulates rke2-server or rke2-agent. A server's supervisor serves
// from the start, long before other nodes can join.
func (m *machine) bootRKE2(ctx context.Context, vm VM, plan *boot.Plan) (off func(), err error) {
	guest := &guest{vm: vm, plan: plan}
	supervisor := &supervisor{}
	if plan.Role != boot.Worker {
		stop, err := m.cloud.serve(boot.Address(vm.DataPlane, boot.RKE2SupervisorPort), supervisor, supervisor.certificateFor)
		if err != nil {
			return guest.off, err
		}
		guest.onShutdown(stop)
	}
	cl, err := m.enterRKE2(ctx, vm, plan)
	if err != nil {
		return guest.off, err
	}
	cl.addMachine(m.uid)
	m.setBooted(cl)
	guest.cluster, guest.version = cl, kubeletVersion(plan.Version, cl.gitVersion(ctx))
	if plan.Role == boot.Worker {
		return guest.off, guest.addNode(ctx)
	}
	if err := guest.addControlPlane(ctx, boot.Address(vm.DataPlane, boot.RKE2APIPort)); err != nil {
		return guest.off, err
	}
	supervisor.joined.set(cl)
	return guest.off, cl.createServing(ctx)
}

// enterRKE2 returns the machine's cluster, and makes it if needed.
func (m *machine) enterRKE2(ctx context.Context, vm VM, plan *boot.Plan) (*cluster, error) {
	m.cloud.mu.Lock()
	known, booted := m.cluster, m.booted
	m.cloud.mu.Unlock()
	if plan.Role == boot.Init {
		endpoint := boot.Address(plan.RKE2.EndpointHost, boot.RKE2APIPort)
		return m.cloud.getOrCreateRKE2(ctx, plan, endpoint, booted)
	}
	if known != nil && plan.Role == boot.Join && m.cloud.find(known.endpoint) == known {
		return known, nil
	}
	var cl *cluster
	err := m.persist(ctx, func(ctx context.Context) (err error) {
		cl, err = m.cloud.registerRKE2(ctx, vm, plan)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	return cl, nil
}

func (c *Cloud) getOrCreateRKE2(ctx context.Context, plan *boot.Plan, endpoint string, booted bool) (*cluster, error) {
	if booted {
		cl, fresh, err := c.getOrCreate(ctx, endpoint, plan)
		if err == nil && fresh {
			cl.setRKE2(plan)
		}
		return cl, err
	}
	cl, err := c.recreate(ctx, plan, endpoint)
	if err == nil {
		cl.setRKE2(plan)
	}
	return cl, err
}

func (cl *cluster) setRKE2(plan *boot.Plan) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.rke2 = plan
	cl.names = append(cl.names, plan.RKE2.TLSNames...)
}

func (cl *cluster) rke2Plan() *boot.Plan {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return cl.rke2
}

// registerRKE2 gets the CAs from the server in the configuration, and then
// registers with the token.
func (c *Cloud) registerRKE2(ctx context.Context, vm VM, plan *boot.Plan) (*cluster, error) {
	server := plan.RKE2.Server
	pem, _, err := c.newJoinClient(vm.Project, server, nil).get(ctx, "/cacerts")
	if err != nil {
		return nil, fmt.Errorf("read the CA from %s: %w", server, err)
	}
	pool, err := poolOf(pem)
	if err != nil {
		return nil, fmt.Errorf("the CA from %s: %w", server, err)
	}
	client := c.newJoinClient(vm.Project, server, pool)
	client.user, client.pass = "node", plainToken(plan.RKE2.Token)
	path := supervisorConfig
	if plan.Role == boot.Join {
		client.user, path = "server", supervisorBootstrap
	}
	_, name, err := client.get(ctx, path)
	if errors.Is(err, errRefused) {
		return nil, final("%s refuses the token", server)
	}
	if err != nil {
		return nil, fmt.Errorf("register at %s: %w", server, err)
	}
	if cl := c.find(name); cl != nil {
		return cl, nil
	}
	return nil, fmt.Errorf("what answers at %s is no cluster of the test environment", server)
}

// createServing makes the Secret with the certificate of RKE2's supervisor. Its
// presence means that the first server has started.
func (cl *cluster) createServing(ctx context.Context) error {
	serving, err := cl.certificateFor("")
	if err != nil {
		return err
	}
	pair, err := pemOf(serving)
	if err != nil {
		return err
	}
	return cl.create(ctx, &corev1.Secret{
		ObjectMeta: named(kubeSystem, "rke2-serving"),
		Type:       corev1.SecretTypeTLS,
		Data:       map[string][]byte{corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key},
	})
}

// The annotations that request and confirm the removal by RKE2's etcd
// controller.
const (
	etcdNodeName    = "etcd.rke2.cattle.io/node-name"
	etcdRemove      = "etcd.rke2.cattle.io/remove"
	etcdRemovedName = "etcd.rke2.cattle.io/removed-node-name"
)

const uninitializedTaint = "node.cloudprovider.kubernetes.io/uninitialized"

// initialise does what RKE2's own controllers do to a new node. Unless it is
// disabled, RKE2's cloud controller sets the node's providerID, permanently.
func (cl *cluster) initialise(node *corev1.Node, plan *boot.Plan) {
	first := cl.rke2Plan()
	if first == nil {
		return
	}
	if plan.Role != boot.Worker {
		metav1.SetMetaDataAnnotation(&node.ObjectMeta, etcdNodeName, node.Name+"-"+shortID(string(node.Status.NodeInfo.SystemUUID)))
	}
	if first.RKE2.NoCNI {
		setNetworkless(node)
	}
	if first.RKE2.CloudControllerOff {
		return
	}
	if node.Spec.ProviderID == "" {
		node.Spec.ProviderID = "rke2://" + node.Name
	}
	node.Labels[corev1.LabelInstanceTypeStable] = "rke2"
	node.Spec.Taints = withoutTaint(node.Spec.Taints, uninitializedTaint)
}

func shortID(id string) string { return id[:min(8, len(id))] }

// setNetworkless marks a node that waits for a network.
func setNetworkless(node *corev1.Node) {
	for i := range node.Status.Conditions {
		if node.Status.Conditions[i].Type == corev1.NodeReady {
			node.Status.Conditions[i] = condition(corev1.NodeReady, corev1.ConditionFalse, "KubeletNotReady",
				"container runtime network not ready: cni plugin not initialized")
		}
	}
}

func withoutTaint(taints []corev1.Taint, key string) []corev1.Taint {
	var kept []corev1.Taint
	for _, taint := range taints {
		if taint.Key != key {
			kept = append(kept, taint)
		}
	}
	return kept
}

// nodeWritten handles a node that a client wrote: RKE2 removes the etcd member
// of a server on request.
func (cl *cluster) nodeWritten(ctx context.Context, name string) {
	if cl.rke2Plan() == nil {
		return
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	wanted := func() bool {
		return node.Annotations[etcdRemove] == "true" && node.Annotations[etcdRemovedName] == ""
	}
	// The first read decides whether there is anything to do.
	if err := cl.get(ctx, node); err != nil || !wanted() {
		return
	}
	cl.changing.Lock()
	defer cl.changing.Unlock()
	err := cl.removeEtcdMember(ctx, name)
	if err == nil {
		err = cl.change(ctx, node, func() {
			metav1.SetMetaDataAnnotation(&node.ObjectMeta, etcdRemovedName, node.Annotations[etcdNodeName])
		})
	}
	if err != nil {
		cl.cloud.log.Error(err, "Remove an etcd member failed", "node", name)
	}
}

// The routes of the supervisor.
const (
	supervisorConfig    = "/v1-rke2/config"
	supervisorBootstrap = "/v1-rke2/server-bootstrap"
)

// supervisor serves port 9345 of one RKE2 server.
type supervisor struct {
	joined joinedCluster
}

func (s *supervisor) certificateFor(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if cl := s.joined.get(); cl != nil {
		return cl.certificateFor("")
	}
	return nil, errors.New("the server has not joined its cluster yet")
}

func (s *supervisor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cl := s.joined.get()
	if cl == nil {
		http.Error(w, "starting", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set(clusterHeader, cl.endpoint)
	first := cl.rke2Plan().RKE2
	switch path.Clean(r.URL.Path) {
	case "/ping":
		_, _ = w.Write([]byte("pong"))
	case "/cacerts":
		_, _ = w.Write(cl.ca.pem)
	case supervisorConfig, "/v1-rke2/readyz":
		s.answer(w, r, "node", first, map[string]any{"DisableCCM": first.CloudControllerOff})
	case supervisorBootstrap:
		files := map[string]any{}
		for name, content := range first.Files {
			files[name] = base64.StdEncoding.EncodeToString(content)
		}
		s.answer(w, r, "server", first, files)
	default:
		http.NotFound(w, r)
	}
}

// answer answers requests with the right token.
func (s *supervisor) answer(w http.ResponseWriter, r *http.Request, user string, first *boot.RKE2, value any) {
	name, pass, ok := r.BasicAuth()
	if !ok || name != user || pass != plainToken(first.Token) {
		writeStatus(w, http.StatusForbidden, metav1.StatusReasonForbidden, "the token is not this cluster's")
		return
	}
	writeJSON(w, http.StatusOK, value)
}
