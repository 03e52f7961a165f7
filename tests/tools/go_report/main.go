// Command go_report reads what `go test -json` says, prints it for people, and
// ends with a line "N passed, N failed".
//
// N counts tests; one that has subtests is counted as these, unless it fails by
// itself. A package that fails without a failed test (it does not build, or its
// end finds something) counts as one failure. Skipped tests are named with
// their reason; where EVROC_TESTENV_REQUIRED is 1 they count as failed. Of a
// test that runs a second time the last run counts.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	required := os.Getenv("EVROC_TESTENV_REQUIRED") == "1"
	if !report(os.Stdin, os.Stdout, required) {
		os.Exit(1)
	}
}

// report reports whether nothing failed.
func report(in io.Reader, out io.Writer, required bool) bool {
	r := newReport(out)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.read(line)
		}
		if err != nil {
			break
		}
	}
	passed, failed := r.finish(required)
	fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed)
	return failed == 0
}
