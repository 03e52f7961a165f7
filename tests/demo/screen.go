package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// screen is where the demo is watched. On a terminal the last lines are a table
// that is drawn anew; elsewhere each change is a line. Safe for use by several
// goroutines.
type screen struct {
	out io.Writer
	// size is the terminal's, nil where there is none.
	size    func() (width, height int)
	started time.Time

	mutex sync.Mutex
	// live are the lines that the next drawing replaces.
	live []string
	rows []row
}

func newScreen(out *os.File) *screen {
	s := &screen{out: out, started: time.Now()}
	if term.IsTerminal(int(out.Fd())) && os.Getenv("TERM") != "dumb" {
		s.size = func() (int, int) {
			width, height, err := term.GetSize(int(out.Fd()))
			if err != nil || width <= 0 || height <= 0 {
				return 80, 24
			}
			return width, height
		}
	}
	return s
}

// terminal says whether the table is drawn.
func (s *screen) terminal() bool { return s.size != nil }

// print writes lines that stay.
func (s *screen) print(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.drawLocked(strings.TrimRight(text, "\n")+"\n", s.live)
}

// title is print for the heading of a step.
func (s *screen) title(text string) {
	if s.terminal() {
		text = bold + text + plainInk
	}
	s.print("")
	s.print(text)
}

// show tells what there is now, and what is waited for.
func (s *screen) show(rows []row, status string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := s.rows
	s.rows = rows
	if s.size == nil {
		for _, line := range changes(before, rows) {
			fmt.Fprintf(s.out, "%6.1f s  %s\n", time.Since(s.started).Seconds(), line)
		}
		return
	}
	const around = 4 // empty lines, the status, and the cursor's
	width, height := s.size()
	lines := append([]string{""},
		table(rows, width-1, max(height-around, 1), true)...)
	s.drawLocked("", append(lines, "", cut(status, width-1)))
}

// settle leaves the table where it is; what follows is written below.
func (s *screen) settle() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.live = nil
}

// drawLocked replaces the live lines by a text that stays and new live lines, in
// one piece, so that nothing flickers.
func (s *screen) drawLocked(text string, live []string) {
	var all strings.Builder
	if len(s.live) > 0 {
		// To the first of them, and nothing of them stays.
		fmt.Fprintf(&all, "\x1b[%dA\r\x1b[J", len(s.live))
	}
	all.WriteString(text)
	for _, line := range live {
		all.WriteString(line + "\n")
	}
	_, _ = io.WriteString(s.out, all.String())
	s.live = live
}

// indented is a writer that prints whole lines, moved to the right.
type indented struct {
	screen *screen
	rest   []byte
}

// Write is called by one goroutine at a time.
func (i *indented) Write(content []byte) (int, error) {
	i.rest = append(i.rest, content...)
	for {
		end := bytes.IndexByte(i.rest, '\n')
		if end < 0 {
			return len(content), nil
		}
		i.screen.print("    " + string(i.rest[:end]))
		i.rest = i.rest[end+1:]
	}
}
