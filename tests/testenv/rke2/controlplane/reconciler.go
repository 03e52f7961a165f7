// Package controlplane is the controller of RKE2ControlPlane: it makes the
// servers' Machines one by one, replaces and removes them, and sets the status
// of the control plane. It never watches infrastructure objects; it reads the
// Machines that core keeps for them.
package controlplane

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/tools/record"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util"
	"sigs.k8s.io/cluster-api/util/annotations"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/intervals"
)

// kind is the kind of the objects that this package reconciles.
const kind = "RKE2ControlPlane"

// Behaviour holds the switches by which tests change the provider.
type Behaviour struct {
	// InitializeDelay is the minimal time from the creation of the first Machine
	// to the initialization of the control plane.
	InitializeDelay time.Duration
	// EtcdDelay is the minimal time that etcd takes to remove a deleted member.
	EtcdDelay time.Duration
	// ReleaseLostNodes removes the pre-terminate hook of a Machine whose Node is
	// gone. The real provider keeps it for ever.
	ReleaseLostNodes bool
	// BlockOnMissingTemplate is the behaviour of v0.25.0: if the template in the
	// spec is missing, every reconcile fails, also that of a deletion.
	BlockOnMissingTemplate bool
}

// Reconciler reconciles control planes. Its client reads from the API server
// without a cache, so that a Machine is never made twice.
type Reconciler struct {
	Client    client.Client
	Recorder  record.EventRecorder
	Workloads Workloads
	Intervals intervals.Intervals
	Behaviour Behaviour
	// Reconciled, if set, is called after each reconcile; tests wait for it.
	Reconciled func(client.ObjectKey, error)
}

// SetupWithManager watches control planes, their Machines and their Clusters.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, name string) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(&controlplanev1.RKE2ControlPlane{}).
		Owns(&clusterv1.Machine{}).
		Watches(&clusterv1.Cluster{}, handler.EnqueueRequestsFromMapFunc(planeOfCluster)).
		Complete(r)
}

func planeOfCluster(_ context.Context, object client.Object) []reconcile.Request {
	cluster, ok := object.(*clusterv1.Cluster)
	if !ok || cluster.Spec.ControlPlaneRef.Kind != kind {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{
		Namespace: cluster.Namespace, Name: cluster.Spec.ControlPlaneRef.Name,
	}}}
}

// Reconcile reconciles one control plane.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	result, err := r.reconcile(ctx, request.NamespacedName)
	if r.Reconciled != nil {
		r.Reconciled(request.NamespacedName, err)
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, key client.ObjectKey) (ctrl.Result, error) {
	s, err := r.read(ctx, key)
	if s == nil || err != nil {
		return ctrl.Result{}, err
	}
	if annotations.IsPaused(s.cluster, s.plane) {
		return ctrl.Result{}, nil
	}
	if s.plane.DeletionTimestamp.IsZero() {
		if err := r.addFinalizer(ctx, s.plane); err != nil {
			return ctrl.Result{}, err
		}
	}
	before := s.plane.DeepCopy()
	next, err := r.run(ctx, s, r.steps(s))
	s.summarize(err)
	if patchErr := r.patchStatus(ctx, before, s.plane); patchErr != nil && err == nil {
		err = patchErr
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: next}, nil
}

// read reads the plane and its Cluster; nil if there is nothing to do.
func (r *Reconciler) read(ctx context.Context, key client.ObjectKey) (*scope, error) {
	plane := &controlplanev1.RKE2ControlPlane{}
	if err := r.Client.Get(ctx, key, plane); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	cluster, err := util.GetOwnerCluster(ctx, r.Client, plane.ObjectMeta)
	if cluster == nil || err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return &scope{plane: plane, cluster: cluster}, nil
}

func (r *Reconciler) addFinalizer(ctx context.Context, plane *controlplanev1.RKE2ControlPlane) error {
	before := plane.DeepCopy()
	if !controllerutil.AddFinalizer(plane, controlplanev1.Finalizer) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Client.Patch(ctx, plane, patch); err != nil {
		return fmt.Errorf("add the finalizer: %w", err)
	}
	return nil
}

func (r *Reconciler) patchStatus(ctx context.Context, before, after *controlplanev1.RKE2ControlPlane) error {
	if equality.Semantic.DeepEqual(before.Status, after.Status) {
		return nil
	}
	err := r.Client.Status().Patch(ctx, after, client.MergeFrom(before))
	return client.IgnoreNotFound(err)
}

// outcome is the result of a step: whether the reconcile continues, and when it
// is repeated.
type outcome struct {
	stop  bool
	after time.Duration
}

// proceed continues with the next step. wait ends the reconcile until a watched
// object changes. again ends it and requeues it.
var (
	proceed = outcome{}
	wait    = outcome{stop: true}
)

func again(after time.Duration) outcome { return outcome{stop: true, after: after} }

// lookAgain continues with the next step and requeues the reconcile.
func lookAgain(after time.Duration) outcome { return outcome{after: after} }

type step func(context.Context, *scope) (outcome, error)

// steps returns the steps of a reconcile, in order.
func (r *Reconciler) steps(s *scope) []step {
	if !s.plane.DeletionTimestamp.IsZero() {
		return []step{r.requireTemplate, r.readMachines, r.remove}
	}
	return []step{
		r.awaitInfrastructure,
		r.ensureAuthorities,
		r.awaitEndpoint,
		r.ensureKubeconfig,
		r.readMachines,
		r.refuseForeignMachines,
		r.ownTemplate,
		r.syncMachines,
		r.observe,
		r.initialize,
		r.register,
		r.releaseMachines,
		r.remediate,
		r.rollOut,
		r.scale,
	}
}

// run executes the steps until one stops. It returns the earliest requeue that
// a step asked for.
func (r *Reconciler) run(ctx context.Context, s *scope, steps []step) (time.Duration, error) {
	var next time.Duration
	for _, step := range steps {
		o, err := step(ctx, s)
		if err != nil {
			return 0, err
		}
		if o.after > 0 && (next == 0 || o.after < next) {
			next = o.after
		}
		if o.stop {
			break
		}
	}
	return next, nil
}
