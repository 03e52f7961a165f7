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

// screen shows the demonstration. On a terminal the last lines are a table that
// is redrawn; elsewhere each change is a line. Safe for use by several
// goroutines.
type screen struct {
	out io.Writer
	// size returns the terminal's size; nil if there is no terminal.
	size    func() (width, height int)
	started time.Time

	mutex sync.Mutex
	// live holds the lines that the next drawing replaces.
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

// terminal reports whether the table is drawn.
func (s *screen) terminal() bool { return s.size != nil }

// print writes lines that are not replaced.
func (s *screen) print(text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.drawLocked(strings.TrimRight(text, "\n")+"\n", s.live)
}

// title prints the heading of a step.
func (s *screen) title(text string) {
	if s.terminal() {
		text = bold + text + plainInk
	}
	s.print("")
	s.print(text)
}

// show draws the current rows and a status line that says what the
// demonstration waits for.
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

// settle keeps the current table; further output follows below it.
func (s *screen) settle() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.live = nil
}

// drawLocked replaces the live lines by text and new live lines. It writes them
// in one piece, so that nothing flickers.
func (s *screen) drawLocked(text string, live []string) {
	var all strings.Builder
	if len(s.live) > 0 {
		// Moves to the first live line and clears from there.
		fmt.Fprintf(&all, "\x1b[%dA\r\x1b[J", len(s.live))
	}
	all.WriteString(text)
	for _, line := range live {
		all.WriteString(line + "\n")
	}
	_, _ = io.WriteString(s.out, all.String())
	s.live = live
}

// indented is a writer that prints whole, indented lines.
type indented struct {
	screen *screen
	rest   []byte
}

// Write must be called by one goroutine at a time.
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
