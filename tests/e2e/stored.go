package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Store writes an object of our group into etcd as it is, like one that an API
// server stored while the CRDs and policies of another provider were in force.
// Nothing is checked, defaulted, pruned or filled in.
func (f *Fixture) Store(ctx context.Context,
	object *unstructured.Unstructured) error {
	value, err := json.Marshal(object.Object)
	if err != nil {
		return err
	}
	key := path.Join("/registry", group.Group,
		strings.ToLower(object.GetKind())+"s", object.GetNamespace(),
		object.GetName())
	// []byte becomes base64, which etcd's JSON gateway asks for.
	body, err := json.Marshal(map[string][]byte{
		"key": []byte(key), "value": value})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost,
		f.shared.etcd+"/v3/kv/put", bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd did not store %s: %s", key, response.Status)
	}
	return nil
}
