package rke2_test

import (
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
)

// noSwitches is the provider as it is.
var noSwitches = controlplane.Behaviour{}

// untouched fails the test if the fake provider has done anything.
func (w *world) untouched(why string) {
	w.t.Helper()
	if err := w.settle(); err != nil {
		w.t.Errorf("%s: a pass failed: %v", why, err)
	}
	if finalizers := w.plane().Finalizers; len(finalizers) > 0 {
		w.t.Errorf("%s: finalizers %v", why, finalizers)
	}
	if err := w.machineCount(0)(); err != nil {
		w.t.Errorf("%s: %v", why, err)
	}
}

func (w *world) hasFinalizer() error {
	if !controllerutil.ContainsFinalizer(w.plane(), controlplanev1.Finalizer) {
		return errors.New("no finalizer")
	}
	return nil
}

func TestS3NoActionWithoutTheClusterOwner(t *testing.T) {
	w := newWorld(t, noSwitches)
	var owners []metav1.OwnerReference
	w.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		owners, p.OwnerReferences = p.OwnerReferences, nil
	})
	w.provision()
	w.untouched("without an owner")
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.OwnerReferences = owners })
	w.until("the first server", w.machineCount(1))
}

func TestS3NoActionWhilePaused(t *testing.T) {
	w := newWorld(t, noSwitches)
	pause := func(paused *bool) {
		update(w, clusterName, &clusterv1.Cluster{}, func(c *clusterv1.Cluster) { c.Spec.Paused = paused })
	}
	yes := true
	w.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Annotations = map[string]string{clusterv1.PausedAnnotation: ""}
	})
	w.provision()
	w.untouched("with the annotation")
	pause(&yes)
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Annotations = nil })
	w.untouched("with a paused Cluster")
	pause(nil)
	w.until("the first server", w.machineCount(1))
}

func TestS4FinalizerBeforeAnythingElse(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.build(1)
	w.until("the finalizer", w.hasFinalizer)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.absent("-ca")
}

// absent fails the test if the Cluster's Secret exists.
func (w *world) absent(suffix string) {
	w.t.Helper()
	if err := w.get(clusterName+suffix, &corev1.Secret{}); !apierrors.IsNotFound(err) {
		w.t.Errorf("Secret %s: %v, want not found", suffix, err)
	}
}

func (w *world) present(suffix string) func() error {
	return func() error { return w.get(clusterName+suffix, &corev1.Secret{}) }
}

func TestS5WaitsForInfrastructureAndEndpoint(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.build(1)
	w.setEndpoint(endpoint)
	w.until("the finalizer", w.hasFinalizer)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.absent("-ca")
	w.absent("-kubeconfig")
	if err := w.machineCount(0)(); err != nil {
		t.Error("before the infrastructure:", err)
	}
	w.setProvisioned()
	w.until("the first server", w.machineCount(1))
}

func TestS5WaitsForAValidEndpoint(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.build(1)
	w.setProvisioned()
	w.until("the authorities", w.present("-ca"))
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	w.absent("-kubeconfig")
	if err := w.machineCount(0)(); err != nil {
		t.Error("before the endpoint:", err)
	}
	if owners := w.templateOwners(); len(owners) > 0 {
		t.Errorf("the template has owners before the endpoint: %v", owners)
	}
	w.setEndpoint(endpoint)
	w.until("the first server", w.machineCount(1))
	w.until("the kubeconfig", w.present("-kubeconfig"))
}

func (w *world) templateOwners() []metav1.OwnerReference {
	w.t.Helper()
	template := newInfra("EvrocMachineTemplate")
	w.mustGet(templateName, template)
	return template.GetOwnerReferences()
}

func TestS35AForeignControlPlaneMachineStopsAllWork(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.build(1)
	w.core.fallback = toNothing
	stranger := strangeMachine("stranger")
	stranger.Labels[clusterv1.MachineControlPlaneLabel] = ""
	w.create(stranger)
	w.provision()
	w.until("the kubeconfig", w.present("-kubeconfig"))
	if err := w.settle(); err == nil {
		t.Error("no pass failed")
	}
	if err := w.machineCount(1)(); err != nil {
		t.Error(err)
	}
	if err := server.client.Delete(w.ctx, stranger); err != nil {
		t.Fatal(err)
	}
	w.until("a server of its own", func() error {
		for _, machine := range w.machines() {
			if machine.Name != "stranger" {
				return nil
			}
		}
		return errors.New("none")
	})
}

// strangeMachine is a Machine of the Cluster that no control plane made.
func strangeMachine(name string) *clusterv1.Machine {
	return &clusterv1.Machine{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: map[string]string{clusterv1.ClusterNameLabel: clusterName},
		},
		Spec: clusterv1.MachineSpec{
			ClusterName: clusterName, Version: oldVersion,
			Bootstrap: clusterv1.Bootstrap{ConfigRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: "bootstrap.cluster.x-k8s.io", Kind: "RKE2Config", Name: name,
			}},
			InfrastructureRef: clusterv1.ContractVersionedObjectReference{
				APIGroup: infrastructure.Group, Kind: "EvrocMachine", Name: name,
			},
		},
	}
}

func TestS36ClustersOfOneNameDoNotTouchEachOther(t *testing.T) {
	requireServer(t)
	t.Parallel()
	a, b := newSilentWorld(t), newSilentWorld(t)
	a.start(noSwitches, func([]byte) (controlplane.Workload, error) { return a.workload, nil }, a, b)
	a.workload.serve(true)
	b.core.fallback = toNothing
	for _, w := range []*world{a, b} {
		w.build(1)
		w.provision()
	}
	a.until("the one whose server runs", a.readyServers(1))
	b.until("the other's server", b.machineCount(1))
	if b.plane().Status.Initialization.ControlPlaneInitialized != nil {
		t.Error("the other is initialized")
	}
	if x, y := a.secretValue("-token"), b.secretValue("-token"); x == y {
		t.Error("both have one token")
	}
	if err := server.client.Delete(a.ctx, a.plane()); err != nil {
		t.Fatal(err)
	}
	a.until("the deletion", a.planeGone)
	if err := b.machineCount(1)(); err != nil {
		t.Error("after the deletion of the one:", err)
	}
}

func (w *world) planeGone() error {
	err := w.get(planeName, &controlplanev1.RKE2ControlPlane{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("still there: %v", err)
}

func (w *world) secret(suffix string) *corev1.Secret {
	w.t.Helper()
	secret := &corev1.Secret{}
	w.mustGet(clusterName+suffix, secret)
	return secret
}

func (w *world) secretValue(suffix string) string {
	w.t.Helper()
	var value string
	w.until("Secret "+suffix, func() error {
		secret := &corev1.Secret{}
		err := w.get(clusterName+suffix, secret)
		value = string(secret.Data["value"])
		return err
	})
	return value
}
