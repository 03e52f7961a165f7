package management

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/ports"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/process"
)

// manager is a provider with the parts of its manifests that its process needs.
type manager struct {
	provider
	ports      managerPorts
	deployment *unstructured.Unstructured
}

// applyManifests applies the manifests of Cluster API and of the provider under
// test. The definitions must exist before a Cluster that refers to them.
func (m *Management) applyManifests(ctx context.Context) error {
	all, err := m.infrastructureObjects()
	if err != nil {
		return err
	}
	all = append(all, m.options.Objects...)
	for _, one := range providers {
		read, err := m.readProvider(one)
		if err != nil {
			return err
		}
		all = append(all, read...)
	}
	inventory, err := m.inventoryDefinitions()
	if err != nil {
		return err
	}
	if err := m.apply(ctx, append(all, inventory...)); err != nil {
		return err
	}
	return m.writeInventory(ctx)
}

// infrastructureObjects returns the objects of the provider under test, with
// their namespaces.
func (m *Management) infrastructureObjects() (objects, error) {
	read, err := readFolders(m.options.Manifests)
	if err != nil || len(read) == 0 {
		return nil, err
	}
	namespaces := []string{m.infrastructure().namespace}
	for _, object := range read {
		namespaces = append(namespaces, object.GetNamespace())
	}
	for _, object := range read.of("Namespace") {
		namespaces = slices.DeleteFunc(namespaces,
			func(name string) bool { return name == object.GetName() })
	}
	slices.Sort(namespaces)
	for _, name := range slices.Compact(namespaces) {
		if name != "" && name != metav1.NamespaceDefault {
			read = append(read, newNamespace(name))
		}
	}
	read.label(m.infrastructure().label())
	return read, nil
}

func newNamespace(name string) *unstructured.Unstructured {
	namespace := &unstructured.Unstructured{}
	namespace.SetGroupVersionKind(schema.GroupVersionKind{
		Version: "v1", Kind: "Namespace"})
	namespace.SetName(name)
	return namespace
}

// readProvider prepares a manager's manifests for a process on this machine,
// and stores what startManagers needs of them.
func (m *Management) readProvider(one provider) (objects, error) {
	read, err := readFile(m.options.Binaries.Manifests(one.program))
	if err != nil {
		return nil, err
	}
	deployment, err := read.deployment()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", one.program, err)
	}
	found, err := ports.Free(3)
	if err != nil {
		return nil, err
	}
	chosen := managerPorts{found[0], found[1], found[2]}
	m.managers = append(m.managers, manager{one, chosen, deployment})
	read = read.without(notHere)
	if m.options.WithoutManagers {
		read = read.without(admissionKinds)
	}
	read.label(one.label())
	return read, read.pointWebhooks(chosen.webhook, m.config.CAData)
}

// startManagers starts Cluster API's managers and waits until they are ready.
func (m *Management) startManagers(ctx context.Context) error {
	if m.options.WithoutManagers {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, one := range m.managers {
		group.Go(func() error { return m.startManager(ctx, one) })
	}
	return group.Wait()
}

func (m *Management) startManager(ctx context.Context, one manager) error {
	kubeconfig, err := m.ServiceAccountKubeconfig(ctx, one.namespace, one.account)
	if err != nil {
		return err
	}
	flags, err := arguments(
		one.deployment, one.ports, m.files.webhooks, m.options.ManagerVerbosity)
	if err != nil {
		return err
	}
	started, err := m.launch(process.Options{
		Path: m.options.Binaries.Path(one.program),
		Args: flags,
		Env:  []string{"KUBECONFIG=" + kubeconfig},
		Log:  m.log(one.program),
	})
	if err != nil {
		return err
	}
	url := "http://" + loopback(one.ports.health) + "/readyz"
	return started.Await(ctx, func(ctx context.Context) error {
		return getOK(ctx, url)
	})
}

// getOK returns nil if the URL answers 200.
func getOK(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}
