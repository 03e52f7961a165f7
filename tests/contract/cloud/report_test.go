package cloud

import (
	"fmt"
	"io"
	"slices"
	"sync"
)

// outcome is what became of a clause.
type outcome string

const (
	holds      outcome = "holds"
	differs    outcome = "DIFFERS"
	observed   outcome = "observed"
	notOffered outcome = "not offered"
	notRun     outcome = "not run"
)

// A report collects what became of the clauses.
type report struct {
	simulated bool

	mutex sync.Mutex
	lines []reportLine
}

type reportLine struct {
	clause
	outcome
	text string
}

func (r *report) add(c clause, what outcome, text string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.lines = append(r.lines, reportLine{c, what, text})
}

// print counts, after what is worth reading: everything but the stated sentences
// that hold. Of the simulator nothing is new, and the tests tell its failures.
func (r *report) print(out io.Writer) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	slices.SortStableFunc(r.lines, func(a, b reportLine) int { return a.rank() - b.rank() })
	counts := map[outcome]int{}
	for _, line := range r.lines {
		counts[line.outcome]++
		if !r.simulated {
			fmt.Fprint(out, line)
		}
	}
	fmt.Fprintf(out, "%d hold, %d differ, %d observed otherwise, %d not offered, %d not run\n",
		counts[holds], counts[differs], counts[observed], counts[notOffered], counts[notRun])
}

func (l reportLine) String() string {
	switch {
	case l.outcome != holds:
		return fmt.Sprintf("%-11s %-6s the text: %s\n      the cloud: %s\n", l.outcome, l.section, l.sentence, l.text)
	case l.has(open):
		return fmt.Sprintf("%-11s %-6s as guessed: %s\n", l.outcome, l.section, l.sentence)
	}
	return ""
}

func (l reportLine) rank() int {
	return slices.Index([]outcome{differs, observed, notOffered, notRun, holds}, l.outcome)
}
