package house

import "testing"

// TestEveryFlagIsDocumented: docs/configuration.md has each flag of a program.
func TestEveryFlagIsDocumented(t *testing.T) {
	for _, finding := range FlagFindings(openRepository(t)) {
		t.Error(finding)
	}
}

func TestFlagsWithoutDocumentationAreFound(t *testing.T) {
	repository := NewRepository(map[string]string{
		"shim/app/a_flags.cc": "set.Add(\"a-b\", &x);\nset.Add(\"v\", &y);\nset.Add(\n    \"c\", &z);\n",
		"shim/app/other.cc":   `set.Add("d", &x);`,
		flagsDocument:         "| `--a-b` | `--v=1` | `--c-d` |",
	})
	found := FlagFindings(repository)
	if len(found) != 1 || found[0].Line != 4 {
		t.Errorf("found %v", found)
	}
}
