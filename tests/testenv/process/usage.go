package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Memory is the memory of a process in bytes.
type Memory struct {
	// Resident counts all pages, including those that it shares with other
	// processes.
	Resident int64
	// Proportional counts only its share of shared pages.
	Proportional int64
}

// Memory returns the current memory of the process.
func (p *Process) Memory() (Memory, error) {
	path := fmt.Sprintf("/proc/%d/smaps_rollup", p.Pid())
	content, err := os.ReadFile(path)
	if err != nil {
		return Memory{}, err
	}
	sizes := map[string]int64{}
	for line := range strings.Lines(string(content)) {
		words := strings.Fields(line)
		if len(words) != 3 || words[2] != "kB" {
			continue
		}
		if kibibytes, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			sizes[words[0]] = kibibytes * 1024
		}
	}
	memory := Memory{Resident: sizes["Rss:"], Proportional: sizes["Pss:"]}
	if memory.Resident == 0 || memory.Proportional == 0 {
		return Memory{}, fmt.Errorf("%s has no Rss or no Pss", path)
	}
	return memory, nil
}

// ProcessorTime returns the CPU time of the process so far, user and system.
func (p *Process) ProcessorTime() (time.Duration, error) {
	path := fmt.Sprintf("/proc/%d/stat", p.Pid())
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	// The name is in parentheses and may contain spaces. utime and stime are the
	// 12th and 13th field after it, in ticks of 10 ms.
	_, rest, found := strings.Cut(string(content), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, fmt.Errorf("%s is not understood", path)
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, err
}
