package v1beta2

// Names that the provider writes on objects.
const (
	// Finalizer is on every RKE2ControlPlane.
	Finalizer = "rke2.controlplane.cluster.x-k8s.io"

	// ServerConfigurationAnnotation is on Machines: spec.serverConfig as JSON.
	ServerConfigurationAnnotation = "controlplane.cluster.x-k8s.io/rke2-server-configuration"

	// PreTerminateHookAnnotation keeps a Machine until its etcd member left.
	PreTerminateHookAnnotation = "pre-terminate.delete.hook.machine.cluster.x-k8s.io/rke2-cleanup"

	// PreDrainHookAnnotation keeps a Machine until load balancers let it go.
	PreDrainHookAnnotation = "pre-drain.delete.hook.machine.cluster.x-k8s.io/rke2-lb-exclusion"

	// LoadBalancerExclusionAnnotation on an RKE2ControlPlane asks for the
	// pre-drain hook.
	LoadBalancerExclusionAnnotation = "rke2.controlplane.cluster.x-k8s.io/load-balancer-exclusion"

	// RemediationInProgressAnnotation is on an RKE2ControlPlane from the
	// deletion of an unhealthy Machine until a newer one exists.
	RemediationInProgressAnnotation = "controlplane.cluster.x-k8s.io/remediation-in-progress"
)

// Conditions of an RKE2ControlPlane.
const (
	AvailableCondition                     = "Available"
	InitializedCondition                   = "Initialized"
	CertificatesAvailableCondition         = "CertificatesAvailable"
	EtcdClusterHealthyCondition            = "EtcdClusterHealthy"
	ControlPlaneComponentsHealthyCondition = "ControlPlaneComponentsHealthy"
	MachinesReadyCondition                 = "MachinesReady"
	MachinesUpToDateCondition              = "MachinesUpToDate"
	RollingOutCondition                    = "RollingOut"
	ScalingUpCondition                     = "ScalingUp"
	ScalingDownCondition                   = "ScalingDown"
	RemediatingCondition                   = "Remediating"
	DeletingCondition                      = "Deleting"
)

// Conditions of a control-plane Machine.
const (
	AgentHealthyCondition         = "AgentHealthy"
	EtcdMemberHealthyCondition    = "EtcdMemberHealthy"
	NodeMetadataUpToDateCondition = "NodeMetadataUpToDate"
)

// RegistrationMethod says which address joining nodes are given.
// +kubebuilder:validation:Enum=internal-first;internal-only-ips;external-only-ips;address;control-plane-endpoint;""
type RegistrationMethod string

// The registration methods. Empty means ByControlPlaneEndpoint.
const (
	ByInternalFirst        RegistrationMethod = "internal-first"
	ByInternalIPs          RegistrationMethod = "internal-only-ips"
	ByExternalIPs          RegistrationMethod = "external-only-ips"
	ByAddress              RegistrationMethod = "address"
	ByControlPlaneEndpoint RegistrationMethod = "control-plane-endpoint"
)

// RollingUpdate is the only rollout strategy that does anything.
const RollingUpdate = "RollingUpdate"
