package e2e

import (
	"context"
	"os"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/management"
)

// startShared starts a management cluster without Cluster API's managers and
// with our CRDs, policies and rights.
func startShared(ctx context.Context) (*Shared, error) {
	dir, err := os.MkdirTemp("", "evroc-e2e-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	started, err := management.Start(ctx, management.Options{
		Dir: dir, Manifests: testenv.Deploy(Root()), WithoutManagers: true,
		APIServerMemory: "2GiB", Progress: os.Stderr,
	})
	if err != nil {
		return nil, err
	}
	s := &Shared{
		Config: started.Config(), dir: dir, etcd: started.Etcd(),
		stop: func(context.Context) error {
			started.Stop()
			return os.RemoveAll(dir)
		},
	}
	if err := s.complete(ctx, started); err != nil {
		started.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Shared) complete(ctx context.Context,
	started *management.Management) error {
	var err error
	if s.Client, err = NewClient(s.Config); err != nil {
		return err
	}
	s.shimToken, err = ShimToken(ctx, started)
	return err
}
