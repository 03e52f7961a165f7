package boot

import (
	"path"
	"regexp"
	"strings"
)

var assignmentPattern = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=`)

// assignment splits NAME=value.
func assignment(word string) (name, value string, ok bool) {
	match := assignmentPattern.FindStringSubmatch(word)
	if match == nil {
		return "", "", false
	}
	return match[1], word[len(match[0]):], true
}

// expand removes quotes and substitutes variables. It does not change commands
// in $(…).
func (r *scriptReader) expand(word string) string {
	var out strings.Builder
	inDouble := false
	for i := 0; i < len(word); {
		length := 1
		switch c := word[i]; {
		case c == '\'' && !inDouble:
			length = quotedLength(word[i:])
			out.WriteString(strings.Trim(word[i:i+length], "'"))
		case c == '"':
			inDouble = !inDouble
		case c == '\\' && i+1 < len(word):
			length = 2
			out.WriteByte(word[i+1])
		case strings.HasPrefix(word[i:], "$("):
			length = bracketLength(word[i:])
			out.WriteString(word[i : i+length])
		case c == '$':
			var value string
			value, length = r.variable(word[i:])
			out.WriteString(value)
		default:
			out.WriteByte(c)
		}
		i += length
	}
	return out.String()
}

var plainVariable = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)`)

// variable expands the $NAME or ${NAME…} at the start.
func (r *scriptReader) variable(text string) (value string, length int) {
	if strings.HasPrefix(text, "${") {
		length = bracketLength(text)
		return r.parameter(strings.TrimSuffix(text[2:length], "}")), length
	}
	match := plainVariable.FindStringSubmatch(text)
	if match == nil {
		return "$", 1
	}
	return r.variables[match[1]], len(match[0])
}

var parameterPattern = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)(##|#|%%|%|:-|-|//|/)?(.*)$`)

// parameter expands the content of ${…}.
func (r *scriptReader) parameter(inner string) string {
	match := parameterPattern.FindStringSubmatch(inner)
	if match == nil {
		return ""
	}
	value, argument := r.variables[match[1]], r.expand(match[3])
	switch match[2] {
	case "#", "##":
		return cutPrefix(value, argument, match[2] == "##")
	case "%", "%%":
		return cutSuffix(value, argument, match[2] == "%%")
	case ":-", "-":
		if value == "" {
			return argument
		}
	case "/", "//":
		from, to, _ := strings.Cut(argument, "/")
		if match[2] == "//" {
			return strings.ReplaceAll(value, from, to)
		}
		return strings.Replace(value, from, to, 1)
	}
	return value
}

func cutPrefix(value, pattern string, longest bool) string {
	cut := -1
	for i := 0; i <= len(value); i++ {
		if matches(pattern, value[:i]) && (longest || cut < 0) {
			cut = i
		}
	}
	return value[max(cut, 0):]
}

func cutSuffix(value, pattern string, longest bool) string {
	cut := -1
	for i := len(value); i >= 0; i-- {
		if matches(pattern, value[i:]) && (longest || cut < 0) {
			cut = i
		}
	}
	if cut < 0 {
		return value
	}
	return value[:cut]
}

func matches(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return err == nil && ok
}
