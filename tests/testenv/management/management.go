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

// Options says what kind of management cluster to start.
type Options struct {
	// Dir gets data, certificates, kubeconfigs and logs. Must exist.
	Dir string
	// Binaries are the programs; binaries.Default() if empty.
	Binaries binaries.Folder
	// Manifests are folders of YAML that is applied before the managers start:
	// the CRDs, rights and policies of the provider under test.
	Manifests []string
	// Objects are applied with them as they are.
	Objects []*unstructured.Unstructured
	// InfrastructureProvider is the name that clusterctl knows the provider
	// under test by; "evroc" if empty.
	InfrastructureProvider string
	// WithoutManagers leaves Cluster API's managers out: its CRDs are there, but
	// no webhooks, and its objects are as the test writes them.
	WithoutManagers bool
	// Audit makes the API server note every request; see Requests.
	Audit bool
	// APIServerMemory is the API server's GOMEMLIMIT; "600MiB" if empty.
	APIServerMemory string
	// ManagerVerbosity is the managers' --v.
	ManagerVerbosity int
	// Progress gets a line for each step; nil: nobody.
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

// clients of the API server as administrator.
type clients struct {
	typed   kubernetes.Interface
	dynamic dynamic.Interface
}

// Start starts everything and returns when the first Cluster is accepted. When
// that fails, or ctx ends before, nothing is left running.
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

// Stop ends all processes, those that write to the API first. What they wrote
// to Dir stays.
func (m *Management) Stop() {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.stopAll(m.processes)
	for _, last := range []*process.Process{m.apiServer, m.etcd} {
		if last != nil {
			// Nothing depends on an orderly end: the data is thrown away.
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

// RestartAPIServer ends the API server and starts it again with the same
// address and data; it returns when it is ready. Who talks to it sees broken
// connections and refused ones for some seconds.
func (m *Management) RestartAPIServer(ctx context.Context) error {
	return errors.Join(m.StopAPIServer(ctx), m.StartAPIServer(ctx))
}

// StopAPIServer makes the API unreachable. It does not wait for requests.
func (m *Management) StopAPIServer(context.Context) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.stopped = time.Now()
	m.apiServer.Kill()
	return nil
}

// StartAPIServer undoes StopAPIServer and returns when the API is ready.
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

// Address is HOST:PORT of the API server.
func (m *Management) Address() string { return m.address }

// Config is for clients with all rights, without a limit on their requests.
func (m *Management) Config() *rest.Config { return rest.CopyConfig(m.config) }

// AdminKubeconfig is a file with all rights.
func (m *Management) AdminKubeconfig() string {
	return filepath.Join(m.options.Dir, "admin.kubeconfig")
}

// Logs is the folder with a NAME.log for each process. Forbidden reads every
// log in it, so a provider's programs may write theirs there too.
func (m *Management) Logs() string { return m.files.logs }

// Processes are all that run, by name.
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

// Tools is the folder with kubectl, clusterctl, helm and grpcurl.
func (m *Management) Tools() string { return m.options.Binaries.Bin }
