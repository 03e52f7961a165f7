package workload

import (
	"net/http"
	"time"

	"github.com/go-logr/logr"
)

// Options of a Cloud.
type Options struct {
	// SimURL is where evroc-sim serves, such as http://127.0.0.1:8080.
	SimURL string
	// HTTPClient calls the simulator. The default does for plain HTTP.
	HTTPClient *http.Client
	// Log is told what becomes of each machine. The default discards it.
	Log logr.Logger
	// JoinTimeout is how long a machine tries to join, as kubeadm does.
	// Default 5 minutes.
	JoinTimeout time.Duration
	// Knock is how often it tries, and how often a lost simulator is sought.
	// Default 300 ms.
	Knock time.Duration
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
	if o.Knock == 0 {
		o.Knock = 300 * time.Millisecond
	}
	return o
}
