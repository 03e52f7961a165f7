package conformance

import (
	"context"
	"strings"
	"testing"

	controlplanev1 "sigs.k8s.io/cluster-api/api/controlplane/kubeadm/v1beta2"
	kubeadmwebhook "sigs.k8s.io/cluster-api/controlplane/kubeadm/webhooks/admission"
)

// TestVersions checks that a version is taken with and without its v, and that
// everything else is refused: by the API server or by Cluster API's webhooks.
func TestVersions(t *testing.T) {
	ctx := needServer(t)
	for _, f := range []flavour{kubeadm, prebuilt} {
		for text, want := range map[string]string{
			"v1.31.4":      "v1.31.4",
			"1.31.4":       "v1.31.4",
			"v1.36.0":      "v1.36.0",
			"1.36.0":       "v1.36.0",
			"1.30.14":      "v1.30.14",
			"v1.36.0-rc.1": "v1.36.0-rc.1",
			"1.36.0-rc.1":  "v1.36.0-rc.1",
			"v1.31.4 ":     "v1.31.4",
			"v1.31.4\n":    "v1.31.4",
			"v1.31.4\r\n":  "v1.31.4",
			"1.31":         "",
			"v1.31":        "",
			"latest":       "",
			"V1.31.4":      "",
			"v1.31.x":      "",
			"vv1.31.4":     "",
			"v":            "",
		} {
			got, err := f.admittedVersion(ctx, t, text)
			if (want == "") != (err != nil) || want != "" && got != want {
				t.Errorf("%s: %q becomes %q, %v", f.file, text, got, err)
			}
		}
	}
}

// admittedVersion returns the version that Cluster API's webhook leaves in the
// control plane.
func (f flavour) admittedVersion(ctx context.Context, t *testing.T, text string) (string, error) {
	t.Helper()
	objects, err := f.try(ctx, t, with(map[string]string{"KUBERNETES_VERSION": text}))
	if err != nil {
		return "", err
	}
	control := as[controlplanev1.KubeadmControlPlane](t, objects["KubeadmControlPlane/c1-control-plane"])
	webhook := &kubeadmwebhook.KubeadmControlPlane{}
	if err := webhook.Default(ctx, &control); err != nil {
		return "", err
	}
	_, err = webhook.ValidateCreate(ctx, &control)
	return control.Spec.Version, err
}

func TestRKE2Versions(t *testing.T) {
	ctx := needServer(t)
	for text, want := range map[string]string{
		"v1.31.4+rke2r1":     "v1.31.4+rke2r1",
		"v1.35.12+rke2r3":    "v1.35.12+rke2r3",
		"v1.31.4+rke2r1\n":   "v1.31.4+rke2r1",
		"v1.36.0-rc1+rke2r1": "",
		"1.31.4+rke2r1":      "",
		"v1.31.4":            "",
		"1.31":               "",
		"v1.31.4-rke2r1":     "",
		"latest":             "",
	} {
		objects, err := rke2.try(ctx, t, with(map[string]string{"RKE2_VERSION": text}))
		if want == "" {
			if err == nil || !strings.Contains(err.Error(), "spec.version") {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		wantField(t, objects["RKE2ControlPlane/c1-control-plane"].Object, "spec.version", want)
	}
}
