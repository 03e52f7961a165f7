package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Fields that the official provider does not have, in the order of their names.
var (
	oursInClusters = []string{"cloudConfig", "controlPlaneConfig.loadBalancer.enabled", "controlPlaneConfig.loadBalancer.ports",
		"identitySecretName", "network.subnets", "network.vpc", "nodeInitialization",
		"securityGroups.common.inlineSecurityGroups.rules.subnetID", "securityGroups.common.inlineSecurityGroups.rules.vpc",
		"securityGroups.controlPlane.inlineSecurityGroups.rules.subnetID", "securityGroups.controlPlane.inlineSecurityGroups.rules.vpc",
		"securityGroups.worker.inlineSecurityGroups.rules.subnetID", "securityGroups.worker.inlineSecurityGroups.rules.vpc"}
	oursInMachines = []string{"bootMode",
		"networkingConfig.securityGroups.inlineSecurityGroups.rules.subnetID", "networkingConfig.securityGroups.inlineSecurityGroups.rules.vpc",
		"placementConfig.strategy", "subnetName"}
)

// TestTheWayBackNamesEachFieldOfOurs checks that `deploy/take-over back` names all
// fields of our schemas that the official provider's definitions would drop, and
// writes nothing.
func TestTheWayBackNamesEachFieldOfOurs(t *testing.T) {
	specs := map[string]fields{}
	for _, crd := range ourCRDs(needServer(t), t) {
		spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		specs[crd.Spec.Names.Kind] = valueOf(&spec).(fields)
	}
	output, written, err := wayBack(t, specs)
	if err == nil || written != "" {
		t.Errorf("err %v, written: %s", err, written)
	}
	named := map[string][]string{
		"EvrocCluster":         below("spec", oursInClusters),
		"EvrocMachine":         below("spec", oursInMachines),
		"EvrocClusterTemplate": append([]string{"spec.template.metadata"}, below("spec.template.spec", oursInClusters)...),
		"EvrocMachineTemplate": append([]string{"spec.template.metadata"}, below("spec.template.spec", oursInMachines)...),
	}
	for kind, paths := range named {
		want := fmt.Sprintf("%s default/o: %s\n", kind, strings.Join(paths, ", "))
		if !strings.Contains(output, want) {
			t.Errorf("want %sin\n%s", want, output)
		}
	}
}

// TestTheWayBackTakesWhatTheOfficialProviderTakes checks that none of its own
// fields holds it up.
func TestTheWayBackTakesWhatTheOfficialProviderTakes(t *testing.T) {
	absent, hollow := smallestSpecs()
	for _, specs := range []map[string]fields{officialSpecs(), emptySpecs(), absent, hollow} {
		if output, _, err := wayBack(t, specs); err != nil {
			t.Errorf("%v:\n%s", err, output)
		}
	}
}

// wayBack runs `deploy/take-over back` where the API server has these objects, and
// nothing that is taken over. It returns what is said and what is written.
func wayBack(t *testing.T, specs map[string]fields) (output, written string, err error) {
	t.Helper()
	folder := t.TempDir()
	var items []fields
	for kind, spec := range specs {
		items = append(items, fields{"kind": kind, "metadata": fields{"namespace": "default", "name": "o"}, "spec": spec})
	}
	list, err := json.Marshal(fields{"items": items})
	if err != nil {
		t.Fatal(err)
	}
	program := `#!/bin/bash
case "$1 $2" in
  get*templates*) cat ` + folder + `/list ;;
  get*) echo '{"items": []}' ;;
  *) echo "$*" >>` + folder + `/written ;;
esac
`
	for name, content := range map[string]string{"list": string(list), "written": "", "kubectl": program} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("python3", filepath.Join(repository(), "deploy", "take-over"), "back")
	command.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH")}
	said, err := command.CombinedOutput()
	changes, failed := os.ReadFile(filepath.Join(folder, "written"))
	if failed != nil {
		t.Fatal(failed)
	}
	return string(said), string(changes), err
}

// valueOf returns a value that has all fields of a schema.
func valueOf(schema *jsonSchema) any {
	switch {
	case schema.Items != nil:
		return []any{valueOf(schema.Items.Schema)}
	case schema.AdditionalProperties != nil:
		return fields{"a": valueOf(schema.AdditionalProperties.Schema)}
	case schema.Type == "object":
		all := fields{}
		for name := range schema.Properties {
			property := schema.Properties[name]
			all[name] = valueOf(&property)
		}
		return all
	case schema.Type == "boolean":
		return true
	case schema.Type == "integer":
		return 1
	}
	return "a"
}

// below returns the paths below another one.
func below(path string, paths []string) []string {
	all := slices.Clone(paths)
	for n := range all {
		all[n] = path + "." + all[n]
	}
	return all
}
