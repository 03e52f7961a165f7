package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// How long tests wait. A step is far above what anything takes on two busy
// cores; who waits so long has found a fault. EVROC_TEST_TIMEOUT_FACTOR
// multiplies it.
const (
	step  = 60 * time.Second
	pause = 100 * time.Millisecond
)

var timeoutFactor = readTimeoutFactor()

func readTimeoutFactor() float64 {
	factor, err := strconv.ParseFloat(os.Getenv("EVROC_TEST_TIMEOUT_FACTOR"), 64)
	if err != nil || factor <= 0 {
		return 1
	}
	return factor
}

// Eventually waits until `check` finds nothing wrong, and ends the test with
// what it found last if that takes too long.
func Eventually(t testing.TB, what string,
	check func(context.Context) error) {
	t.Helper()
	Within(t, step, what, check)
}

// Within is Eventually with a time of its own.
func Within(t testing.TB, limit time.Duration, what string,
	check func(context.Context) error) {
	t.Helper()
	if err := Await(t.Context(), limit, check); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}

// Await is Within for code that is not a test's.
func Await(ctx context.Context, limit time.Duration,
	check func(context.Context) error) error {
	limit = time.Duration(float64(limit) * timeoutFactor)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var last error
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		// What an ended context says hides what was wrong before.
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not after %v: %w", limit, last)
		case <-time.After(pause):
		}
	}
}

// Throughout looks again and again for that long, and ends the test when
// `check` finds something wrong.
func Throughout(t testing.TB, time_ time.Duration, what string,
	check func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time_)
	defer cancel()
	for {
		err := check(t.Context())
		if err != nil {
			t.Fatalf("while %s: %v", what, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// That turns a truth into what Eventually wants.
func That(is bool, format string, arguments ...any) error {
	if is {
		return nil
	}
	return fmt.Errorf(format, arguments...)
}

// Both is everything that is wrong.
func Both(problems ...error) error { return errors.Join(problems...) }
