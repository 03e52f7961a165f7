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

// noSwitches is the behaviour of the real provider.
var noSwitches = controlplane.Behaviour{}

// untouched fails the test if the fake provider has done anything.
func (f *fixture) untouched(why string) {
	f.t.Helper()
	if err := f.settle(); err != nil {
		f.t.Errorf("%s: a reconcile failed: %v", why, err)
	}
	if finalizers := f.plane().Finalizers; len(finalizers) > 0 {
		f.t.Errorf("%s: finalizers %v", why, finalizers)
	}
	if err := f.machineCount(0)(); err != nil {
		f.t.Errorf("%s: %v", why, err)
	}
}

func (f *fixture) hasFinalizer() error {
	if !controllerutil.ContainsFinalizer(f.plane(), controlplanev1.Finalizer) {
		return errors.New("no finalizer")
	}
	return nil
}

func TestNoActionWithoutTheClusterOwner(t *testing.T) {
	f := newFixture(t, noSwitches)
	var owners []metav1.OwnerReference
	f.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		owners, p.OwnerReferences = p.OwnerReferences, nil
	})
	f.provision()
	f.untouched("without an owner")
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.OwnerReferences = owners })
	f.until("the first server", f.machineCount(1))
}

func TestNoActionWhilePaused(t *testing.T) {
	f := newFixture(t, noSwitches)
	pause := func(paused *bool) {
		update(f, clusterName, &clusterv1.Cluster{}, func(c *clusterv1.Cluster) { c.Spec.Paused = paused })
	}
	yes := true
	f.build(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Annotations = map[string]string{clusterv1.PausedAnnotation: ""}
	})
	f.provision()
	f.untouched("with the annotation")
	pause(&yes)
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Annotations = nil })
	f.untouched("with a paused Cluster")
	pause(nil)
	f.until("the first server", f.machineCount(1))
}

func TestFinalizerBeforeAnythingElse(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.until("the finalizer", f.hasFinalizer)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.absent("-ca")
}

// absent fails the test if the Cluster's Secret exists.
func (f *fixture) absent(suffix string) {
	f.t.Helper()
	if err := f.get(clusterName+suffix, &corev1.Secret{}); !apierrors.IsNotFound(err) {
		f.t.Errorf("Secret %s: %v, want not found", suffix, err)
	}
}

func (f *fixture) present(suffix string) func() error {
	return func() error { return f.get(clusterName+suffix, &corev1.Secret{}) }
}

func TestWaitsForInfrastructureAndEndpoint(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.setEndpoint(endpoint)
	f.until("the finalizer", f.hasFinalizer)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.absent("-ca")
	f.absent("-kubeconfig")
	if err := f.machineCount(0)(); err != nil {
		t.Error("before the infrastructure:", err)
	}
	f.setProvisioned()
	f.until("the first server", f.machineCount(1))
}

func TestWaitsForAValidEndpoint(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.setProvisioned()
	f.until("the authorities", f.present("-ca"))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	f.absent("-kubeconfig")
	if err := f.machineCount(0)(); err != nil {
		t.Error("before the endpoint:", err)
	}
	if owners := f.templateOwners(); len(owners) > 0 {
		t.Errorf("the template has owners before the endpoint: %v", owners)
	}
	f.setEndpoint(endpoint)
	f.until("the first server", f.machineCount(1))
	f.until("the kubeconfig", f.present("-kubeconfig"))
}

func (f *fixture) templateOwners() []metav1.OwnerReference {
	f.t.Helper()
	template := newInfra("EvrocMachineTemplate")
	f.mustGet(templateName, template)
	return template.GetOwnerReferences()
}

func TestAForeignControlPlaneMachineStopsAllWork(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.core.fallback = toNothing
	stranger := foreignMachine("stranger")
	stranger.Labels[clusterv1.MachineControlPlaneLabel] = ""
	f.create(stranger)
	f.provision()
	f.until("the kubeconfig", f.present("-kubeconfig"))
	if err := f.settle(); err == nil {
		t.Error("no reconcile failed")
	}
	if err := f.machineCount(1)(); err != nil {
		t.Error(err)
	}
	if err := server.client.Delete(f.ctx, stranger); err != nil {
		t.Fatal(err)
	}
	f.until("a server of its own", func() error {
		for _, machine := range f.machines() {
			if machine.Name != "stranger" {
				return nil
			}
		}
		return errors.New("none")
	})
}

// foreignMachine returns a Machine of the Cluster that no control plane made.
func foreignMachine(name string) *clusterv1.Machine {
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

func TestClustersOfOneNameDoNotTouchEachOther(t *testing.T) {
	requireServer(t)
	t.Parallel()
	a, b := newFixtureWithoutProvider(t), newFixtureWithoutProvider(t)
	a.start(noSwitches, func([]byte) (controlplane.Workload, error) { return a.workload, nil }, a, b)
	a.workload.serve(true)
	b.core.fallback = toNothing
	for _, f := range []*fixture{a, b} {
		f.build(1)
		f.provision()
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

func (f *fixture) planeGone() error {
	err := f.get(planeName, &controlplanev1.RKE2ControlPlane{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("still there: %v", err)
}

func (f *fixture) secret(suffix string) *corev1.Secret {
	f.t.Helper()
	secret := &corev1.Secret{}
	f.mustGet(clusterName+suffix, secret)
	return secret
}

func (f *fixture) secretValue(suffix string) string {
	f.t.Helper()
	var value string
	f.until("Secret "+suffix, func() error {
		secret := &corev1.Secret{}
		err := f.get(clusterName+suffix, secret)
		value = string(secret.Data["value"])
		return err
	})
	return value
}
