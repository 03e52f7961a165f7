// Package house checks the repository as a whole: that what its texts cite lies
// in it and can be opened, that its words are those of the field, and that its
// folders are small and include each other in one direction.
package house

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Repository is what the files of a repository say, by their paths from its
// root, with slashes.
type Repository struct {
	texts       map[string]string
	directories map[string]bool
}

// NewRepository makes one of the texts of its files.
func NewRepository(texts map[string]string) *Repository {
	repository := &Repository{texts: texts, directories: map[string]bool{}}
	for file := range texts {
		for folder := path.Dir(file); folder != "."; folder = path.Dir(folder) {
			repository.directories[folder] = true
		}
	}
	return repository
}

// OpenRepository reads the files that git knows, or would add, under root.
func OpenRepository(root string) (*Repository, error) {
	listed, err := git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	for _, file := range strings.Split(strings.TrimRight(listed, "\x00"), "\x00") {
		if err := read(root, file, texts); err != nil {
			return nil, err
		}
	}
	return NewRepository(texts), nil
}

var sourceName = regexp.MustCompile(
	`\.(h|cc|proto|go|sh|py|md|yaml|bazel|bzl|BUILD|bazelrc|bazelignore|svg|txt|txtpb|clang-tidy|clang-format|gitignore)$` +
		`|(^|/)(Makefile|WORKSPACE|run)$`)

// Sources are the paths of the files that people write, sorted.
func (r *Repository) Sources() []string {
	var sources []string
	for _, file := range slices.Sorted(maps.Keys(r.texts)) {
		if sourceName.MatchString(file) {
			sources = append(sources, file)
		}
	}
	return sources
}

// read leaves out what is no file, and what was deleted without git's knowing.
func read(root, file string, texts map[string]string) error {
	name := filepath.Join(root, file)
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	text, err := os.ReadFile(name)
	if err == nil {
		texts[file] = string(text)
	}
	return err
}

// Root is the top folder of the repository that the working directory is in.
func Root() (string, error) {
	root, err := git(".", "rev-parse", "--show-toplevel")
	return strings.TrimSpace(root), err
}

// git runs it even where the checkout belongs to somebody else, as in a
// container.
func git(folder string, arguments ...string) (string, error) {
	command := exec.Command("git", append([]string{"-c", "safe.directory=*", "-C", folder}, arguments...)...)
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w", arguments[0], err)
	}
	return string(out), nil
}

// Has tells whether there is a file or folder at exactly this path.
func (r *Repository) Has(name string) bool {
	_, isFile := r.texts[name]
	return isFile || r.directories[name] || name == "."
}

// HasBelow tells whether a path, from the root or from any folder, leads to a
// file or folder; "*" stands for anything in one step, and a file's extension
// may be left out.
func (r *Repository) HasBelow(name string) bool {
	for folder := range r.directories {
		if endsWith(folder, name) {
			return true
		}
	}
	for file := range r.texts {
		if endsWith(file, name) || endsWith(strings.TrimSuffix(file, path.Ext(file)), name) {
			return true
		}
	}
	return false
}

// endsWith compares the last steps of a path with a pattern, step by step.
func endsWith(name, pattern string) bool {
	surplus := strings.Count(name, "/") - strings.Count(pattern, "/")
	for ; surplus > 0; surplus-- {
		name = name[strings.Index(name, "/")+1:]
	}
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}

// Document finds the Markdown file that a text in `folder` means by a path or
// a bare name.
func (r *Repository) Document(folder, name string) (string, bool) {
	for _, base := range []string{folder, ".", "docs", "docs/adr"} {
		if candidate := path.Join(base, name); r.isFile(candidate) {
			return candidate, true
		}
	}
	return "", false
}

func (r *Repository) isFile(name string) bool {
	_, found := r.texts[name]
	return found
}
