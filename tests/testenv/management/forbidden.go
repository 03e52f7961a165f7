package management

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"evroc.com/cluster-api-provider-evroc/tests/testenv/binaries"
)

// missingRight matches the API server's message that an account lacks a right.
// The refusal of a policy or webhook has another text.
var missingRight = regexp.MustCompile(
	`User \\*"system:serviceaccount:[^"]*" cannot|cannot set blockOwnerDeletion`)

// outage is a time in which the API server was down or not ready. In its first
// seconds it knows no roles and refuses all requests.
type outage struct{ from, to time.Time }

// settling is the time after an outage in which a program may still log a
// refusal.
const settling = time.Second

func (o outage) contains(when time.Time) bool {
	return !when.Before(o.from) && !when.After(o.to.Add(settling))
}

// Forbidden lists the log lines of all processes that show a missing right,
// each with the name of its log. The list should be empty. Lines that were
// logged during an outage of the API server do not count.
func (m *Management) Forbidden() ([]string, error) {
	logs, err := filepath.Glob(filepath.Join(m.files.logs, "*.log"))
	if err != nil {
		return nil, err
	}
	// The API server logs what it answered to its clients.
	logs = slices.DeleteFunc(logs, func(path string) bool {
		return path == m.log(binaries.APIServer)
	})
	m.mutex.Lock()
	outages := slices.Clone(m.outages)
	m.mutex.Unlock()
	var result []string
	for _, path := range logs {
		if result, err = appendForbidden(result, path, outages); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func appendForbidden(result []string, path string, outages []outage) (
	[]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	const longest = 16 << 20
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		if missingRight.Match(lines.Bytes()) && !during(outages, lines.Text()) {
			result = append(result,
				fmt.Sprintf("%s: %s", filepath.Base(path), lines.Text()))
		}
	}
	return result, lines.Err()
}

// during reports whether the line was logged in one of the outages.
func during(outages []outage, line string) bool {
	when, ok := logTime(line)
	return ok && slices.ContainsFunc(outages,
		func(one outage) bool { return one.contains(when) })
}

// stamp matches the beginning of a line of klog (E0131 12:00:00.000000) or of
// glog (E20260131 12:00:00.000000).
var stamp = regexp.MustCompile(
	`^[EWIF](?:\d{4})?(\d{4} \d{2}:\d{2}:\d{2}\.\d{6})`)

// logTime returns the time of a line; klog omits the year.
func logTime(line string) (time.Time, bool) {
	found := stamp.FindStringSubmatch(line)
	if found == nil {
		return time.Time{}, false
	}
	when, err := time.ParseInLocation(
		"20060102 15:04:05.000000", time.Now().Format("2006")+found[1], time.Local)
	return when, err == nil
}
