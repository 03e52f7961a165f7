package workload

import (
	"net/http"
	"time"

	"github.com/go-logr/logr"
)

// Options of a Cloud.
type Options struct {
	// SimURL is the address of evroc-sim, such as http://127.0.0.1:8080.
	SimURL string
	// HTTPClient is the client for the simulator. The default is enough for plain
	// HTTP.
	HTTPClient *http.Client
	// Log gets a line for each change of a machine. The default discards it.
	Log logr.Logger
	// JoinTimeout is the time that a machine tries to join, as with kubeadm.
	// Default 5 minutes.
	JoinTimeout time.Duration
	// RetryInterval is the interval at which it tries, and at which it reconnects
	// to the simulator. Default 300 ms.
	RetryInterval time.Duration
}

func (o Options) withDefaults() Options {
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{}
	}
	if o.Log.GetSink() == nil {
		o.Log = logr.Discard()
	}
	if o.JoinTimeout == 0 {
		o.JoinTimeout = 5 * time.Minute
	}
	if o.RetryInterval == 0 {
		o.RetryInterval = 300 * time.Millisecond
	}
	return o
}
