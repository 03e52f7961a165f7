// Package v1beta2 describes RKE2ControlPlane and RKE2ControlPlaneTemplate as
// the RKE2 control-plane provider serves them, with the checks of its admission
// webhooks written as rules of the schema.
//
// +kubebuilder:object:generate=true
// +groupName=controlplane.cluster.x-k8s.io
package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of the kinds in this package.
var GroupVersion = schema.GroupVersion{
	Group: "controlplane.cluster.x-k8s.io", Version: "v1beta2",
}

// AddToScheme registers the kinds of this package.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&RKE2ControlPlane{}, &RKE2ControlPlaneList{},
		&RKE2ControlPlaneTemplate{}, &RKE2ControlPlaneTemplateList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
