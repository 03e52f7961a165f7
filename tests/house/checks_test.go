package house

import (
	"slices"
	"testing"
)

// TestNoInputReachesACheck: each line that may end the process is known, with
// the reason why nothing from outside reaches it.
func TestNoInputReachesACheck(t *testing.T) {
	for _, finding := range CheckFindings(openRepository(t), AllowedChecks) {
		t.Error(finding)
	}
}

func TestLinesThatEndTheProcessAreFound(t *testing.T) {
	for _, line := range []string{
		"CHECK(a);", "  CHECK_EQ(a, b);", "DCHECK(a);", "QCHECK_NE(a, b);", "PCHECK(a);",
		`LOG(FATAL) << "a";`, "std::abort();", "abort();", "std::terminate();", "assert(a);", "throw a;",
		"__builtin_trap();", "std::stoi(a);", "std::get<int>(a);", "map_.at(key);", "map->at(key);",
		"exit(1);", "list[0].at(1);", "dynamic_cast<A&>(b);",
	} {
		repository := NewRepository(map[string]string{"shim/a.cc": "int x;\n" + line})
		if found := CheckFindings(repository, nil); len(found) != 1 || found[0].Line != 2 {
			t.Errorf("%s: found %v", line, found)
		}
	}
	for name, text := range map[string]string{
		"shim/a.cc":           "// CHECK(a);\nviolations.Check(a);\nstatic_assert(a);\nCheckAlive(a);\nthat.match(x);\nLOG(ERROR) << a;",
		"shim/a_test.cc":      "CHECK(a);",
		"shim/testing/a.cc":   "CHECK(a);",
		"tests/evroc_sim/a.h": "CHECK(a);",
	} {
		if found := CheckFindings(NewRepository(map[string]string{name: text}), nil); len(found) != 0 {
			t.Errorf("%s: found %v", name, found)
		}
	}
}

func TestAllowedChecksAreThere(t *testing.T) {
	repository := NewRepository(map[string]string{"shim/a.cc": "CHECK(a);\nCHECK(b);"})
	allowed := map[string][]AllowedCheck{"shim/a.cc": {{"CHECK(a)", "why"}, {"CHECK(c)", "why"}}, "shim/b.cc": {}}
	var lines []int
	for _, finding := range CheckFindings(repository, allowed) {
		lines = append(lines, finding.Line)
	}
	if !slices.Equal(lines, []int{2, 1, 1}) {
		t.Errorf("found lines %v", lines)
	}
}
