package v1beta2

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"

	bootstrapv1 "evroc.com/cluster-api-provider-evroc/tests/testenv/rke2/api/bootstrap/v1beta2"
)

// SharedSpec holds the fields that a control plane and a template of one have
// in common.
// +kubebuilder:validation:XValidation:rule="!has(self.registrationMethod) || self.registrationMethod != 'address' || has(self.registrationAddress)",message="registrationMethod address needs a registrationAddress"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.registrationMethod) || oldSelf.registrationMethod == ” || (has(self.registrationMethod) && self.registrationMethod == oldSelf.registrationMethod)",message="registrationMethod can't be changed"
type SharedSpec struct {
	bootstrapv1.RKE2ConfigSpec `json:",inline"`

	// ServerConfig is for the servers only.
	// +optional
	ServerConfig RKE2ServerConfig `json:"serverConfig,omitempty,omitzero"`

	// ManifestsConfigMapReference names manifests that RKE2 applies.
	// +optional
	ManifestsConfigMapReference corev1.ObjectReference `json:"manifestsConfigMapReference,omitempty,omitzero"`

	// RegistrationMethod can't be changed once it is set.
	// +optional
	RegistrationMethod RegistrationMethod `json:"registrationMethod,omitempty"`

	// RegistrationAddress goes with the method `address`.
	// +optional
	RegistrationAddress string `json:"registrationAddress,omitempty"`

	// RolloutStrategy without a type means that no rollout ever happens.
	RolloutStrategy *RolloutStrategy `json:"rolloutStrategy"`

	// +optional
	RemediationStrategy *RemediationStrategy `json:"remediationStrategy,omitempty"`
}

// RKE2ControlPlaneSpec is the desired state of a control plane.
// +kubebuilder:validation:XValidation:rule="has(self.machineTemplate)",message="machineTemplate.spec.infrastructureRef is required"
type RKE2ControlPlaneSpec struct {
	SharedSpec `json:",inline"`

	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=1
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// Version is RKE2's form, such as v1.34.2+rke2r1.
	// +kubebuilder:validation:Pattern=`(v\d\.\d{2}\.\d+\+rke2r\d)|^$`
	Version string `json:"version"`

	// +optional
	MachineTemplate RKE2ControlPlaneMachineTemplate `json:"machineTemplate,omitempty,omitzero"`
}

// RKE2ControlPlaneMachineTemplate is the shape of the Machines.
type RKE2ControlPlaneMachineTemplate struct {
	// ObjectMeta is copied to the Machine and what it refers to, continuously.
	// +optional
	ObjectMeta clusterv1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	Spec RKE2ControlPlaneMachineTemplateSpec `json:"spec"`
}

// RKE2ControlPlaneMachineTemplateSpec is the shape of the Machines' spec.
type RKE2ControlPlaneMachineTemplateSpec struct {
	// InfrastructureRef names the template of the infrastructure machine.
	InfrastructureRef clusterv1.ContractVersionedObjectReference `json:"infrastructureRef"`

	// +kubebuilder:default={nodeDrainTimeoutSeconds: 120, nodeVolumeDetachTimeoutSeconds: 300, nodeDeletionTimeoutSeconds: 10}
	// +optional
	Deletion DeletionSpec `json:"deletion,omitempty,omitzero"`
}

// DeletionSpec is copied to the Machines.
// +kubebuilder:validation:MinProperties=1
type DeletionSpec struct {
	// +kubebuilder:default=120
	// +kubebuilder:validation:Minimum=0
	// +optional
	NodeDrainTimeoutSeconds *int32 `json:"nodeDrainTimeoutSeconds,omitempty"`
	// +kubebuilder:default=300
	// +kubebuilder:validation:Minimum=0
	// +optional
	NodeVolumeDetachTimeoutSeconds *int32 `json:"nodeVolumeDetachTimeoutSeconds,omitempty"`
	// +kubebuilder:default=10
	// +kubebuilder:validation:Minimum=0
	// +optional
	NodeDeletionTimeoutSeconds *int32 `json:"nodeDeletionTimeoutSeconds,omitempty"`
}

// RolloutStrategy says how Machines are replaced.
type RolloutStrategy struct {
	// Type must be RollingUpdate to have an effect.
	// +optional
	Type string `json:"type,omitempty"`
	// +optional
	RollingUpdate *RollingUpdateSpec `json:"rollingUpdate,omitempty"`
}

// RollingUpdateSpec is whether a new Machine is made first.
type RollingUpdateSpec struct {
	// MaxSurge is 0 or 1; 1 if absent.
	// +optional
	MaxSurge *intstr.IntOrString `json:"maxSurge,omitempty"`
}

// RemediationStrategy limits remediation.
type RemediationStrategy struct {
	// +optional
	MaxRetry *int32 `json:"maxRetry,omitempty"`
	// +optional
	RetryPeriod metav1.Duration `json:"retryPeriod,omitempty,omitzero"`
	// +optional
	MinHealthyPeriod *metav1.Duration `json:"minHealthyPeriod,omitempty"`
}

// RKE2ControlPlane is a control plane of RKE2 servers.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:storageversion
type RKE2ControlPlane struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec RKE2ControlPlaneSpec `json:"spec"`
	// +optional
	Status RKE2ControlPlaneStatus `json:"status,omitempty,omitzero"`
}

// GetConditions returns the conditions.
func (p *RKE2ControlPlane) GetConditions() []metav1.Condition {
	return p.Status.Conditions
}

// SetConditions replaces the conditions.
func (p *RKE2ControlPlane) SetConditions(conditions []metav1.Condition) {
	p.Status.Conditions = conditions
}

// RKE2ControlPlaneList is a list of RKE2ControlPlanes.
// +kubebuilder:object:root=true
type RKE2ControlPlaneList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RKE2ControlPlane `json:"items"`
}

// TemplatedSpec is a control plane's spec without replicas and version, which
// come from the Cluster's topology.
type TemplatedSpec struct {
	SharedSpec `json:",inline"`

	// +optional
	MachineTemplate TemplatedMachines `json:"machineTemplate,omitempty,omitzero"`
}

// TemplatedMachines is the shape of the Machines without the reference, which
// core fills in.
type TemplatedMachines struct {
	// +optional
	ObjectMeta clusterv1.ObjectMeta `json:"metadata,omitempty,omitzero"`
	// +optional
	Spec TemplatedMachinesSpec `json:"spec,omitempty,omitzero"`
}

// TemplatedMachinesSpec is the shape of the Machines' spec.
type TemplatedMachinesSpec struct {
	// +optional
	InfrastructureRef *clusterv1.ContractVersionedObjectReference `json:"infrastructureRef,omitempty"`
	// +optional
	Deletion DeletionSpec `json:"deletion,omitempty,omitzero"`
}

// RKE2ControlPlaneTemplateResource is the template of a control plane.
type RKE2ControlPlaneTemplateResource struct {
	Spec TemplatedSpec `json:"spec"`
}

// RKE2ControlPlaneTemplateSpec holds the template.
type RKE2ControlPlaneTemplateSpec struct {
	Template RKE2ControlPlaneTemplateResource `json:"template"`
}

// RKE2ControlPlaneTemplate is the template of a ClusterClass for control planes.
// +kubebuilder:object:root=true
// +kubebuilder:resource:shortName=rke2ct,categories=cluster-api
// +kubebuilder:storageversion
type RKE2ControlPlaneTemplate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec RKE2ControlPlaneTemplateSpec `json:"spec"`
}

// RKE2ControlPlaneTemplateList is a list of RKE2ControlPlaneTemplates.
// +kubebuilder:object:root=true
type RKE2ControlPlaneTemplateList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RKE2ControlPlaneTemplate `json:"items"`
}
