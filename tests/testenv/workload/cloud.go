package workload

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	cloudv1 "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/cloud/api/v1alpha1"
	inmemory "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/runtime"
	"sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/server/api"
	"sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/server/etcd"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Cloud simulates the guests of all machines of one evroc-sim, and the clusters
// that they form.
type Cloud struct {
	options Options
	log     logr.Logger
	sim     *simulator
	store   inmemory.Manager
	api     http.Handler
	etcd    http.Handler
	// servingKey is the private key of all serving certificates.
	servingKey *ecdsa.PrivateKey

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	synced chan struct{}

	mu sync.Mutex
	// started is whether the first snapshot is complete. Machines in it may have
	// booted before this Cloud started.
	started bool
	// changed is closed and replaced when a machine changes.
	changed  chan struct{}
	machines map[string]*machine // by UID
	clusters map[string]*cluster // by endpoint
	// endpoints maps a listener's address to the endpoint of its cluster.
	endpoints map[string]string
}

// Start starts to watch the simulator, and returns when it has seen the
// machines that exist. It treats machines that run then as already booted.
func Start(ctx context.Context, options Options) (*Cloud, error) {
	options = options.withDefaults()
	if options.SimURL == "" {
		return nil, errors.New("workload: SimURL is empty")
	}
	cloud, err := newCloud(options)
	if err != nil {
		return nil, err
	}
	if err := cloud.store.Start(ctrl.LoggerInto(cloud.ctx, logr.Discard())); err != nil {
		cloud.cancel()
		return nil, fmt.Errorf("workload: start the object store: %w", err)
	}
	cloud.tasks.Go(func() { cloud.watchMachines(cloud.ctx) })
	select {
	case <-cloud.synced:
		return cloud, nil
	case <-ctx.Done():
		cloud.Stop()
		return nil, fmt.Errorf("workload: evroc-sim does not answer: %w", ctx.Err())
	}
}

func newCloud(options Options) (*Cloud, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cloud := &Cloud{
		options:    options,
		log:        options.Log,
		sim:        &simulator{url: strings.TrimSuffix(options.SimURL, "/"), http: options.HTTPClient},
		store:      inmemory.NewManager(scheme),
		servingKey: key,
		ctx:        ctx,
		cancel:     cancel,
		synced:     make(chan struct{}),
		changed:    make(chan struct{}),
		machines:   map[string]*machine{},
		clusters:   map[string]*cluster{},
		endpoints:  map[string]string{},
	}
	cloud.api = api.NewAPIServerHandler(cloud.store, logr.Discard(), cloud.resolve)
	cloud.etcd = etcd.NewEtcdServerHandler(cloud.store, logr.Discard(), cloud.resolve)
	return cloud, nil
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, rbacv1.AddToScheme, storagev1.AddToScheme,
		policyv1.AddToScheme, apiextensionsv1.AddToScheme, cloudv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("workload: build the scheme: %w", err)
		}
	}
	return scheme, nil
}

// Stop ends all listeners, connections and goroutines, and discards the
// clusters.
func (c *Cloud) Stop() {
	c.cancel()
	c.tasks.Wait()
}

// resolve returns the object store of the cluster that an address belongs to.
func (c *Cloud) resolve(host string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	endpoint, ok := c.endpoints[host]
	if !ok {
		return "", fmt.Errorf("no cluster is served at %s", host)
	}
	return endpoint, nil
}

// observe stores a machine's state.
func (c *Cloud) observe(vm VM) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.machines[vm.UID]
	if vm.gone() {
		if m != nil {
			c.dropLocked(m)
		}
		return
	}
	if m == nil {
		m = newMachine(c, vm)
		// A machine that ran before this Cloud did has booted already.
		m.booted = !c.started && vm.running()
		c.machines[vm.UID] = m
	}
	m.observeLocked(vm)
}

// endSnapshot removes the machines that are not in the snapshot.
func (c *Cloud) endSnapshot(present map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for uid, m := range c.machines {
		if !present[uid] {
			c.dropLocked(m)
		}
	}
	if !c.started {
		c.started = true
		close(c.synced)
	}
}

// dropLocked removes a machine that is gone, and its cluster if it was the last
// one.
func (c *Cloud) dropLocked(m *machine) {
	delete(c.machines, m.uid)
	m.stopLocked()
	c.noteChangeLocked()
	done := m.done
	c.tasks.Go(func() {
		if done != nil {
			<-done
		}
		c.forget(m)
	})
}
