package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// generateAddOn renders templates/addons/evroc-cloud.yaml.
func generateAddOn(t *testing.T, more ...string) []byte {
	t.Helper()
	needServer(t)
	command := exec.Command(server.programs.Path(binaries.Clusterctl), "generate", "yaml", "--from",
		filepath.Join(repository(), "templates", "addons", "evroc-cloud.yaml"))
	command.Env = append([]string{"HOME=" + t.TempDir(), "CLUSTERCTL_DISABLE_VERSIONCHECK=true",
		"CLUSTER_NAME=c1", "EVROC_CCM_KEY_B64=a2V5"}, more...)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	return output
}

// inside returns the objects that the add-on brings into the cluster.
func inside(t *testing.T, rendered []byte) []object {
	t.Helper()
	objects, err := parse(rendered)
	if err != nil {
		t.Fatal(err)
	}
	var all []object
	for _, each := range objects {
		for _, field := range []string{"data", "stringData"} {
			manifests, _ := each.Object[field].(fields)
			for _, text := range manifests {
				some, err := parse([]byte(text.(string)))
				if err != nil {
					t.Fatalf("%s: %v", each.GetName(), err)
				}
				all = append(all, some...)
			}
		}
	}
	return all
}

// TestTheAddOnIsTaken checks that a real API server takes the add-on and what it
// brings, with strict validation.
func TestTheAddOnIsTaken(t *testing.T) {
	rendered := generateAddOn(t)
	kubectl(t, rendered, "apply", "--dry-run=server", "--validate=strict", "-n", "default", "-f", "-")
	kubectl(t, []byte("apiVersion: v1\nkind: Namespace\nmetadata: {name: evroc-system}\n"), "apply", "-f", "-")
	objects := inside(t, rendered)
	if len(objects) < 8 {
		t.Errorf("only %d objects", len(objects))
	}
	for _, each := range objects {
		content, err := each.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		kubectl(t, content, "apply", "--dry-run=server", "--validate=strict", "-f", "-")
	}
}

// TestTheAddOnsPartsFitTogether checks that the set brings what the add-on has,
// to the clusters of the flavours, and that the program finds its files.
func TestTheAddOnsPartsFitTogether(t *testing.T) {
	rendered := generateAddOn(t, "EVROC_CCM_IMAGE=registry.test/ccm:v9")
	outside, err := parse(rendered)
	if err != nil {
		t.Fatal(err)
	}
	var names, resources []string
	for _, each := range outside {
		if each.GetKind() != "ClusterResourceSet" {
			names = append(names, each.GetKind()+"/"+each.GetName())
			continue
		}
		for _, resource := range decode[[]corev1.TypedLocalObjectReference](t, each, "spec", "resources") {
			resources = append(resources, resource.Kind+"/"+resource.Name)
		}
		for _, f := range flavours {
			labels := f.render(t, with())["Cluster/c1"].GetLabels()
			for key, value := range decode[map[string]string](t, each, "spec", "clusterSelector", "matchLabels") {
				if labels[key] != value {
					t.Errorf("%s: the set does not select labels %v", f.file, labels)
				}
			}
		}
	}
	slices.Sort(names)
	slices.Sort(resources)
	if !slices.Equal(names, resources) {
		t.Errorf("the add-on has %v, the set brings %v", names, resources)
	}
	for _, each := range inside(t, rendered) {
		if each.GetKind() != "Deployment" {
			continue
		}
		pod := as[appsv1.Deployment](t, each).Spec.Template.Spec
		if pod.Containers[0].Image != "registry.test/ccm:v9" {
			t.Errorf("image %s", pod.Containers[0].Image)
		}
		var files []string
		for _, source := range pod.Volumes[0].Projected.Sources {
			items := source.ConfigMap
			if items != nil {
				files = append(files, items.Items[0].Path)
			} else {
				files = append(files, source.Secret.Items[0].Path)
			}
		}
		if got := strings.Join(files, " "); got != "config.yaml service-account-key" {
			t.Errorf("files %s", got)
		}
	}
}

// TestTheAddOnsVariablesAreDocumented compares them with docs/cloud-programs.md.
func TestTheAddOnsVariablesAreDocumented(t *testing.T) {
	variable := regexp.MustCompile("(?m)^\\| `([A-Z][A-Z0-9_]+)` \\|")
	var documented []string
	for _, match := range variable.FindAllStringSubmatch(text(t, "docs/cloud-programs.md"), -1) {
		documented = append(documented, match[1])
	}
	var used []string
	for _, match := range regexp.MustCompile(`\$\{([A-Z0-9_]+)`).FindAllStringSubmatch(
		text(t, "templates/addons/evroc-cloud.yaml"), -1) {
		used = append(used, match[1])
	}
	slices.Sort(used)
	slices.Sort(documented)
	if used = slices.Compact(used); !slices.Equal(used, documented) {
		t.Errorf("documented are %v, used are %v", documented, used)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(repository(), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
