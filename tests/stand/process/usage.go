package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ResidentBytes is the memory that the process holds now.
func (p *Process) ResidentBytes() (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", p.Pid())
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(content)) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == "VmRSS:" {
			kibibytes, err := strconv.ParseInt(words[1], 10, 64)
			return kibibytes * 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no VmRSS", path)
}

// ProcessorTime is what the process has used so far, user and system.
func (p *Process) ProcessorTime() (time.Duration, error) {
	path := fmt.Sprintf("/proc/%d/stat", p.Pid())
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold spaces; utime and stime are the 12th
	// and 13th field after it, in ticks of 10 ms.
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
