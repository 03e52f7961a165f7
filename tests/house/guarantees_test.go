package house

import (
	"strings"
	"testing"
)

// TestEachGuaranteeNamesATest: what a user may rely on is a sentence and a test
// that fails if it is broken. TestEveryReferenceLeadsSomewhere finds out whether
// the test exists.
func TestEachGuaranteeNamesATest(t *testing.T) {
	_, list, found := strings.Cut(
		openRepository(t).texts["docs/guarantees.md"], "\n* ")
	if !found {
		t.Fatal("there are no guarantees")
	}
	for _, guarantee := range strings.Split(list, "\n* ") {
		sentence, _, _ := strings.Cut(guarantee, "\n#")
		if !namesATest(sentence) {
			t.Errorf("no test is named: %s", sentence)
		}
	}
}

func TestAGuaranteeWithoutATestIsFound(t *testing.T) {
	for sentence, wanted := range map[string]bool{
		"It holds. `DetailsTest`":      true,
		"It holds. `TestLife`":         true,
		"It holds.\n  `DetailsTest.A`": true,
		"It holds.":                    false,
		"DetailsTest holds.":           false,
		"`status` holds.":              false,
	} {
		if namesATest(sentence) != wanted {
			t.Errorf("%q: not %v", sentence, wanted)
		}
	}
}

func namesATest(sentence string) bool {
	for _, part := range code.FindAllString(sentence, -1) {
		if nameOfTest.MatchString(part) {
			return true
		}
	}
	return false
}
