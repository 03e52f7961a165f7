package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestElsewhereEachChangeIsALine(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out}
	s.print("before")
	s.show(someRows[:1], "waiting")
	s.show(someRows[:1], "still waiting")
	s.show(nil, "")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{"before", "VPC demo: Ready", "VPC demo: gone"} {
		if i >= len(lines) || !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d should be %q: %q", i, want, lines)
		}
	}
	if len(lines) != 3 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("got %q", lines)
	}
}

func TestOnATerminalTheTableIsDrawnAgainBelowWhatStays(t *testing.T) {
	var out bytes.Buffer
	s := &screen{out: &out, size: func() (int, int) { return 80, 24 }}
	s.show(someRows[:1], "waiting")
	s.print("a line")
	s.show(someRows, "waiting")
	s.settle()
	s.print("the end")
	shown := replay(out.String())
	for _, want := range []string{"a line", inCloud, "waiting", "the end"} {
		count := 0
		for _, line := range shown {
			if line == want {
				count++
			}
		}
		if count != 1 {
			t.Errorf("%q is there %d times:\n%s", want, count,
				strings.Join(shown, "\n"))
		}
	}
	if slices.Index(shown, "a line") > slices.Index(shown, inCloud) {
		t.Errorf("what stays is not above the table: %q", shown)
	}
}

// replay returns what a terminal shows in the end.
func replay(text string) []string {
	var lines []string
	for text != "" {
		up := 0
		if strings.HasPrefix(text, "\x1b[") {
			for _, digit := range text[2:strings.IndexByte(text, 'A')] {
				up = 10*up + int(digit-'0')
			}
			lines = lines[:len(lines)-up]
			_, text, _ = strings.Cut(text, "\x1b[J")
			continue
		}
		var line string
		line, text, _ = strings.Cut(text, "\n")
		lines = append(lines, line)
	}
	return lines
}

func TestToolsOutputIsMovedToTheRightLineByLine(t *testing.T) {
	var out bytes.Buffer
	s := &indented{screen: &screen{out: &out}}
	for _, piece := range []string{"one\ntw", "o\nthr", "ee\n"} {
		if n, err := s.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if got := out.String(); got != "    one\n    two\n    three\n" {
		t.Errorf("got %q", got)
	}
}

func TestCommandsAreShownAsTheyWouldBeTyped(t *testing.T) {
	got := shown("/tmp/x", []string{"apply", "-f", "/tmp/x/demo.yaml", `{"a":1}`})
	if want := `apply -f demo.yaml '{"a":1}'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLastLines(t *testing.T) {
	if got := lastLines("a\nb\nc\n", 2); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("got %q", got)
	}
	if got := lastLines("a", 2); !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %q", got)
	}
}
