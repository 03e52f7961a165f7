package process

import (
	"bytes"
	"io"
	"strings"
)

// longestLine limits how much of a line is kept.
const longestLine = 4096

// announcements copies standard output to the log and finds the line with the
// address that the program serves.
type announcements struct {
	log     io.Writer
	line    []byte
	found   bool
	address chan string
}

func newAnnouncements(log io.Writer) *announcements {
	return &announcements{log: log, address: make(chan string, 1)}
}

// Write is called by one goroutine, that of exec.
func (a *announcements) Write(content []byte) (int, error) {
	a.look(content)
	return a.log.Write(content)
}

func (a *announcements) look(content []byte) {
	for !a.found && len(content) > 0 {
		end := bytes.IndexByte(content, '\n')
		if end < 0 {
			a.keep(content)
			return
		}
		a.keep(content[:end])
		content = content[end+1:]
		words := strings.Fields(string(a.line))
		a.line = a.line[:0]
		if len(words) == 3 && words[0] == "ready" {
			a.found = true
			a.address <- words[2]
		}
	}
}

func (a *announcements) keep(part []byte) {
	room := longestLine - len(a.line)
	a.line = append(a.line, part[:min(room, len(part))]...)
}
