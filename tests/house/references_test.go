package house

import (
	"maps"
	"path"
	"strings"
	"testing"
)

// TestEveryReferenceLeadsSomewhere: what comments, documents and scripts cite
// lies in the repository. The tests of this package, which hold dead references
// on purpose, are left out.
func TestEveryReferenceLeadsSomewhere(t *testing.T) {
	repository := openRepository(t)
	for _, file := range []string{cloudReference, contractReference, trapList} {
		if !repository.Has(file) {
			t.Errorf("there is no %s, which others cite by number", file)
		}
	}
	for _, finding := range DeadReferences(repository) {
		if isOwnTest, _ := path.Match("tests/house/*_test.go", finding.File); !isOwnTest {
			t.Error(finding)
		}
	}
}

// openRepository reads the repository that the test lies in.
func openRepository(t *testing.T) *Repository {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	repository, err := OpenRepository(root)
	if err != nil {
		t.Fatal(err)
	}
	return repository
}

// small is a repository in which references can lead somewhere.
var small = map[string]string{
	cloudReference:             "# PART A. Old\n## A.5 Errors\n# PART B. New\n## B.9 More\n### B.9.1 Codes\n# PART C. List\n1. One\n# PART D. Open\n| 7 | seven |\n",
	contractReference:          "## 3. Machines\n| IM-07 | MUST |\n- CL-10 MUST\n",
	trapList:                   "| B9 | a |\n| B18 | b |\n| D4 | c |\n",
	"docs/architecture.md":     "# Parts\n## Error codes\n### `kube` and more: all\n## Error codes\n```\n## not one\n```\n",
	"docs/adr/0004-http11.md":  "# 4. HTTP\n",
	"docs/adr/0012-nodes.md":   "# 12. Nodes\n",
	"shim/kube/reflector.h":    "",
	"tests/e2e/api/life.go":    "",
	"tests/tools/a/go.mod":     "",
	"services/rpc/v1/x.proto":  "",
	"common/status/details.cc": "",
	"common/status/a_test.cc":  "TEST_F(DetailsTest,\n       AreRead) {}\n",
	"tests/e2e/api/b_test.go":  "func TestLife(t *testing.T) {}\n",
	"Makefile":                 "x := y\n.PHONY: all test-e2e\nall: deps ## Make\ntest-e2e: all\n",
}

// faultsOf are what is found in a text as the file of that name.
func faultsOf(file, text string) []string {
	texts := maps.Clone(small)
	texts[file] = text
	var faults []string
	for _, finding := range DeadReferences(NewRepository(texts)) {
		faults = append(faults, finding.String())
	}
	return faults
}

func TestWhatCanBeOpenedIsLeftAlone(t *testing.T) {
	cases := map[string]struct{ file, text string }{
		"link":                 {"docs/a.md", "[x](architecture.md) [y](../shim/kube/reflector.h) [z](adr)"},
		"link to a heading":    {"docs/a.md", "[x](architecture.md#error-codes) [y](architecture.md#error-codes-1)"},
		"heading with markup":  {"docs/a.md", "[x](architecture.md#kube-and-more-all)"},
		"heading of the page":  {"docs/a.md", "# Two words\n[x](#two-words)"},
		"link elsewhere":       {"docs/a.md", "[x](https://example.com/gone.md#no)"},
		"bare name":            {"shim/a.h", "// See architecture.md and 0004-http11.md."},
		"name with a path":     {"shim/a.h", "// docs/adr/0004-http11.md"},
		"heading in a comment": {"shim/a.h", "// (architecture.md#error-codes)"},
		"decision":             {"shim/a.h", "// (ADR 4), ADR 12."},
		"section":              {"shim/a.h", "// (evroc-api.md A.5, B.9.1) and C.1, D.7."},
		"part":                 {"shim/a.h", "// evroc-api.md part A; evroc-api.md B"},
		"section by word":      {"shim/a.h", "// cluster-api-contract.md section 3"},
		"rule":                 {"shim/a.h", "// IM-07, CL-10, XX-99"},
		"row":                  {"docs/a.md", "`traps.md` B9, B18 and D4"},
		"test's name":          {"a_test.go", "func TestIM07AndB9Holds(t *testing.T) {}\nfunc TestB9D4Life() {}"},
		"test's name in C++":   {"a_test.cc", "TEST_F(Some, B18IsSent) {}\nTEST(Some, B9A429) {}\nTEST(Some, Base64) {}"},
		"path":                 {"docs/a.md", "`shim/kube/reflector.h`, `kube/reflector.h`, `reflector.h`, `tests/e2e/api`"},
		"path with choices":    {"docs/a.md", "`shim/kube/{reflector.h,reflector}`, `{shim,tests}`, `services/{rpc/v1,rpc}`"},
		"path with a star":     {"docs/a.md", "`tests/tools/*/go.mod`, `services/*/v1`"},
		"path without ending":  {"docs/a.md", "`common/status/details`"},
		"paths of others":      {"docs/a.md", "`compute/v1beta2`, `evroc.com/owner-id`, `/shim/none`, `//shim:none`"},
		"path that is made":    {"docs/a.md", "`shim/<name>/x`, `$DIR/env.sh`, `logs/NAME.log`"},
		"path in a comment":    {"a.h", "// See reflector.h and tests/e2e/api, not <poll.h>.\n#include \"absl/time/time.h\""},
		"path in a program":    {"a.go", `const program = "shim/program"`},
		"tests":                {"docs/a.md", "`DetailsTest.AreRead`, `TestLife`, `DetailsTest`, `DetailsTest.*`\n```\ngo test -run '^TestLife$'\n```"},
		"targets of make":      {"docs/a.md", "`make all`, `GO=1 make test-e2e`; make sure\n```\nmake all\n```"},
		"names of others":      {cloudReference, small[cloudReference] + "`shim/gone.h`, README-OF-OTHERS.md"},
		"history":              {"CHANGELOG.md", "`shim/gone.h` and gone.md"},
		"no source":            {"tests/corpus/x", "../shared"},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			if faults := faultsOf(each.file, each.text); len(faults) != 0 {
				t.Error(faults)
			}
		})
	}
}

func TestDeadReferencesAreFound(t *testing.T) {
	cases := map[string]struct{ file, text, fault string }{
		"link":                  {"docs/a.md", "\n[x](gone.md)", "docs/a.md:2: links to docs/gone.md, which does not exist"},
		"link from elsewhere":   {"docs/a.md", "[x](docs/architecture.md)", "docs/a.md:1: links to docs/docs/architecture.md, which does not exist"},
		"link to a heading":     {"docs/a.md", "[x](architecture.md#gone)", "docs/a.md:1: docs/architecture.md has no heading #gone"},
		"heading in a fence":    {"docs/a.md", "[x](architecture.md#not-one)", "docs/a.md:1: docs/architecture.md has no heading #not-one"},
		"heading of the page":   {"docs/a.md", "[x](#gone)", "docs/a.md:1: docs/a.md has no heading #gone"},
		"bare name":             {"shim/a.h", "//\n// See design.md.", "shim/a.h:2: names design.md, which does not exist"},
		"heading in a comment":  {"shim/a.h", "// (architecture.md#gone)", "shim/a.h:1: docs/architecture.md has no heading #gone"},
		"decision":              {"shim/a.h", "// (ADR 5)", "shim/a.h:1: there is no ADR 5"},
		"decision in two lines": {"a.yaml", "# as ADR\n# 5 says", "a.yaml:2: there is no ADR 5"},
		"section":               {"shim/a.h", "// (evroc-api.md A.5, B.9.2)", "shim/a.h:1: docs/evroc-api.md has no B.9.2"},
		"section in two lines":  {"shim/a.h", "// (evroc-api.md\n// B.8)", "shim/a.h:2: docs/evroc-api.md has no B.8"},
		"section by itself":     {"a.proto", "  // C.2", "a.proto:1: docs/evroc-api.md has no C.2"},
		"part":                  {"Makefile", "# evroc-api.md part E", "Makefile:1: docs/evroc-api.md has no E"},
		"section by word":       {"a.h", "// cluster-api-contract.md section 4", "a.h:1: docs/cluster-api-contract.md has no section 4"},
		"rule":                  {"a.sh", "# IM-70", "a.sh:1: docs/cluster-api-contract.md has no rule IM-70"},
		"row":                   {"a.h", "// (traps.md B9, D5)", "a.h:1: docs/traps.md has no row D5"},
		"row in a document":     {"docs/a.md", "(`traps.md` B9 and\nD5)", "docs/a.md:1: docs/traps.md has no row D5"},
		"row by itself":         {"a.go", "x() // D6", "a.go:1: docs/traps.md has no row D6"},
		"row in two lines":      {"a.h", "// (traps.md\n// B19)", "a.h:2: docs/traps.md has no row B19"},
		"test's name":           {"a_test.go", "func TestB9AndIM08(t *testing.T) {}", "a_test.go:1: docs/cluster-api-contract.md has no rule IM-08"},
		"test's name in C++":    {"a_test.cc", "TEST_F(Some,\n       D5IsSent) {}", "a_test.cc:2: docs/traps.md has no row D5"},
		"path":                  {"docs/a.md", "`shim/queue/reflector.h`", "docs/a.md:1: names shim/queue/reflector.h, which does not exist"},
		"path below a part":     {"docs/a.md", "`queue/reflector.h`", "docs/a.md:1: names queue/reflector.h, which does not exist"},
		"folder":                {"docs/a.md", "`tests/gone/api`", "docs/a.md:1: names tests/gone/api, which does not exist"},
		"one of several":        {"docs/a.md", "`shim/{kube,queue}`", "docs/a.md:1: names shim/queue, which does not exist"},
		"path in a fence":       {"docs/a.md", "```sh\ncd x\ntests/gone.sh -v\n```", "docs/a.md:3: names tests/gone.sh, which does not exist"},
		"path in a comment":     {"a.sh", "x=1  # with tests/gone/api", "a.sh:1: names tests/gone/api, which does not exist"},
		"file in a comment":     {"a.h", "  // See list.h.", "a.h:1: names list.h, which does not exist"},
		"suite":                 {"docs/a.md", "`DetailTest`, `DetailTest.*`", "docs/a.md:1: there is no test DetailTest\ndocs/a.md:1: there is no test DetailTest"},
		"test":                  {"SECURITY.md", "`DetailsTest.AreGone`", "SECURITY.md:1: there is no test DetailsTest.AreGone"},
		"test of Go":            {"docs/a.md", "```\ngo test -run '^TestGone$'\n```", "docs/a.md:2: there is no test TestGone"},
		"target of make":        {"README.md", "`make gone`", "README.md:1: make has no target gone"},
		"link in a reference":   {contractReference, small[contractReference] + "[x](gone.md)", "docs/cluster-api-contract.md:4: links to docs/gone.md, which does not exist"},
		"link in history":       {"CHANGELOG.md", "[x](gone.md)", "CHANGELOG.md:1: links to gone.md, which does not exist"},
		"outside":               {"a.bzl", "# ../shared/house", `a.bzl:1: cites "../shared", which is not in the repository`},
		"section of a design":   {"a.h", "// (design §12)", `a.h:1: cites "§1", which is not in the repository`},
	}
	for name, each := range cases {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(faultsOf(each.file, each.text), "\n"); got != each.fault {
				t.Errorf("found %q, not %q", got, each.fault)
			}
		})
	}
}
