#!/bin/bash
# clang-format and clang-tidy over all C++ sources, one result for each file.
# Says as its last line "N passed, N failed". LINT=format leaves clang-tidy out.
set -uo pipefail
cd "$(dirname "$0")/../.."

passed=0
failed=0
note() {
  if (($1 == 0)); then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAILED: $2"
  fi
}

mapfile -t sources < <(git ls-files '*.h' '*.cc')
for file in "${sources[@]}"; do
  clang-format-14 --dry-run --Werror "$file"
  note $? "clang-format $file"
done

if [[ ${LINT:-all} == all ]]; then
  bin=$(bazel info bazel-bin 2>/dev/null)
  results=$(mktemp -d)
  trap 'rm -rf "$results"' EXIT
  export bin results
  tidy() {
    local out=$results/${1//\//_}
    clang-tidy-14 --quiet "$1" -- -std=c++20 -x c++ -I. -I"$bin" -isystem "$bin/protos" \
      -isystem "$bin/third_party/googleapis" -isystem "$bin/third_party/grpc_health" \
      -DCPPHTTPLIB_OPENSSL_SUPPORT >"$out" 2>&1
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
