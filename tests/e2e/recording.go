package e2e

import (
	"context"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Recording holds every version of the objects of one kind since its start.
type Recording struct {
	mu       sync.Mutex
	versions []*unstructured.Unstructured // Guarded by mu.
	fixture  *Fixture
}

// Record records every version of the fixture's objects of a kind, until the
// end of the test.
func (f *Fixture) Record(kind schema.GroupVersionKind) *Recording {
	f.T.Helper()
	r := &Recording{fixture: f}
	f.follow(kind, f.Namespace, r.add)
	return r
}

// follow calls `see` with every version of the objects of a kind in a namespace
// that is made from now on, until the end of the test. `see` is called on one
// other goroutine.
func (f *Fixture) follow(kind schema.GroupVersionKind, namespace string,
	see func(*unstructured.Unstructured)) {
	f.T.Helper()
	list := listOf(kind)
	f.Do(f.shared.Client.List(f.T.Context(), list,
		client.InNamespace(namespace)))
	from := func(ctx context.Context, options metav1.ListOptions) (
		watch.Interface, error) {
		return f.shared.Client.Watch(ctx, list.DeepCopy(),
			client.InNamespace(namespace), &client.ListOptions{Raw: &options})
	}
	// The API server may end a watch at any time, for instance after a change of
	// a CRD.
	events, err := watchtools.NewRetryWatcherWithContext(f.T.Context(),
		list.GetResourceVersion(), &cache.ListWatch{WatchFuncWithContext: from})
	f.Do(err)
	var done sync.WaitGroup
	done.Go(func() {
		for event := range events.ResultChan() {
			if object, is := event.Object.(*unstructured.Unstructured); is {
				see(object)
			}
		}
	})
	f.T.Cleanup(func() {
		events.Stop()
		done.Wait()
	})
}

func (r *Recording) add(object *unstructured.Unstructured) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.versions = append(r.versions, object)
}

func listOf(kind schema.GroupVersionKind) *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	return list
}

// Versions returns the recorded versions, up to the current state of the API
// server.
func Versions[View any](r *Recording) []View {
	r.fixture.T.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	views := make([]View, 0, len(r.versions))
	for _, version := range r.versions {
		view, err := viewOf[View](version)
		r.fixture.Do(err)
		views = append(views, view)
	}
	return views
}

// resourceVersions returns the resource versions of the fixture's objects of a
// kind, by name.
func resourceVersions(ctx context.Context, c client.Reader, namespace string,
	kind schema.GroupVersionKind, into map[string]string) error {
	list := listOf(kind)
	if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return err
	}
	for _, item := range list.Items {
		into[kind.Kind+" "+item.GetNamespace()+"/"+item.GetName()] =
			item.GetResourceVersion()
	}
	return nil
}

// ResourceVersions returns the resource versions of our objects and of Secrets,
// by kind and name, in one namespace or in all if it is empty.
func ResourceVersions(ctx context.Context, c client.Reader,
	namespace string) (map[string]string, error) {
	versions := map[string]string{}
	for _, kind := range []schema.GroupVersionKind{ClusterKind, MachineKind,
		MachineTemplateKind, {Version: "v1", Kind: "Secret"}} {
		err := resourceVersions(ctx, c, namespace, kind, versions)
		if err != nil {
			return nil, err
		}
	}
	return versions, nil
}

// SameVersions returns an error that names what was made, removed or written in
// between.
func SameVersions(before, after map[string]string) error {
	var changed []string
	for name, version := range after {
		if before[name] != version {
			changed = append(changed, name+" "+before[name]+" → "+version)
		}
	}
	for name := range before {
		if _, there := after[name]; !there {
			changed = append(changed, name+" is gone")
		}
	}
	slices.Sort(changed)
	return That(len(changed) == 0, "%s", strings.Join(changed, ", "))
}
