package cloud

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A clause is a sentence about the cloud, and how to see whether it holds.
type clause struct {
	// section of docs/evroc-api.md that has the sentence.
	section string
	standing
	sentence string
	run      func(*trial)
}

// standing is what a clause is founded on, and how it runs.
type standing int

const (
	// stated sentences are the text's own.
	stated standing = 0
	// open sentences are the simulator's answer where the text has a guess or
	// nothing, or where it reports what others saw: a real cloud that does
	// otherwise is told, and has not failed.
	open standing = 1 << iota
	// alone clauses run when no other does, since they need much of a limit.
	alone
)

func (s standing) has(flag standing) bool { return s&flag != 0 }

// clauses are all of them, in the order of the text.
func clauses() []clause {
	return slices.Concat(routeClauses, tokenClauses, accountClauses, shapeClauses, selectorClauses, machineClauses,
		machineChangeClauses, machineRefusalClauses, diskClauses, snapshotClauses, placementClauses, attachmentClauses,
		catalogueClauses, publicIPClauses, groupClauses, networkClauses, subnetClauses,
		serviceClauses, balancerClauses, patchClauses, deletionClauses, errorClauses, nameClauses,
		quotaClauses, roleClauses, imageClauses, bucketClauses)
}

// TestCloud runs every clause. Those that run alone come first.
func TestCloud(t *testing.T) {
	for _, each := range clauses() {
		name := each.section + " " + strings.ReplaceAll(each.sentence, "/", "|")
		t.Run(name, func(t *testing.T) {
			if theCloud.simulated && !each.has(alone) {
				t.Parallel()
			}
			begin(t, each).run()
		})
	}
}

var heading = regexp.MustCompile(`(?m)^#+ (?:PART )?([A-D](?:\.\d+)*)\b|^### (B\.\d+\.\d+)\b`)

// TestClausesCiteSections: each clause is of a section that the text has, and
// says something that no other says.
func TestClausesCiteSections(t *testing.T) {
	text, err := os.ReadFile("../../../docs/evroc-api.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(string(text), -1) {
		sections[match[1]+match[2]] = true
	}
	seen := map[string]bool{}
	for _, each := range clauses() {
		if !sections[each.section] {
			t.Errorf("%q is of %s, which the text does not have", each.sentence, each.section)
		}
		if seen[each.sentence] {
			t.Errorf("there are two clauses %q", each.sentence)
		}
		seen[each.sentence] = true
	}
}
