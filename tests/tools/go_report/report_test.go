package main

import (
	"strings"
	"testing"
)

const pkg = `"Package":"evroc.com/x/tests/a"`

// lines converts ACTION TEST pairs to events.
func lines(events ...string) string {
	var text strings.Builder
	for _, e := range events {
		action, test, _ := strings.Cut(e, " ")
		text.WriteString(`{"Action":"` + action + `",` + pkg)
		if test != "" {
			text.WriteString(`,"Test":"` + test + `"`)
		}
		text.WriteString("}\n")
	}
	return text.String()
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		name     string
		in       string
		required bool
		last     string
		ok       bool
	}{
		{"nothing", "", false, "0 passed, 0 failed", true},
		{"tests", lines("run A", "pass A", "run B", "fail B", "fail"), false,
			"1 passed, 1 failed", false},
		{"subtests count once", lines("run A", "run A/x", "pass A/x", "run A/y",
			"pass A/y", "pass A", "pass"), false, "2 passed, 0 failed", true},
		{"a failed subtest", lines("run A", "run A/x", "run A/x/y", "fail A/x/y",
			"fail A/x", "fail A", "fail"), false, "0 passed, 1 failed", false},
		{"a parent that fails by itself", lines("run A", "run A/x", "pass A/x",
			"fail A", "fail"), false, "1 passed, 1 failed", false},
		{"a package that fails at its end", lines("run A", "pass A", "fail"),
			false, "1 passed, 1 failed", false},
		{"skipped", lines("run A", "skip A", "pass"), false,
			"0 passed, 0 failed", true},
		{"skipped where that is a failure", lines("run A", "skip A", "pass"),
			true, "0 passed, 1 failed", false},
		{"a test that never ended", lines("run A", "run B", "pass B", "fail"),
			false, "1 passed, 2 failed", false},
		{"a slash in a subtest's name", lines("run A", "run A/x/y", "pass A/x/y",
			"pass A", "pass"), false, "1 passed, 0 failed", true},
		{"a second run counts, not the first", lines("run A", "run A/x",
			"fail A/x", "run A/y", "pass A/y", "fail A", "run B", "pass B", "fail",
			"start", "run A", "run A/x", "pass A/x", "run A/y", "pass A/y", "pass A",
			"pass"), false, "3 passed, 0 failed", true},
		{"a second run that fails too", lines("run A", "fail A", "run B",
			"pass B", "fail", "run A", "fail A", "fail"), false,
			"1 passed, 1 failed", false},
		{"no test files", lines("skip"), true, "0 passed, 0 failed", true},
		{"noise", "panic: oh\n" + lines("run A", "pass A"), false,
			"1 passed, 0 failed", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			ok := report(strings.NewReader(c.in), &out, c.required)
			all := strings.Split(strings.TrimSpace(out.String()), "\n")
			if last := all[len(all)-1]; last != c.last || ok != c.ok {
				t.Errorf("%q, %v, want %q\n%s", last, ok, c.last, &out)
			}
		})
	}
}

func TestFailuresAndSkipsAreShown(t *testing.T) {
	in := `{"Action":"output",` + pkg + `,"Test":"A","Output":"=== RUN A\n"}
{"Action":"output",` + pkg + `,"Test":"A","Output":"x_test.go:7: no tools\n"}
{"Action":"skip",` + pkg + `,"Test":"A"}
{"Action":"output",` + pkg + `,"Test":"B","Output":"x_test.go:9: 1 is not 2\n"}
{"Action":"fail",` + pkg + `,"Test":"B"}
`
	var out strings.Builder
	report(strings.NewReader(in), &out, false)
	for _, want := range []string{"SKIP a A: x_test.go:7: no tools",
		"FAIL a B", "1 is not 2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
