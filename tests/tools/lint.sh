#!/bin/bash
# Usage: lint.sh [SINCE]
#
# Runs clang-format and clang-tidy over the C++ sources, with one result for each
# file, and checks that the BUILD files agree with the includes. With SINCE, a
# revision, it checks only sources that changed since then, committed or not. The
# last line is "N passed, N failed". LINT=format leaves clang-tidy out.
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

if [[ -n $since ]]; then
  base=$(git merge-base "$since" HEAD) || exit 1
  mapfile -t sources < <(git diff --name-only --diff-filter=d "$base" -- \
    '*.h' '*.cc')
else
  mapfile -t sources < <(git ls-files '*.h' '*.cc')
fi
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
  printf '%s\n' "${sources[@]}" | grep '\.cc$' \
    | xargs -P "$(nproc)" -I{} bash -c 'tidy {}'
  for file in "${sources[@]}"; do
    [[ $file == *.cc ]] || continue
    out=$results/${file//\//_}
    code=$(<"$out.code")
    ((code == 0)) || cat "$out"
    note "$code" "clang-tidy $file"
  done
fi

echo "$passed passed, $failed failed"
((failed == 0))
