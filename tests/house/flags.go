package house

import (
	"fmt"
	"regexp"
	"strings"
)

const flagsDocument = "docs/configuration.md"

var registersFlag = regexp.MustCompile(`\bset\.Add\(\s*"([a-z][a-z-]*)"`)

// FlagFindings are the flags of the programs, registered in shim_flags.cc and
// service_flags.cc, that docs/configuration.md does not have.
func FlagFindings(repository *Repository) []Finding {
	document := repository.texts[flagsDocument]
	var findings []Finding
	for _, file := range repository.Sources() {
		if !strings.HasSuffix(file, "_flags.cc") {
			continue
		}
		text := repository.texts[file]
		for _, at := range registersFlag.FindAllStringSubmatchIndex(text, -1) {
			name := text[at[2]:at[3]]
			documented := regexp.MustCompile("`--" + name + "(?:=[^`]*)?`")
			if documented.MatchString(document) {
				continue
			}
			findings = append(findings, Finding{file, 1 + strings.Count(text[:at[2]], "\n"),
				fmt.Sprintf("%s does not have the flag --%s", flagsDocument, name)})
		}
	}
	return findings
}
