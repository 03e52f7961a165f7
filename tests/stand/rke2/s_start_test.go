package rke2_test

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/stand/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/stand/rke2/controlplane"
)

func TestS4FinalizerBeforeAnythingElse(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{})
	w.build(1)
	w.until("the finalizer", func() error {
		if !controllerutil.ContainsFinalizer(w.plane(), controlplanev1.Finalizer) {
			return errors.New("none")
		}
		return nil
	})
	if err := w.get(clusterName+"-ca", &corev1.Secret{}); err == nil {
		t.Error("an authority before the infrastructure")
	}
}

func TestS12ExactlyOneServerUntilInitialized(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{})
	w.build(3)
	w.core.fallback = toProvisioned
	w.provision()
	w.until("the first server", w.machineCount(1))
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := w.machineCount(1)(); err != nil {
		t.Error(err)
	}
	w.core.fallback = toReady
	w.workload.serve(true)
	w.until("all servers", w.readyServers(3))
}
