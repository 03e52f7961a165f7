package house

import (
	"fmt"
	"maps"
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
// inside of each along the arrows of docs/rooms.svg.
func TestIncludesGoOneWay(t *testing.T) {
	repository := openRepository(t)
	for _, finding := range append(WrongIncludes(repository), FoldersWithoutArrows(repository)...) {
		t.Error(finding)
	}
}

// TestThePictureShowsTheRooms: docs/rooms.svg is as complete as the arrows.
func TestThePictureShowsTheRooms(t *testing.T) {
	for _, finding := range RoomsNotPictured(openRepository(t)) {
		t.Error(finding)
	}
}

// TestFakesAreForTests: fakes and fixtures lie in folders named testing, which
// Bazel links with nothing else.
func TestFakesAreForTests(t *testing.T) {
	for _, finding := range MisplacedFakes(openRepository(t)) {
		t.Error(finding)
	}
}

func TestNoCircleOfArrows(t *testing.T) {
	remaining := maps.Clone(arrows)
	for len(remaining) > 0 {
		before := len(remaining)
		for folder, others := range remaining {
			if !slices.ContainsFunc(others, func(other string) bool { _, waits := remaining[other]; return waits }) {
				delete(remaining, folder)
			}
		}
		if len(remaining) == before {
			t.Fatal("arrows lead round in a circle among", slices.Sorted(maps.Keys(remaining)))
		}
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
		"machine of diagnostics": {"shim/reconcile/machine/a.h", "shim/diagnostics/a.h", "shim/reconcile/machine does not include shim/diagnostics"},
		"cache of controller":    {"shim/cache/a.h", "shim/controller/a.h", "shim/cache does not include shim/controller"},
		"node of rpc":            {"shim/node/a.h", "shim/rpc/a.h", "shim/node does not include shim/rpc"},
		"rpc of node":            {"shim/rpc/a.h", "shim/node/a.h", "shim/rpc does not include shim/node"},
		"compute of network":     {"services/compute/a.h", "services/network/a.h", "services/compute does not include services/network"},
		"api of rpc":             {"services/evroc/api/a.h", "services/rpc/a.h", "services/evroc/api does not include services/rpc"},
		"http of auth":           {"common/http/a.h", "common/auth/a.h", "common/http does not include common/auth"},
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

func TestOddIncludesAreFound(t *testing.T) {
	for _, header := range []string{"<shim/app/a.h>", `"../app/a.h"`, `"shim/app/../kube/a.h"`} {
		repository := NewRepository(map[string]string{"shim/app/a.cc": "#include " + header + "\n"})
		want := []Finding{{"shim/app/a.cc", 1, "includes " + header + ": not in quotes, from the root"}}
		if got := WrongIncludes(repository); len(got) == 0 || got[0] != want[0] {
			t.Errorf("found %v, not %v", got, want)
		}
	}
}

func TestMisplacedFakesAreFound(t *testing.T) {
	repository := NewRepository(map[string]string{
		"shim/kube/fake_client.h":            "",
		"shim/kube/fake_client_test.cc":      "",
		"shim/kube/testing/fake_client.h":    "",
		"shim/kube/testing/BUILD.bazel":      "package(default_testonly = True)",
		"services/evroc/testing/BUILD.bazel": "package()",
		"tests/bench/fake_x.h":               "",
	})
	want := []Finding{
		{"services/evroc/testing/BUILD.bazel", 1, "lacks default_testonly = True"},
		{"shim/kube/fake_client.h", 1, "is not in a folder named testing"},
	}
	if got := MisplacedFakes(repository); !slices.Equal(got, want) {
		t.Errorf("found %v, not %v", got, want)
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

func TestFoldersWithoutArrowsAreFound(t *testing.T) {
	texts := map[string]string{"shim/main.cc": "", "shim/kube/testing/a.h": "", "shim/testing/a.h": "", "shim/new/a.h": "", "shim/new/b.h": ""}
	want := []Finding{{"shim/new", 1, "has no place among the arrows"}}
	if got := FoldersWithoutArrows(NewRepository(texts)); !slices.Equal(got, want) {
		t.Errorf("found %v, not %v", got, want)
	}
}
