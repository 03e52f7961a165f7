package house

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// A link of Markdown, relative to the page that it is on.
func (c *checker) linkFault(file string, match []string) string {
	target, fragment, _ := strings.Cut(match[1], "#")
	if strings.Contains(target, ":") {
		return "" // a scheme: somewhere else
	}
	page := file
	if target != "" {
		page = path.Join(path.Dir(file), target)
	}
	if !c.repository.Has(page) {
		return fmt.Sprintf("links to %s, which does not exist", page)
	}
	return c.anchorFault(page, fragment)
}

func (c *checker) anchorFault(page, fragment string) string {
	if fragment == "" || !isMarkdown(page) || anchors(c.repository.texts[page])[fragment] {
		return ""
	}
	return fmt.Sprintf("%s has no heading #%s", page, fragment)
}

// The name of a document anywhere, in a comment for instance.
func (c *checker) documentFault(file string, match []string) string {
	if isPattern(match[1]) {
		return ""
	}
	page, found := c.repository.Document(path.Dir(file), match[1])
	if !found {
		return fmt.Sprintf("names %s, which does not exist", match[1])
	}
	return c.anchorFault(page, strings.TrimPrefix(match[2], "#"))
}

// isPattern tells that a name stands for many.
func isPattern(name string) bool { return strings.ContainsAny(name, "<>*") }

// A word of code in Markdown, which may be a path, or several in short.
func (c *checker) pathFault(_ string, match []string) string {
	for _, name := range alternatives(strings.Trim(match[0], ",.")) {
		if c.isPath(name) && !c.repository.HasBelow(name) {
			return fmt.Sprintf("names %s, which does not exist", name)
		}
	}
	return ""
}

var (
	plainPath = regexp.MustCompile(`^[\w.*-]+(/[\w.*-]+)*$`)
	ofSource  = regexp.MustCompile(`\.(h|cc|proto|go|bzl)$`)
	choice    = regexp.MustCompile(`^([^{}]*)\{([^{}]*,[^{}]*)\}(.*)$`)
)

// isPath tells whether a word is meant as a path in the repository: it begins
// with a folder of the root, or ends as the sources do.
func (c *checker) isPath(word string) bool {
	if !plainPath.MatchString(word) {
		return false
	}
	first, _, inFolder := strings.Cut(word, "/")
	return inFolder && c.repository.directories[first] || ofSource.MatchString(word)
}

// alternatives writes "a/{b,c}" out as "a/b" and "a/c".
func alternatives(word string) []string {
	parts := choice.FindStringSubmatch(word)
	if parts == nil {
		return []string{word}
	}
	var words []string
	for _, each := range strings.Split(parts[2], ",") {
		words = append(words, alternatives(parts[1]+each+parts[3])...)
	}
	return words
}

func (c *checker) decisionFault(_ string, match []string) string {
	number, err := strconv.Atoi(match[1])
	if err == nil && c.repository.HasBelow(fmt.Sprintf("docs/adr/%04d-*.md", number)) {
		return ""
	}
	return fmt.Sprintf("there is no ADR %s", match[1])
}

func (c *checker) cloudFault(_ string, match []string) string {
	if c.sections[match[1]] {
		return ""
	}
	return fmt.Sprintf("%s has no %s", cloudReference, match[1])
}

func (c *checker) sectionFault(file string, match []string) string {
	page, found := c.repository.Document(path.Dir(file), match[1])
	if !found || sections(c.repository.texts[page])[match[2]] {
		return ""
	}
	return fmt.Sprintf("%s has no section %s", page, match[2])
}

var trapNumber = regexp.MustCompile(`[A-Z][0-9]+`)

func (c *checker) trapFault(_ string, match []string) string {
	return c.firstMissingTrap(trapNumber.FindAllString(match[len(match)-1], -1))
}

func (c *checker) firstMissingTrap(numbers []string) string {
	for _, number := range numbers {
		if !c.traps[number] {
			return fmt.Sprintf("%s has no row %s", trapList, number)
		}
	}
	return ""
}

func (c *checker) ruleFault(_ string, match []string) string {
	if c.rules[match[1]][match[2]] {
		return ""
	}
	return fmt.Sprintf("%s has no rule %s-%s", contractReference, match[1], match[2])
}

var (
	testName   = regexp.MustCompile(`\b(?:func +Test|TEST(?:_[FP])?\( *\w+, *)(\w+)`)
	numberedBy = regexp.MustCompile(`(?:^|And)([A-Z]+)([0-9]{2})(?:[A-Z]|And|$)`)
	trapBy     = regexp.MustCompile(`(?:^|And)((?:[A-D][0-9]{1,2})+)(?:[A-Z]|$)`)
)

// The name of a test, which may begin with rules' or traps' numbers.
func (c *checker) testFault(_ string, match []string) string {
	for _, part := range numberedBy.FindAllStringSubmatch(match[1], -1) {
		if family := c.rules[part[1]]; family != nil && !family[part[2]] {
			return c.ruleFault("", part)
		}
	}
	for _, part := range trapBy.FindAllStringSubmatch(match[1], -1) {
		if fault := c.firstMissingTrap(trapNumber.FindAllString(part[1], -1)); fault != "" {
			return fault
		}
	}
	return ""
}

// The name of a test in a document.
func (c *checker) missingTestFault(_ string, match []string) string {
	if c.tests[match[0]] {
		return ""
	}
	return "there is no test " + match[0]
}

// A call of make in a document.
func (c *checker) targetFault(_ string, match []string) string {
	_, target, _ := strings.Cut(match[0], "make ")
	if c.targets[target] {
		return ""
	}
	return "make has no target " + target
}

// A citation that nobody can open who has the repository alone.
func outsideFault(_ string, match []string) string {
	return fmt.Sprintf("cites %q, which is not in the repository", match[0])
}
