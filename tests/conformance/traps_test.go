package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTrapsNameTestsThatExist checks that the tests that docs/traps.md names
// exist.
func TestTrapsNameTestsThatExist(t *testing.T) {
	document, err := os.ReadFile(filepath.Join(repository(), "docs", "traps.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	named := regexp.MustCompile("`([A-Za-z]*[a-z][A-Z][A-Za-z0-9]+|[A-Z][0-9]+[A-Z][A-Za-z0-9]+)`").
		FindAllStringSubmatch(string(document), -1)
	if len(named) < 100 {
		t.Fatalf("%d tests are named", len(named))
	}
	for _, match := range named {
		if name := match[1]; !tests[name] {
			t.Errorf("there is no test %s", name)
		}
	}
}

// testNames returns the names of Go test functions, and of C++ tests without
// their suites.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	name := regexp.MustCompile(`(?m)^func (\w+)\(|^(?:TYPED_)?TEST(?:_[FP])?\(\s*\w+,\s*(\w+)\)`)
	names := map[string]bool{}
	err := filepath.WalkDir(repository(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(entry.Name(), "bazel-") && entry.Type() == fs.ModeSymlink {
			return err
		}
		if extension := filepath.Ext(path); extension != ".go" && extension != ".cc" {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, match := range name.FindAllStringSubmatch(string(source), -1) {
			names[match[1]+match[2]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
