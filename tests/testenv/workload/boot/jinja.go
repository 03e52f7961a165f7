package boot

import (
	"fmt"
	"regexp"
	"strings"
)

// The header that makes cloud-init render the document; the capture is the
// rest.
var jinjaHeader = regexp.MustCompile(`^##\s*template:\s*jinja[^\n]*\n?`)

// render renders the document if its first line says that it is a template.
// Undefined variables are written as cloud-init writes them.
func render(text string, guest Guest) (string, error) {
	header := jinjaHeader.FindString(text)
	if header == "" {
		return text, nil
	}
	return expand(text[len(header):], guest)
}

func expand(text string, guest Guest) (string, error) {
	var out strings.Builder
	for {
		start := nextTag(text)
		if start < 0 {
			out.WriteString(text)
			return out.String(), nil
		}
		out.WriteString(text[:start])
		value, rest, err := expandTag(text[start:], guest)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = rest
	}
}

func nextTag(text string) int {
	first := -1
	for _, tag := range []string{"{{", "{%", "{#"} {
		if at := strings.Index(text, tag); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// expandTag expands the tag at the start of text; rest is the text after it.
func expandTag(text string, guest Guest) (value, rest string, err error) {
	closing := map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[text[:2]]
	end := strings.Index(text, closing)
	if end < 0 {
		return "", "", fmt.Errorf("the Jinja tag %.40q has no end", text)
	}
	inner := strings.Trim(text[2:end], "-+ \t\n")
	rest = text[end+2:]
	switch text[:2] {
	case "{#":
		return "", rest, nil
	case "{%":
		return expandStatement(inner, rest)
	}
	value, err = evaluate(inner, guest)
	return value, rest, err
}

var endRaw = regexp.MustCompile(`\{%[-+]?\s*endraw\s*[-+]?%\}`)

// Bootstrap data uses no other statement than raw.
func expandStatement(inner, rest string) (value, after string, err error) {
	if inner != "raw" {
		return "", "", fmt.Errorf("the Jinja statement %q is not known here", inner)
	}
	end := endRaw.FindStringIndex(rest)
	if end == nil {
		return "", "", fmt.Errorf("the Jinja statement raw has no endraw")
	}
	return rest[:end[0]], rest[end[1]:], nil
}

// evaluate evaluates a variable or a string, with its filters.
func evaluate(expression string, guest Guest) (string, error) {
	parts := strings.Split(expression, "|")
	name := strings.TrimSpace(parts[0])
	value, known := literal(name)
	if !known {
		value, known = variable(name, guest)
	}
	for _, filter := range parts[1:] {
		var err error
		if value, known, err = applyFilter(strings.TrimSpace(filter), value, known); err != nil {
			return "", err
		}
	}
	if !known {
		return missing(name)
	}
	return value, nil
}

// missing returns the text that cloud-init writes for an undefined variable.
func missing(name string) (string, error) {
	path := pathOf(name)
	if len(path) == 0 {
		return "", fmt.Errorf("the Jinja expression %q is not known here", name)
	}
	return "CI_MISSING_JINJA_VAR/" + path[len(path)-1], nil
}

func literal(text string) (string, bool) {
	if len(text) < 2 || text[0] != text[len(text)-1] {
		return "", false
	}
	if text[0] != '\'' && text[0] != '"' {
		return "", false
	}
	return text[1 : len(text)-1], true
}

var (
	variablePattern  = regexp.MustCompile(`^[A-Za-z_]\w*(\.\w+|\[\s*('[^']*'|"[^"]*")\s*\])*$`)
	componentPattern = regexp.MustCompile(`\w[\w-]*`)
)

// pathOf splits a.b['c-d'] into its names. It replaces dashes by underscores,
// as cloud-init does.
func pathOf(name string) []string {
	if !variablePattern.MatchString(name) {
		return nil
	}
	path := componentPattern.FindAllString(name, -1)
	for i := range path {
		path[i] = strings.ReplaceAll(path[i], "-", "_")
	}
	return path
}

// variable returns a variable of the NoCloud data of the guest.
func variable(name string, guest Guest) (string, bool) {
	path := strings.Join(pathOf(name), ".")
	facts := map[string]string{
		"local_hostname":    guest.Hostname,
		"instance_id":       guest.InstanceID,
		"availability_zone": guest.Zone,
		"region":            guest.Region,
		"cloud_name":        "nocloud",
		"distro":            "ubuntu",
		"machine":           "x86_64",
		"system_platform":   "linux",
	}
	metaData := map[string]bool{"local_hostname": true, "instance_id": true}
	if last, ok := strings.CutPrefix(path, "ds.meta_data."); ok {
		return facts[last], metaData[last]
	}
	value, known := facts[strings.TrimPrefix(path, "v1.")]
	return value, known && value != ""
}

var filterPattern = regexp.MustCompile(`^(\w+)\s*(?:\((.*)\))?$`)

func applyFilter(filter, value string, known bool) (string, bool, error) {
	match := filterPattern.FindStringSubmatch(filter)
	if match == nil {
		return "", false, fmt.Errorf("the Jinja filter %q is not known here", filter)
	}
	arguments := argumentsOf(match[2])
	switch {
	case match[1] == "default" && len(arguments) >= 1:
		if known {
			return value, true, nil
		}
		return arguments[0], true, nil
	case match[1] == "lower":
		return strings.ToLower(value), known, nil
	case match[1] == "upper":
		return strings.ToUpper(value), known, nil
	case match[1] == "trim":
		return strings.TrimSpace(value), known, nil
	case match[1] == "replace" && len(arguments) == 2:
		return strings.ReplaceAll(value, arguments[0], arguments[1]), known, nil
	}
	return "", false, fmt.Errorf("the Jinja filter %q is not known here", filter)
}

var quoted = regexp.MustCompile(`'([^']*)'|"([^"]*)"`)

func argumentsOf(text string) []string {
	var arguments []string
	for _, match := range quoted.FindAllStringSubmatch(text, -1) {
		arguments = append(arguments, match[1]+match[2])
	}
	return arguments
}
