package conformance

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// A setting is a variable's value, with what it must become.
type setting struct {
	variable, value string
	object, path    string
	want            any // nil: refused
}

// settings makes one of each value. %s in the object is the value.
func settings(variable, object, path string, values map[string]any) []setting {
	var all []setting
	for value, want := range values {
		all = append(all, setting{variable, value, object, path, want})
	}
	return all
}

// likeOtherTypes are texts that YAML takes for a number, nothing or a truth.
var likeOtherTypes = map[string]any{
	"123": "123", "010": "010", "1e3": "1e3", "0x1f": "0x1f", "null": "null", "true": "true", "no": "no"}

func blocks(want ...any) []any { return append([]any{}, want...) }

// clusterSettings are those of the objects that are the same in each flavour.
func clusterSettings() []setting {
	const evroc = "EvrocCluster/c1"
	all := settings("CLUSTER_NAME", "EvrocCluster/%s", "metadata.name", likeOtherTypes)
	for variable, path := range map[string]string{
		"EVROC_PROJECT":             "spec.project",
		"EVROC_VPC_NAME":            "spec.network.vpc.name",
		"EVROC_ORGANIZATION":        "spec.cloudConfig.organization",
		"EVROC_CLOUD_CONFIG_MAP":    "spec.cloudConfig.configMapName",
		"EVROC_CCM_SERVICE_ACCOUNT": "spec.cloudConfig.ccmServiceAccountID",
		"EVROC_CSI_SERVICE_ACCOUNT": "spec.cloudConfig.csiServiceAccountID",
	} {
		all = append(all, settings(variable, evroc, path, likeOtherTypes)...)
	}
	for variable, path := range map[string]string{"POD_CIDR": "pods", "SERVICE_CIDR": "services"} {
		all = append(all, settings(variable, "Cluster/c1", "spec.clusterNetwork."+path+".cidrBlocks", map[string]any{
			"10.1.0.0/16":                    blocks("10.1.0.0/16"),
			"fd00:10:244::/56":               blocks("fd00:10:244::/56"),
			"10.1.0.0/16,fd00:10:244::/56":   blocks("10.1.0.0/16", "fd00:10:244::/56"),
			"10.1.0.0/16, 2001:db8:1:2::/64": blocks("10.1.0.0/16", "2001:db8:1:2::/64"),
		})...)
	}
	all = append(all, settings("EVROC_SUBNET_CIDR", evroc, "spec.network.subnets", map[string]any{
		"172.16.0.0/22": blocks(fields{"name": "capi-test-subnet", "cidrBlock": "172.16.0.0/22"}), "10.0.1.0": nil, "10.0.1.0/33": nil})...)
	all = append(all, settings("EVROC_FAILURE_DOMAINS", evroc, "spec.failureDomains", map[string]any{
		"[]": blocks(), "[a]": blocks("a"), "[a, b,c]": blocks("a", "b", "c"), `["b"]`: blocks("b"), "a": nil, "a,b": nil, "[d]": nil})...)
	return append(all, settings("EVROC_NODE_INITIALIZATION", evroc, "spec.nodeInitialization",
		map[string]any{"external": "external", "none": nil})...)
}

// machineSettings are those of a flavour's machines.
func (f flavour) machineSettings() []setting {
	const spec = "spec.template.spec."
	numbers := func(others ...string) map[string]any {
		values := map[string]any{"3": float64(3), "three": nil, "1.5": nil}
		for _, each := range others {
			values[each] = nil
		}
		return values
	}
	images := map[string]any{"ubuntu.24-04.1": "ubuntu.24-04.1", "custom:ubuntu.24-04.1": "custom:ubuntu.24-04.1"}
	full := "/compute/global/diskImages/evroc/ubuntu.24-04.1"
	workers, machine := "EvrocMachineTemplate/c1-md-0", "EvrocMachineTemplate/c1-md-0"
	var all []setting
	if f.file == prebuilt.file {
		// The image's name is part of an object's.
		workers, machine = workers+"-golden", machine+"-ubuntu.24-04.1"
		maps.Copy(images, map[string]any{full: nil, "": nil})
		all = settings("EVROC_BOOT_MODE", workers, spec+"bootMode", map[string]any{"UEFI": "UEFI", "uefi": nil})
	} else {
		images[full] = full
	}
	all = append(all, settings("EVROC_IMAGE_NAME", machine, spec+"image", images)...)
	all = append(all, settings("EVROC_DISK_SIZE", workers, spec+"rootDiskSize", numbers("55GB", "-1"))...)
	all = append(all, settings("EVROC_WORKER_MACHINE_TYPE", workers, spec+"computeProfile", map[string]any{"m1a.xl": "m1a.xl"})...)
	all = append(all, settings("WORKER_MACHINE_COUNT", "MachineDeployment/c1-md-0", "spec.replicas", numbers())...)
	return append(all, settings("CONTROL_PLANE_MACHINE_COUNT", f.controlPlane+"/c1-control-plane", "spec.replicas", numbers())...)
}

// TestValuesArriveOrAreRefused tries values of variables that YAML could take
// for something else, and values that can't be meant.
func TestValuesArriveOrAreRefused(t *testing.T) {
	ctx := needServer(t)
	for _, f := range flavours {
		for _, each := range append(clusterSettings(), f.machineSettings()...) {
			f.tryOne(ctx, t, each)
		}
	}
}

func (f flavour) tryOne(ctx context.Context, t *testing.T, s setting) {
	t.Helper()
	objects, err := f.try(ctx, t, with(map[string]string{s.variable: s.value}))
	if (s.want == nil) != (err != nil) {
		t.Errorf("%s: %s=%q: %v", f.file, s.variable, s.value, err)
	}
	if err != nil {
		return
	}
	name := strings.ReplaceAll(s.object, "%s", s.value)
	if objects[name] == nil {
		t.Errorf("%s: %s=%q: there is no %s", f.file, s.variable, s.value, name)
		return
	}
	t.Run(fmt.Sprintf("%s/%s=%s", f.file, s.variable, s.value), func(t *testing.T) {
		wantField(t, objects[name].Object, s.path, s.want)
	})
}

// TestAMissingValueIsNamed checks that a variable without a default is asked
// for before anything is rendered.
func TestAMissingValueIsNamed(t *testing.T) {
	needServer(t)
	for _, f := range flavours {
		all := f.with(with())
		for missing := range all {
			variables := maps.Clone(all)
			delete(variables, missing)
			f := flavour{file: f.file}
			if _, err := f.run(t, variables, "--target-namespace", "default"); err == nil || !strings.Contains(err.Error(), missing) {
				t.Errorf("%s without %s: %v", f.file, missing, err)
			}
		}
	}
}
