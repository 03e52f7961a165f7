package conformance

import (
	"context"
	"encoding/json"
	"maps"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// fromFields returns an object of ours with a generated name.
func fromFields(kind, namespace string, content fields) object {
	made := &unstructured.Unstructured{Object: maps.Clone(content)}
	made = made.DeepCopy()
	made.SetAPIVersion(group + "/" + version)
	made.SetKind(kind)
	made.SetNamespace(namespace)
	made.SetGenerateName("test-")
	return made
}

// mergePatch applies a merge patch; the object becomes the answer.
func mergePatch(ctx context.Context, object object, patch fields, options ...client.PatchOption) error {
	body, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return server.client.Patch(ctx, object, client.RawPatch(types.MergePatchType, body), options...)
}

// mergePatchStatus is mergePatch on the status subresource.
func mergePatchStatus(ctx context.Context, object object, status fields) error {
	body, err := json.Marshal(fields{"status": status})
	if err != nil {
		return err
	}
	return server.client.Status().Patch(ctx, object, client.RawPatch(types.MergePatchType, body))
}
