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

func (w *world) isInitialized() bool {
	w.t.Helper()
	initialized := w.plane().Status.Initialization.ControlPlaneInitialized
	return initialized != nil && *initialized
}

func (w *world) initialized() error {
	if !w.isInitialized() {
		return errors.New("not initialized")
	}
	return nil
}

func TestS18InitializedWhenProvisionedAndAnswering(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.fallback = toNothing
	w.workload.serve(true)
	w.build(1)
	w.provision()
	w.until("the first server", w.machineCount(1))
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if w.isInitialized() {
		t.Error("initialized before the infrastructure machine is provisioned")
	}
	w.workload.serve(false)
	w.core.fallback = toProvisioned
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if w.isInitialized() {
		t.Error("initialized although nobody answers")
	}
	w.workload.serve(true)
	w.until("initialized", w.initialized)
	if !isTrue(w.plane(), controlplanev1.InitializedCondition) {
		t.Errorf("conditions %v", w.plane().Status.Conditions)
	}
	w.workload.serve(false)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if !w.isInitialized() {
		t.Error("no longer initialized")
	}
}

func TestS18TheDelayHoldsInitializationBack(t *testing.T) {
	w := newWorld(t, controlplane.Behaviour{InitializeDelay: time.Hour})
	w.core.fallback = toProvisioned
	w.workload.serve(true)
	w.build(1)
	w.provision()
	w.until("the first server", w.machineCount(1))
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if w.isInitialized() {
		t.Error("initialized before the delay")
	}
}

func TestS18InitializedWhenAllMachinesAreReady(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.build(1)
	w.provision()
	w.until("initialized", w.initialized)
}

func (w *world) addresses(want ...string) func() error {
	return func() error {
		if got := w.plane().Status.AvailableServerIPs; !slices.Equal(got, want) {
			return fmt.Errorf("addresses %v, want %v", got, want)
		}
		return nil
	}
}

func TestS19AddressesOfReadyMachinesOnly(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.fallback = toProvisioned
	w.workload.serve(true)
	w.build(1)
	w.provision()
	w.until("initialized", w.initialized)
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := w.addresses()(); err != nil {
		t.Error("no Machine is ready:", err)
	}
	w.core.fallback = toReady
	w.until("the endpoint", w.addresses(endpoint))
}

func TestS19TheRegistrationMethodDecides(t *testing.T) {
	for method, want := range map[controlplanev1.RegistrationMethod]string{
		controlplanev1.ByControlPlaneEndpoint: endpoint,
		controlplanev1.ByAddress:              "register.example.com",
		controlplanev1.ByInternalFirst:        "10.0.0.4",
		controlplanev1.ByInternalIPs:          "10.0.0.4",
		controlplanev1.ByExternalIPs:          "203.0.113.4",
	} {
		t.Run(string(method), func(t *testing.T) {
			w := newWorld(t, noSwitches)
			w.running(1, func(p *controlplanev1.RKE2ControlPlane) {
				p.Spec.RegistrationMethod = method
				p.Spec.RegistrationAddress = "register.example.com"
			})
			w.until("the address", w.addresses(want))
		})
	}
}

func TestS19WithoutAnExternalAddressAnErrorIsRecorded(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.addresses = clusterv1.MachineAddresses{
		{Type: clusterv1.MachineHostName, Address: "server-1"},
		{Type: clusterv1.MachineInternalDNS, Address: "server-1.internal"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
	}
	w.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.RegistrationMethod = controlplanev1.ByExternalIPs
	})
	if err := w.settle(); err == nil {
		t.Error("no pass failed")
	}
	if err := w.addresses()(); err != nil {
		t.Error(err)
	}
	w.until("an event", func() error { return w.hasEvent("NoRegistrationAddress") })
}

func (w *world) hasEvent(reason string) error {
	var events corev1.EventList
	if err := server.client.List(w.ctx, &events, client.InNamespace(w.namespace)); err != nil {
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

func TestS20InternalFirstTakesListOrder(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.core.addresses = clusterv1.MachineAddresses{
		{Type: clusterv1.MachineHostName, Address: "server-1"},
		{Type: clusterv1.MachineExternalIP, Address: "203.0.113.4"},
		{Type: clusterv1.MachineInternalIP, Address: "10.0.0.4"},
	}
	w.running(1, func(p *controlplanev1.RKE2ControlPlane) {
		p.Spec.RegistrationMethod = controlplanev1.ByInternalFirst
	})
	w.until("the external address, listed first", w.addresses("203.0.113.4"))
}

func TestS21NextServerOnlyWhenAllAreHealthy(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(1)
	w.core.fallback = toProvisioned
	for _, machine := range w.machines() {
		w.core.reaches[machine.Name] = toReady
	}
	three := int32(3)
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &three })
	w.until("the second server", w.machineCount(2))
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := w.machineCount(2)(); err != nil {
		t.Error("the second has no Node:", err)
	}
	w.until("an event", func() error { return w.hasEvent("ControlPlaneUnhealthy") })
	w.core.fallback = toReady
	w.until("all servers", w.readyServers(3))
}

func TestS21NoServerWhileOneIsDeleting(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	w.workload.keepMembers(true)
	machine := w.machines()[0]
	if err := server.client.Delete(w.ctx, &machine); err != nil {
		t.Fatal(err)
	}
	three := int32(3)
	w.updatePlane(func(p *controlplanev1.RKE2ControlPlane) { p.Spec.Replicas = &three })
	if err := w.settle(); err != nil {
		t.Error("a pass failed:", err)
	}
	if err := w.machineCount(2)(); err != nil {
		t.Error(err)
	}
	w.workload.keepMembers(false)
	w.until("three servers", w.readyServers(3))
}

func TestS22ConditionsAndCounts(t *testing.T) {
	w := newWorld(t, noSwitches)
	w.running(2)
	w.until("the counts", func() error {
		status := w.plane().Status
		for name, got := range map[string]*int32{
			"replicas": status.Replicas, "readyReplicas": status.ReadyReplicas,
			"availableReplicas": status.AvailableReplicas, "upToDateReplicas": status.UpToDateReplicas,
		} {
			if got == nil || *got != 2 {
				return fmt.Errorf("%s is %v", name, got)
			}
		}
		if status.Version != oldVersion || status.ObservedGeneration != w.plane().Generation {
			return fmt.Errorf("version %s, generation %d", status.Version, status.ObservedGeneration)
		}
		return nil
	})
	plane := w.plane()
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
	for _, machine := range w.machines() {
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
