package house

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The table of what happens when somebody else changes an object.
const driftTable = "docs/drift.md"

var (
	// A row of a table, not its head or the line below that.
	tableLine   = regexp.MustCompile(`(?m)^\|.*\|$`)
	ruleOfTable = regexp.MustCompile(`^\|[-|]+\|$`)
	// A test in a document, by its suite; and one about drift.
	namedTest = regexp.MustCompile(`\b\w+Test\.\w+\b`)
	driftTest = regexp.MustCompile(`^\w+DriftTest\.`)
)

// DriftFindings are the rows of the table of drift that name no test, and the
// tests about drift that no row names. Whether a named test exists is one of
// the references.
func DriftFindings(repository *Repository) []Finding {
	text := repository.texts[driftTable]
	var findings []Finding
	rows := tableLine.FindAllStringIndex(text, -1)
	for i, place := range rows {
		row := text[place[0]:place[1]]
		isHead := i+1 < len(rows) && ruleOfTable.MatchString(text[rows[i+1][0]:rows[i+1][1]])
		if isHead || ruleOfTable.MatchString(row) || namedTest.MatchString(row) {
			continue
		}
		line := 1 + strings.Count(text[:place[0]], "\n")
		findings = append(findings, Finding{driftTable, line, "names no test"})
	}
	named := map[string]bool{}
	for _, name := range namedTest.FindAllString(text, -1) {
		named[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(tests(repository))) {
		if driftTest.MatchString(name) && !named[name] {
			findings = append(findings, Finding{driftTable, 1, "does not name " + name})
		}
	}
	return findings
}
