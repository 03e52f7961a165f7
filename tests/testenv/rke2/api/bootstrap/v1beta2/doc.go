// Package v1beta2 describes RKE2Config and RKE2ConfigTemplate as the RKE2
// bootstrap provider serves them: the fields that a template may name, and
// nothing else, so that a wrong field is refused.
//
// +kubebuilder:object:generate=true
// +groupName=bootstrap.cluster.x-k8s.io
package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of the kinds in this package.
var GroupVersion = schema.GroupVersion{
	Group: "bootstrap.cluster.x-k8s.io", Version: "v1beta2",
}

// AddToScheme registers the kinds of this package.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&RKE2Config{}, &RKE2ConfigList{},
		&RKE2ConfigTemplate{}, &RKE2ConfigTemplateList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
