package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// RKE2ControlPlaneStatus is the observed state of a control plane.
type RKE2ControlPlaneStatus struct {
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// Initialization is the part that Cluster API's core reads.
	// +optional
	Initialization RKE2ControlPlaneInitializationStatus `json:"initialization,omitempty,omitzero"`

	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Replicas counts the Machines that it owns.
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// Version is the lowest of the Machines'.
	// +optional
	Version string `json:"version,omitempty"`

	// +optional
	ReadyReplicas *int32 `json:"readyReplicas,omitempty"`
	// +optional
	AvailableReplicas *int32 `json:"availableReplicas,omitempty"`
	// +optional
	UpToDateReplicas *int32 `json:"upToDateReplicas,omitempty"`

	// AvailableServerIPs are the addresses that joining nodes use.
	// +optional
	AvailableServerIPs []string `json:"availableServerIPs,omitempty"`

	// +optional
	LastRemediation *LastRemediationStatus `json:"lastRemediation,omitempty"`
}

// RKE2ControlPlaneInitializationStatus is the contract's part of the status.
// +kubebuilder:validation:MinProperties=1
type RKE2ControlPlaneInitializationStatus struct {
	// ControlPlaneInitialized stays true once it is.
	// +optional
	ControlPlaneInitialized *bool `json:"controlPlaneInitialized,omitempty"`
}

// LastRemediationStatus describes the last remediation.
type LastRemediationStatus struct {
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Machine    string      `json:"machine"`
	Timestamp  metav1.Time `json:"timestamp"`
	RetryCount int         `json:"retryCount"`
}
