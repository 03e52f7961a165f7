package house

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A folder with more units is hard to overlook.
const maxUnits = 15

var product = []string{"common/", "services/", "shim/"}

// CrowdedFolders are the product's folders that have too many units. A unit is
// a header with its source; tests do not count.
func CrowdedFolders(repository *Repository) []Finding {
	units := map[string]map[string]bool{}
	for _, file := range repository.Sources() {
		if !isBelow(file, product) || !isCpp(file) || isUnitTest(file) {
			continue
		}
		folder, name := path.Dir(file), path.Base(file)
		if units[folder] == nil {
			units[folder] = map[string]bool{}
		}
		units[folder][strings.TrimSuffix(name, path.Ext(name))] = true
	}
	var findings []Finding
	for _, folder := range slices.Sorted(maps.Keys(units)) {
		if n := len(units[folder]); n > maxUnits {
			findings = append(findings, Finding{folder, 1, fmt.Sprintf("has %d units, more than %d", n, maxUnits)})
		}
	}
	return findings
}

func isCpp(file string) bool { return path.Ext(file) == ".h" || path.Ext(file) == ".cc" }

func isUnitTest(file string) bool { return strings.HasSuffix(file, "_test.cc") }

// isForTests tells whether only tests are linked with a file.
func isForTests(file string) bool {
	return isUnitTest(file) || strings.Contains(file, "/testing/") ||
		strings.HasPrefix(file, "tests/")
}

// isFake tells by its name whether a header is one of a fake or a fixture.
func isFake(header string) bool {
	return isForTests(header) || strings.HasPrefix(path.Base(header), "fake_") ||
		strings.HasPrefix(path.Base(header), "testing_")
}

var (
	includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+"([^"]+)"`)
	// An include of ours that the rules about folders can't follow.
	oddInclude = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+(<(?:common|services|shim|tests|evroc)/[^>]+>|"[^"]*\.\./[^"]*")`)
)

// WrongIncludes are the includes of the product that go against its
// dependencies: from the product to fakes, between services and shim, from
// common to either, and between folders that no arrow leads between; and those
// that are not written from the root, in quotes.
func WrongIncludes(repository *Repository) []Finding {
	var findings []Finding
	for _, file := range repository.Sources() {
		if !isBelow(file, product) || !isCpp(file) {
			continue
		}
		text := repository.texts[file]
		find := func(place []int, fault string) {
			line := 1 + strings.Count(text[:place[2]], "\n")
			findings = append(findings, Finding{file, line, "includes " + text[place[2]:place[3]] + ": " + fault})
		}
		for _, place := range oddInclude.FindAllStringSubmatchIndex(text, -1) {
			find(place, "not in quotes, from the root")
		}
		for _, place := range includeLine.FindAllStringSubmatchIndex(text, -1) {
			if fault := includeFault(file, text[place[2]:place[3]]); fault != "" {
				find(place, fault)
			}
		}
	}
	return findings
}

// includeFault says why a file must not include a header; nothing if it may.
func includeFault(file, header string) string {
	if !isForTests(file) && isFake(header) {
		return "the product does not include fakes and fixtures"
	}
	part, _, _ := strings.Cut(file, "/")
	other, _, _ := strings.Cut(header, "/")
	switch {
	case part == "common" && (other == "services" || other == "shim"),
		part == "services" && other == "shim", part == "shim" && other == "services":
		return part + " does not include " + other
	case part == other:
		return folderFault(folderOf(file), folderOf(header))
	}
	return ""
}

// arrows are what the product's folders include (docs/rooms.svg): a folder may
// include those that an arrow leads to, and those that lie behind them.
var arrows = map[string][]string{
	"shim":                          {"shim/app"}, // main.cc
	"shim/app":                      {"shim/reconcile/cluster", "shim/reconcile/machine", "shim/diagnostics"},
	"shim/reconcile/cluster":        {"shim/reconcile/takeover"},
	"shim/reconcile/machine":        {"shim/reconcile/machine/status", "shim/reconcile/takeover", "shim/userdata"},
	"shim/reconcile/machine/status": {"shim/reconcile"},
	"shim/reconcile/takeover":       {"shim/reconcile"},
	"shim/reconcile":                {"shim/reconcile/identity", "shim/node"},
	"shim/reconcile/identity":       {"shim/controller", "shim/rpc"},
	"shim/diagnostics":              {"shim/controller"},
	"shim/node":                     {"shim/controller"},
	"shim/controller":               {"shim/cache"},
	"shim/cache":                    {"shim/kube"},
	"shim/rpc":                      nil,
	"shim/userdata":                 nil,
	"shim/kube":                     nil,

	"services/network":           {"services/network/spec", "services/rpc"},
	"services/network/spec":      {"services/fields"},
	"services/compute":           {"services/compute/placement", "services/rpc"},
	"services/compute/placement": {"services/inventory"},
	"services/rpc":               {"services/watch", "services/fields"},
	"services/watch":             {"services/inventory"},
	"services/fields":            {"services/inventory", "services/evroc/connection"},
	"services/inventory":         {"services/inventory/polling", "services/identity", "services/evroc"},
	"services/inventory/polling": nil,
	"services/identity":          {"services/evroc/api"},
	"services/evroc/connection":  {"services/evroc/rest", "services/evroc/kcp", "services/evroc/auth"},
	"services/evroc/rest":        {"services/evroc/codec", "services/evroc/http", "services/evroc"},
	"services/evroc/kcp":         {"services/evroc/codec", "services/evroc/http", "services/evroc"},
	"services/evroc/codec":       {"services/evroc/api"},
	"services/evroc/http":        {"services/evroc/api"},
	"services/evroc":             {"services/evroc/api"}, // the fakes of the cloud
	"services/evroc/auth":        {"services/evroc/credentials"},
	"services/evroc/credentials": nil,
	"services/evroc/api":         nil,

	"common/kubeconfig": {"common/auth", "common/yaml"},
	"common/transport":  {"common/auth"},
	"common/auth":       {"common/crypto", "common/files", "common/http"},
	"common/cloud":      {"common/status"},
	"common/crypto":     {"common/json"},
	"common/yaml":       {"common/json"},
	"common/server":     {"common/http"}, // its tests
	"common/http":       {"common/net", "common/status", "common/time"},
	"common/json":       {"common/status", "common/text"},
	"common/labels":     {"common/status", "common/text"},
	"common/files":      nil,
	"common/log":        nil,
	"common/names":      {"common/crypto"},
	"common/net":        nil,
	"common/proto":      nil,
	"common/status":     {"common/text"},
	"common/text":       nil,
	"common/time":       nil,
}

// Fixtures of whole reconciles are in no order with the others.
const fixtures = "shim/testing"

// folderOf is a file's folder; that of fakes is the one of what they stand for.
func folderOf(file string) string {
	if folder := path.Dir(file); folder == fixtures {
		return folder
	}
	return strings.TrimSuffix(path.Dir(file), "/testing")
}

func folderFault(from, to string) string {
	if from == to || from == fixtures || to == fixtures || leadsTo(from, to) {
		return ""
	}
	return fmt.Sprintf("%s does not include %s", from, to)
}

// leadsTo tells whether arrows lead from a folder to another.
func leadsTo(from, to string) bool {
	return slices.ContainsFunc(arrows[from], func(next string) bool {
		return next == to || leadsTo(next, to)
	})
}

// FoldersWithoutArrows are folders of the product that no arrow above knows.
func FoldersWithoutArrows(repository *Repository) []Finding {
	var findings []Finding
	seen := map[string]bool{fixtures: true}
	for _, file := range repository.Sources() {
		folder := folderOf(file)
		if !isBelow(file, product) || !isCpp(file) || seen[folder] {
			continue
		}
		seen[folder] = true
		if _, known := arrows[folder]; !known {
			findings = append(findings, Finding{folder, 1, "has no place among the arrows"})
		}
	}
	return findings
}

const picture = "docs/rooms.svg"

var pictured = regexp.MustCompile(`(?m)<text [^>]*>([^<]*)</text>`)

// RoomsNotPictured are the folders with arrows that docs/rooms.svg does not
// show by their last name.
func RoomsNotPictured(repository *Repository) []Finding {
	names := map[string]bool{}
	for _, text := range pictured.FindAllStringSubmatch(repository.texts[picture], -1) {
		for _, name := range strings.FieldsFunc(text[1], func(r rune) bool { return strings.ContainsRune("/, ", r) }) {
			names[name] = true
		}
	}
	var findings []Finding
	for _, folder := range slices.Sorted(maps.Keys(arrows)) {
		if !names[path.Base(folder)] {
			findings = append(findings, Finding{picture, 1, "does not show " + folder})
		}
	}
	return findings
}

// MisplacedFakes are fakes and fixtures that the product could be linked with:
// outside of folders named testing, or in one that Bazel does not mark.
func MisplacedFakes(repository *Repository) []Finding {
	var findings []Finding
	for _, file := range repository.Sources() {
		if !isBelow(file, product) {
			continue
		}
		folder, name := path.Split(file)
		inTesting := strings.HasSuffix(folder, "/testing/")
		isBuild := name == "BUILD.bazel"
		if inTesting && isBuild && !strings.Contains(repository.texts[file], "default_testonly = True") {
			findings = append(findings, Finding{file, 1, "lacks default_testonly = True"})
		}
		if !inTesting && isCpp(file) && !isUnitTest(file) && isFake(file) {
			findings = append(findings, Finding{file, 1, "is not in a folder named testing"})
		}
	}
	return findings
}
