package house

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

var (
	fence = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	// A heading: its level, then its text.
	heading = regexp.MustCompile(`(?m)^(#+) (.+)$`)
	// What a numbered heading begins with: "B.9.1 Errors", "PART C. A list",
	// "9. How".
	headingNumber = regexp.MustCompile(`^(?:PART )?([A-Z](?:\.[0-9]+)*|[0-9]+(?:\.[0-9]+)*)\.? `)
	// A numbered paragraph or row under a heading.
	itemNumber = regexp.MustCompile(`^(?:\| )?([0-9]+)(?:\. | \|)`)
	// A row or paragraph that defines a rule: "| IC-01 |", "- CL-10 MUST".
	ruleDefinition = regexp.MustCompile(`(?m)^(?:\| |- )([A-Z]+)-([0-9]{2}) `)
	// A row of the table of traps.
	trapDefinition = regexp.MustCompile(`(?m)^\| ([A-Z][0-9]+) \|`)
	markup         = regexp.MustCompile("\\[([^]]*)\\]\\([^)]*\\)|[`*]")
)

// blank replaces all but the line breaks with spaces, so that places stay.
func blank(text string) string {
	blanks := []byte(text)
	for i := range blanks {
		if blanks[i] != '\n' {
			blanks[i] = ' '
		}
	}
	return string(blanks)
}

func withoutFences(text string) string {
	return fence.ReplaceAllStringFunc(text, blank)
}

// anchors are the fragments by which a page's headings are linked to, as GitHub
// makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(withoutFences(text), -1) {
		anchor := anchorOf(match[2])
		for n := 1; found[anchor]; n++ {
			anchor = fmt.Sprintf("%s-%d", anchorOf(match[2]), n)
		}
		found[anchor] = true
	}
	return found
}

func anchorOf(title string) string {
	title = markup.ReplaceAllString(title, "$1")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(title))
}

// sections are the numbers of a text's headings ("B.9.1"), and of the numbered
// paragraphs and rows under each ("C.12").
func sections(text string) map[string]bool {
	found := map[string]bool{}
	current := ""
	for _, line := range strings.Split(withoutFences(text), "\n") {
		if title := heading.FindStringSubmatch(line); title != nil {
			if number := headingNumber.FindStringSubmatch(title[2] + " "); number != nil {
				current = number[1]
				found[current] = true
			}
		} else if item := itemNumber.FindStringSubmatch(line); item != nil {
			found[current+"."+item[1]] = true
		}
	}
	return found
}

// rules are the numbers of the rules that a text defines, by their families.
func rules(text string) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	for _, match := range ruleDefinition.FindAllStringSubmatch(text, -1) {
		if found[match[1]] == nil {
			found[match[1]] = map[string]bool{}
		}
		found[match[1]][match[2]] = true
	}
	return found
}

var (
	testOfCpp = regexp.MustCompile(`(?m)^(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)`)
	testOfGo  = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	// A rule of a Makefile, or the list of those that make no file.
	makeRule = regexp.MustCompile(`(?m)^([\w.-]+(?: +[\w.-]+)*) *:(?:[^=]|$)`)
)

// tests are the names of all tests, those of C++ with their suites, and of the
// suites.
func tests(repository *Repository) map[string]bool {
	found := map[string]bool{}
	for _, text := range repository.texts {
		for _, match := range testOfCpp.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
			found[match[1]+"."+match[2]] = true
		}
		for _, match := range testOfGo.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}
	}
	return found
}

// targets are what a Makefile can make.
func targets(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range makeRule.FindAllStringSubmatch(text, -1) {
		for _, target := range strings.Fields(match[1]) {
			found[target] = true
		}
	}
	return found
}

func traps(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range trapDefinition.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return found
}
