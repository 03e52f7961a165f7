package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// key identifies a test; the test is empty for events of a whole package.
type key struct{ pkg, test string }

// result is the result of a test.
type result struct {
	key
	action  string
	elapsed float64
	output  strings.Builder
	// reported is false where only the name of a subtest implies it: a "/" in
	// that.
	reported bool
	subtests int
	// failedSubtests of all depths.
	failedSubtests int
}

type results struct {
	out     io.Writer
	byKey   map[key]*result
	ordered []*result
}

func newReport(out io.Writer) *results {
	return &results{out: out, byKey: map[key]*result{}}
}

func (r *results) read(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil {
		// A line that is no event is from the compiler, or from a crash.
		r.out.Write(line)
		return
	}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "build-fail":
	default:
		r.note(e)
	}
}

func (r *results) get(k key) *result {
	found := r.byKey[k]
	if found == nil {
		found = &result{key: k}
		r.byKey[k] = found
		r.ordered = append(r.ordered, found)
		if at := strings.LastIndexByte(k.test, '/'); at >= 0 {
			r.get(key{k.pkg, k.test[:at]}).subtests++
		}
	}
	return found
}

func (r *results) note(e event) {
	if e.Action == "run" {
		r.forget(key{e.Package, e.Test})
	}
	one := r.get(key{e.Package, e.Test})
	one.reported = true
	switch e.Action {
	case "output":
		one.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		one.action, one.elapsed = e.Action, e.Elapsed
		r.ended(one)
	}
}

// forget removes the results of an earlier run of a test and its subtests.
func (r *results) forget(k key) {
	earlier := r.byKey[k]
	if earlier == nil || earlier.action == "" {
		return
	}
	r.ordered = slices.DeleteFunc(r.ordered, func(one *result) bool {
		gone := one.pkg == k.pkg && (one.test == k.test ||
			strings.HasPrefix(one.test, k.test+"/"))
		if gone {
			delete(r.byKey, one.key)
		}
		return gone
	})
}

// ended prints a line for each test and package as it ends.
func (r *results) ended(one *result) {
	name := short(one.pkg) + " " + one.test
	switch {
	case one.test == "" && strings.Contains(one.output.String(),
		"[no test files]"):
	case one.action == "fail":
		fmt.Fprintf(r.out, "FAIL %s (%.1f s)\n%s", name, one.elapsed,
			indent(one.output.String()))
	case one.action == "pass" && !strings.Contains(one.test, "/"):
		fmt.Fprintf(r.out, "ok   %s (%.1f s)\n", name, one.elapsed)
	}
}

func (r *results) countFailure(one *result) {
	for test := one.test; ; {
		at := strings.LastIndexByte(test, '/')
		if at < 0 {
			break
		}
		test = test[:at]
		r.get(key{one.pkg, test}).failedSubtests++
	}
	if one.test != "" {
		r.get(key{one.pkg, ""}).failedSubtests++
	}
}

// finish prints the skipped tests and returns the counts.
func (r *results) finish(required bool) (passed, failed int) {
	for _, one := range r.ordered {
		if one.action == "fail" {
			r.countFailure(one)
		}
	}
	for _, one := range r.ordered {
		switch one.verdict() {
		case "pass":
			passed++
		case "fail":
			failed++
		case "skip":
			fmt.Fprintf(r.out, "SKIP %s %s: %s\n", short(one.pkg), one.test,
				one.reason())
			if required {
				failed++
			}
		case "":
		default:
			fmt.Fprintf(r.out, "FAIL %s %s never ended\n", short(one.pkg),
				one.test)
			failed++
		}
	}
	return passed, failed
}

// verdict is how a test counts, empty if it does not.
func (o *result) verdict() string {
	if o.test == "" {
		if o.action == "fail" && o.failedSubtests == 0 {
			return "fail"
		}
		return ""
	}
	switch {
	case !o.reported:
		return ""
	case o.action == "":
		return "unfinished"
	case o.subtests > 0 && !(o.action == "fail" && o.failedSubtests == 0):
		return ""
	}
	return o.action
}

// reason returns the message of a skipped test.
func (o *result) reason() string {
	for line := range strings.Lines(o.output.String()) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") &&
			!strings.HasPrefix(line, "--- ") {
			return line
		}
	}
	return "it did not say why"
}

// short returns a package without our module.
func short(pkg string) string {
	_, after, found := strings.Cut(pkg, "/tests/")
	if !found {
		return pkg
	}
	return after
}

// indent removes the runner's own lines and indents the rest.
func indent(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "=== ") {
			kept = append(kept, "     "+line)
		}
	}
	return strings.Join(slices.Compact(kept), "")
}
