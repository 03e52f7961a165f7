package house

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestFoldersAreSmall: a folder of the product has at most fifteen units.
func TestFoldersAreSmall(t *testing.T) {
	for _, finding := range CrowdedFolders(openRepository(t)) {
		t.Error(finding)
	}
}

// TestIncludesGoOneWay: protos, common, then services and shim, then tests; and
// inside shim app, reconcile, then controller, cache, node and rpc, then kube.
func TestIncludesGoOneWay(t *testing.T) {
	repository := openRepository(t)
	for _, finding := range append(WrongIncludes(repository), UnrankedFolders(repository)...) {
		t.Error(finding)
	}
}

// wrongIncludes are what is found in files that each include the headers named.
func wrongIncludes(file string, headers ...string) string {
	text := "// A comment.\n"
	for _, header := range headers {
		text += fmt.Sprintf("#include %q\n", header)
	}
	var faults []string
	for _, finding := range WrongIncludes(NewRepository(map[string]string{file: text})) {
		faults = append(faults, finding.String())
	}
	return strings.Join(faults, "\n")
}

func TestWrongIncludesAreFound(t *testing.T) {
	fakes := "the product does not include fakes and fixtures"
	cases := map[string]struct{ file, header, fault string }{
		"testing folder":         {"services/a.cc", "services/evroc/testing/fake_compute_api.h", fakes},
		"testing of another":     {"shim/app/a.h", "shim/kube/testing/script.h", fakes},
		"fake beside":            {"common/time/a.h", "common/time/fake_clock.h", fakes},
		"fixture beside":         {"shim/node/a.cc", "shim/node/testing_workload.h", fakes},
		"tests":                  {"services/a.cc", "tests/evroc_sim/simulator.h", fakes},
		"shim of services":       {"shim/rpc/a.cc", "services/rpc/a.h", "shim does not include services"},
		"services of shim":       {"services/rpc/a.cc", "shim/rpc/a.h", "services does not include shim"},
		"common of services":     {"common/http/a.cc", "services/rpc/a.h", "common does not include services"},
		"common of shim":         {"common/http/a.cc", "shim/kube/a.h", "common does not include shim"},
		"a test as well":         {"common/http/a_test.cc", "shim/kube/a.h", "common does not include shim"},
		"kube of cache":          {"shim/kube/a.cc", "shim/cache/a.h", "shim/kube does not include shim/cache"},
		"controller of above":    {"shim/controller/a.cc", "shim/reconcile/a.h", "shim/controller does not include shim/reconcile"},
		"node of above":          {"shim/node/a_test.cc", "shim/reconcile/machine/a.h", "shim/node does not include shim/reconcile/machine"},
		"reconcile of app":       {"shim/reconcile/a.cc", "shim/app/a.h", "shim/reconcile does not include shim/app"},
		"reconcile of cluster":   {"shim/reconcile/a.h", "shim/reconcile/cluster/a.h", "shim/reconcile does not include shim/reconcile/cluster"},
		"machine of cluster":     {"shim/reconcile/machine/a.h", "shim/reconcile/cluster/a.h", "shim/reconcile/machine does not include shim/reconcile/cluster"},
		"cluster of machine":     {"shim/reconcile/cluster/a.h", "shim/reconcile/machine/a.h", "shim/reconcile/cluster does not include shim/reconcile/machine"},
		"fakes are where theirs": {"shim/kube/testing/a.h", "shim/node/testing/a.h", "shim/kube does not include shim/node"},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			want := fmt.Sprintf("%s:2: includes %s: %s", each.file, each.header, each.fault)
			if got := wrongIncludes(each.file, each.header); got != want {
				t.Errorf("found %q, not %q", got, want)
			}
		})
	}
}

func TestRightIncludesAreLeftAlone(t *testing.T) {
	cases := map[string]struct {
		file    string
		headers []string
	}{
		"downwards":       {"shim/reconcile/cluster/a.cc", []string{"shim/reconcile/a.h", "shim/rpc/a.h", "common/a.h", "absl/a.h"}},
		"beside":          {"shim/controller/a.cc", []string{"shim/controller/b.h", "shim/cache/a.h"}},
		"app":             {"shim/app/a.cc", []string{"shim/reconcile/machine/a.h", "shim/diagnostics/a.h"}},
		"main":            {"shim/main.cc", []string{"shim/app/a.h"}},
		"fakes of a test": {"shim/kube/a_test.cc", []string{"shim/kube/testing/a.h", "common/time/testing/fake_clock.h"}},
		"fixture":         {"shim/testing/a.h", []string{"shim/reconcile/machine/a.h", "shim/rpc/testing/a.h"}},
		"test of a rule":  {"shim/reconcile/cluster/a_test.cc", []string{"shim/testing/a.h"}},
		"fakes of fakes":  {"shim/node/testing/a.cc", []string{"shim/kube/testing/a.h"}},
		"other programs":  {"tests/bench/a.cc", []string{"services/a.h", "shim/a.h", "services/evroc/testing/a.h"}},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			if got := wrongIncludes(each.file, each.headers...); got != "" {
				t.Error(got)
			}
		})
	}
}

func TestCrowdedFoldersAreFound(t *testing.T) {
	texts := map[string]string{"shim/a/main.cc": "", "shim/a/BUILD.bazel": ""}
	for n := range maxUnits - 1 {
		for _, end := range []string{".h", ".cc", "_test.cc"} {
			texts[fmt.Sprintf("shim/a/unit_%d%s", n, end)] = ""
		}
		texts[fmt.Sprintf("tests/a/unit_%d.cc", n)] = ""
	}
	if findings := CrowdedFolders(NewRepository(texts)); len(findings) != 0 {
		t.Error(findings)
	}
	texts["shim/a/one_more.h"] = ""
	want := []Finding{{"shim/a", 1, "has 16 units, more than 15"}}
	if got := CrowdedFolders(NewRepository(texts)); !slices.Equal(got, want) {
		t.Errorf("found %v, not %v", got, want)
	}
}

func TestUnrankedFoldersAreFound(t *testing.T) {
	texts := map[string]string{"shim/main.cc": "", "shim/kube/testing/a.h": "", "shim/testing/a.h": "", "shim/new/a.h": "", "shim/new/b.h": ""}
	want := []Finding{{"shim/new", 1, "has no place in shimRanks"}}
	if got := UnrankedFolders(NewRepository(texts)); !slices.Equal(got, want) {
		t.Errorf("found %v, not %v", got, want)
	}
}
