package userdata

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"sort"

	"sigs.k8s.io/yaml"
)

// header makes cloud-init render the whole document as a Jinja template first.
const header = "## template: jinja\n#cloud-config\n\n"

const (
	markerDir  = "/run/cluster-api"
	markerFile = markerDir + "/bootstrap-success.complete"
)

// reserved are the top-level keys that additional user data can't have.
var reserved = map[string]bool{"write_files": true, "ntp": true, "runcmd": true}

// Render writes the user data, gzipped if the spec says so.
func (n Node) Render() ([]byte, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	text, err := n.cloudConfig()
	if err != nil {
		return nil, err
	}
	if n.Spec.GzipUserData == nil || !*n.Spec.GzipUserData {
		return text, nil
	}
	return compressed(text)
}

// block is one top-level key with its value.
type block struct {
	key   string
	value any
}

func (n Node) cloudConfig() ([]byte, error) {
	files, err := n.files()
	if err != nil {
		return nil, err
	}
	blocks := []block{{"write_files", files}}
	if ntp := n.Spec.AgentConfig.NTP; ntp != nil && len(ntp.Servers) > 0 {
		blocks = append(blocks, block{"ntp", map[string]any{
			"enabled": true, "servers": ntp.Servers,
		}})
	}
	before, after, err := n.additional()
	if err != nil {
		return nil, err
	}
	blocks = append(blocks, before...)
	blocks = append(blocks, block{"runcmd", n.commands()})
	blocks = append(blocks, after...)
	return document(blocks)
}

func document(blocks []block) ([]byte, error) {
	var text bytes.Buffer
	text.WriteString(header)
	for _, b := range blocks {
		part, err := yaml.Marshal(map[string]any{b.key: b.value})
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", b.key, err)
		}
		text.Write(part)
	}
	return text.Bytes(), nil
}

// additional returns the user's part: data goes before runcmd, config after it.
func (n Node) additional() (before, after []block, err error) {
	user := n.Spec.AgentConfig.AdditionalUserData
	for key, text := range user.Data {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return nil, nil, fmt.Errorf("additionalUserData.data %q: %w", key, err)
		}
		before = append(before, block{key, value})
	}
	var config map[string]any
	if err := yaml.Unmarshal([]byte(user.Config), &config); err != nil {
		return nil, nil, fmt.Errorf("additionalUserData.config: %w", err)
	}
	for key, value := range config {
		after = append(after, block{key, value})
	}
	return allowed(before), allowed(after), nil
}

// allowed removes the reserved keys and orders the rest.
func allowed(blocks []block) []block {
	kept := make([]block, 0, len(blocks))
	for _, b := range blocks {
		if !reserved[b.key] {
			kept = append(kept, b)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].key < kept[j].key })
	return kept
}

// commands returns the commands of runcmd in order. None of them stops at an
// error.
func (n Node) commands() []string {
	unit, other := "rke2-server", "rke2-agent"
	if n.Role == Agent {
		unit, other = other, unit
	}
	commands := append([]string{}, n.Spec.PreRKE2Commands...)
	commands = append(commands, n.install()...)
	commands = append(commands,
		"systemctl mask "+other+".service",
		"systemctl enable "+unit+".service",
		"systemctl start "+unit+".service",
		"mkdir -p "+markerDir,
		"echo success > "+markerFile)
	return append(commands, n.Spec.PostRKE2Commands...)
}

func (n Node) install() []string {
	agent := n.Spec.AgentConfig
	if agent.AirGapped {
		return n.installFromImage()
	}
	if n.Role == Agent {
		return []string{"curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=" +
			n.Version + " INSTALL_RKE2_TYPE=agent sh -s -"}
	}
	return []string{"curl -sfL https://get.rke2.io | INSTALL_RKE2_VERSION=" +
		n.Version + " sh -s - server"}
}

func (n Node) installFromImage() []string {
	var commands []string
	if sum := n.Spec.AgentConfig.AirGappedChecksum; sum != "" {
		commands = append(commands, "test \"$(cat /opt/rke2-artifacts/sha256sum-*.txt"+
			" | sha256sum | cut -d' ' -f1)\" = "+sum+" || exit 1")
	}
	kind := ""
	if n.Role == Agent {
		kind = " INSTALL_RKE2_TYPE=agent"
	}
	return append(commands,
		"INSTALL_RKE2_ARTIFACT_PATH=/opt/rke2-artifacts"+kind+" sh /opt/install.sh")
}

func compressed(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(text); err != nil {
		return nil, fmt.Errorf("gzip the user data: %w", err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("gzip the user data: %w", err)
	}
	return packed.Bytes(), nil
}
