package intervals

import (
	"testing"
	"time"
)

func TestZeroMeansTheRealTime(t *testing.T) {
	got := Intervals{Preflight: time.Second}.OrReal()
	want := Intervals{
		BootstrapData: 20 * time.Second, Initialize: 20 * time.Second,
		Preflight: time.Second, Deleting: 30 * time.Second, Scaled: time.Minute,
	}
	if got != want {
		t.Errorf("got %+v", got)
	}
}
