package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"evroc.com/cluster-api-provider-evroc/tests/e2e/cloud"
)

// snapshot is the state of the cluster at one moment: in the cloud, on the
// workload cluster and on the management cluster.
type snapshot struct {
	Parts  []part
	Disks  []string
	VMs    []vm
	Groups []group

	Nodes    []node
	Machines []machine
	// Everything is all that the cloud holds, also of others.
	Everything cloud.Inventory
}

// part is a piece of the network.
type part struct{ Kind, Name, State, Details string }

// vm is a virtual machine.
type vm struct {
	ID, UID, Machine, State, Zone, Address string
	// Backend is whether the load balancer sends traffic to it.
	Backend bool
}

// node is one of the workload cluster's.
type node struct {
	Name, ProviderID, Role, Zone, Version string
	Ready                                 bool
	// Uninitialized is whether the cloud has not completed it yet.
	Uninitialized bool
}

// group is an object of Cluster API that represents several others.
type group struct {
	Kind, Name, Phase string
	// Wanted and Ready count its machines; Wanted is -1 where nothing is counted.
	Wanted, Ready int
	// Healthy is whether its conditions are good.
	Healthy bool
	// Why is the reason if it is not healthy.
	Why string
}

// healthCheck is the kind that has no phase and has other counts.
const healthCheck = "MachineHealthCheck"

// machine is a Machine of Cluster API.
type machine struct {
	Name, Phase, Node, ProviderID, Zone string
	ControlPlane, Ready                 bool
	// Why is the reason if it is not ready.
	Why string
}

// desired is the number of machines that the cluster should have, and of zones
// that its control plane should be in.
type desired struct{ controlPlane, workers, zones int }

func (d desired) machines() int { return d.controlPlane + d.workers }

// missing returns an error that names the first difference from the desired
// state; nil if there is none.
func (s snapshot) missing(want desired) error {
	for _, check := range []func(desired) error{
		s.missingGroups, s.missingMachines, s.missingVMs, s.missingNodes,
		s.missingBackends, s.missingZones,
	} {
		if err := check(want); err != nil {
			return err
		}
	}
	return nil
}

func (s snapshot) missingGroups(want desired) error {
	counts := map[string]int{}
	for _, one := range s.Groups {
		counts[one.Kind]++
		if one.Wanted >= 0 && one.Ready != one.Wanted {
			return fmt.Errorf("%s %s: %d of %d %s", one.Kind, one.Name,
				one.Ready, one.Wanted, one.good())
		}
		if !one.Healthy {
			return fmt.Errorf("%s %s: %s", one.Kind, one.Name, one.Why)
		}
	}
	if counts["Cluster"] == 0 {
		return errors.New("there is no Cluster")
	}
	return nil
}

func (s snapshot) missingMachines(want desired) error {
	servers := 0
	for _, one := range s.Machines {
		if one.Phase != "Running" || !one.Ready {
			return fmt.Errorf("Machine %s: %s %s", one.Name, one.Phase, one.Why)
		}
		if one.ControlPlane {
			servers++
		}
	}
	if servers != want.controlPlane || len(s.Machines) != want.machines() {
		return fmt.Errorf("%d control-plane and %d worker Machines of %d and %d",
			servers, len(s.Machines)-servers, want.controlPlane, want.workers)
	}
	return nil
}

func (s snapshot) missingVMs(want desired) error {
	for _, one := range s.VMs {
		if one.State != "Running" {
			return fmt.Errorf("VM %s: %s", one.ID, one.State)
		}
	}
	if len(s.VMs) != want.machines() {
		return fmt.Errorf("%d VMs of %d", len(s.VMs), want.machines())
	}
	if len(s.Disks) != want.machines() {
		return fmt.Errorf("%d disks of %d", len(s.Disks), want.machines())
	}
	return nil
}

// missingNodes checks the nodes, and compares their identities with those of
// the VMs.
func (s snapshot) missingNodes(want desired) error {
	var identities []string
	for _, one := range s.VMs {
		identities = append(identities, "evroc://"+one.UID)
	}
	for _, one := range s.Nodes {
		if !one.Ready || one.Uninitialized {
			return fmt.Errorf("node %s is not ready", one.Name)
		}
		if !slices.Contains(identities, one.ProviderID) {
			return fmt.Errorf("node %s is of no VM: %q", one.Name, one.ProviderID)
		}
	}
	if len(s.Nodes) != want.machines() {
		return fmt.Errorf("%d nodes of %d", len(s.Nodes), want.machines())
	}
	return nil
}

// missingBackends checks that the load balancer's backends are the control
// plane, all of it and nothing else.
func (s snapshot) missingBackends(desired) error {
	for _, one := range s.VMs {
		if server := s.isServer(one); one.Backend != server {
			return fmt.Errorf("VM %s: control plane %t, load balancer backend %t",
				one.ID, server, one.Backend)
		}
	}
	return nil
}

func (s snapshot) isServer(one vm) bool {
	for _, m := range s.Machines {
		if m.ProviderID == "evroc://"+one.UID {
			return m.ControlPlane
		}
	}
	return false
}

func (s snapshot) missingZones(want desired) error {
	zones := map[string]bool{}
	for _, one := range s.VMs {
		if s.isServer(one) {
			zones[one.Zone] = true
		}
	}
	if len(zones) < want.zones {
		return fmt.Errorf("the control plane is in %d zones of %d", len(zones),
			want.zones)
	}
	return nil
}

// worker returns a Machine that is not in the control plane, with its VM.
func (s snapshot) worker() (machine, vm, error) {
	for _, m := range s.Machines {
		for _, one := range s.VMs {
			if !m.ControlPlane && m.ProviderID == "evroc://"+one.UID {
				return m, one, nil
			}
		}
	}
	return machine{}, vm{}, errors.New("there is no worker with a VM")
}

// replaced returns an error until that Machine and its VM are gone and the
// rest is in the desired state.
func (s snapshot) replaced(lost machine, want desired) error {
	for _, m := range s.Machines {
		if m.Name == lost.Name {
			return fmt.Errorf("Machine %s is still there: %s %s", m.Name, m.Phase,
				m.Why)
		}
	}
	return s.missing(want)
}

// gone returns an error that lists what is left of a deleted cluster.
func (s snapshot) gone() error {
	var left []string
	for _, r := range s.rows() {
		left = append(left, r.title())
	}
	if len(left) > 0 {
		return fmt.Errorf("still there: %s", strings.Join(left, ", "))
	}
	return nil
}

// unchanged returns an error that lists the differences between two
// inventories.
func unchanged(before, after cloud.Inventory) error {
	if changed := cloud.Difference(before, after); changed != "" {
		return fmt.Errorf("the cloud does not hold what it held before:\n%s",
			changed)
	}
	return nil
}
