package boot

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var forwardsIP = regexp.MustCompile(`ip_forward\s*(=\s*1|\s1)|echo 1 .*ip_forward`)

// forwardingProblem returns an error if the kernel does not forward, since
// kubeadm's own checks fail then. A file alone has no effect until sysctl reads
// it.
func forwardingProblem(config *cloudConfig, before []pipeline) error {
	inFile := false
	for path, content := range config.files {
		if strings.Contains(path, "sysctl") && forwardsIP.Match(content) {
			inFile = true
		}
	}
	for _, line := range before {
		text := line.text()
		names := forwardsIP.MatchString(text)
		if strings.Contains(text, "sysctl.d") || strings.Contains(text, "sysctl.conf") {
			inFile = inFile || names
			names = false
		}
		if names || inFile && readsSysctl(line) {
			return nil
		}
	}
	if inFile {
		return errors.New("net.ipv4.ip_forward is written to a file that sysctl never reads before kubeadm runs")
	}
	return errors.New("net.ipv4.ip_forward is never set to 1, which kubeadm insists on")
}

func readsSysctl(line pipeline) bool {
	for _, c := range line {
		switch {
		case c.name() == "sysctl" && strings.Contains(strings.Join(c.arguments(), " "), "-"):
			return true
		case serviceVerb(c, "systemd-sysctl") == "restart":
			return true
		}
	}
	return false
}

// defaultUser is the user that Evroc's platform makes on machines without user
// data.
const defaultUser = "evroc-user"

// userProblems returns an error for each SSH key that is lost: with user data
// the platform makes no user, so the user data must contain the keys of the
// machine (traps.md A13).
func userProblems(config *cloudConfig, guest Guest) []error {
	var problems []error
	for _, key := range guest.SSHKeys {
		if key = strings.TrimSpace(key); key == "" {
			continue
		}
		if !hasKey(config, key) {
			problems = append(problems,
				fmt.Errorf("the SSH key %.24q is set on the machine, but the user data does not give it to %s", key, defaultUser))
		}
	}
	return problems
}

func hasKey(config *cloudConfig, key string) bool {
	for _, item := range config.Users {
		user, ok := item.(map[string]any)
		if !ok || user["name"] != defaultUser {
			continue
		}
		if keys := fmt.Sprint(user["ssh_authorized_keys"], user["ssh-authorized-keys"]); strings.Contains(keys, keyBody(key)) {
			return true
		}
	}
	return false
}

// keyBody returns the type and key without the comment.
func keyBody(key string) string {
	fields := strings.Fields(key)
	return strings.Join(fields[:min(2, len(fields))], " ")
}
