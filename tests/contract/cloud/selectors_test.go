package cloud

import (
	"fmt"
	"net/url"
	"slices"
)

// B.3: labelSelector. Each finds the groups in `tiers` with these indexes.
var selectorClauses = selectorCases(
	selectorCase{"k=v selects by equality", "tier=frontend", []int{0}},
	selectorCase{"k==v selects by equality", "tier==frontend", []int{0}},
	selectorCase{"k!=v selects also what has no such label", "tier!=frontend", []int{1, 2, 3}},
	selectorCase{"k in (v,w) selects by a set", "tier in (frontend,backend)", []int{0, 1}},
	selectorCase{"k notin (v,w) selects also what has no such label", "tier notin (frontend,backend)", []int{2, 3}},
	selectorCase{"k alone selects what has the label", "tier", []int{0, 1, 2}},
	selectorCase{"!k selects what has no such label", "!tier", []int{3}},
	selectorCase{"commas join requirements that all must hold", "tier in (frontend,backend),environment=production", []int{0, 1}},
	selectorCase{"a value that nothing has selects nothing", "tier=nowhere", []int{}},
)

type selectorCase struct {
	sentence, selector string
	want               []int
}

// selectorCases try each selector form-encoded, as the SDK sends it, together
// with the label of the run.
func selectorCases(cases ...selectorCase) []clause {
	clauses := []clause{
		{"B.3", stated, "a query with a space as + and commas and brackets as %2C %28 %29 is understood", func(t *trial) {
			t.selects("tier+in+%28frontend%2Cbackend%29%2Cenvironment%3Dproduction%2C"+runLabel+"%3D"+t.cloud.prefix, []int{0, 1})
		}},
	}
	for _, each := range cases {
		clauses = append(clauses, clause{"B.3", stated, "the selector " + each.sentence, func(t *trial) {
			t.selects(url.QueryEscape(fmt.Sprintf("%s,%s=%s", each.selector, runLabel, t.cloud.prefix)), each.want)
		}})
	}
	return clauses
}

func (t *trial) selects(encoded string, want []int) {
	t.Helper()
	made := t.labelled()
	found := t.listed(groups, encoded)
	for i, group := range made {
		wanted := slices.Contains(want, i)
		t.wants(slices.Contains(found, group.id) == wanted, "the group with %v is found: %t", tiers[i], !wanted)
	}
	if len(want) == 0 {
		t.wants(len(found) == 0, "it finds %v", found)
	}
}
