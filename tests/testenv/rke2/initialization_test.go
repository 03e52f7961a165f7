package rke2_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/controlplane"
)

func (f *fixture) isInitialized() bool {
	f.t.Helper()
	initialized := f.plane().Status.Initialization.ControlPlaneInitialized
	return initialized != nil && *initialized
}

func (f *fixture) initialized() error {
	if !f.isInitialized() {
		return errors.New("not initialized")
	}
	return nil
}

func TestInitializedWhenProvisionedAndAnswering(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toNothing
	f.workload.serve(true)
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if f.isInitialized() {
		t.Error("initialized before the infrastructure machine is provisioned")
	}
	f.workload.serve(false)
	f.core.fallback = toProvisioned
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if f.isInitialized() {
		t.Error("initialized without an answer")
	}
	f.workload.serve(true)
	f.until("initialized", f.initialized)
	if !isTrue(f.plane(), controlplanev1.InitializedCondition) {
		t.Errorf("conditions %v", f.plane().Status.Conditions)
	}
	f.workload.serve(false)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if !f.isInitialized() {
		t.Error("no longer initialized")
	}
}

func TestTheDelayHoldsInitializationBack(t *testing.T) {
	f := newFixture(t, controlplane.Behaviour{InitializeDelay: time.Hour})
	f.core.fallback = toProvisioned
	f.workload.serve(true)
	f.build(1)
	f.provision()
	f.until("the first server", f.machineCount(1))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if f.isInitialized() {
		t.Error("initialized before the delay")
	}
}

func TestInitializedWhenAllMachinesAreReady(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.build(1)
	f.provision()
	f.until("initialized", f.initialized)
}

func (f *fixture) addresses(want ...string) func() error {
	return func() error {
		if got := f.plane().Status.AvailableServerIPs; !slices.Equal(got, want) {
			return fmt.Errorf("addresses %v, want %v", got, want)
		}
		return nil
	}
}

func TestAddressesOfReadyMachinesOnly(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.fallback = toProvisioned
	f.workload.serve(true)
	f.build(1)
	f.provision()
	f.until("initialized", f.initialized)
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if err := f.addresses()(); err != nil {
		t.Error("no Machine is ready:", err)
	}
	f.core.fallback = toReady
	f.until("the endpoint", f.addresses(endpoint))
}

func TestTheRegistrationMethodDecides(t *testing.T) {
	for method, want := range map[controlplanev1.RegistrationMethod]string{
		controlplanev1.ByControlPlaneEndpoint: endpoint,
		controlplanev1.ByAddress:              "register.example.com",
		controlplanev1.ByInternalFirst:        "10.0.0.4",
		controlplanev1.ByInternalIPs:          "10.0.0.4",
		controlplanev1.ByExternalIPs:          "203.0.113.4",
	} {
		t.Run(string(method), func(t *testing.T) {
			f := newFixture(t, noSwitches)
			f.running(1, func(p *controlplanev1.RKE2ControlPlane) {
				p.Spec.RegistrationMethod = method
				p.Spec.RegistrationAddress = "register.example.com"
			})
			f.until("the address", f.addresses(want))
		})
	}
}

func TestWithoutAnExternalAddressAnErrorIsRecorded(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.addresses = clusterv1.MachineAddresses{
		{Type: clusterv1.MachineHostName, Address: "server-1"},
		{Type: clusterv1.MachineInternalDNS, Address: "server-1.internal"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
	}
	f.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.RegistrationMethod = controlplanev1.ByExternalIPs
	})
	if err := f.settle(); err == nil {
		t.Error("no reconcile failed")
	}
	if err := f.addresses()(); err != nil {
		t.Error(err)
	}
	f.until("an event", func() error { return f.hasEvent("NoRegistrationAddress") })
}

func (f *fixture) hasEvent(reason string) error {
	var events corev1.EventList
	if err := server.client.List(f.ctx, &events, client.InNamespace(f.namespace)); err != nil {
		return err
	}
	for _, event := range events.Items {
		if event.Reason == reason && event.Type == corev1.EventTypeWarning &&
			event.InvolvedObject.Name == planeName {
			return nil
		}
	}
	return fmt.Errorf("none among %d events", len(events.Items))
}

func TestInternalFirstTakesListOrder(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.core.addresses = clusterv1.MachineAddresses{
		{Type: clusterv1.MachineHostName, Address: "server-1"},
		{Type: clusterv1.MachineExternalIP, Address: "203.0.113.4"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
	}
	f.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.RegistrationMethod = controlplanev1.ByInternalFirst
	})
	f.until("the external address, listed first", f.addresses("203.0.113.4"))
}

func TestNextServerOnlyWhenAllAreHealthy(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(1)
	f.core.fallback = toProvisioned
	for _, machine := range f.machines() {
		f.core.reaches[machine.Name] = toReady
	}
	three := int32(3)
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &three })
	f.until("the second server", f.machineCount(2))
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if err := f.machineCount(2)(); err != nil {
		t.Error("the second has no Node:", err)
	}
	f.until("an event", func() error { return f.hasEvent("ControlPlaneUnhealthy") })
	f.core.fallback = toReady
	f.until("all servers", f.readyServers(3))
}

func TestNoServerWhileOneIsDeleting(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	f.workload.keepMembers(true)
	machine := f.machines()[0]
	if err := server.client.Delete(f.ctx, &machine); err != nil {
		t.Fatal(err)
	}
	three := int32(3)
	f.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &three })
	if err := f.settle(); err != nil {
		t.Error("a reconcile failed:", err)
	}
	if err := f.machineCount(2)(); err != nil {
		t.Error(err)
	}
	f.workload.keepMembers(false)
	f.until("three servers", f.readyServers(3))
}

func TestConditionsAndCounts(t *testing.T) {
	f := newFixture(t, noSwitches)
	f.running(2)
	f.until("the counts", func() error {
		status := f.plane().Status
		for name, got := range map[string]*int32{
			"replicas": status.Replicas, "readyReplicas": status.ReadyReplicas,
			"availableReplicas": status.AvailableReplicas, "upToDateReplicas": status.UpToDateReplicas,
		} {
			if got == nil || *got != 2 {
				return fmt.Errorf("%s is %v", name, got)
			}
		}
		if status.Version != oldVersion || status.ObservedGeneration != f.plane().Generation {
			return fmt.Errorf("version %s, generation %d", status.Version, status.ObservedGeneration)
		}
		return nil
	})
	plane := f.plane()
	for kind, want := range map[string]bool{
		"Available": true, "Initialized": true, "CertificatesAvailable": true,
		"EtcdClusterHealthy": true, "ControlPlaneComponentsHealthy": true,
		"MachinesReady": true, "MachinesUpToDate": true, "RollingOut": false,
		"ScalingUp": false, "ScalingDown": false, "Remediating": false, "Deleting": false,
	} {
		if isTrue(plane, kind) != want {
			t.Errorf("condition %s is %v, want %v", kind, !want, want)
		}
	}
	for _, machine := range f.machines() {
		for _, kind := range []string{
			"AgentHealthy", "EtcdMemberHealthy", "NodeMetadataUpToDate", "UpToDate",
		} {
			if !isTrue(&machine, kind) {
				t.Errorf("Machine %s: %s is not true", machine.Name, kind)
			}
		}
	}
	names := ""
	for _, c := range plane.Status.Conditions {
		names += " " + c.Type
	}
	if strings.Contains(names, " Ready") || strings.Contains(names, " Paused") {
		t.Errorf("conditions%s", names)
	}
}
