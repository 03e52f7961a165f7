package workload

import (
	"context"
	"fmt"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	"sigs.k8s.io/yaml"
)

// bootKubeadm is kubeadm init or join, and the node that comes of it.
func (m *machine) bootKubeadm(ctx context.Context, vm VM, plan *boot.Plan) (off func(), err error) {
	cl, err := m.enterKubeadm(ctx, vm, plan)
	if err != nil {
		return func() {}, err
	}
	cl.addMachine(m.uid)
	m.setBooted(cl)
	version := kubeletVersion(plan.Version, cl.version(ctx))
	guest := &guest{cluster: cl, vm: vm, plan: plan, version: version}
	if plan.Role == boot.Worker {
		return guest.off, guest.addNode(ctx)
	}
	return guest.off, guest.addControlPlane(ctx, boot.Address(vm.DataPlane, plan.Kubeadm.BindPort))
}

// enterKubeadm finds the machine's cluster, or makes it.
func (m *machine) enterKubeadm(ctx context.Context, vm VM, plan *boot.Plan) (*cluster, error) {
	endpoint := plan.Kubeadm.Endpoint
	if m.hasBooted() && plan.Role != boot.Worker {
		return m.cloud.rebuild(ctx, plan, endpoint)
	}
	if plan.Role == boot.Init {
		cl, err := m.cloud.refound(ctx, plan, endpoint)
		if err != nil {
			return nil, err
		}
		return cl, cl.initKubeadm(ctx, plan)
	}
	var cl *cluster
	err := m.persist(ctx, func(ctx context.Context) (err error) {
		cl, err = m.cloud.discover(ctx, vm, plan.Kubeadm, !m.hasBooted())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	return cl, nil
}

func (cl *cluster) initKubeadm(ctx context.Context, plan *boot.Plan) error {
	cl.mu.Lock()
	cl.names = append(cl.names, plan.Kubeadm.CertSANs...)
	cl.mu.Unlock()
	configuration, version := plan.Kubeadm.ClusterConfiguration, plan.Kubeadm.KubernetesVersion
	if configuration == "" {
		var err error
		if configuration, err = configurationOf(plan); err != nil {
			return err
		}
		version = kubeletVersion(plan.Version, "")
	}
	return cl.createKubeadmObjects(ctx, configuration, version)
}

// rebuild brings a control-plane machine back that had joined before: its disk
// has all that it needs. The first one of a cluster that is not there any more
// makes it again.
func (c *Cloud) rebuild(ctx context.Context, plan *boot.Plan, endpoint string) (*cluster, error) {
	cl, fresh, err := c.found(ctx, endpoint, plan)
	if err != nil || !fresh {
		return cl, err
	}
	return cl, cl.initKubeadm(ctx, plan)
}

// configurationOf replaces a ClusterConfiguration that was lost with the
// machine that had it.
func configurationOf(plan *boot.Plan) (string, error) {
	text, err := yaml.Marshal(map[string]any{
		"apiVersion":           "kubeadm.k8s.io/v1beta4",
		"kind":                 "ClusterConfiguration",
		"controlPlaneEndpoint": plan.Kubeadm.Endpoint,
		"kubernetesVersion":    kubeletVersion(plan.Version, ""),
	})
	return string(text), err
}
