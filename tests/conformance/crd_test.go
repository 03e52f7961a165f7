package conformance

import (
	"testing"
)

func TestServerTakesEveryKind(t *testing.T) {
	ctx := needServer(t)
	namespace := newNamespace(ctx, t)
	for _, kind := range kinds {
		created(ctx, t, kind, namespace)
	}
}
