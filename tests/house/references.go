package house

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The documents whose parts are cited by number. The first two are about
// things outside: paths and names of documents in them, unlike links, are those
// of other projects.
const (
	cloudReference    = "docs/evroc-api.md"
	contractReference = "docs/cluster-api-contract.md"
	trapList          = "docs/traps.md"
	// What it says was true when it was written.
	history = "CHANGELOG.md"
)

// A Finding is a place in the repository that breaks one of its rules, such as
// a reference that leads nowhere.
type Finding struct {
	File string
	Line int
	Text string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// DeadReferences goes through all sources and documents of a repository.
func DeadReferences(repository *Repository) []Finding {
	checker := newChecker(repository)
	var findings []Finding
	for _, file := range repository.Sources() {
		findings = append(findings, checker.check(file)...)
	}
	return findings
}

func isMarkdown(file string) bool { return path.Ext(file) == ".md" }

func isSource(file string) bool { return !isMarkdown(file) }

func isCode(file string) bool {
	return path.Ext(file) == ".go" || path.Ext(file) == ".cc"
}

func isOurs(file string) bool {
	return file != cloudReference && file != contractReference && file != history
}

func isOurMarkdown(file string) bool { return isMarkdown(file) && isOurs(file) }

func everywhere(string) bool { return true }

// A kind of reference: in which files it is looked for, and in which parts of
// their texts (nil: all); how it looks; and what is wrong with one, nothing if
// it can be opened.
type kind struct {
	in      func(file string) bool
	within  *regexp.Regexp
	pattern *regexp.Regexp
	fault   func(file string, match []string) string
}

type checker struct {
	repository *Repository
	sections   map[string]bool            // of the cloud's reference
	rules      map[string]map[string]bool // of the contract
	traps      map[string]bool
	tests      map[string]bool // "TestOfGo", "SuiteTest", "SuiteTest.TestOfCpp"
	targets    map[string]bool // of make
	kinds      []kind
}

func newChecker(repository *Repository) *checker {
	c := &checker{
		repository: repository,
		sections:   sections(repository.texts[cloudReference]),
		rules:      rules(repository.texts[contractReference]),
		traps:      traps(repository.texts[trapList]),
		tests:      tests(repository),
		targets:    targets(repository.texts["Makefile"]),
	}
	c.kinds = c.kindsOfReferences()
	return c
}

func (c *checker) kindsOfReferences() []kind {
	kinds := []kind{
		{isMarkdown, nil, regexp.MustCompile(`\]\(([^()\s]+)\)`), c.linkFault},
		{isOurs, nil, regexp.MustCompile(`(?:^|[^(\w./<>*-]|(?:^|[^\]])\()([\w./<>*-]*\w\.md)(#[\w-]*\w)?\b`), c.documentFault},
		{isOurMarkdown, code, word, c.pathFault},
		{isOurMarkdown, code, nameOfTest, c.missingTestFault},
		{isOurMarkdown, code, regexp.MustCompile(`(?m)(?:^|[` + "`" + ` ])make [a-z][\w.-]*`), c.targetFault},
		{isSource, comment, word, c.pathFault},
		{isSource, comment, regexp.MustCompile(`\b[A-D][0-9]{1,2}\b`), c.trapFault},
		{everywhere, nil, regexp.MustCompile(`\bADRs? +([0-9]+)\b`), c.decisionFault},
		{everywhere, nil, regexp.MustCompile(`(?:^|[^\w./-])([A-D](?:\.[0-9]+)+)`), c.cloudFault},
		{everywhere, nil, regexp.MustCompile("evroc-api\\.md`? +(?:part +)?([A-Z])\\b"), c.cloudFault},
		{everywhere, nil, regexp.MustCompile("([\\w./-]+\\.md)`? +section +([0-9]+(?:\\.[0-9]+)*)"), c.sectionFault},
		{isMarkdown, nil, regexp.MustCompile("traps\\.md`?,? +([A-Z][0-9]+\\b(?:,? +(?:and +|to +)?[A-Z][0-9]+\\b)*)"), c.trapFault},
		{everywhere, nil, regexp.MustCompile(`\.\./shared\b|§ *[0-9]`), outsideFault},
	}
	if len(c.rules) > 0 {
		families := strings.Join(slices.Sorted(maps.Keys(c.rules)), "|")
		kinds = append(kinds,
			kind{everywhere, nil, regexp.MustCompile(`\b(` + families + `)-([0-9]{2,})\b`), c.ruleFault},
			kind{isCode, nil, testName, c.testFault})
	}
	return kinds
}

var (
	// A line break, and what begins the next line of a comment.
	lineBreak = regexp.MustCompile(`\n[ \t]*(?://+|#+|\*)?[ \t]*`)
	// Code in Markdown, of whole lines or of words.
	code    = regexp.MustCompile("(?s)```.+?```|`[^`]+`")
	comment = regexp.MustCompile(`(?://|#) [^\n]*`)
	word    = regexp.MustCompile(`<?[\w./*{},-]*[\w}]`)
	// With its suite, a suite of C++, or of Go.
	nameOfTest = regexp.MustCompile(`\b(?:\w+Test(?:\.\w+)?|Test[A-Z]\w+)\b`)
	url        = regexp.MustCompile(`\bhttps?://[^\s)>"]+`)
)

// spaces takes the place of a part of a text, so that the rest stays where it
// is.
func spaces(part string) string { return strings.Repeat(" ", len(part)) }

// flatten makes one line of a text, so that what is broken over two lines is
// found.
func flatten(text string) string {
	return lineBreak.ReplaceAllStringFunc(text, spaces)
}

func (c *checker) check(file string) []Finding {
	text := url.ReplaceAllStringFunc(c.repository.texts[file], spaces)
	flat := flatten(text)
	var findings []Finding
	for _, kind := range c.kinds {
		if !kind.in(file) {
			continue
		}
		for _, place := range kind.places(text, flat) {
			if fault := kind.fault(file, groups(text, place)); fault != "" {
				line := 1 + strings.Count(text[:start(place)], "\n")
				findings = append(findings, Finding{file, line, fault})
			}
		}
	}
	return findings
}

// start is where what a place cites stands: its first group, if it has one.
func start(place []int) int {
	if len(place) > 2 {
		return place[2]
	}
	return place[0]
}

// places are where a kind of reference, and the groups of its pattern, are in a
// text; `flat` is the same in one line.
func (k kind) places(text, flat string) [][]int {
	if k.within == nil {
		return k.pattern.FindAllStringSubmatchIndex(flat, -1)
	}
	var found [][]int
	for _, part := range k.within.FindAllStringIndex(text, -1) {
		for _, place := range k.pattern.FindAllStringIndex(text[part[0]:part[1]], -1) {
			found = append(found, []int{part[0] + place[0], part[0] + place[1]})
		}
	}
	return found
}

// groups are what a match and its groups matched; empty where a group did not.
func groups(text string, place []int) []string {
	var matched []string
	for i := 0; i < len(place); i += 2 {
		if place[i] < 0 {
			matched = append(matched, "")
		} else {
			matched = append(matched, text[place[i]:place[i+1]])
		}
	}
	return matched
}
