// Package management runs a management cluster as plain processes on loopback:
// etcd, kube-apiserver, kube-controller-manager and Cluster API's managers,
// each under the service account and with the rights that its project ships.
package management

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// Options say how to start a management cluster.
type Options struct {
	// Dir is the folder for data, certificates, kubeconfigs and logs. It must
	// exist.
	Dir string
	// Binaries are the programs; binaries.Default() if empty.
	Binaries binaries.Folder
	// Manifests are folders of YAML that is applied before the managers start:
	// the CRDs, rights and policies of the provider under test.
	Manifests []string
	// Objects are applied together with the manifests.
	Objects []*unstructured.Unstructured
	// InfrastructureProvider is clusterctl's name of the provider under test;
	// "evroc" if empty.
	InfrastructureProvider string
	// WithoutManagers leaves Cluster API's managers out. Its CRDs are installed,
	// but there are no webhooks, and no controller changes its objects.
	WithoutManagers bool
	// Audit makes the API server log every request; see Requests.
	Audit bool
	// APIServerMemory is the API server's GOMEMLIMIT; "600MiB" if empty.
	APIServerMemory string
	// ManagerVerbosity is the managers' --v.
	ManagerVerbosity int
	// Progress gets a line for each step; nil for none.
	Progress io.Writer
}

// Management is a running management cluster. Safe for use by several
// goroutines.
type Management struct {
	options Options
	files   files
	address string
	config  *rest.Config
	clients clients
	etcd    *process.Process
	started time.Time

	managers []manager

	mutex     sync.Mutex
	apiServer *process.Process
	processes []*process.Process
	outages   []outage
	stopped   time.Time
}

// clients are clients of the API server with all rights.
type clients struct {
	typed   kubernetes.Interface
	dynamic dynamic.Interface
}

// Start starts everything and returns when the API accepts a Cluster. If that
// fails, or ctx ends first, nothing is left running.
func Start(ctx context.Context, options Options) (*Management, error) {
	options = withDefaults(options)
	if err := options.Binaries.Check(); err != nil {
		return nil, err
	}
	m := &Management{options: options, started: time.Now()}
	if err := m.start(ctx); err != nil {
		m.Stop()
		return nil, fmt.Errorf("starting the management cluster: %w", err)
	}
	return m, nil
}

func withDefaults(options Options) Options {
	if options.Binaries == (binaries.Folder{}) {
		options.Binaries = binaries.Default()
	}
	if options.InfrastructureProvider == "" {
		options.InfrastructureProvider = "evroc"
	}
	if options.APIServerMemory == "" {
		options.APIServerMemory = "600MiB"
	}
	if options.Progress == nil {
		options.Progress = io.Discard
	}
	return options
}

func (m *Management) start(ctx context.Context) error {
	for _, step := range []struct {
		what string
		run  func(context.Context) error
	}{
		{"certificates", m.writeFiles},
		{"etcd and kube-apiserver", m.startAPI},
		{"kube-controller-manager", m.startControllerManager},
		{"Cluster API and the provider's manifests", m.applyManifests},
		{"Cluster API's managers", m.startManagers},
		{"the first Cluster", m.awaitFirstCluster},
	} {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
		m.progress("%s: done", step.what)
	}
	return nil
}

func (m *Management) progress(format string, arguments ...any) {
	fmt.Fprintf(m.options.Progress, "%5.1f s  %s\n",
		time.Since(m.started).Seconds(), fmt.Sprintf(format, arguments...))
}

// Stop ends all processes, those that write to the API first. The files in Dir
// stay.
func (m *Management) Stop() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.stopAll(m.processes)
	for _, last := range []*process.Process{m.apiServer, m.etcd} {
		if last != nil {
			// The data is discarded, so the end need not be graceful.
			last.Kill()
		}
	}
}

func (m *Management) stopAll(processes []*process.Process) {
	const grace = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	var group sync.WaitGroup
	for _, one := range processes {
		group.Go(func() { _ = one.Stop(ctx) })
	}
	group.Wait()
}

// RestartAPIServer restarts the API server with the same address and data, and
// returns when it is ready. Clients see broken and refused connections for some
// seconds.
func (m *Management) RestartAPIServer(ctx context.Context) error {
	return errors.Join(m.StopAPIServer(ctx), m.StartAPIServer(ctx))
}

// StopAPIServer ends the API server, without waiting for requests.
func (m *Management) StopAPIServer(context.Context) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.stopped = time.Now()
	m.apiServer.Kill()
	return nil
}

// StartAPIServer starts the API server again and returns when it is ready.
func (m *Management) StartAPIServer(ctx context.Context) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.apiServer != nil && m.apiServer.Running() {
		return errors.New("the API server runs already")
	}
	apiServer, err := process.Start(m.apiServerProcess())
	if err != nil {
		return err
	}
	m.apiServer = apiServer
	if err := apiServer.Await(ctx, m.ready); err != nil {
		return err
	}
	if !m.stopped.IsZero() {
		m.outages = append(m.outages, outage{m.stopped, time.Now()})
	}
	return nil
}

// Address returns the API server's HOST:PORT.
func (m *Management) Address() string { return m.address }

// Config returns the configuration of a client with all rights and no rate
// limit.
func (m *Management) Config() *rest.Config { return rest.CopyConfig(m.config) }

// Etcd returns the URL of etcd, which asks for no credentials.
func (m *Management) Etcd() string { return m.files.etcd }

// AdminKubeconfig returns the path of a kubeconfig with all rights.
func (m *Management) AdminKubeconfig() string {
	return filepath.Join(m.options.Dir, "admin.kubeconfig")
}

// Logs returns the folder with a NAME.log for each process. Forbidden reads
// every log in it, so the programs of a provider may log there too.
func (m *Management) Logs() string { return m.files.logs }

// Processes returns all running processes, by name.
func (m *Management) Processes() map[string]*process.Process {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	result := map[string]*process.Process{
		m.etcd.Name(): m.etcd, m.apiServer.Name(): m.apiServer}
	for _, one := range m.processes {
		result[one.Name()] = one
	}
	return result
}

// launch starts a process that Stop ends.
func (m *Management) launch(options process.Options) (*process.Process, error) {
	started, err := process.Start(options)
	if err != nil {
		return nil, err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.processes = append(m.processes, started)
	return started, nil
}

func (m *Management) log(name string) string {
	return filepath.Join(m.files.logs, name+".log")
}

func (m *Management) mkdir(name string) (string, error) {
	path := filepath.Join(m.options.Dir, name)
	return path, os.MkdirAll(path, 0o700)
}

// Tools returns the folder with kubectl, clusterctl, helm and grpcurl.
func (m *Management) Tools() string { return m.options.Binaries.Bin }
