package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RKE2ConfigSpec says how one node is set up. RKE2ControlPlane has the same
// fields inline.
type RKE2ConfigSpec struct {
	// Files are written before anything runs.
	// +optional
	Files []File `json:"files,omitempty"`

	// PreRKE2Commands are shell lines that run before the installer.
	// +optional
	PreRKE2Commands []string `json:"preRKE2Commands,omitempty"`

	// PostRKE2Commands are shell lines that run after the success marker.
	// +optional
	PostRKE2Commands []string `json:"postRKE2Commands,omitempty"`

	// AgentConfig is the configuration of servers and agents.
	// +optional
	AgentConfig RKE2AgentConfig `json:"agentConfig,omitempty,omitzero"`

	// PrivateRegistriesConfig is containerd's view of image registries.
	// +optional
	PrivateRegistriesConfig Registry `json:"privateRegistriesConfig,omitempty,omitzero"`

	// GzipUserData compresses the whole user data.
	// +optional
	GzipUserData *bool `json:"gzipUserData,omitempty"`
}

// RKE2ConfigStatus is the observed state of an RKE2Config.
type RKE2ConfigStatus struct {
	// Conditions are Ready, DataSecretAvailable and CertificatesAvailable.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=32
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Initialization is the part that Cluster API's core reads.
	// +optional
	Initialization RKE2ConfigInitializationStatus `json:"initialization,omitempty,omitzero"`

	// DataSecretName names the Secret with the user data.
	// +optional
	DataSecretName *string `json:"dataSecretName,omitempty"`

	// ObservedGeneration is the generation of the last reconcile.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// RKE2ConfigInitializationStatus is the contract's part of the status.
// +kubebuilder:validation:MinProperties=1
type RKE2ConfigInitializationStatus struct {
	// DataSecretCreated is true once the user data is there.
	// +optional
	DataSecretCreated *bool `json:"dataSecretCreated,omitempty"`
}

// RKE2Config makes the user data of one Machine.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
type RKE2Config struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// +optional
	Spec RKE2ConfigSpec `json:"spec,omitempty,omitzero"`
	// +optional
	Status RKE2ConfigStatus `json:"status,omitempty,omitzero"`
}

// GetConditions returns the conditions.
func (c *RKE2Config) GetConditions() []metav1.Condition {
	return c.Status.Conditions
}

// SetConditions replaces the conditions.
func (c *RKE2Config) SetConditions(conditions []metav1.Condition) {
	c.Status.Conditions = conditions
}

// RKE2ConfigList is a list of RKE2Configs.
// +kubebuilder:object:root=true
type RKE2ConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RKE2Config `json:"items"`
}

// RKE2ConfigTemplateSpec holds the template.
type RKE2ConfigTemplateSpec struct {
	Template RKE2ConfigTemplateResource `json:"template"`
}

// RKE2ConfigTemplateResource is the template of an RKE2Config. It has no
// metadata.
type RKE2ConfigTemplateResource struct {
	// +optional
	Spec RKE2ConfigSpec `json:"spec,omitempty,omitzero"`
}

// RKE2ConfigTemplateStatus is empty.
type RKE2ConfigTemplateStatus struct{}

// RKE2ConfigTemplate is the template from which a MachineDeployment makes
// RKE2Configs.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
type RKE2ConfigTemplate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// +optional
	Spec RKE2ConfigTemplateSpec `json:"spec,omitempty,omitzero"`
	// +optional
	Status RKE2ConfigTemplateStatus `json:"status,omitempty,omitzero"`
}

// RKE2ConfigTemplateList is a list of RKE2ConfigTemplates.
// +kubebuilder:object:root=true
type RKE2ConfigTemplateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RKE2ConfigTemplate `json:"items"`
}
