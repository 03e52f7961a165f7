package workload

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	inmemory "sigs.k8s.io/cluster-api/test/infrastructure/inmemory/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Machine is the state of a VM's guest.
type Machine struct {
	VM VM
	// As is the kind of the plan in its user data, such as "kubeadm init".
	As string
	// Node and Cluster (its endpoint) are set once the machine has joined. Up is
	// whether its node exists now.
	Node, Cluster string
	Up            bool
	// Refused is the reason why it has no node. Waiting is the error that it
	// currently retries.
	Refused, Waiting string
}

// Machines returns all VMs of the simulator, sorted by their keys.
func (c *Cloud) Machines() []Machine {
	c.mu.Lock()
	defer c.mu.Unlock()
	machines := make([]Machine, 0, len(c.machines))
	for _, m := range c.machines {
		machines = append(machines, m.describeLocked())
	}
	slices.SortFunc(machines, func(a, b Machine) int {
		return cmp.Or(cmp.Compare(a.VM.Key(), b.VM.Key()), cmp.Compare(a.VM.UID, b.VM.UID))
	})
	return machines
}

func (m *machine) describeLocked() Machine {
	described := Machine{VM: m.vm, Up: m.up}
	if m.plan != nil {
		described.As = m.plan.Kind()
	}
	if m.cluster != nil {
		described.Node, described.Cluster = m.plan.Node.Name, m.cluster.endpoint
	}
	if m.refusal != nil {
		described.Refused = m.refusal.Error()
	}
	if m.waiting != nil {
		described.Waiting = m.waiting.Error()
	}
	return described
}

// Refusals maps each VM (project/id) without a node to the reason.
func (c *Cloud) Refusals() map[string]string {
	refusals := map[string]string{}
	for _, m := range c.Machines() {
		if m.Refused != "" {
			refusals[m.VM.Key()] = m.Refused
		}
	}
	return refusals
}

// Endpoints returns the endpoints of all clusters.
func (c *Cloud) Endpoints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	endpoints := make([]string, 0, len(c.clusters))
	for endpoint := range c.clusters {
		endpoints = append(endpoints, endpoint)
	}
	slices.Sort(endpoints)
	return endpoints
}

// Client returns a client that reads and writes the objects of the cluster at
// host:port directly, without a load balancer. ok is whether the cluster
// exists.
func (c *Cloud) Client(endpoint string) (store inmemory.Client, ok bool) {
	if cl := c.find(endpoint); cl != nil {
		return cl.store, true
	}
	return nil, false
}

// Nodes returns the nodes of the cluster at host:port, by name.
func (c *Cloud) Nodes(endpoint string) ([]corev1.Node, error) {
	store, ok := c.Client(endpoint)
	if !ok {
		return nil, fmt.Errorf("there is no cluster at %s", endpoint)
	}
	nodes, err := listInto[corev1.Node](c.ctx, store, "Node")
	if err != nil {
		return nil, err
	}
	slices.SortFunc(nodes, func(a, b corev1.Node) int { return cmp.Compare(a.Name, b.Name) })
	return nodes, nil
}

// Await waits until the condition holds. It checks the condition after each
// change of a machine. The error is the context's.
func (c *Cloud) Await(ctx context.Context, condition func() bool) error {
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if condition() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Cloud) noteChangeLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// StopKubelet stops the kubelet of a VM, named by project/id, id, UID or node.
// The node becomes Unknown, as the node controller would make it after 40 s.
// The machine keeps running.
func (c *Cloud) StopKubelet(vm string) error { return c.setKubelet(vm, true) }

// StartKubelet reverts StopKubelet.
func (c *Cloud) StartKubelet(vm string) error { return c.setKubelet(vm, false) }

func (c *Cloud) setKubelet(vm string, stopped bool) error {
	cl, name, err := c.nodeOf(vm)
	if err != nil {
		return err
	}
	return cl.setUnreachable(c.ctx, name, stopped)
}

func (c *Cloud) nodeOf(vm string) (*cluster, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*machine
	for _, m := range c.machines {
		if m.up && slices.Contains([]string{m.vm.Key(), m.vm.ID, m.uid, m.plan.Node.Name}, vm) {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		return nil, "", fmt.Errorf("%d machines with a node are called %q", len(found), vm)
	}
	return found[0].cluster, found[0].plan.Node.Name, nil
}

func (cl *cluster) get(ctx context.Context, object client.Object) error {
	return cl.store.Get(ctx, client.ObjectKeyFromObject(object), object)
}

// gitVersion returns the cluster's version.
func (cl *cluster) gitVersion(ctx context.Context) string {
	if plan := cl.rke2Plan(); plan != nil {
		return plan.Version
	}
	return cl.version(ctx)
}
