#!/bin/bash
# Usage: lint.sh [SINCE]
#
# Runs clang-format and clang-tidy over the C++ sources, with one result for each
# file, and checks that the BUILD files agree with the includes and the CRDs of
# templates with those of their objects. With SINCE, a
# revision, it checks only sources that changed since then, committed, added to
# git or not; clang-tidy also those that include a changed header. The last line
# is "N passed, N failed". LINT=format leaves clang-tidy out.
set -uo pipefail
cd "$(dirname "$0")/../.."
since=${1:-}

passed=0
failed=0
note() {
  if (($1 == 0)); then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAILED: $2"
  fi
}

bazel/build_files.py --check
note $? "make build-files"
deploy/crd/make_templates.py --check
note $? "make crds"

cpp=('*.h' '*.cc')
if [[ -n $since ]]; then
  base=$(git merge-base "$since" HEAD) || exit 1
  mapfile -t sources < <({
    git diff --name-only --diff-filter=d "$base" -- "${cpp[@]}"
    git ls-files --others --exclude-standard "${cpp[@]}"
  } | sort -u)
else
  mapfile -t sources < <(git ls-files -co --exclude-standard "${cpp[@]}")
fi

# The .cc files that include a header; where there are none, those that include
# it by way of other headers.
includers() {
  local found each
  found=$(git grep --untracked -lF "#include \"$1\"" -- "${cpp[@]}")
  grep '\.cc$' <<<"$found" \
    || for each in $found; do includers "$each"; done
}

# What clang-tidy reads to see all sources.
units() {
  local file
  for file in "${sources[@]}"; do
    if [[ $file == *.cc ]]; then echo "$file"; else includers "$file"; fi
  done | sort -u
}

for file in "${sources[@]}"; do
  clang-format-14 --dry-run --Werror "$file"
  note $? "clang-format $file"
done

if [[ ${LINT:-all} == all ]]; then
  tests/tools/compile_commands.sh || exit 1
  results=$(mktemp -d)
  trap 'rm -rf "$results"' EXIT
  export results
  tidy() {
    local out=$results/${1//\//_}
    clang-tidy-14 --quiet -p . "$1" >"$out" 2>&1
    echo $? >"$out.code"
  }
  export -f tidy
  mapfile -t units < <(units)
  printf '%s\n' "${units[@]}" \
    | xargs -r -P "$(nproc)" -I{} bash -c 'tidy {}'
  for file in "${units[@]}"; do
    out=$results/${file//\//_}
    code=$(<"$out.code")
    ((code == 0)) || cat "$out"
    note "$code" "clang-tidy $file"
  done
fi

echo "$passed passed, $failed failed"
((failed == 0))
