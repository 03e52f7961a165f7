// Package rke2 is a fake of the RKE2 bootstrap and control-plane provider. It
// has the same four kinds and two controllers, and behaves in the same way
// towards an infrastructure provider. The module of the real provider is in no
// registry.
//
// The caller installs CRDs and RBAC and runs the controllers with Start, in its
// own process, against any management API. All functions are safe for use by
// several goroutines.
package rke2

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/bootstrap"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/intervals"
)

// The user agents of the controllers.
const (
	BootstrapUserAgent    = "fake-rke2-bootstrap"
	ControlPlaneUserAgent = "fake-rke2-control-plane"
)

// Options change the fake provider. The zero value is the real provider's
// behaviour.
type Options struct {
	// Bootstrap, if set, is the configuration of the bootstrap controller, which
	// otherwise uses the control plane's.
	Bootstrap *rest.Config
	// Namespaces are the namespaces to watch; all if empty.
	Namespaces []string
	// Log receives the controllers' log; discarded if unset.
	Log logr.Logger
	// Intervals are the requeue intervals; zero fields are the real ones.
	Intervals intervals.Intervals
	// Behaviour holds the switches.
	Behaviour controlplane.Behaviour
	// Workloads connects to workload clusters; through their endpoint if unset.
	Workloads controlplane.Workloads
	// Concurrency is the number of concurrent reconciles of each kind; 10 if 0.
	Concurrency int
	// BootstrapReconciled and ControlPlaneReconciled, if set, are called after
	// each reconcile.
	BootstrapReconciled, ControlPlaneReconciled func(client.ObjectKey, error)
}

// Scheme returns a scheme with every kind that the fake provider handles.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme,
		apiextensionsv1.AddToScheme,
		clusterv1.AddToScheme,
		bootstrapv1.AddToScheme,
		controlplanev1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("register kinds: %w", err)
		}
	}
	return scheme, nil
}

// Start runs both controllers in the background until ctx ends, and returns
// when they watch. The CRDs must be served already. A controller that fails
// later logs its error; use Run to get it.
func Start(ctx context.Context, config *rest.Config, options Options) error {
	started := make(chan struct{})
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, config, options, started) }()
	select {
	case <-started:
		return nil
	case err := <-ended:
		if err == nil {
			err = context.Cause(ctx)
		}
		return err
	}
}

// Run runs both controllers until ctx ends or one fails, and returns when they
// have ended.
func Run(ctx context.Context, config *rest.Config, options Options) error {
	return run(ctx, config, options, make(chan struct{}))
}

func run(ctx context.Context, config *rest.Config, options Options, started chan<- struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if options.Log.GetSink() == nil {
		options.Log = funcr.New(func(string, string) {}, funcr.Options{})
	}
	managers, err := managers(ctx, config, options)
	if err != nil {
		return err
	}
	ended := make(chan error, len(managers))
	for _, manager := range managers {
		go func() { ended <- manager.Start(ctx) }()
	}
	go func() {
		for _, manager := range managers {
			if !manager.GetCache().WaitForCacheSync(ctx) {
				return
			}
		}
		close(started)
	}()
	var first error
	for range managers {
		if err := <-ended; err != nil && first == nil {
			first = err
			options.Log.Error(err, "Run the fake RKE2 provider")
		}
		cancel()
	}
	return first
}

// managers makes one manager for each identity.
func managers(ctx context.Context, config *rest.Config, options Options) ([]ctrl.Manager, error) {
	plane, err := controlPlaneManager(ctx, config, options)
	if err != nil {
		return nil, fmt.Errorf("set up the control-plane controller: %w", err)
	}
	identity := options.Bootstrap
	if identity == nil {
		identity = config
	}
	data, err := bootstrapManager(ctx, identity, options)
	if err != nil {
		return nil, fmt.Errorf("set up the bootstrap controller: %w", err)
	}
	return []ctrl.Manager{plane, data}, nil
}

func controlPlaneManager(ctx context.Context, config *rest.Config, options Options) (ctrl.Manager, error) {
	manager, err := newManager(config, ControlPlaneUserAgent, options)
	if err != nil {
		return nil, err
	}
	workloads := options.Workloads
	if workloads == nil {
		workloads = controlplane.FromKubeconfig
	}
	reconciler := &controlplane.Reconciler{
		Client:     manager.GetClient(),
		Recorder:   manager.GetEventRecorderFor("rke2-control-plane-controller"),
		Workloads:  workloads,
		Intervals:  options.Intervals.OrReal(),
		Behaviour:  options.Behaviour,
		Reconciled: options.ControlPlaneReconciled,
	}
	if err := reconciler.SetupWithManager(manager, "rke2controlplane"); err != nil {
		return nil, err
	}
	return manager, watch(ctx, manager, &controlplanev1.RKE2ControlPlane{})
}

func bootstrapManager(ctx context.Context, config *rest.Config, options Options) (ctrl.Manager, error) {
	manager, err := newManager(config, BootstrapUserAgent, options)
	if err != nil {
		return nil, err
	}
	reconciler := &bootstrap.Reconciler{
		Client:     manager.GetClient(),
		Intervals:  options.Intervals.OrReal(),
		Reconciled: options.BootstrapReconciled,
	}
	if err := reconciler.SetupWithManager(manager, "rke2config"); err != nil {
		return nil, err
	}
	return manager, watch(ctx, manager, &bootstrapv1.RKE2Config{})
}

// watch makes the informers of a manager before its controllers do, so that the
// caller can wait for their sync. It fails without an API server that serves
// the kinds.
func watch(ctx context.Context, manager ctrl.Manager, own client.Object) error {
	for _, kind := range []client.Object{own, &clusterv1.Machine{}, &clusterv1.Cluster{}} {
		_, err := manager.GetCache().GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watch %T: %w", kind, err)
		}
	}
	return nil
}

// newManager returns a manager whose client reads from the API server and which
// serves no port.
func newManager(config *rest.Config, userAgent string, options Options) (ctrl.Manager, error) {
	scheme, err := Scheme()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.UserAgent = userAgent
	if config.QPS == 0 {
		config.QPS, config.Burst = 200, 400
	}
	concurrency := options.Concurrency
	if concurrency == 0 {
		concurrency = 10
	}
	anyName := true
	caches := cache.Options{}
	for _, namespace := range options.Namespaces {
		if caches.DefaultNamespaces == nil {
			caches.DefaultNamespaces = map[string]cache.Config{}
		}
		caches.DefaultNamespaces[namespace] = cache.Config{}
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Logger:  options.Log,
		Cache:   caches,
		Metrics: server.Options{BindAddress: "0"},
		Controller: ctrlconfig.Controller{
			MaxConcurrentReconciles: concurrency,
			SkipNameValidation:      &anyName,
		},
		NewClient: func(config *rest.Config, o client.Options) (client.Client, error) {
			o.Cache = nil
			return client.New(config, o)
		},
	})
}
