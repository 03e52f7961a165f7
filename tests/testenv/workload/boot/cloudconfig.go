package boot

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// The limit of unpacked data, well above what a machine of the cloud can hold.
// It protects against zip bombs.
const maxUnpacked = 64 << 20

// cloudConfig holds the fields of the #cloud-config documents that matter for a
// node, and the scripts beside them.
type cloudConfig struct {
	BootCommands []any      `json:"bootcmd"`
	RunCommands  []any      `json:"runcmd"`
	Packages     []any      `json:"packages"`
	WriteFiles   []fileItem `json:"write_files"`
	Users        []any      `json:"users"`
	Keys         []string   `json:"ssh_authorized_keys"`

	// files holds the contents after decoding, by path.
	files map[string][]byte
	// hooks run before everything else, scripts just before the run commands.
	hooks, scripts []string
}

type fileItem struct {
	Path     string `json:"path"`
	Content  any    `json:"content"`
	Encoding string `json:"encoding"`
	Append   bool   `json:"append"`
}

// parseCloudConfig unpacks, renders, merges and decodes.
func parseCloudConfig(userData []byte, guest Guest) (*cloudConfig, error) {
	if len(userData) == 0 {
		return nil, errors.New("the machine has no user data")
	}
	plain, err := gunzipped(userData)
	if err != nil {
		return nil, fmt.Errorf("the user data is broken gzip: %w", err)
	}
	parts, err := partsOf(plain)
	if err != nil {
		return nil, err
	}
	config := &cloudConfig{}
	merged := map[string]any{}
	for _, each := range parts {
		if err := config.addPart(each, guest, merged); err != nil {
			return nil, err
		}
	}
	if err := config.setKeys(merged); err != nil {
		return nil, fmt.Errorf("the user data is no cloud-config: %w", err)
	}
	config.files, err = decodeFiles(config.WriteFiles)
	return config, err
}

// setKeys reads the fields that matter from the merged documents.
func (c *cloudConfig) setKeys(merged map[string]any) error {
	text, err := yaml.Marshal(merged)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, c)
}

// gunzipped unpacks gzipped data and returns other data unchanged.
func gunzipped(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(reader, maxUnpacked+1))
	if err == nil && len(plain) > maxUnpacked {
		err = errors.New("it unpacks to more than 64 MiB")
	}
	return plain, err
}

func decodeFiles(items []fileItem) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, item := range items {
		content, err := decode(contentText(item.Content), item.Encoding)
		if err != nil {
			return nil, fmt.Errorf("the file %s can't be decoded: %w", item.Path, err)
		}
		if item.Append {
			content = append(bytes.Clone(files[item.Path]), content...)
		}
		files[item.Path] = content
	}
	return files, nil
}

func contentText(content any) string {
	switch value := content.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	return fmt.Sprint(content)
}

// decode decodes an encoding of write_files, under all its names. As in
// cloud-init, an unknown encoding means plain text.
func decode(content, encoding string) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "gz", "gzip":
		return gunzipped([]byte(content))
	case "b64", "base64":
		return unbase64(content)
	case "gz+base64", "gzip+base64", "gz+b64", "gzip+b64":
		packed, err := unbase64(content)
		if err != nil {
			return nil, err
		}
		return gunzipped(packed)
	}
	return []byte(content), nil
}

func unbase64(text string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// steps returns all commands of the machine's first boot in order: hooks, boot
// commands, packages, scripts, run commands.
func (c *cloudConfig) steps() []pipeline {
	reader := &scriptReader{files: c.files, variables: map[string]string{}}
	reader.readScripts(c.hooks)
	reader.readItems(c.BootCommands)
	if names := packageNames(c.Packages); len(names) > 0 {
		reader.add(pipeline{{words: append([]string{"apt-get", "install"}, names...)}})
	}
	reader.readScripts(c.scripts)
	reader.readItems(c.RunCommands)
	return reader.pipelines
}

// packageNames reads "name" and [name, version].
func packageNames(items []any) []string {
	var names []string
	for _, item := range items {
		switch value := item.(type) {
		case string:
			names = append(names, value)
		case []any:
			texts := make([]string, 0, len(value))
			for _, part := range value {
				texts = append(texts, fmt.Sprint(part))
			}
			names = append(names, strings.Join(texts, "="))
		}
	}
	return names
}
