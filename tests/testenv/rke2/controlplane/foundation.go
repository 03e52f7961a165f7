package controlplane

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/cluster-api/util/conditions"
	"sigs.k8s.io/controller-runtime/pkg/client"

	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
)

// The suffixes of the Secrets that have the Cluster's name.
const (
	serverCA     = "-ca"
	clientCA     = "-cca"
	etcdPeerCA   = "-peer-etcd"
	etcdServerCA = "-etcd"
	kubeconfig   = "-kubeconfig"
)

// awaitInfrastructure waits until the Cluster's infrastructure is provisioned.
func (r *Reconciler) awaitInfrastructure(_ context.Context, s *scope) (outcome, error) {
	provisioned := s.cluster.Status.Initialization.InfrastructureProvisioned
	if provisioned == nil || !*provisioned {
		return wait, nil
	}
	return proceed, nil
}

// awaitEndpoint waits until the Cluster has an endpoint with host and port.
func (r *Reconciler) awaitEndpoint(_ context.Context, s *scope) (outcome, error) {
	if !s.cluster.Spec.ControlPlaneEndpoint.IsValid() {
		return wait, nil
	}
	return proceed, nil
}

// ensureAuthorities makes the certificate authorities that do not exist. It
// keeps those that a user made.
func (r *Reconciler) ensureAuthorities(ctx context.Context, s *scope) (outcome, error) {
	for _, suffix := range []string{serverCA, clientCA, etcdPeerCA, etcdServerCA} {
		if err := r.ensureAuthority(ctx, s, suffix); err != nil {
			return wait, err
		}
	}
	conditions.Set(s.plane, metav1.Condition{
		Type:   controlplanev1.CertificatesAvailableCondition,
		Status: metav1.ConditionTrue, Reason: "Available",
	})
	return proceed, nil
}

func (r *Reconciler) ensureAuthority(ctx context.Context, s *scope, suffix string) error {
	_, err := r.secret(ctx, s, suffix)
	if !apierrors.IsNotFound(err) {
		return err
	}
	pair, err := trust.NewAuthority()
	if err != nil {
		return err
	}
	secret := s.newSecret(suffix, map[string][]byte{
		corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key,
	})
	secret.Type = clusterv1.ClusterSecretType
	if err := r.Client.Create(ctx, secret); err != nil {
		return fmt.Errorf("make authority %s: %w", secret.Name, err)
	}
	return nil
}

// secret reads the Secret with the Cluster's name and a suffix.
func (r *Reconciler) secret(ctx context.Context, s *scope, suffix string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.cluster.Namespace, Name: s.cluster.Name + suffix}
	if err := r.Client.Get(ctx, key, secret); err != nil {
		return nil, fmt.Errorf("read Secret %s: %w", key, err)
	}
	return secret, nil
}

// newSecret returns an Opaque Secret that the control plane owns.
func (s *scope) newSecret(suffix string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       s.cluster.Namespace,
			Name:            s.cluster.Name + suffix,
			Labels:          map[string]string{clusterv1.ClusterNameLabel: s.cluster.Name},
			OwnerReferences: []metav1.OwnerReference{s.controller()},
		},
		Data: data,
	}
}

// ensureKubeconfig makes the administrator's kubeconfig. It renews it when the
// certificate is about to expire and this plane made the Secret.
func (r *Reconciler) ensureKubeconfig(ctx context.Context, s *scope) (outcome, error) {
	existing, err := r.secret(ctx, s, kubeconfig)
	switch {
	case apierrors.IsNotFound(err):
		return proceed, r.makeKubeconfig(ctx, s)
	case err != nil:
		return wait, err
	case metav1.IsControlledBy(existing, s.plane) &&
		trust.NeedsRotation(existing.Data["value"], time.Now()):
		return proceed, r.rotateKubeconfig(ctx, s, existing)
	}
	return proceed, nil
}

func (r *Reconciler) makeKubeconfig(ctx context.Context, s *scope) error {
	data, err := r.newKubeconfig(ctx, s)
	if err != nil {
		return err
	}
	if err := r.Client.Create(ctx, s.newSecret(kubeconfig, data)); err != nil {
		return fmt.Errorf("make the kubeconfig: %w", err)
	}
	return nil
}

func (r *Reconciler) rotateKubeconfig(ctx context.Context, s *scope, existing *corev1.Secret) error {
	data, err := r.newKubeconfig(ctx, s)
	if err != nil {
		return err
	}
	existing.Data = data
	if err := r.Client.Update(ctx, existing); err != nil {
		return fmt.Errorf("rotate the kubeconfig: %w", err)
	}
	return nil
}

func (r *Reconciler) newKubeconfig(ctx context.Context, s *scope) (map[string][]byte, error) {
	server, err := r.secret(ctx, s, serverCA)
	if err != nil {
		return nil, err
	}
	signer, err := r.secret(ctx, s, clientCA)
	if err != nil {
		return nil, err
	}
	endpoint := s.cluster.Spec.ControlPlaneEndpoint
	url := "https://" + net.JoinHostPort(endpoint.Host, strconv.Itoa(int(endpoint.Port)))
	text, err := trust.Kubeconfig(s.cluster.Name, url, server.Data[corev1.TLSCertKey],
		trust.KeyPair{Cert: signer.Data[corev1.TLSCertKey], Key: signer.Data[corev1.TLSPrivateKeyKey]})
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"value": text}, nil
}

// controller returns a reference that makes this plane the controller of an
// object.
func (s *scope) controller() metav1.OwnerReference {
	return *metav1.NewControllerRef(s.plane, controlplanev1.GroupVersion.WithKind(kind))
}

// owner returns a reference that makes this plane an owner of an object.
func (s *scope) owner() metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion: controlplanev1.GroupVersion.String(), Kind: kind,
		Name: s.plane.Name, UID: s.plane.UID,
	}
}
