package house

import (
	"slices"
	"testing"
)

// TestEveryRowOfDriftNamesATest: what docs/drift.md says is tested, and what is
// tested is there.
func TestEveryRowOfDriftNamesATest(t *testing.T) {
	for _, finding := range DriftFindings(openRepository(t)) {
		t.Error(finding)
	}
}

func TestRowsOfDriftAndTestsAreCompared(t *testing.T) {
	repository := &Repository{texts: map[string]string{
		driftTable: "| changed | test |\n|---|---|\n| a | `NetDriftTest.A` |\n| b | none |\n",
		"x.cc":     "TEST_F(NetDriftTest, A) {}\nTEST_F(NetDriftTest, B) {}\nTEST_F(NetTest, C) {}\n",
	}}
	var found []string
	for _, finding := range DriftFindings(repository) {
		found = append(found, finding.String())
	}
	want := []string{
		"docs/drift.md:4: names no test",
		"docs/drift.md:1: does not name NetDriftTest.B",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
}
