package boot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// A part of the user data, before Jinja.
type part struct {
	// contentType is empty where the first line tells what it is.
	contentType string
	// mergeType tells how a cloud-config is merged with those before it.
	mergeType string
	text      string
}

// partsOf returns the parts of a MIME message, and other data as one part.
func partsOf(data []byte) ([]part, error) {
	if !bytes.Contains(bytes.ToLower(data[:min(len(data), 4096)]), []byte("mime-version:")) {
		return []part{{text: string(data)}}, nil
	}
	message, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the user data is a broken MIME message: %w", err)
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || parameters["boundary"] == "" {
		return nil, errors.New("the user data is a MIME message that is not multipart")
	}
	return readParts(multipart.NewReader(message.Body, parameters["boundary"]))
}

func readParts(reader *multipart.Reader) ([]part, error) {
	var parts []part
	for {
		next, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the user data is a broken MIME message: %w", err)
		}
		text, err := io.ReadAll(next)
		if err != nil {
			return nil, fmt.Errorf("the user data is a broken MIME message: %w", err)
		}
		if strings.EqualFold(next.Header.Get("Content-Transfer-Encoding"), "base64") {
			if text, err = unbase64(string(text)); err != nil {
				return nil, fmt.Errorf("a part of the user data is broken base64: %w", err)
			}
		}
		contentType, _, _ := mime.ParseMediaType(next.Header.Get("Content-Type"))
		parts = append(parts, part{contentType: contentType, mergeType: next.Header.Get("Merge-Type"), text: string(text)})
	}
}

// addPart renders one part. It merges a cloud-config into merged.
func (c *cloudConfig) addPart(each part, guest Guest, merged map[string]any) error {
	text, err := render(each.text, guest)
	if err != nil {
		return err
	}
	if each.contentType == "text/jinja2" {
		each.contentType = ""
	}
	kind, err := kindOf(each.contentType, text)
	if err != nil {
		return err
	}
	switch kind {
	case "text/x-shellscript":
		c.scripts = append(c.scripts, text)
	case "text/cloud-boothook":
		c.hooks = append(c.hooks, text)
	default:
		return mergeConfig(merged, text, each.mergeType)
	}
	return nil
}

// beginnings tell what a text is, as cloud-init does.
var beginnings = []struct{ text, contentType string }{
	{"#cloud-config", "text/cloud-config"},
	{"#!", "text/x-shellscript"},
	{"#cloud-boothook", "text/cloud-boothook"},
}

// kindOf returns the type of what the simulation understands.
func kindOf(contentType, text string) (string, error) {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	for _, known := range beginnings {
		if contentType == known.contentType || contentType == "" && strings.HasPrefix(line, known.text) {
			return known.contentType, nil
		}
	}
	if contentType != "" {
		return "", fmt.Errorf("a part of the user data has the type %q, which is not known here", contentType)
	}
	if strings.HasPrefix(strings.TrimSpace(line), "{") && strings.Contains(text, `"ignition"`) {
		return "", errors.New("the user data is for Ignition: the image has cloud-init")
	}
	return "", fmt.Errorf("the user data begins with %.40q instead of #cloud-config", line)
}

// appending are the merge types by which lists are appended and mappings
// merged; without any, a key replaces that of the parts before.
var appending = []string{
	"list(append)+dict(no_replace,recurse_array)+str()",
	"list(append)+dict(no_replace,recurse_list)+str()",
}

func mergeConfig(merged map[string]any, text, mergeType string) error {
	var keys map[string]any
	if err := yaml.Unmarshal([]byte(text), &keys); err != nil {
		return fmt.Errorf("the user data is no cloud-config: %w", err)
	}
	switch {
	case mergeType == "":
		for key, value := range keys {
			merged[key] = value
		}
	case slices.Contains(appending, mergeType):
		appendKeys(merged, keys)
	default:
		return fmt.Errorf("the merge type %q is not known here", mergeType)
	}
	return nil
}

// appendKeys keeps what neither is a list nor a mapping, as cloud-init does.
func appendKeys(merged, keys map[string]any) {
	for key, value := range keys {
		before, exists := merged[key]
		if !exists {
			merged[key] = value
			continue
		}
		switch before := before.(type) {
		case []any:
			if list, ok := value.([]any); ok {
				merged[key] = append(before, list...)
			}
		case map[string]any:
			if mapping, ok := value.(map[string]any); ok {
				appendKeys(before, mapping)
			}
		}
	}
}
