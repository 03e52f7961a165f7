package management

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/utils/ptr"
)

// fieldManager is the field manager of the test environment.
const fieldManager = "evroc-testenv"

// concurrency is the number of concurrent requests that apply manifests.
const concurrency = 8

// early are the kinds that other kinds need, in this order.
var early = []string{
	"Namespace", "CustomResourceDefinition", "ServiceAccount",
}

// Apply applies the YAML files in and below the folders, server-side and with
// strict validation, namespaces and definitions first.
func (m *Management) Apply(ctx context.Context, folders ...string) error {
	read, err := readFolders(folders)
	if err != nil {
		return err
	}
	return m.apply(ctx, read)
}

// apply applies the objects, those of early kinds first, and returns when all
// custom resources among the definitions are served.
func (m *Management) apply(ctx context.Context, all objects) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(
		memory.NewMemCacheClient(m.clients.typed.Discovery()))
	for _, kind := range early {
		batch := all.of(kind)
		if err := m.applyBatch(ctx, mapper, batch); err != nil {
			return err
		}
		if kind == "CustomResourceDefinition" {
			if err := m.awaitEstablished(ctx, batch); err != nil {
				return err
			}
		}
	}
	mapper.Reset()
	return m.applyBatch(ctx, mapper, all.without(early))
}

func (o objects) of(kind string) objects {
	return slices.DeleteFunc(slices.Clone(o),
		func(object *unstructured.Unstructured) bool {
			return object.GetKind() != kind
		})
}

func (m *Management) applyBatch(ctx context.Context, mapper meta.RESTMapper,
	batch objects) error {
	return inParallel(ctx, batch,
		func(ctx context.Context, object *unstructured.Unstructured) error {
			return m.applyOne(ctx, mapper, object)
		})
}

func (m *Management) applyOne(ctx context.Context, mapper meta.RESTMapper,
	object *unstructured.Unstructured) error {
	client, err := m.resource(mapper, object)
	if err != nil {
		return err
	}
	content, err := object.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = client.Patch(ctx, object.GetName(), types.ApplyPatchType, content,
		metav1.PatchOptions{FieldManager: fieldManager, Force: ptr.To(true),
			FieldValidation: metav1.FieldValidationStrict})
	if err != nil {
		return fmt.Errorf(
			"applying %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// resource returns a client for the object's kind and namespace.
func (m *Management) resource(mapper meta.RESTMapper,
	object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, err
	}
	client := m.clients.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameRoot {
		return client, nil
	}
	namespace := object.GetNamespace()
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	return client.Namespace(namespace), nil
}

var definitions = schema.GroupVersionResource{
	Group:    "apiextensions.k8s.io",
	Version:  "v1",
	Resource: "customresourcedefinitions",
}

// awaitEstablished waits until the API server serves the kinds of the
// definitions.
func (m *Management) awaitEstablished(ctx context.Context, batch objects) error {
	return inParallel(ctx, batch,
		func(ctx context.Context, definition *unstructured.Unstructured) error {
			return m.poll(ctx, func(ctx context.Context) error {
				found, err := m.clients.dynamic.Resource(definitions).
					Get(ctx, definition.GetName(), metav1.GetOptions{})
				if err != nil {
					return err
				}
				return established(found)
			})
		})
}

func established(definition *unstructured.Unstructured) error {
	conditions, _, err := unstructured.NestedSlice(
		definition.Object, "status", "conditions")
	if err != nil {
		return err
	}
	for _, condition := range conditions {
		fields, ok := condition.(map[string]any)
		if ok && fields["type"] == "Established" && fields["status"] == "True" {
			return nil
		}
	}
	return fmt.Errorf("%s is not established", definition.GetName())
}
