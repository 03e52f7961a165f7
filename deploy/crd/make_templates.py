#!/usr/bin/python3
"""Makes spec.template.spec of the template CRDs from the CRDs of their objects.

Usage: deploy/crd/make_templates.py [--check]

Left out are rules that compare with the old object: a template never changes
(policy/templates.yaml), but Cluster API tries changes in dry runs, and those
must pass. What follows a comment that begins with "Not in templates" is left
out too, and a comment that begins with "In templates: " is the description
there, instead of the one that follows. With --check nothing is written: the
exit code is 1 and the files are named if any would change.
"""

import os
import re
import sys
import textwrap

WIDTH = 80
# The indentation of "spec:" in an object's schema and in its template's.
OBJECT_INDENT = 12
TEMPLATE_INDENT = 20
RULES = "x-kubernetes-validations:"
OWN = "# In templates: "


def indent_of(line):
    return len(line) - len(line.lstrip())


def section(lines, start):
    """Returns the end of the block that lines[start] begins."""
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or
                                indent_of(lines[end]) > indent_of(lines[start])):
        end += 1
    return end


def spec_section(lines, indent):
    """Returns the bounds of the block "spec:" with that indentation."""
    start = lines.index(" " * indent + "spec:")
    return start, section(lines, start)


def without_marked(lines):
    """Drops each block after a comment "Not in templates", and the comment."""
    kept, i = [], 0
    while i < len(lines):
        if lines[i].lstrip().startswith("# Not in templates"):
            while lines[i].lstrip().startswith("#"):
                i += 1
            i = section(lines, i)
            continue
        kept.append(lines[i])
        i += 1
    return kept


def with_own_descriptions(lines):
    """Replaces each description after a comment "In templates: ", and that."""
    kept, i = [], 0
    while i < len(lines):
        if not lines[i].lstrip().startswith(OWN):
            kept.append(lines[i])
            i += 1
            continue
        start = i
        while lines[i].lstrip().startswith("#"):
            i += 1
        text = " ".join(line.strip(" #") for line in lines[start:i])
        indent = " " * indent_of(lines[i])
        kept += [f"{indent}description: >-",
                 f"{indent}  {text.removeprefix(OWN.strip(' #')).strip()}"]
        i = section(lines, i)
    return kept


def without_transitions(lines):
    """Drops rules that read oldSelf, with the comments before them."""
    kept, i = [], 0
    while i < len(lines):
        if lines[i].strip() != RULES:
            kept.append(lines[i])
            i += 1
            continue
        end = section(lines, i)
        rules = rules_of(lines[i + 1:end])
        if rules:
            kept.append(lines[i])
            kept += [line for rule in rules for line in rule]
        i = end
    return kept


def rules_of(lines):
    """Returns those list items, as lines with their comments, without oldSelf."""
    items, pending = [], []
    for line in lines:
        if line.lstrip().startswith("#"):
            pending.append(line)
        elif line.lstrip().startswith("- "):
            items.append(pending + [line])
            pending = []
        else:
            items[-1].append(line)
    return [item for item in items if "oldSelf" not in "\n".join(item)]


def rewrapped(lines):
    """Folds descriptions at the width that their new indentation leaves."""
    kept, i = [], 0
    while i < len(lines):
        line = lines[i]
        i += 1
        match = re.match(r"( *)description: (.*)$", line)
        text = match and match.group(2)
        if not match or text.startswith(("|", "'", '"')):
            kept.append(line)
            continue
        indent = match.group(1)
        if text == ">-":
            end = section(lines, i - 1)
            text = " ".join(" ".join(lines[i:end]).split())
            i = end
        elif len(line) <= WIDTH:
            kept.append(line)
            continue
        kept.append(indent + "description: >-")
        kept += textwrap.wrap(text, WIDTH, initial_indent=indent + "  ",
                              subsequent_indent=indent + "  ",
                              break_long_words=False, break_on_hyphens=False)
    return kept


def made(kind, template):
    """Returns the text of the CRD `template` with the spec of `kind`."""
    lines = kind.split("\n")
    start, end = spec_section(lines, OBJECT_INDENT)
    spec = with_own_descriptions(without_marked(lines[start:end]))
    spec = without_transitions(spec)
    shift = " " * (TEMPLATE_INDENT - OBJECT_INDENT)
    spec = rewrapped([shift + line if line else line for line in spec])
    lines = template.split("\n")
    start, end = spec_section(lines, TEMPLATE_INDENT)
    tail = [""] if end == len(lines) else []
    return "\n".join(lines[:start] + spec + tail + lines[end:])


def main():
    check = sys.argv[1:] == ["--check"]
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    changed = False
    for kind in ("evroccluster", "evrocmachine"):
        with open(f"{kind}s.yaml", encoding="utf-8") as file:
            source = file.read()
        path = f"{kind}templates.yaml"
        with open(path, encoding="utf-8") as file:
            old = file.read()
        new = made(source, old)
        if new == old:
            continue
        changed = True
        print(f"deploy/crd/{path} is not what {kind}s.yaml says: make crds"
              if check else f"deploy/crd/{path}")
        if not check:
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
