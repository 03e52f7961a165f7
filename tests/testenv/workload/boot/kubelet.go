package boot

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// The taint that a node has until its cloud provider has initialised it.
var uninitialized = corev1.Taint{
	Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: corev1.TaintEffectNoSchedule,
}

// arguments are flags of a program by name.
type arguments map[string]string

// argumentsFrom reads both forms of extraArgs: a map, or a list of name and
// value.
func argumentsFrom(value any) arguments {
	found := arguments{}
	switch given := value.(type) {
	case map[string]any:
		for name, text := range given {
			found[name] = fmt.Sprint(text)
		}
	case []any:
		for _, item := range given {
			if entry, ok := item.(map[string]any); ok {
				found[fmt.Sprint(entry["name"])] = fmt.Sprint(entry["value"])
			}
		}
	}
	return found
}

// argumentsFromList reads "--name=value" and "name=value".
func argumentsFromList(items []string) arguments {
	found := arguments{}
	for _, item := range items {
		name, value, _ := strings.Cut(strings.TrimLeft(item, "-"), "=")
		found[name] = value
	}
	return found
}

// apply adds the kubelet's arguments to the registration.
func (r *Registration) apply(kubelet arguments) error {
	if name := kubelet["hostname-override"]; name != "" {
		r.Name = name
	}
	r.ProviderID = kubelet["provider-id"]
	switch provider := kubelet["cloud-provider"]; provider {
	case "":
	case "external":
		r.setExternal()
	default:
		return fmt.Errorf("the kubelet does not start: it knows no cloud provider %q, only external", provider)
	}
	labels, err := parseLabels(strings.Split(kubelet["node-labels"], ","))
	if err != nil {
		return err
	}
	r.addLabels(labels)
	taints, err := parseTaints(strings.Split(kubelet["register-with-taints"], ","))
	r.Taints = append(r.Taints, taints...)
	return err
}

func (r *Registration) setExternal() {
	if r.External {
		return
	}
	r.External = true
	r.Taints = append(r.Taints, uninitialized)
}

func (r *Registration) addLabels(labels map[string]string) {
	if r.Labels == nil {
		r.Labels = map[string]string{}
	}
	maps.Copy(r.Labels, labels)
}

// check returns the errors for which the API server would refuse the node.
func (r *Registration) check() error {
	if reasons := validation.IsDNS1123Subdomain(r.Name); len(reasons) > 0 {
		return fmt.Errorf("%q can't be the name of a node: %s", r.Name, reasons[0])
	}
	return nil
}

// The labels with reserved names that a kubelet may set on its own node.
var ownLabels = map[string]bool{
	"kubernetes.io/hostname": true, "kubernetes.io/arch": true, "kubernetes.io/os": true,
	"node.kubernetes.io/instance-type": true, "beta.kubernetes.io/instance-type": true,
	"topology.kubernetes.io/region": true, "topology.kubernetes.io/zone": true,
	"failure-domain.beta.kubernetes.io/region": true, "failure-domain.beta.kubernetes.io/zone": true,
	"beta.kubernetes.io/os": true, "beta.kubernetes.io/arch": true,
}

// parseLabels reads "key=value". It refuses labels under kubernetes.io that a
// kubelet may not set, since the kubelet would exit.
func parseLabels(items []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		key, value, _ := strings.Cut(item, "=")
		if reasons := append(validation.IsQualifiedName(key), validation.IsValidLabelValue(value)...); len(reasons) > 0 {
			return nil, fmt.Errorf("the node label %q is not valid: %s", item, reasons[0])
		}
		if isReserved(key) {
			return nil, fmt.Errorf("the kubelet does not start: it may not set the node label %q", key)
		}
		labels[key] = value
	}
	return labels, nil
}

func isReserved(key string) bool {
	domain, _, found := strings.Cut(key, "/")
	if !found || ownLabels[key] {
		return false
	}
	for _, open := range []string{"kubelet.kubernetes.io", "node.kubernetes.io"} {
		if domain == open || strings.HasSuffix(domain, "."+open) {
			return false
		}
	}
	for _, closed := range []string{"kubernetes.io", "k8s.io"} {
		if domain == closed || strings.HasSuffix(domain, "."+closed) {
			return true
		}
	}
	return false
}

// parseTaints reads "key=value:Effect" and "key:Effect".
func parseTaints(items []string) ([]corev1.Taint, error) {
	var taints []corev1.Taint
	for _, item := range items {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		name, effect, found := strings.Cut(item, ":")
		key, value, _ := strings.Cut(name, "=")
		if !found || key == "" || effect == "" {
			return nil, fmt.Errorf("the taint %q is not of the form key=value:Effect", item)
		}
		taints = append(taints, corev1.Taint{Key: key, Value: value, Effect: corev1.TaintEffect(effect)})
	}
	return taints, nil
}
