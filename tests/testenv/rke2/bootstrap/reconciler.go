// Package bootstrap is the controller of RKE2Config: it makes the user data of
// RKE2's machines. It reads Machines, Clusters and control planes and writes
// Secrets. It never reads infrastructure objects.
package bootstrap

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util"
	"sigs.k8s.io/cluster-api/util/annotations"
	"sigs.k8s.io/cluster-api/util/conditions"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"k8s.io/apimachinery/pkg/api/equality"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/intervals"
)

// Conditions of an RKE2Config and their reasons.
const (
	readyCondition        = "Ready"
	dataSecretCondition   = "DataSecretAvailable"
	certificatesCondition = "CertificatesAvailable"

	availableReason      = "Available"
	waitingReason        = "WaitingFor"
	failedReason         = "DataSecretGenerationFailed"
	waitForCluster       = waitingReason + "ClusterInfrastructure"
	waitForLock          = waitingReason + "FirstServer"
	waitForInit          = waitingReason + "ControlPlaneInitialized"
	waitForServerAddress = waitingReason + "ServerAddress"
)

// Reconciler makes the user data of RKE2Configs. Its client reads from the API
// server without a cache, so that no decision is made on stale state.
type Reconciler struct {
	Client    client.Client
	Intervals intervals.Intervals
	// Reconciled, if set, is called after each reconcile; tests wait for it.
	Reconciled func(client.ObjectKey, error)
}

// SetupWithManager watches configurations and the Machines and Clusters that
// they wait for.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, name string) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(&bootstrapv1.RKE2Config{}).
		Watches(&clusterv1.Machine{}, handler.EnqueueRequestsFromMapFunc(configOfMachine)).
		Watches(&clusterv1.Cluster{}, handler.EnqueueRequestsFromMapFunc(r.configsOfCluster)).
		Complete(r)
}

func configOfMachine(_ context.Context, object client.Object) []reconcile.Request {
	machine, ok := object.(*clusterv1.Machine)
	if !ok || machine.Spec.Bootstrap.ConfigRef.Kind != "RKE2Config" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{
		Namespace: machine.Namespace, Name: machine.Spec.Bootstrap.ConfigRef.Name,
	}}}
}

func (r *Reconciler) configsOfCluster(ctx context.Context, object client.Object) []reconcile.Request {
	var configs bootstrapv1.RKE2ConfigList
	if err := r.Client.List(ctx, &configs, client.InNamespace(object.GetNamespace()),
		client.MatchingLabels{clusterv1.ClusterNameLabel: object.GetName()}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "List the configurations of a cluster")
		return nil
	}
	requests := make([]reconcile.Request, 0, len(configs.Items))
	for i := range configs.Items {
		requests = append(requests, reconcile.Request{
			NamespacedName: client.ObjectKeyFromObject(&configs.Items[i]),
		})
	}
	return requests
}

// scope holds the state of one reconcile.
type scope struct {
	config  *bootstrapv1.RKE2Config
	machine *clusterv1.Machine
	cluster *clusterv1.Cluster
}

// Reconcile reconciles one RKE2Config.
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
	if annotations.IsPaused(s.cluster, s.config) {
		return ctrl.Result{}, nil
	}
	before := s.config.DeepCopy()
	s.config.Status.ObservedGeneration = s.config.Generation
	result, err := r.advance(ctx, s)
	if err != nil {
		s.unavailable(failedReason, err.Error())
	}
	if patchErr := r.patchStatus(ctx, before, s.config); patchErr != nil && err == nil {
		err = patchErr
	}
	return result, err
}

func (r *Reconciler) patchStatus(ctx context.Context, before, after *bootstrapv1.RKE2Config) error {
	if equality.Semantic.DeepEqual(before.Status, after.Status) {
		return nil
	}
	err := r.Client.Status().Patch(ctx, after, client.MergeFrom(before))
	return client.IgnoreNotFound(err)
}

// read reads the config's Machine and Cluster; nil if there is nothing to do
// yet.
func (r *Reconciler) read(ctx context.Context, key client.ObjectKey) (*scope, error) {
	config := &bootstrapv1.RKE2Config{}
	if err := r.Client.Get(ctx, key, config); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	if !config.DeletionTimestamp.IsZero() {
		return nil, nil
	}
	machine, err := util.GetOwnerMachine(ctx, r.Client, config.ObjectMeta)
	if machine == nil || err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	cluster := &clusterv1.Cluster{}
	name := client.ObjectKey{Namespace: machine.Namespace, Name: machine.Spec.ClusterName}
	if err := r.Client.Get(ctx, name, cluster); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return &scope{config: config, machine: machine, cluster: cluster}, nil
}

// advance takes the next step of the config.
func (r *Reconciler) advance(ctx context.Context, s *scope) (ctrl.Result, error) {
	infrastructure := s.cluster.Status.Initialization.InfrastructureProvisioned
	if infrastructure == nil || !*infrastructure {
		s.unavailable(waitForCluster, "The cluster's infrastructure is not provisioned")
		return ctrl.Result{}, nil
	}
	if s.dataSecretCreated() {
		return ctrl.Result{}, r.unlockWhenInitialized(ctx, s)
	}
	if name := s.machine.Spec.Bootstrap.DataSecretName; name != nil {
		s.available(*name)
		return ctrl.Result{}, nil
	}
	if conditions.IsTrue(s.cluster, clusterv1.ClusterControlPlaneInitializedCondition) {
		return r.join(ctx, s)
	}
	return r.initialize(ctx, s)
}

func (r *Reconciler) again() ctrl.Result {
	return ctrl.Result{RequeueAfter: r.Intervals.BootstrapData}
}

// initialize makes the first server's data, if this is its config.
func (r *Reconciler) initialize(ctx context.Context, s *scope) (ctrl.Result, error) {
	if !s.isControlPlane() {
		s.unavailable(waitForInit, "The control plane is not initialized")
		return r.again(), nil
	}
	held, err := r.lock(ctx, s)
	if err != nil {
		return ctrl.Result{}, err
	}
	if !held {
		s.unavailable(waitForLock, "Another server is the first")
		return r.again(), nil
	}
	return ctrl.Result{}, r.makeInitData(ctx, s)
}

// join makes the data of a server or agent that joins.
func (r *Reconciler) join(ctx context.Context, s *scope) (ctrl.Result, error) {
	if err := r.unlockWhenInitialized(ctx, s); err != nil {
		return ctrl.Result{}, err
	}
	plane := &controlplanev1.RKE2ControlPlane{}
	key := client.ObjectKey{
		Namespace: s.cluster.Namespace, Name: s.cluster.Spec.ControlPlaneRef.Name,
	}
	if err := r.Client.Get(ctx, key, plane); err != nil {
		return ctrl.Result{}, fmt.Errorf("read the control plane: %w", err)
	}
	if len(plane.Status.AvailableServerIPs) == 0 {
		s.unavailable(waitForServerAddress, "No server's address is known")
		return r.again(), nil
	}
	return ctrl.Result{}, r.makeJoinData(ctx, s, plane)
}

// isControlPlane reports whether the Machine belongs to an RKE2ControlPlane of
// exactly the version that this provider writes.
func (s *scope) isControlPlane() bool {
	return s.controlPlaneOwner() != nil
}

func (s *scope) controlPlaneOwner() *metav1.OwnerReference {
	for i, owner := range s.machine.OwnerReferences {
		if owner.APIVersion == controlplanev1.GroupVersion.String() &&
			owner.Kind == "RKE2ControlPlane" {
			return &s.machine.OwnerReferences[i]
		}
	}
	return nil
}

func (s *scope) dataSecretCreated() bool {
	created := s.config.Status.Initialization.DataSecretCreated
	return created != nil && *created
}

func (s *scope) available(secret string) {
	created := true
	s.config.Status.DataSecretName = &secret
	s.config.Status.Initialization.DataSecretCreated = &created
	for _, kind := range []string{certificatesCondition, dataSecretCondition, readyCondition} {
		conditions.Set(s.config, metav1.Condition{
			Type: kind, Status: metav1.ConditionTrue, Reason: availableReason,
		})
	}
}

func (s *scope) unavailable(reason, message string) {
	for _, kind := range []string{dataSecretCondition, readyCondition} {
		conditions.Set(s.config, metav1.Condition{
			Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: message,
		})
	}
}

// ownedBy returns a controller reference that does not block the owner's
// deletion.
func ownedBy(version, kind string, owner metav1.Object) []metav1.OwnerReference {
	controller := true
	return []metav1.OwnerReference{{
		APIVersion: version, Kind: kind,
		Name: owner.GetName(), UID: owner.GetUID(), Controller: &controller,
	}}
}

// store writes the user data to the Secret that has the config's name.
func (r *Reconciler) store(ctx context.Context, s *scope, data []byte) error {
	format := s.config.Spec.AgentConfig.Format
	if format == "" {
		format = bootstrapv1.CloudConfig
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: s.config.Namespace, Name: s.config.Name,
			Labels:          map[string]string{clusterv1.ClusterNameLabel: s.cluster.Name},
			OwnerReferences: ownedBy(bootstrapv1.GroupVersion.String(), "RKE2Config", s.config),
		},
		Type: clusterv1.ClusterSecretType,
		Data: map[string][]byte{"value": data, "format": []byte(format)},
	}
	err := r.Client.Create(ctx, secret)
	if apierrors.IsAlreadyExists(err) {
		err = r.Client.Update(ctx, secret)
	}
	if err != nil {
		return fmt.Errorf("store the user data: %w", err)
	}
	s.available(secret.Name)
	return nil
}
