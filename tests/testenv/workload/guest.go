package workload

import (
	"context"
	"sync"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/workload/boot"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// guest holds what runs on a machine that has booted.
type guest struct {
	cluster *cluster
	vm      VM
	plan    *boot.Plan
	version string

	mu    sync.Mutex
	stops []func()
}

func (g *guest) name() string { return g.plan.Node.Name }

// onShutdown registers a function that is called when the machine is switched
// off, in reverse order.
func (g *guest) onShutdown(stop func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stops = append(g.stops, stop)
}

// off ends everything that runs on the machine, in reverse order.
func (g *guest) off() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := len(g.stops) - 1; i >= 0; i-- {
		g.stops[i]()
	}
	g.stops = nil
}

// logCleanup logs an error of a clean-up, which can't be handled otherwise.
func (g *guest) logCleanup(err error) {
	if err != nil && g.cluster.cloud.find(g.cluster.endpoint) == g.cluster {
		g.cluster.cloud.log.Error(err, "Take down a node failed", "node", g.name())
	}
}

// addNode registers the kubelet's node. A kubelet that was off reuses its own
// node, and replaces a node of the same name that another machine left.
func (g *guest) addNode(ctx context.Context) error {
	cl := g.cluster
	g.onShutdown(func() { g.logCleanup(g.markUnreachable(context.Background())) })
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: g.name()}}
	err := cl.get(ctx, node)
	if err == nil && node.Status.NodeInfo.SystemUUID == g.vm.UID {
		return cl.setUnreachable(ctx, g.name(), false)
	}
	if err == nil {
		err = cl.remove(ctx, node)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	node = nodeObject(g.plan, g.vm, g.version)
	cl.initialise(node, g.plan)
	return cl.create(ctx, node)
}

// markUnreachable marks the node of a machine that is off. It does not change a
// node that another machine has registered since.
func (g *guest) markUnreachable(ctx context.Context) error {
	owned, err := g.cluster.isNodeOf(ctx, g.name(), g.vm.UID)
	if err != nil || !owned {
		return err
	}
	return g.cluster.setUnreachable(ctx, g.name(), true)
}

func (cl *cluster) isNodeOf(ctx context.Context, name, uid string) (bool, error) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := cl.get(ctx, node); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return node.Status.NodeInfo.SystemUUID == uid, nil
}

// removeNode removes the node of a machine that is gone.
func (cl *cluster) removeNode(ctx context.Context, name, uid string) error {
	owned, err := cl.isNodeOf(ctx, name, uid)
	if err != nil || !owned {
		return err
	}
	return cl.remove(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// setUnreachable writes what the node controller writes when a kubelet stops
// reporting, or reverts it.
func (cl *cluster) setUnreachable(ctx context.Context, name string, silent bool) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	return cl.change(ctx, node, func() {
		node.Spec.Taints = withoutTaint(node.Spec.Taints, corev1.TaintNodeUnreachable)
		if !silent {
			setHealthy(node)
			return
		}
		setNodeUnreachable(node)
		for _, effect := range []corev1.TaintEffect{corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute} {
			node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: corev1.TaintNodeUnreachable, Effect: effect})
		}
	})
}

// addControlPlane registers the node, its static pods and its etcd member, and
// starts the API server last, so that clients see all of it or nothing.
func (g *guest) addControlPlane(ctx context.Context, address string) error {
	cl := g.cluster
	if err := g.addNode(ctx); err != nil {
		return err
	}
	g.onShutdown(func() { g.logCleanup(cl.removeStaticPods(context.Background(), g.name())) })
	if err := cl.createStaticPods(ctx, g.name()); err != nil {
		return err
	}
	g.onShutdown(func() { g.logCleanup(cl.removeServer(context.Background(), g.name())) })
	if err := cl.addServer(ctx, g.name(), g.vm); err != nil {
		return err
	}
	stop, err := cl.serveAPI(address)
	if err != nil {
		return err
	}
	g.onShutdown(stop)
	return nil
}
