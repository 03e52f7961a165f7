package management

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// inParallel calls a function for all objects, a few at a time, until one call
// fails.
func inParallel(ctx context.Context, all objects,
	do func(context.Context, *unstructured.Unstructured) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	for _, object := range all {
		group.Go(func() error { return do(ctx, object) })
	}
	return group.Wait()
}

// poll calls try until it succeeds or ctx ends; the error is then the last one
// of try.
func (m *Management) poll(ctx context.Context, try func(context.Context) error) error {
	const interval = 100 * time.Millisecond
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(interval):
		}
	}
}
