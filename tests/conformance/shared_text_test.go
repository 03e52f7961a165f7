package conformance

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// A difference is what may distinguish a flavour's text from that of kubeadm.
type difference struct {
	pattern     *regexp.Regexp
	replacement string
}

func differs(pattern, replacement string) difference {
	return difference{regexp.MustCompile("(?m)" + pattern), replacement}
}

// The differences of the objects that all flavours have. What is particular to
// kubeadm is named first.
var (
	kubeadmDifferences = []difference{
		differs(`^ +- path: /etc/apt/apt.conf.d/90kubernetes\n +content: \|\n.*\n.*\n`, ""),
	}
	rke2Differences = []difference{
		differs(`RKE2_VERSION:=v1.31.4\+rke2r1`, "KUBERNETES_VERSION:=v1.31.4"),
		differs(`192\.168\.0\.0/16`, "10.244.0.0/16"),
		differs("RKE2ControlPlane", "KubeadmControlPlane"),
		differs("RKE2ConfigTemplate", "KubeadmConfigTemplate"),
		differs(`^  # RKE2 servers accept .*\n  controlPlaneConfig:\n(    .*\n)+`, ""),
	}
	prebuiltDifferences = []difference{
		differs(`v\$\{KUBERNETES_VERSION#v\}`, "${KUBERNETES_VERSION:=v1.31.4}"),
		differs(`-\$\{EVROC_IMAGE_NAME#custom:\}`, ""),
		differs(`\$\{EVROC_IMAGE_NAME\}`, "${EVROC_IMAGE_NAME:=ubuntu-minimal.24-04.1}"),
		differs(`^ +bootMode: .*\n`, ""),
	}
	// ownScript is the script that prepares a node.
	ownScript = differs(`^ +#!/bin/sh\n(.*\n)*? +systemctl enable --now kubelet\n`, "")
)

// parts returns the texts of a flavour's objects, by kind and the object's part
// of the cluster, with the differences taken away.
func (f flavour) parts(t *testing.T, differences ...difference) map[string]string {
	t.Helper()
	content, err := os.ReadFile(f.path())
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut("---\n"+string(content), "\napiVersion: ")
	text = "apiVersion: " + text
	for _, each := range differences {
		text = each.pattern.ReplaceAllString(text, each.replacement)
	}
	named := regexp.MustCompile(`(?m)^kind: (\S+)\nmetadata:\n  name: (\S+)$`)
	parts := map[string]string{}
	for _, part := range strings.Split(text, "\n---\n") {
		match := named.FindStringSubmatch(part)
		if match == nil {
			t.Fatalf("%s: no object:\n%s", f.file, part)
		}
		parts[match[1]+" "+match[2]] = strings.TrimSpace(part)
	}
	return parts
}

// TestFlavoursShareTheirText checks that what flavours have in common is
// written the same way in each, comments included: templates of clusterctl
// can't include each other.
func TestFlavoursShareTheirText(t *testing.T) {
	whole := kubeadm.parts(t)
	compareParts(t, rke2, whole, rke2.parts(t, rke2Differences...),
		"KubeadmControlPlane", "KubeadmConfigTemplate")
	compareParts(t, prebuilt, kubeadm.parts(t, append(kubeadmDifferences, ownScript)...),
		prebuilt.parts(t, append(prebuiltDifferences, ownScript)...))
}

// compareParts leaves out the kinds that are the flavour's own.
func compareParts(t *testing.T, f flavour, want, got map[string]string, own ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d objects, want %d", f.file, len(got), len(want))
	}
	for name, text := range want {
		kind, _, _ := strings.Cut(name, " ")
		if got[name] == text || got[name] != "" && strings.Contains(strings.Join(own, " "), kind) {
			continue
		}
		t.Errorf("%s: %s is not that of %s:\n%s\nwant\n%s", f.file, name, kubeadm.file, got[name], text)
	}
}
