package v1beta2

import (
	corev1 "k8s.io/api/core/v1"
)

// Format is the form of the user data.
// +kubebuilder:validation:Enum=cloud-config;ignition
type Format string

// The forms of user data.
const (
	CloudConfig Format = "cloud-config"
	Ignition    Format = "ignition"
)

// RKE2AgentConfig is the configuration of servers and agents. Most fields are
// the option of the same name in RKE2's config.yaml.
type RKE2AgentConfig struct {
	// +optional
	DataDir string `json:"dataDir,omitempty"`

	// NodeLabels are `key=value`.
	// +optional
	NodeLabels []string `json:"nodeLabels,omitempty"`

	// NodeAnnotations are put on control-plane Nodes later.
	// +optional
	NodeAnnotations map[string]string `json:"nodeAnnotations,omitempty"`

	// NodeTaints are `key=value:Effect`.
	// +optional
	NodeTaints []string `json:"nodeTaints,omitempty"`

	// NodeNamePrefix is accepted and ignored.
	// +optional
	NodeNamePrefix string `json:"nodeName,omitempty"`

	// +optional
	NTP *NTP `json:"ntp,omitempty"`

	// +optional
	ImageCredentialProviderConfigMap *corev1.ObjectReference `json:"imageCredentialProviderConfigMap,omitempty"`

	// +optional
	ContainerRuntimeEndpoint string `json:"containerRuntimeEndpoint,omitempty"`

	// +optional
	Snapshotter string `json:"snapshotter,omitempty"`

	// +kubebuilder:validation:Enum=cis;cis-1.23;cis-1.5;cis-1.6
	// +optional
	CISProfile string `json:"cisProfile,omitempty"`

	// +optional
	PodSecurityAdmissionConfigFile string `json:"podSecurityAdmissionConfigFile,omitempty"`

	// +optional
	ResolvConf *corev1.ObjectReference `json:"resolvConf,omitempty"`

	// +optional
	ProtectKernelDefaults bool `json:"protectKernelDefaults,omitempty"`

	// +optional
	SystemDefaultRegistry string `json:"systemDefaultRegistry,omitempty"`

	// +optional
	EnableContainerdSElinux bool `json:"enableContainerdSElinux,omitempty"`

	// +optional
	KubeletPath string `json:"kubeletPath,omitempty"`

	// Kubelet: only extraArgs are rendered.
	// +optional
	Kubelet *ComponentConfig `json:"kubelet,omitempty"`

	// +optional
	KubeProxy *ComponentConfig `json:"kubeProxy,omitempty"`

	// +optional
	RuntimeImage string `json:"runtimeImage,omitempty"`

	// +optional
	LoadBalancerPort int `json:"loadBalancerPort,omitempty"`

	// AirGapped installs from the image and not from the Internet.
	// +optional
	AirGapped bool `json:"airGapped,omitempty"`

	// +optional
	AirGappedChecksum string `json:"airGappedChecksum,omitempty"`

	// +kubebuilder:default=cloud-config
	// +optional
	Format Format `json:"format,omitempty"`

	// +optional
	AdditionalUserData AdditionalUserData `json:"additionalUserData,omitempty,omitzero"`
}

// AdditionalUserData is added to the user data.
// +kubebuilder:validation:XValidation:rule="!has(self.data) || !has(self.config)",message="config and data exclude each other"
type AdditionalUserData struct {
	// Config is a YAML document that is appended.
	// +optional
	Config string `json:"config,omitempty"`

	// Data maps a top-level key to its YAML.
	// +optional
	Data map[string]string `json:"data,omitempty"`

	// Strict makes Ignition's warnings errors.
	// +optional
	Strict bool `json:"strict,omitempty"`
}

// NTP is cloud-init's ntp block.
type NTP struct {
	// +optional
	Servers []string `json:"servers,omitempty"`
	// Enabled is accepted and ignored.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
}

// Encoding says how a file's content is encoded.
// +kubebuilder:validation:Enum=base64;gzip;gzip+base64
type Encoding string

// File is one entry of write_files.
type File struct {
	Path string `json:"path"`
	// +optional
	Owner string `json:"owner,omitempty"`
	// +optional
	Permissions string `json:"permissions,omitempty"`
	// +optional
	Encoding Encoding `json:"encoding,omitempty"`
	// +optional
	Content string `json:"content,omitempty"`
	// +optional
	ContentFrom *FileSource `json:"contentFrom,omitempty"`
}

// FileSource is a Secret or a ConfigMap.
// +kubebuilder:validation:XValidation:rule="!(has(self.secret) && has(self.configMap))",message="secret and configMap exclude each other"
type FileSource struct {
	// +optional
	Secret *FileSourceRef `json:"secret,omitempty"`
	// +optional
	ConfigMap *FileSourceRef `json:"configMap,omitempty"`
}

// FileSourceRef names one key of a Secret or ConfigMap.
type FileSourceRef struct {
	Name string `json:"name"`
	// Namespace is the config's when absent.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	Key       string `json:"key"`
}

// Registry is containerd's view of image registries.
type Registry struct {
	// +optional
	Mirrors map[string]Mirror `json:"mirrors,omitempty"`
	// +optional
	Configs map[string]RegistryConfig `json:"configs,omitempty"`
}

// Mirror is the source of the images of one registry.
type Mirror struct {
	// +optional
	Endpoint []string `json:"endpoint,omitempty"`
	// +optional
	Rewrite map[string]string `json:"rewrite,omitempty"`
}

// RegistryConfig configures the connection to one registry.
type RegistryConfig struct {
	// +optional
	AuthSecret corev1.ObjectReference `json:"authSecret,omitempty,omitzero"`
	// +optional
	TLS TLSConfig `json:"tls,omitempty,omitzero"`
}

// TLSConfig is the TLS configuration of a registry.
type TLSConfig struct {
	// +optional
	TLSConfigSecret corev1.ObjectReference `json:"tlsConfigSecret,omitempty,omitzero"`
	// +optional
	InsecureSkipVerify bool `json:"insecureSkipVerify,omitempty"`
}

// ComponentConfig changes one of Kubernetes' programs.
type ComponentConfig struct {
	// +optional
	ExtraEnv map[string]string `json:"extraEnv,omitempty"`
	// ExtraArgs are `flag=value`.
	// +optional
	ExtraArgs []string `json:"extraArgs,omitempty"`
	// +optional
	ExtraMounts map[string]string `json:"extraMounts,omitempty"`
	// +optional
	OverrideImage string `json:"overrideImage,omitempty"`
}
