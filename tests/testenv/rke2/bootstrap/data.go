package bootstrap

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
	controlplanev1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/controlplane/v1beta2"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/trust"
	"evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/userdata"
)

// makeInitData writes the first server's user data.
func (r *Reconciler) makeInitData(ctx context.Context, s *scope) error {
	plane, err := r.ownerPlane(ctx, s)
	if err != nil {
		return err
	}
	node, err := r.server(ctx, s, plane)
	if err != nil {
		return err
	}
	node.Role = userdata.InitServer
	if node.Authorities, err = r.authorities(ctx, s.cluster); err != nil {
		return err
	}
	if node.Token, err = r.makeToken(ctx, s.cluster); err != nil {
		return err
	}
	return r.render(ctx, s, node)
}

// makeJoinData writes the user data of a further server or of an agent.
func (r *Reconciler) makeJoinData(ctx context.Context, s *scope, plane *controlplanev1.RKE2ControlPlane) error {
	node := userdata.Node{Role: userdata.Agent}
	if s.isControlPlane() {
		var err error
		if node, err = r.server(ctx, s, plane); err != nil {
			return err
		}
		node.Role = userdata.JoiningServer
	}
	node.ServerHost = plane.Status.AvailableServerIPs[0]
	node.CloudProviderName = plane.Spec.ServerConfig.CloudProviderName
	var err error
	if node.CloudProviderConfig, err = r.configMapValue(ctx,
		plane.Spec.ServerConfig.CloudProviderConfigMap, "cloud-config"); err != nil {
		return err
	}
	if node.Token, err = r.token(ctx, s.cluster); err != nil {
		return err
	}
	return r.render(ctx, s, node)
}

// render adds the parts that all roles have to the node, and stores its data.
func (r *Reconciler) render(ctx context.Context, s *scope, node userdata.Node) error {
	node.Version = s.machine.Spec.Version
	node.Spec = s.config.Spec
	var err error
	if node.Files, err = r.files(ctx, s.config); err != nil {
		return err
	}
	if node.ResolvConf, err = r.configMapValue(ctx,
		s.config.Spec.AgentConfig.ResolvConf, "resolv.conf"); err != nil {
		return err
	}
	data, err := node.Render()
	if err != nil {
		return err
	}
	return r.store(ctx, s, data)
}

// server returns the part of a node that all servers have.
func (r *Reconciler) server(ctx context.Context, s *scope, plane *controlplanev1.RKE2ControlPlane) (userdata.Node, error) {
	network := s.cluster.Spec.ClusterNetwork
	node := userdata.Node{
		Server:            plane.Spec.ServerConfig,
		EndpointHost:      s.cluster.Spec.ControlPlaneEndpoint.Host,
		PodBlocks:         network.Pods.CIDRBlocks,
		ServiceBlocks:     network.Services.CIDRBlocks,
		CloudProviderName: plane.Spec.ServerConfig.CloudProviderName,
	}
	var err error
	if node.CloudProviderConfig, err = r.configMapValue(ctx,
		plane.Spec.ServerConfig.CloudProviderConfigMap, "cloud-config"); err != nil {
		return node, err
	}
	if node.AuditPolicy, err = r.secretValue(ctx,
		plane.Spec.ServerConfig.AuditPolicySecret, "audit-policy.yaml"); err != nil {
		return node, err
	}
	node.Manifests, err = r.manifests(ctx, plane.Spec.ManifestsConfigMapReference)
	return node, err
}

func (r *Reconciler) ownerPlane(ctx context.Context, s *scope) (*controlplanev1.RKE2ControlPlane, error) {
	owner := s.controlPlaneOwner()
	if owner == nil {
		return nil, errors.New("the Machine has no control plane")
	}
	plane := &controlplanev1.RKE2ControlPlane{}
	key := client.ObjectKey{Namespace: s.machine.Namespace, Name: owner.Name}
	if err := r.Client.Get(ctx, key, plane); err != nil {
		return nil, fmt.Errorf("read the control plane: %w", err)
	}
	return plane, nil
}

// authorities reads the four authorities that the control plane made.
func (r *Reconciler) authorities(ctx context.Context, cluster *clusterv1.Cluster) (userdata.Authorities, error) {
	var all userdata.Authorities
	for suffix, pair := range map[string]*trust.KeyPair{
		"-ca": &all.Server, "-cca": &all.Client,
		"-peer-etcd": &all.EtcdPeer, "-etcd": &all.EtcdServer,
	} {
		secret := &corev1.Secret{}
		key := client.ObjectKey{Namespace: cluster.Namespace, Name: cluster.Name + suffix}
		if err := r.Client.Get(ctx, key, secret); err != nil {
			return all, fmt.Errorf("read an authority: %w", err)
		}
		pair.Cert, pair.Key = secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]
	}
	return all, nil
}

func tokenName(cluster *clusterv1.Cluster) client.ObjectKey {
	return client.ObjectKey{Namespace: cluster.Namespace, Name: cluster.Name + "-token"}
}

// token reads the cluster's token.
func (r *Reconciler) token(ctx context.Context, cluster *clusterv1.Cluster) (string, error) {
	secret := &corev1.Secret{}
	if err := r.Client.Get(ctx, tokenName(cluster), secret); err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return string(secret.Data["value"]), nil
}

// makeToken reads the cluster's token, or makes it.
func (r *Reconciler) makeToken(ctx context.Context, cluster *clusterv1.Cluster) (string, error) {
	token, err := r.token(ctx, cluster)
	if !apierrors.IsNotFound(err) {
		return token, err
	}
	if token, err = trust.NewToken(); err != nil {
		return "", err
	}
	name := tokenName(cluster)
	err = r.Client.Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: name.Namespace, Name: name.Name,
			Labels:          map[string]string{clusterv1.ClusterNameLabel: cluster.Name},
			OwnerReferences: ownedBy(clusterv1.GroupVersion.String(), "Cluster", cluster),
		},
		Type: clusterv1.ClusterSecretType,
		Data: map[string][]byte{"value": []byte(token)},
	})
	if err != nil {
		return "", fmt.Errorf("store the token: %w", err)
	}
	return token, nil
}

// files returns the user's files, with the content of Secrets that they refer
// to.
func (r *Reconciler) files(ctx context.Context, config *bootstrapv1.RKE2Config) ([]bootstrapv1.File, error) {
	files := make([]bootstrapv1.File, 0, len(config.Spec.Files))
	for _, f := range config.Spec.Files {
		if f.ContentFrom != nil {
			content, err := r.content(ctx, config.Namespace, *f.ContentFrom)
			if err != nil {
				return nil, fmt.Errorf("file %s: %w", f.Path, err)
			}
			f.Content, f.ContentFrom = content, nil
		}
		files = append(files, f)
	}
	return files, nil
}

func (r *Reconciler) content(ctx context.Context, namespace string, from bootstrapv1.FileSource) (string, error) {
	reference := func(ref *bootstrapv1.FileSourceRef) *corev1.ObjectReference {
		if ref.Namespace != "" {
			namespace = ref.Namespace
		}
		return &corev1.ObjectReference{Namespace: namespace, Name: ref.Name}
	}
	switch {
	case from.Secret != nil:
		return r.secretValue(ctx, reference(from.Secret), from.Secret.Key)
	case from.ConfigMap != nil:
		return r.configMapValue(ctx, reference(from.ConfigMap), from.ConfigMap.Key)
	}
	return "", errors.New("contentFrom names neither a Secret nor a ConfigMap")
}

func (r *Reconciler) secretValue(ctx context.Context, ref *corev1.ObjectReference, key string) (string, error) {
	if ref == nil {
		return "", nil
	}
	secret := &corev1.Secret{}
	name := client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}
	if err := r.Client.Get(ctx, name, secret); err != nil {
		return "", fmt.Errorf("read a Secret that is referred to: %w", err)
	}
	value, found := secret.Data[key]
	if !found {
		return "", fmt.Errorf("Secret %s has no key %s", name, key)
	}
	return string(value), nil
}

func (r *Reconciler) configMapValue(ctx context.Context, ref *corev1.ObjectReference, key string) (string, error) {
	if ref == nil {
		return "", nil
	}
	data, err := r.configMap(ctx, *ref)
	if err != nil {
		return "", err
	}
	value, found := data[key]
	if !found {
		return "", fmt.Errorf("ConfigMap %s/%s has no key %s", ref.Namespace, ref.Name, key)
	}
	return value, nil
}

func (r *Reconciler) manifests(ctx context.Context, ref corev1.ObjectReference) (map[string]string, error) {
	if ref.Name == "" {
		return nil, nil
	}
	return r.configMap(ctx, ref)
}

func (r *Reconciler) configMap(ctx context.Context, ref corev1.ObjectReference) (map[string]string, error) {
	configMap := &corev1.ConfigMap{}
	name := client.ObjectKey{Namespace: ref.Namespace, Name: ref.Name}
	if err := r.Client.Get(ctx, name, configMap); err != nil {
		return nil, fmt.Errorf("read a ConfigMap that is referred to: %w", err)
	}
	return configMap.Data, nil
}
