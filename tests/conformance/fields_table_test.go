package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A fieldRow is a row of docs/fields.md: what can be done with a field, or an
// annotation, after its object was created.
type fieldRow struct {
	kind, name          string
	annotation          bool
	set, change, remove string
}

// The words of the table.
const (
	always      = "yes"
	whileOpen   = "open"
	onlyGrows   = "grow"
	never       = "no"
	withElement = "–"
)

var roleNames = regexp.MustCompile(`\{([A-Za-z]+(?:,[A-Za-z]+)+)\}`)

// fieldTable reads docs/fields.md.
func fieldTable(t *testing.T) []fieldRow {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository(), "docs/fields.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []fieldRow
	kind, annotation := "", false
	for _, line := range strings.Split(string(text), "\n") {
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			kind = heading
		}
		cells := strings.Split(line, " | ")
		cells[0] = strings.TrimPrefix(cells[0], "| ")
		if cells[0] == "field" || cells[0] == "annotation" {
			annotation = cells[0] == "annotation"
		}
		name := strings.Trim(cells[0], "`")
		if kind == "" || len(cells) != 5 || name == cells[0] {
			continue
		}
		for _, each := range expanded(name) {
			rows = append(rows, fieldRow{kind, each, annotation, cells[1], cells[2], cells[3]})
		}
	}
	checkWords(t, rows)
	return rows
}

// expanded writes "{a,b}" in a name out.
func expanded(name string) []string {
	found := roleNames.FindStringSubmatch(name)
	if found == nil {
		return []string{name}
	}
	var names []string
	for _, role := range strings.Split(found[1], ",") {
		names = append(names, strings.Replace(name, found[0], role, 1))
	}
	return names
}

func checkWords(t *testing.T, rows []fieldRow) {
	t.Helper()
	for _, row := range rows {
		for _, word := range []string{row.set, row.change, row.remove} {
			if !slices.Contains([]string{always, whileOpen, onlyGrows, never, withElement}, word) {
				t.Errorf("docs/fields.md: %s has the word %q", row.name, word)
			}
		}
	}
}

// TestTheTableHasEveryField checks that docs/fields.md and the CRDs have the
// same fields.
func TestTheTableHasEveryField(t *testing.T) {
	named := map[string]bool{}
	for _, row := range fieldTable(t) {
		if !row.annotation {
			named[row.kind+" "+row.name] = true
		}
	}
	inCRDs := map[string]bool{}
	for _, crd := range ourCRDs(needServer(t), t) {
		spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		kind, isTemplate := strings.CutSuffix(crd.Spec.Names.Kind, "Template")
		if isTemplate {
			spec = spec.Properties["template"].Properties["spec"]
		}
		for _, field := range leavesOf(&spec, "") {
			inCRDs[kind+" "+field] = true
			if !named[kind+" "+field] {
				t.Errorf("docs/fields.md does not have %s of %s", field, crd.Spec.Names.Kind)
			}
		}
	}
	for field := range named {
		if !inCRDs[field] {
			t.Errorf("docs/fields.md has %s, which is in no CRD", field)
		}
	}
}

// leavesOf returns the fields of a schema, as docs/fields.md names them: of
// lists of objects the list and the members.
func leavesOf(schema *jsonSchema, path string) []string {
	var leaves []string
	switch {
	case len(schema.Properties) > 0:
		for name := range schema.Properties {
			property := schema.Properties[name]
			leaves = append(leaves, leavesOf(&property, strings.TrimPrefix(path+"."+name, "."))...)
		}
	case schema.Items != nil:
		leaves = append(leaves, path+"[]")
		if len(schema.Items.Schema.Properties) > 0 {
			leaves = append(leaves, leavesOf(schema.Items.Schema, path+"[]")...)
		}
	case schema.AdditionalProperties != nil:
		leaves = append(leaves, path+"{}")
	default:
		leaves = append(leaves, path)
	}
	return leaves
}

var annotationNames = regexp.MustCompile(`k\w+Annotation\s*=\s*"([^"]+)"`)

// TestTheTableHasEveryAnnotation checks that docs/fields.md has every annotation
// that the shim reads.
func TestTheTableHasEveryAnnotation(t *testing.T) {
	named := map[string]bool{}
	for _, row := range fieldTable(t) {
		named[row.name] = named[row.name] || row.annotation
	}
	source, err := os.ReadFile(filepath.Join(repository(), "shim/cache/object_meta.h"))
	if err != nil {
		t.Fatal(err)
	}
	found := annotationNames.FindAllStringSubmatch(string(source), -1)
	if len(found) < 10 {
		t.Fatalf("only %d annotations were found", len(found))
	}
	for _, each := range found {
		if !named[each[1]] {
			t.Errorf("docs/fields.md does not have the annotation %s", each[1])
		}
	}
}

// TestNothingIsDefaulted checks that no CRD has a default: it would be written
// into objects that manifests leave it out of, and a second apply, or a GitOps
// tool, would see a difference for ever.
func TestNothingIsDefaulted(t *testing.T) {
	for _, crd := range ourCRDs(needServer(t), t) {
		walk(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, crd.Spec.Names.Kind, func(path string, schema *jsonSchema) {
			if schema.Default != nil {
				t.Errorf("%s has the default %s", path, schema.Default.Raw)
			}
		})
	}
}
