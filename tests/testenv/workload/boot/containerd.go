package boot

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

const containerdConfig = "/etc/containerd/config.toml"

// containerd tracks the container runtime through the commands: the content of
// its configuration, and the configuration that the running process has read.
type containerd struct {
	installed bool
	running   bool
	// edited is whether the file has SystemdCgroup = true, effective whether the
	// process has read it.
	edited, effective bool
}

// containerdProblem checks containerd at the moment when
// kubeadm starts (traps.md A11). An image with kubeadm has a containerd that
// runs with systemd's cgroup driver, as image-builder makes it.
func containerdProblem(config *cloudConfig, before []pipeline, guest Guest) error {
	state := containerd{edited: setsSystemdCgroup(string(config.files[containerdConfig]))}
	if guest.hasKubeadm() {
		state = containerd{installed: true, running: true, edited: true, effective: true}
	}
	for _, line := range before {
		state.follow(line)
	}
	switch {
	case !state.installed:
		return errors.New("containerd is not installed before kubeadm runs")
	case !state.edited:
		return errors.New("containerd is left with the cgroupfs driver: SystemdCgroup is never set to true")
	case !state.running:
		return errors.New("containerd is not started before kubeadm runs")
	case !state.effective:
		return errors.New("containerd is not restarted after the SystemdCgroup edit, so it still uses cgroupfs")
	}
	return nil
}

var systemdCgroup = regexp.MustCompile(`SystemdCgroup\s*=\s*true`)

func setsSystemdCgroup(text string) bool { return systemdCgroup.MatchString(text) }

func (s *containerd) follow(line pipeline) {
	if installsContainerd(line) {
		s.install(len(packagesOf(line)) > 0)
	}
	s.configure(line)
	for _, c := range line {
		s.control(c)
	}
}

var containerdArchive = regexp.MustCompile(`(containerd|nerdctl-full)-[^\s/]*\.tar\.gz`)

func installsContainerd(line pipeline) bool {
	for _, name := range []string{"containerd", "containerd.io", "docker.io", "docker-ce"} {
		if slices.ContainsFunc(packagesOf(line), func(p string) bool { return packageName(p) == name }) {
			return true
		}
	}
	return fetches(line) && containerdArchive.MatchString(line.text())
}

// install handles an installation: a package starts the service at once, an
// archive does not.
func (s *containerd) install(isPackage bool) {
	s.installed = true
	if isPackage && !s.running {
		s.start()
	}
}

// configure handles commands that change the configuration. The default
// configuration overwrites an edit.
func (s *containerd) configure(line pipeline) {
	text := line.text()
	switch {
	case line[0].name() == "grep":
	case strings.Contains(text, "SystemdCgroup"):
		if editsToTrue(text) {
			s.edited = true
		}
	case line.writes(containerdConfig):
		s.edited = false
	}
}

// sed's replacement may have any spelling of the assignment.
var editPattern = regexp.MustCompile(`SystemdCgroup[^\n]*true`)

func editsToTrue(text string) bool { return editPattern.MatchString(text) }

func (s *containerd) start() {
	s.running = true
	s.effective = s.edited
}

// control handles systemctl and service. start and enable --now do nothing if
// the service runs, and fail if it is not installed.
func (s *containerd) control(c command) {
	verb := serviceVerb(c, "containerd")
	if !s.installed || verb == "" {
		return
	}
	switch verb {
	case "restart", "force-restart", "reload-or-restart":
		s.start()
	case "try-restart":
		if s.running {
			s.start()
		}
	case "start":
		if !s.running {
			s.start()
		}
	case "stop":
		s.running = false
	}
}

// serviceVerb returns the action of the command on the service: start, stop,
// restart …, empty if none. `enable --now` is start, `disable --now` is stop.
func serviceVerb(c command, unit string) string {
	words := c.arguments()
	isUnit := func(word string) bool { return word == unit || word == unit+".service" }
	if c.name() == "service" && len(words) == 2 && isUnit(words[0]) {
		return words[1]
	}
	if c.name() != "systemctl" || !slices.ContainsFunc(words, isUnit) {
		return ""
	}
	verb := slices.IndexFunc(words, func(word string) bool { return !strings.HasPrefix(word, "-") })
	now := slices.Contains(words, "--now")
	switch words[verb] {
	case "enable":
		if now {
			return "start"
		}
		return "enable"
	case "disable", "mask":
		if now {
			return "stop"
		}
	}
	return words[verb]
}
