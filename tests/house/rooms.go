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

var includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]+"([^"]+)"`)

// WrongIncludes are the includes of the product that go against its
// dependencies: from the product to fakes, between services and shim, from
// common to either, and upwards inside shim.
func WrongIncludes(repository *Repository) []Finding {
	var findings []Finding
	for _, file := range repository.Sources() {
		if !isBelow(file, product) || !isCpp(file) {
			continue
		}
		text := repository.texts[file]
		for _, place := range includeLine.FindAllStringSubmatchIndex(text, -1) {
			header := text[place[2]:place[3]]
			if fault := includeFault(file, header); fault != "" {
				line := 1 + strings.Count(text[:place[2]], "\n")
				findings = append(findings, Finding{file, line, "includes " + header + ": " + fault})
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
	case part == "shim" && other == "shim":
		return shimFault(shimFolder(file), shimFolder(header))
	}
	return ""
}

// shimRanks orders the folders of shim: none includes one of a higher rank.
// Fixtures of whole reconciles, in shim/testing, have no rank.
var shimRanks = map[string]int{
	"kube":        1,
	"cache":       2,
	"controller":  2,
	"node":        2,
	"rpc":         2,
	"diagnostics": 3, // pages about the others, which only app includes
	"reconcile":   4,
	// Each is a controller of its own over what lies in reconcile.
	"reconcile/cluster": 5,
	"reconcile/machine": 5,
	"app":               6,
	"":                  7, // main.cc
}

// shimFolder is a file's folder below shim; that of fakes is the one of what
// they stand for.
func shimFolder(file string) string {
	folder := strings.TrimPrefix(strings.TrimPrefix(path.Dir(file), "shim"), "/")
	return strings.TrimSuffix(folder, "/testing")
}

func shimFault(from, to string) string {
	low, known := shimRanks[from]
	high, alsoKnown := shimRanks[to]
	areSisters := from != to && low == shimRanks["reconcile/cluster"] && low == high
	if known && alsoKnown && (high > low || areSisters) {
		return fmt.Sprintf("shim/%s does not include shim/%s", from, to)
	}
	return ""
}

// UnrankedFolders are folders of shim that no rule above knows.
func UnrankedFolders(repository *Repository) []Finding {
	var findings []Finding
	seen := map[string]bool{"testing": true}
	for _, file := range repository.Sources() {
		if !strings.HasPrefix(file, "shim/") || !isCpp(file) || seen[shimFolder(file)] {
			continue
		}
		seen[shimFolder(file)] = true
		if _, known := shimRanks[shimFolder(file)]; !known {
			findings = append(findings, Finding{path.Dir(file), 1, "has no place in shimRanks"})
		}
	}
	return findings
}
