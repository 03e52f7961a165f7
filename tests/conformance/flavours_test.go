package conformance

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	clusterv1 "sigs.k8s.io/cluster-api/api/core/v1beta2"
)

// TestCL20FlavoursAreTaken checks that a real API server accepts the rendered
// objects with strict validation, by every way of applying them.
func TestCL20FlavoursAreTaken(t *testing.T) {
	ways := map[string][]string{
		"create":            {"create"},
		"apply":             {"apply"},
		"server-side apply": {"apply", "--server-side"},
	}
	for _, f := range flavours {
		for name, variables := range map[string]map[string]string{
			"defaults":   with(),
			"everything": with(everything),
			"empty":      with(map[string]string{"EVROC_SSH_KEY": "", "EVROC_API_BASE_URL": ""}),
			"newer":      with(map[string]string{"KUBERNETES_VERSION": "v1.36.3", "RKE2_VERSION": "v1.35.2+rke2r1"}),
		} {
			rendered := f.generate(t, variables, "--target-namespace", "default")
			for way, arguments := range ways {
				t.Run(fmt.Sprintf("%s/%s/%s", f.controlPlane, name, way), func(t *testing.T) {
					kubectl(t, rendered, append(arguments, "--dry-run=server", "--validate=strict", "-f", "-")...)
				})
			}
		}
	}
}

// TestCL14VariablesAreDocumented checks that docs/configuration.md and the
// templates have the same variables with the same defaults.
func TestCL14VariablesAreDocumented(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(repository(), "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Z0-9_]+)` \\|").FindAllStringSubmatch(string(document), -1) {
		documented[match[1]] = true
	}
	used := map[string]bool{}
	for _, f := range flavours {
		for name, value := range f.variables(t) {
			used[name] = true
			if _, ok := everything[name]; !ok && f.with(required)[name] == "" && name != "CLUSTER_NAME" {
				t.Errorf("%s is never tried out", name)
			}
			if value != "" && !strings.Contains(string(document), value) {
				t.Errorf("the default %s of %s is not in the documentation", value, name)
			}
		}
	}
	got, want := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(used))
	if !slices.Equal(got, want) {
		t.Errorf("documented are\n%v\nused are\n%v", got, want)
	}
}

var listed = regexp.MustCompile(`(?m)^  - ([A-Z0-9_]+)(?: +\(defaults to "?(.*?)"?\))?$`)

// TestA12OneRuleForDollars checks that variables of clusterctl are in capitals,
// those of a shell in small letters with the dollar doubled, and that there is
// no other dollar.
func TestA12OneRuleForDollars(t *testing.T) {
	allowed := regexp.MustCompile(`\$\$\{[a-z]+[#%][^}]*\}|\$\{[A-Z0-9_]+((:=|#)[^}]*|//\n/\n +)?\}|\$[a-z]`)
	for _, f := range flavours {
		text, err := os.ReadFile(f.path())
		if err != nil {
			t.Fatal(err)
		}
		if rest := allowed.ReplaceAllString(string(text), ""); strings.Contains(rest, "$") {
			at := strings.Index(rest, "$")
			t.Errorf("%s: a dollar of another kind before %.60q", f.file, rest[at:])
		}
	}
}

func TestEveryVariableArrives(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with(everything))
		cluster := as[clusterv1.Cluster](t, objects["Cluster/c1"])
		if got := cluster.Spec.ClusterNetwork; got.Pods.CIDRBlocks[0] != "10.99.0.0/16" || got.Services.CIDRBlocks[0] != "10.98.0.0/16" {
			t.Errorf("cluster network is %v", got)
		}
		evroc := objects["EvrocCluster/c1"].Object["spec"].(fields)
		for path, want := range map[string]any{
			"region": "se-sto", "project": "123", "identitySecretName": "c1-evroc-credentials",
			"failureDomains": []any{"a", "b", "c"}, "network.vpc.name": "vpc-2",
			"network.subnets":      []any{fields{"name": "subnet-2", "cidrBlock": "172.16.0.0/22"}},
			"endpoints.apiBaseURL": everything["EVROC_API_BASE_URL"], "endpoints.issuerURL": everything["EVROC_ISSUER_URL"],
		} {
			wantField(t, evroc, path, want)
		}
		workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
		control := objects[f.controlPlane+"/c1-control-plane"]
		for name, profile := range map[string]string{
			decode[string](t, control, "spec", "machineTemplate", "spec", "infrastructureRef", "name"): "a1a.l",
			workers.Spec.Template.Spec.InfrastructureRef.Name:                                          "m1a.xl",
		} {
			machine := objects["EvrocMachineTemplate/"+name].Object
			for path, want := range map[string]any{
				"computeProfile": profile, "image": "ubuntu.24-04.1", "rootDiskSize": float64(55), "sshKey": sshKey,
			} {
				wantField(t, machine, "spec.template.spec."+path, want)
			}
		}
		wantField(t, control.Object, "spec.replicas", float64(3))
		if *workers.Spec.Replicas != 7 {
			t.Errorf("workers are %v", workers.Spec)
		}
	}
}

func TestDefaultsArrive(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with())
		if got := as[clusterv1.Cluster](t, objects["Cluster/c1"]).Spec.ClusterNetwork; got.Pods.CIDRBlocks[0] != f.podCIDR {
			t.Errorf("%s has the pods %v", f.file, got.Pods)
		}
		wantField(t, objects[f.controlPlane+"/c1-control-plane"].Object, "spec.replicas", float64(1))
		wantField(t, objects["EvrocCluster/c1"].Object, "spec.controlPlaneConfig.loadBalancer.enabled", nil)
		secret := objects["Secret/c1-evroc-credentials"]
		wantField(t, secret.Object, "data.config", required["EVROC_KUBECONFIG_B64"])
		labels := secret.GetLabels()
		if _, ok := labels["clusterctl.cluster.x-k8s.io/move"]; !ok || labels[clusterv1.ClusterNameLabel] != "c1" {
			t.Errorf("the Secret's labels are %v", labels)
		}
	}
}

// TestHealthChecks checks that health checks cover both roles, by their Nodes
// and by this provider's conditions.
func TestHealthChecks(t *testing.T) {
	for _, f := range flavours {
		objects := f.render(t, with())
		workers := as[clusterv1.MachineDeployment](t, objects["MachineDeployment/c1-md-0"])
		for name, label := range map[string]string{
			"control-plane": clusterv1.MachineControlPlaneLabel, "md-0": clusterv1.MachineDeploymentNameLabel,
		} {
			check := as[clusterv1.MachineHealthCheck](t, objects["MachineHealthCheck/c1-"+name])
			want := ""
			if name == "md-0" {
				want = workers.Spec.Template.Labels[label]
			}
			if got, ok := check.Spec.Selector.MatchLabels[label]; !ok || got != want {
				t.Errorf("%s: %s selects %v", f.file, name, check.Spec.Selector)
			}
			conditions := check.Spec.Checks.UnhealthyMachineConditions
			if len(conditions) != 1 || conditions[0].Type != clusterv1.MachineInfrastructureReadyCondition || conditions[0].Status != "False" {
				t.Errorf("%s: %s checks %v", f.file, name, conditions)
			}
			if len(check.Spec.Checks.UnhealthyNodeConditions) != 2 {
				t.Errorf("%s: %s does not check Nodes", f.file, name)
			}
		}
	}
}

// TestDocumentsNameTheOldestClusterAPI checks that all of them name the first
// version with what the templates use: unhealthyMachineConditions came with 1.12.
func TestDocumentsNameTheOldestClusterAPI(t *testing.T) {
	promise := regexp.MustCompile(`Cluster API\s+(?:\| )?1\.(\d+) or newer`)
	for _, name := range []string{"README.md", "docs/configuration.md", "docs/quick-start.md"} {
		text, err := os.ReadFile(filepath.Join(repository(), name))
		if err != nil {
			t.Fatal(err)
		}
		found := promise.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Errorf("%s names no version of Cluster API", name)
		}
		for _, match := range found {
			if string(match[1]) != "12" {
				t.Errorf("%s: %s", name, match[0])
			}
		}
	}
}
