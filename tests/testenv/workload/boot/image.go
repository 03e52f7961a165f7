package boot

import (
	"fmt"
	"strings"
)

func (g Guest) hasRKE2() bool { return strings.Contains(g.Kubernetes, "+rke2") }

func (g Guest) hasKubeadm() bool { return g.Kubernetes != "" && !g.hasRKE2() }

// kubeadmVersion returns the version of kubeadm and kubelet, which packages of
// the steps replace.
func (g Guest) kubeadmVersion(steps []pipeline) string {
	if version := installedVersion(steps); version != "" || !g.hasKubeadm() {
		return version
	}
	return g.Kubernetes
}

// versionProblem returns the error of a check that the commands make:
// `kubeadm version -o short | grep -x v1.36.3`.
func versionProblem(before []pipeline, version string) error {
	for _, line := range before {
		output, last := versionOutput(line[0], version), line[len(line)-1]
		if output == "" || last.name() != "grep" {
			continue
		}
		if wanted := last.words[len(last.words)-1]; wanted != output {
			return fmt.Errorf("the commands before kubeadm want %q, but %s of the machine is %q", wanted, line[0].name(), output)
		}
	}
	return nil
}

// versionOutput returns what the command prints, empty if it does not print a
// version.
func versionOutput(c command, version string) string {
	switch strings.Join(append([]string{c.name()}, c.arguments()...), " ") {
	case "kubeadm version -o short":
		return version
	case "kubelet --version":
		return "Kubernetes " + version
	}
	return ""
}
