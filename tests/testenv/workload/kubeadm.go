package workload

import (
	"context"
	"fmt"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	"sigs.k8s.io/yaml"
)

// bootKubeadm simulates kubeadm init or join, and registers the node.
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

// enterKubeadm returns the machine's cluster, and makes it if needed.
func (m *machine) enterKubeadm(ctx context.Context, vm VM, plan *boot.Plan) (*cluster, error) {
	endpoint := plan.Kubeadm.Endpoint
	if m.hasBooted() && plan.Role != boot.Worker {
		return m.cloud.rebuild(ctx, plan, endpoint)
	}
	if plan.Role == boot.Init {
		cl, err := m.cloud.recreate(ctx, plan, endpoint)
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

// rebuild starts a control-plane machine again that had joined before: its disk
// has all that it needs. The first machine of a cluster that no longer exists
// makes the cluster again.
func (c *Cloud) rebuild(ctx context.Context, plan *boot.Plan, endpoint string) (*cluster, error) {
	cl, fresh, err := c.getOrCreate(ctx, endpoint, plan)
	if err != nil || !fresh {
		return cl, err
	}
	return cl, cl.initKubeadm(ctx, plan)
}

// configurationOf returns a ClusterConfiguration if that of the cluster was
// lost with its machine.
func configurationOf(plan *boot.Plan) (string, error) {
	text, err := yaml.Marshal(map[string]any{
		"apiVersion":           "kubeadm.k8s.io/v1beta4",
		"kind":                 "ClusterConfiguration",
		"controlPlaneEndpoint": plan.Kubeadm.Endpoint,
		"kubernetesVersion":    kubeletVersion(plan.Version, ""),
	})
	return string(text), err
}
