package workload

import (
	"context"
	"sync"

	"evroc.com/cluster-api-provider-evroc/tests/stand/workload/boot"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// guest is what a machine that booted has running.
type guest struct {
	cluster *cluster
	vm      VM
	plan    *boot.Plan
	version string

	mu    sync.Mutex
	stops []func()
}

func (g *guest) name() string { return g.plan.Node.Name }

// onOff has stop called when the machine goes, last first.
func (g *guest) onOff(stop func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stops = append(g.stops, stop)
}

// off takes down what the machine had, in the opposite order.
func (g *guest) off() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := len(g.stops) - 1; i >= 0; i-- {
		g.stops[i]()
	}
	g.stops = nil
}

// undone logs a take-down that failed; there is nothing else to do about it.
func (g *guest) undone(err error) {
	if err != nil && g.cluster.cloud.find(g.cluster.endpoint) == g.cluster {
		g.cluster.cloud.log.Error(err, "Take down a node failed", "node", g.name())
	}
}

// addNode registers the kubelet's node.
func (g *guest) addNode(ctx context.Context) error {
	cl := g.cluster
	node := nodeObject(g.plan, g.vm, g.version)
	cl.initialise(node, g.plan)
	// A kubelet takes over a node of its name.
	if err := cl.remove(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: g.name()}}); err != nil {
		return err
	}
	if err := cl.create(ctx, node); err != nil {
		return err
	}
	g.onOff(func() { g.undone(g.removeNode(context.Background())) })
	return nil
}

// removeNode leaves the node alone that another machine has registered since.
func (g *guest) removeNode(ctx context.Context) error {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: g.name()}}
	err := g.cluster.get(ctx, node)
	if apierrors.IsNotFound(err) || err == nil && node.Status.NodeInfo.SystemUUID != g.vm.UID {
		return nil
	}
	if err != nil {
		return err
	}
	return g.cluster.remove(ctx, node)
}

// addControlPlane registers the node, its static pods and its etcd member, and
// opens the API server last, so that nobody sees half of it.
func (g *guest) addControlPlane(ctx context.Context, address string) error {
	cl := g.cluster
	if err := g.addNode(ctx); err != nil {
		return err
	}
	g.onOff(func() { g.undone(cl.removeStaticPods(context.Background(), g.name())) })
	if err := cl.createStaticPods(ctx, g.name()); err != nil {
		return err
	}
	g.onOff(func() { g.undone(cl.removeMember(context.Background(), g.name())) })
	if err := cl.addMember(ctx, g.name(), g.vm); err != nil {
		return err
	}
	stop, err := cl.serveAPI(address)
	if err != nil {
		return err
	}
	g.onOff(stop)
	return nil
}
