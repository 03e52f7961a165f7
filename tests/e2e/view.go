package e2e

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
)

// The kinds of our API group.
var (
	group               = schema.GroupVersion{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1"}
	ClusterKind         = group.WithKind("EvrocCluster")
	MachineKind         = group.WithKind("EvrocMachine")
	MachineTemplateKind = group.WithKind("EvrocMachineTemplate")
)

// The metadata that the product writes.
const (
	ClusterFinalizer  = "evroccluster.infrastructure.cluster.x-k8s.io"
	MachineFinalizer  = "evrocmachine.infrastructure.cluster.x-k8s.io"
	SecretFinalizer   = "infrastructure.cluster.x-k8s.io/evroc-credentials"
	OwnerIDAnnotation = "evroc.com/owner-id"
	ZoneAnnotation    = "evroc.com/zone"
	// OwnershipIDAnnotation is the owner id by the official provider's name.
	OwnershipIDAnnotation = "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id"
	FieldManager          = "evroc-shim"
)

// ClusterView is an EvrocCluster as tests read it.
type ClusterView struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ControlPlaneEndpoint clusterv1.APIEndpoint `json:"controlPlaneEndpoint"`
		Project              string                `json:"project"`
	} `json:"spec"`
	Status struct {
		CommonStatus   `json:",inline"`
		FailureDomains []clusterv1.FailureDomain `json:"failureDomains"`
		Network        NetworkStatus             `json:"network"`
	} `json:"status"`
}

// NetworkStatus is EvrocCluster.status.network.
type NetworkStatus struct {
	VPCID   string `json:"vpcId"`
	Subnets []struct {
		Name      string `json:"name"`
		Zone      string `json:"zone"`
		CIDRBlock string `json:"cidrBlock"`
		Ready     bool   `json:"ready"`
		Owned     bool   `json:"owned"`
	} `json:"subnets"`
	Endpoint struct {
		Type           string `json:"type"`
		PublicIPID     string `json:"publicIPID"`
		LoadBalancerID string `json:"loadBalancerID"`
	} `json:"endpoint"`
}

// MachineView is an EvrocMachine as tests read it.
type MachineView struct {
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ProviderID string `json:"providerID"`
	} `json:"spec"`
	Status struct {
		CommonStatus  `json:",inline"`
		Addresses     []clusterv1.MachineAddress `json:"addresses"`
		FailureDomain string                     `json:"failureDomain"`
		State         string                     `json:"state"`
		VMID          string                     `json:"vmID"`
		SubnetName    string                     `json:"subnetName"`
	} `json:"status"`
}

// TemplateView is an EvrocMachineTemplate as tests read it.
type TemplateView struct {
	metav1.ObjectMeta `json:"metadata"`
	Status            struct {
		Capacity corev1.ResourceList `json:"capacity"`
		NodeInfo struct {
			Architecture    string `json:"architecture"`
			OperatingSystem string `json:"operatingSystem"`
		} `json:"nodeInfo"`
	} `json:"status"`
}

// CommonStatus is the part of the status that both kinds have.
type CommonStatus struct {
	Ready          bool `json:"ready"`
	Initialization struct {
		Provisioned *bool `json:"provisioned"`
	} `json:"initialization"`
	ObservedGeneration int64              `json:"observedGeneration"`
	Conditions         []metav1.Condition `json:"conditions"`
}

// Provisioned reports whether status.initialization.provisioned is true.
func (s CommonStatus) Provisioned() bool {
	return s.Initialization.Provisioned != nil && *s.Initialization.Provisioned
}

// Condition returns the condition of that type; its status is "absent" if there
// is none.
func (s CommonStatus) Condition(kind string) metav1.Condition {
	for _, c := range s.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return metav1.Condition{Type: kind, Status: "absent"}
}

// Is returns an error if the condition does not have that status.
func (s CommonStatus) Is(kind string, status metav1.ConditionStatus) error {
	c := s.Condition(kind)
	return That(c.Status == status, "%s is %s, not %s: %s: %s", kind, c.Status,
		status, c.Reason, c.Message)
}

// MentionsField returns an error if no condition that is not True mentions the
// field, in any spelling.
func (s CommonStatus) MentionsField(field string) error {
	for _, c := range s.Conditions {
		if c.Type != "Paused" && c.Status != metav1.ConditionTrue &&
			Mentions(c.Reason+" "+c.Message, field) {
			return nil
		}
	}
	return fmt.Errorf("no condition names %s: %s", field,
		Conditions(s.Conditions))
}

var separators = regexp.MustCompile(`[^a-z0-9]+`)

// Mentions reports whether a text contains a name, in camelCase, snake_case or
// as words.
func Mentions(text, name string) bool {
	plain := func(s string) string {
		return separators.ReplaceAllString(strings.ToLower(s), "")
	}
	return strings.Contains(plain(text), plain(name))
}

// Conditions formats conditions for messages.
func Conditions(conditions []metav1.Condition) string {
	var lines []string
	for _, c := range conditions {
		lines = append(lines, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status,
			c.Reason, c.Message))
	}
	return strings.Join(lines, "; ")
}

func viewOf[View any](object *unstructured.Unstructured) (View, error) {
	var view View
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object,
		&view)
	return view, err
}
