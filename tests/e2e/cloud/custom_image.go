package cloud

import (
	"context"
	"errors"
	"net/http"
)

// MakeCustomImage registers a custom image, with a bucket and an account of the
// same id. The version is that of the Kubernetes in it: machines of the test
// environment boot with that.
func (c *Cloud) MakeCustomImage(ctx context.Context, project, id,
	version string) error {
	storage := "/storage/projects/" + project + "/regions/se-sto/"
	for _, one := range []struct {
		collection string
		spec       map[string]any
	}{
		{Buckets, map[string]any{}},
		{BucketAccounts, map[string]any{"buckets": []any{id}}},
		{CustomImages, map[string]any{
			"architecture":    "amd64",
			"defaultDiskSize": map[string]any{"amount": 20, "unit": "GB"},
			"imageVersion":    version,
			"source": map[string]any{
				"bucketRef":         storage + Buckets + "/" + id,
				"serviceAccountRef": storage + BucketAccounts + "/" + id,
				"path":              id + ".qcow2",
			},
		}},
	} {
		body := map[string]any{"metadata": map[string]any{"id": id},
			"spec": one.spec}
		err := c.API(ctx, http.MethodPost, project, one.collection, "", body, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveCustomImage removes what MakeCustomImage made.
func (c *Cloud) RemoveCustomImage(ctx context.Context, project,
	id string) error {
	var all error
	for _, collection := range []string{CustomImages, BucketAccounts,
		Buckets} {
		all = errors.Join(all, c.API(ctx, http.MethodDelete, project,
			collection, id, nil, nil))
	}
	return all
}
