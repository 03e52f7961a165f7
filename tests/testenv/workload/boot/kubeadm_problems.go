package boot

import (
	"errors"
	"fmt"
	"net"
	"path"
	"regexp"
	"strings"
)

// hostProblems returns the problems of the machine before kubeadm starts.
func hostProblems(config *cloudConfig, before []pipeline, guest Guest) []error {
	var problems []error
	for _, program := range []string{"kubeadm", "kubelet"} {
		if !guest.hasKubeadm() && !anyInstalls(before, program) {
			problems = append(problems, fmt.Errorf("%s is not installed before it is needed", program))
		}
	}
	for _, problem := range []error{
		versionProblem(before, guest.kubeadmVersion(before)),
		containerdProblem(config, before, guest),
		forwardingProblem(config, before),
	} {
		if problem != nil {
			problems = append(problems, problem)
		}
	}
	return problems
}

func anyInstalls(steps []pipeline, program string) bool {
	for _, line := range steps {
		if installs(line, program) {
			return true
		}
	}
	return false
}

// problems returns the problems of kubeadm's configuration (traps.md A11): nodes that
// start and fail later, or whose errors are hidden.
func (r kubeadmReader) problems(steps []pipeline) []error {
	var problems []error
	for _, document := range r.documents {
		problems = append(problems, advertised(document)...)
		problems = append(problems, r.probePatches(document.Patches.Directory)...)
	}
	for _, line := range steps {
		problems = append(problems, editProblems(line.text())...)
	}
	return problems
}

// advertised looks at the flag alone: in localAPIEndpoint an unspecified address
// has kubeadm choose the node's own.
func advertised(document kubeadmDocument) []error {
	address := argumentsFrom(document.APIServer.ExtraArgs)["advertise-address"]
	if ip := net.ParseIP(address); ip != nil && ip.IsUnspecified() {
		return []error{fmt.Errorf("the API server advertises %s, which no client can reach", address)}
	}
	return nil
}

var probeFields = regexp.MustCompile(`initialDelaySeconds|livenessProbe|readinessProbe|startupProbe`)

// probePatches checks the patches that kubeadm applies to its static pods.
func (r kubeadmReader) probePatches(folder string) []error {
	if folder == "" {
		return nil
	}
	for name, content := range r.config.files {
		if path.Dir(name) == path.Clean(folder) && probeFields.Match(content) {
			return []error{fmt.Errorf("%s changes the probes of the control plane, which hides its failures", name)}
		}
	}
	return nil
}

func editProblems(text string) []error {
	var problems []error
	if strings.Contains(text, "/etc/kubernetes/manifests") && probeFields.MatchString(text) ||
		strings.Contains(text, "initialDelaySeconds") {
		problems = append(problems, errors.New("a command changes the probes of the control plane, which hides its failures"))
	}
	if strings.Contains(strings.ToLower(text), "advertise") && strings.Contains(text, "0.0.0.0") {
		problems = append(problems, errors.New("a command makes the API server advertise 0.0.0.0, which no client can reach"))
	}
	return problems
}
