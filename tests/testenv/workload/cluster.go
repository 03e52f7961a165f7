package workload

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"sync"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	inmemory "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/runtime"
)

// cluster is one workload cluster. Its objects are in the store, in the group
// with the name of the endpoint.
type cluster struct {
	cloud    *Cloud
	endpoint string
	// host is the host of the endpoint.
	host  string
	store inmemory.Client

	ca, etcdCA *authority
	// rke2 is the plan of the first server, in clusters of RKE2.
	rke2 *boot.Plan

	// changing serializes changes of the servers: etcd's membership and the
	// certificates belong together.
	changing sync.Mutex

	mu sync.Mutex
	// servers are the control-plane nodes that serve the API, by node name.
	servers map[string]*server
	// names are further names of the API server.
	names    []string
	serving  *certificate
	etcdKeys map[string]*certificate
	// lists are the resource versions that clients have listed but not watched
	// yet.
	lists map[string]string
	// machines that belong to the cluster, running or not, by UID.
	machines map[string]bool
}

// server is a control-plane node that serves the API.
type server struct {
	node string
	vm   VM
}

// getOrCreate returns the cluster of a plan, and makes it if there is none;
// fresh is whether it was made.
func (c *Cloud) getOrCreate(ctx context.Context, endpoint string, plan *boot.Plan) (cl *cluster, fresh bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.clusters[endpoint]; known != nil {
		return known, false, nil
	}
	cl, err = c.newCluster(endpoint, plan)
	if err != nil {
		return nil, false, err
	}
	c.store.AddResourceGroup(endpoint)
	cl.store = c.store.GetResourceGroup(endpoint).GetClient()
	c.clusters[endpoint] = cl
	return cl, true, cl.createBasics(ctx)
}

func (c *Cloud) newCluster(endpoint string, plan *boot.Plan) (*cluster, error) {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return nil, fmt.Errorf("the endpoint %q is not host:port", endpoint)
	}
	ca, err := newAuthority(plan.ClusterCA)
	if err != nil {
		return nil, fmt.Errorf("the cluster's CA: %w", err)
	}
	etcdCA, err := newAuthority(plan.EtcdCA)
	if err != nil {
		return nil, fmt.Errorf("the CA of etcd: %w", err)
	}
	return &cluster{
		cloud:    c,
		endpoint: endpoint,
		host:     host,
		ca:       ca,
		etcdCA:   etcdCA,
		servers:  map[string]*server{},
		etcdKeys: map[string]*certificate{},
		lists:    map[string]string{},
		machines: map[string]bool{},
	}, nil
}

// find returns the cluster of an endpoint, nil if there is none.
func (c *Cloud) find(endpoint string) *cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clusters[endpoint]
}

// recreate makes a new cluster for an endpoint if the old one has no server;
// otherwise it fails.
func (c *Cloud) recreate(ctx context.Context, plan *boot.Plan, endpoint string) (*cluster, error) {
	if known := c.find(endpoint); known != nil {
		if known.serves() {
			return nil, final("another control plane serves %s already: this machine would make a second cluster", endpoint)
		}
		c.remove(known)
	}
	cl, fresh, err := c.getOrCreate(ctx, endpoint, plan)
	if err == nil && !fresh {
		err = final("another machine makes a cluster at %s at the same time", endpoint)
	}
	return cl, err
}

func (c *Cloud) remove(cl *cluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.clusters[cl.endpoint] == cl {
		delete(c.clusters, cl.endpoint)
		c.store.DeleteResourceGroup(cl.endpoint)
	}
}

// forget removes a machine that is gone from its cluster.
func (c *Cloud) forget(m *machine) {
	c.mu.Lock()
	cl, plan := m.cluster, m.plan
	c.mu.Unlock()
	if cl != nil {
		c.forgetIn(cl, m.uid, plan.Node.Name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteChangeLocked()
}

func (c *Cloud) forgetIn(cl *cluster, uid, node string) {
	if cl.removeMachine(uid) == 0 {
		c.remove(cl)
		return
	}
	if err := cl.removeNode(context.Background(), node, uid); err != nil {
		c.log.Error(err, "Take a node away failed", "node", node)
	}
}

func (cl *cluster) addMachine(uid string) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.machines[uid] = true
}

// removeMachine returns the number of machines that are left.
func (cl *cluster) removeMachine(uid string) int {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	delete(cl.machines, uid)
	return len(cl.machines)
}

func (cl *cluster) serves() bool {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	return len(cl.servers) > 0
}

// addServer adds the names of a new server to the cluster's certificates, and
// an etcd member to the cluster.
func (cl *cluster) addServer(ctx context.Context, node string, vm VM) error {
	cl.changing.Lock()
	defer cl.changing.Unlock()
	if err := cl.addEtcdMember(ctx, node); err != nil {
		return err
	}
	etcd, err := cl.etcdCA.issue(cl.cloud.servingKey, "etcd-"+node, []string{"etcd-" + node, "localhost"}, vm.addresses())
	if err != nil {
		return err
	}
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.servers[node] = &server{node: node, vm: vm}
	cl.etcdKeys["etcd-"+node] = etcd
	return cl.issueServingLocked()
}

// removeServer undoes addServer.
func (cl *cluster) removeServer(ctx context.Context, node string) error {
	cl.changing.Lock()
	defer cl.changing.Unlock()
	cl.mu.Lock()
	delete(cl.servers, node)
	delete(cl.etcdKeys, "etcd-"+node)
	cl.mu.Unlock()
	return cl.removeEtcdMember(ctx, node)
}

// issueServingLocked renews the serving certificate of the cluster's API
// servers.
func (cl *cluster) issueServingLocked() error {
	names := append([]string{
		cl.host, "127.0.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local",
	}, cl.names...)
	var addresses []string
	for _, m := range cl.servers {
		names = append(names, m.node)
		addresses = append(addresses, m.vm.addresses()...)
	}
	serving, err := cl.ca.issue(cl.cloud.servingKey, "kube-apiserver", names, addresses)
	if err == nil {
		cl.serving = serving
	}
	return err
}

// certificateFor returns the certificate for a client that asks for the name.
func (cl *cluster) certificateFor(name string) (*certificate, error) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if etcd := cl.etcdKeys[name]; etcd != nil {
		return etcd, nil
	}
	if cl.serving == nil {
		return nil, errors.New("the cluster has no serving certificate")
	}
	return cl.serving, nil
}

func (v VM) addresses() []string {
	var addresses []string
	for _, address := range []string{v.DataPlane, v.PrivateIPv4, v.PublicIPv4} {
		if address != "" {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// pool returns a pool with the cluster's CA.
func (cl *cluster) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(cl.ca.certificate)
	return pool
}
