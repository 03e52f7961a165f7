package v1beta2

import (
	corev1 "k8s.io/api/core/v1"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
)

// RKE2ServerConfig is the configuration of servers only.
// +kubebuilder:validation:XValidation:rule="!has(self.cniMultusEnable) || !self.cniMultusEnable || has(self.cni)",message="cniMultusEnable needs cni"
type RKE2ServerConfig struct {
	// AuditPolicySecret has the key audit-policy.yaml.
	// +optional
	AuditPolicySecret *corev1.ObjectReference `json:"auditPolicySecret,omitempty"`
	// +optional
	BindAddress string `json:"bindAddress,omitempty"`
	// +optional
	AdvertiseAddress string `json:"advertiseAddress,omitempty"`
	// TLSSan is added to; the endpoint's host is always in the certificate.
	// +optional
	TLSSan []string `json:"tlsSan,omitempty"`
	// +optional
	ServiceNodePortRange string `json:"serviceNodePortRange,omitempty"`
	// +optional
	ClusterDNS string `json:"clusterDNS,omitempty"`
	// +optional
	ClusterDomain string `json:"clusterDomain,omitempty"`
	// +optional
	DisableComponents DisableComponents `json:"disableComponents,omitempty,omitzero"`
	// +kubebuilder:validation:Enum=none;calico;canal;cilium
	// +optional
	CNI string `json:"cni,omitempty"`
	// +optional
	CNIMultusEnable bool `json:"cniMultusEnable,omitempty"`
	// PauseImage is accepted and never rendered.
	// +optional
	PauseImage string `json:"pauseImage,omitempty"`
	// +optional
	Etcd EtcdConfig `json:"etcd,omitempty,omitzero"`
	// +optional
	SecretsEncryptionProvider *SecretsEncryption `json:"secretsEncryption,omitempty"`
	// +optional
	KubeAPIServer *bootstrapv1.ComponentConfig `json:"kubeAPIServer,omitempty"`
	// +optional
	KubeControllerManager *bootstrapv1.ComponentConfig `json:"kubeControllerManager,omitempty"`
	// +optional
	KubeScheduler *bootstrapv1.ComponentConfig `json:"kubeScheduler,omitempty"`
	// +optional
	CloudControllerManager *bootstrapv1.ComponentConfig `json:"cloudControllerManager,omitempty"`
	// CloudProviderName is given to workers too.
	// +optional
	CloudProviderName string `json:"cloudProviderName,omitempty"`
	// CloudProviderConfigMap has the key cloud-config.
	// +optional
	CloudProviderConfigMap *corev1.ObjectReference `json:"cloudProviderConfigMap,omitempty"`
	// +optional
	EmbeddedRegistry bool `json:"embeddedRegistry,omitempty"`
	// ExternalDatastoreSecret has the key endpoint.
	// +optional
	ExternalDatastoreSecret *corev1.ObjectReference `json:"externalDatastoreSecret,omitempty"`
}

// DisableComponents switches parts of RKE2 off.
type DisableComponents struct {
	// +optional
	KubernetesComponents []KubernetesComponent `json:"kubernetesComponents,omitempty"`
	// +optional
	PluginComponents []PluginComponent `json:"pluginComponents,omitempty"`
}

// KubernetesComponent can be switched off.
// +kubebuilder:validation:Enum=scheduler;kubeProxy;cloudController
type KubernetesComponent string

// The Kubernetes components that can be switched off.
const (
	Scheduler       KubernetesComponent = "scheduler"
	KubeProxy       KubernetesComponent = "kubeProxy"
	CloudController KubernetesComponent = "cloudController"
)

// PluginComponent can be switched off.
// +kubebuilder:validation:Enum=rke2-coredns;rke2-ingress-nginx;rke2-metrics-server;rke2-snapshot-controller;rke2-snapshot-controller-crd;rke2-snapshot-validation-webhook
type PluginComponent string

// EtcdConfig configures etcd.
type EtcdConfig struct {
	// +optional
	ExposeMetrics bool `json:"exposeMetrics,omitempty"`
	// +optional
	BackupConfig EtcdBackupConfig `json:"backupConfig,omitempty,omitzero"`
	// +optional
	CustomConfig *bootstrapv1.ComponentConfig `json:"customConfig,omitempty"`
}

// EtcdBackupConfig configures snapshots of etcd.
type EtcdBackupConfig struct {
	// +optional
	DisableAutomaticSnapshots *bool `json:"disableAutomaticSnapshots,omitempty"`
	// +optional
	SnapshotName string `json:"snapshotName,omitempty"`
	// +optional
	ScheduleCron string `json:"scheduleCron,omitempty"`
	// +optional
	Retention string `json:"retention,omitempty"`
	// +optional
	Directory string `json:"directory,omitempty"`
	// +optional
	S3 *EtcdS3 `json:"s3,omitempty"`
}

// EtcdS3 is the place of snapshots in S3.
type EtcdS3 struct {
	Endpoint string `json:"endpoint"`
	// +optional
	EndpointCASecret *corev1.ObjectReference `json:"endpointCAsecret,omitempty"`
	// +optional
	EnforceSSLVerify bool `json:"enforceSslVerify,omitempty"`
	// +optional
	S3CredentialSecret *corev1.ObjectReference `json:"s3CredentialSecret,omitempty"`
	// +optional
	Bucket string `json:"bucket,omitempty"`
	// +optional
	Region string `json:"region,omitempty"`
	// +optional
	Folder string `json:"folder,omitempty"`
}

// SecretsEncryption encrypts Secrets at rest.
type SecretsEncryption struct {
	// +optional
	EncryptionKeySecret *corev1.ObjectReference `json:"encryptionKeySecret,omitempty"`
	// +kubebuilder:validation:Enum=aescbc;secretbox
	// +optional
	Provider string `json:"provider,omitempty"`
}
