package boot

import (
	"path"
	"regexp"
	"strings"
)

var installers = map[string]bool{
	"apt-get": true, "apt": true, "dnf": true, "yum": true, "zypper": true, "snap": true, "aptitude": true,
}

// packagesOf returns the names, with versions, of the packages that the
// pipeline installs from repositories.
func packagesOf(line pipeline) []string {
	var names []string
	for _, c := range line {
		if !installers[c.name()] {
			continue
		}
		installing := false
		for _, word := range c.arguments() {
			if word == "install" {
				installing = true
			} else if installing && !strings.HasPrefix(word, "-") {
				names = append(names, word)
			}
		}
	}
	return names
}

// packageName returns the name without version and architecture.
func packageName(word string) string {
	if end := strings.IndexAny(word, "=:*"); end >= 0 {
		word = word[:end]
	}
	return path.Base(word)
}

// fetches reports whether the pipeline downloads or unpacks something.
func fetches(line pipeline) bool {
	for _, c := range line {
		switch c.name() {
		case "curl", "wget", "tar", "dpkg", "install", "cp", "mv":
			return true
		}
	}
	return false
}

// installs reports whether the pipeline installs the program, as a package or
// as a file.
func installs(line pipeline, program string) bool {
	for _, name := range packagesOf(line) {
		if packageName(name) == program {
			return true
		}
	}
	return fetches(line) && mentionsFile(line, program)
}

// mentionsFile looks for the program as the last part of a path, alone or in
// braces: /bin/kubeadm, /bin/{kubeadm,kubelet}.
func mentionsFile(line pipeline, program string) bool {
	pattern := regexp.MustCompile(`[/{,]` + regexp.QuoteMeta(program) + `([\s,}"']|$)`)
	return pattern.MatchString(line.text())
}

var (
	packageVersion = regexp.MustCompile(`^kube(?:let|adm)[=-]v?(\d+\.\d+\.\d+)`)
	fileVersion    = regexp.MustCompile(`/v(\d+\.\d+\.\d+)/(?:bin|kubernetes-)`)
	minorVersion   = regexp.MustCompile(`core:/stable:/v(\d+\.\d+)`)
	packageMinor   = regexp.MustCompile(`^kube(?:let|adm)[=-]v?(\d+\.\d+)`)
)

// installedVersion returns the version of the kubelet that the machine
// installs: v1.36.3, or v1.36 if only that is known, or empty.
func installedVersion(steps []pipeline) string {
	minor := ""
	for _, line := range steps {
		whole, part := versionIn(line)
		if whole != "" {
			return "v" + whole
		}
		if part != "" {
			minor = "v" + part
		}
	}
	return minor
}

func versionIn(line pipeline) (whole, minor string) {
	for _, name := range packagesOf(line) {
		if match := packageVersion.FindStringSubmatch(name); match != nil {
			return match[1], ""
		}
		if match := packageMinor.FindStringSubmatch(name); match != nil {
			minor = match[1]
		}
	}
	text := line.text()
	if match := fileVersion.FindStringSubmatch(text); match != nil && mentionsFile(line, "kubelet") {
		return match[1], ""
	}
	if match := minorVersion.FindStringSubmatch(text); match != nil {
		minor = match[1]
	}
	return "", minor
}
