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

// The limits of waits. A step takes much less on two busy cores, so a timeout
// shows a fault. EVROC_TEST_TIMEOUT_FACTOR multiplies the limits.
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

// Eventually waits until check returns nil, and ends the test with the last
// error after a timeout.
func Eventually(t testing.TB, what string,
	check func(context.Context) error) {
	t.Helper()
	Within(t, step, what, check)
}

// Within is Eventually with another timeout.
func Within(t testing.TB, limit time.Duration, what string,
	check func(context.Context) error) {
	t.Helper()
	if err := Await(t.Context(), limit, check); err != nil {
		t.Fatalf("waiting until %s: %v", what, err)
	}
}

// Await is Within for code outside of tests.
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
		// The error of an ended context would hide the error before it.
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

// Throughout repeats check for that time, and ends the test if check returns an
// error.
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

// That returns an error with that text unless is holds.
func That(is bool, format string, arguments ...any) error {
	if is {
		return nil
	}
	return fmt.Errorf(format, arguments...)
}

// Both joins errors.
func Both(problems ...error) error { return errors.Join(problems...) }
