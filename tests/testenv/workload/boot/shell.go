package boot

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// command is one simple command after expansion.
type command struct {
	words []string
	// environment holds the assignments in front of the command.
	environment map[string]string
	// output is the file that it is redirected to.
	output string
	// input is the text of a here-document.
	input string
}

// name is the name of the program, without its folder.
func (c command) name() string {
	if len(c.words) == 0 {
		return ""
	}
	return path.Base(c.words[0])
}

func (c command) arguments() []string {
	if len(c.words) < 2 {
		return nil
	}
	return c.words[1:]
}

// pipeline is a list of commands that feed each other.
type pipeline []command

// text is the whole pipeline for searching, here-documents included.
func (p pipeline) text() string {
	var parts []string
	for _, c := range p {
		parts = append(parts, strings.Join(c.words, " "))
		for name, value := range c.environment {
			parts = append(parts, name+"="+value)
		}
		parts = append(parts, c.output, c.input)
	}
	return strings.Join(parts, " ")
}

// writes reports whether a command of the pipeline writes the file.
func (p pipeline) writes(file string) bool {
	for _, c := range p {
		if c.output == file {
			return true
		}
		for _, word := range c.arguments() {
			if c.name() == "tee" && word == file {
				return true
			}
		}
	}
	return false
}

// The limit of scripts that call scripts.
const maxDepth = 8

// scriptReader collects the commands of scripts in order. It follows both
// branches of a condition and one round of a loop: only the commands and their
// order matter here.
type scriptReader struct {
	files     map[string][]byte
	variables map[string]string
	pipelines []pipeline
	depth     int
}

// readItems reads the entries of runcmd or bootcmd: lines of shell, or lists
// of words.
func (r *scriptReader) readItems(items []any) {
	for _, item := range items {
		switch value := item.(type) {
		case string:
			r.readScript(value)
		case []any:
			words := make([]string, 0, len(value))
			for _, word := range value {
				words = append(words, fmt.Sprint(word))
			}
			r.add(pipeline{{words: words}})
		}
	}
}

func (r *scriptReader) readScripts(texts []string) {
	for _, text := range texts {
		r.readScript(text)
	}
}

// readScript reads text as a shell would.
func (r *scriptReader) readScript(text string) {
	if r.depth >= maxDepth {
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	tokens := tokenize(text)
	for len(tokens) > 0 {
		end := 0
		for end < len(tokens) && tokens[end].kind != tokenEnd {
			end++
		}
		r.addTokens(tokens[:end])
		tokens = tokens[min(end+1, len(tokens)):]
	}
}

// addTokens turns the tokens of a pipeline into commands.
func (r *scriptReader) addTokens(tokens []token) {
	var line pipeline
	for len(tokens) > 0 {
		end := 0
		for end < len(tokens) && tokens[end].kind != tokenPipe {
			end++
		}
		if c := r.command(tokens[:end]); len(c.words) > 0 {
			line = append(line, c)
		}
		tokens = tokens[min(end+1, len(tokens)):]
	}
	if len(line) > 0 {
		r.add(line)
	}
}

var keywords = map[string]bool{
	"if": true, "then": true, "else": true, "elif": true, "fi": true, "while": true, "until": true,
	"do": true, "done": true, "!": true, "{": true, "}": true, "(": true, ")": true, "time": true,
}

// command expands words. Assignments without a command persist; with a command
// they are its environment.
func (r *scriptReader) command(tokens []token) command {
	c := command{environment: map[string]string{}}
	for i := 0; i < len(tokens); i++ {
		switch tokens[i].kind {
		case tokenInput:
			c.input = os.Expand(tokens[i].text, r.parameter)
		case tokenRaw:
			c.input = tokens[i].text
		case tokenOutput:
			if i++; i < len(tokens) {
				c.output = r.expand(tokens[i].text)
			}
		case tokenWord:
			r.addWord(&c, tokens[i].text)
		}
	}
	if len(c.words) == 0 || c.words[0] == "export" {
		for name, value := range c.environment {
			r.variables[name] = value
		}
	}
	return c
}

func (r *scriptReader) addWord(c *command, raw string) {
	name, value, assigns := assignment(raw)
	exporting := len(c.words) == 1 && c.words[0] == "export"
	if assigns && (len(c.words) == 0 || exporting) {
		c.environment[name] = r.expand(value)
		return
	}
	word := r.expand(raw)
	if len(c.words) == 0 && (keywords[word] || isPrefix(word)) {
		return
	}
	if word != "" || raw != "" {
		c.words = append(c.words, word)
	}
}

// isPrefix reports whether the real command follows the word.
func isPrefix(word string) bool {
	switch path.Base(word) {
	case "sudo", "exec", "env", "nohup", "command", "-E", "-n":
		return true
	}
	return false
}

// add appends a pipeline. It replaces a script that the machine has by its
// content, and `sh -c` by its argument.
func (r *scriptReader) add(line pipeline) {
	r.pipelines = append(r.pipelines, line)
	for _, c := range line {
		if script, ok := r.scriptOf(c); ok {
			r.readScript(script)
		}
	}
}

func (r *scriptReader) scriptOf(c command) (string, bool) {
	if len(c.words) == 0 {
		return "", false
	}
	if content, ok := r.files[c.words[0]]; ok {
		return string(content), true
	}
	switch c.name() {
	case "sh", "bash", "dash", ".", "source":
	default:
		return "", false
	}
	for i, word := range c.arguments() {
		if strings.HasPrefix(word, "-") {
			if strings.HasSuffix(word, "c") && i+2 < len(c.words) {
				return c.words[i+2], true
			}
			continue
		}
		content, ok := r.files[word]
		return string(content), ok
	}
	return c.input, c.input != ""
}
