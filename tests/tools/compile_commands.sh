#!/bin/bash
# Writes compile_commands.json, from which clangd, clang-tidy and other tools
# know how each source is compiled. Builds the headers that protoc generates.
set -euo pipefail
cd "$(dirname "$0")/../.."

bazel build --noshow_progress //protos/... //third_party/googleapis/... \
  //third_party/grpc_health/...
bin=$(bazel info bazel-bin 2>/dev/null)
flags=(-std=c++20 -Wall -Wextra -Wthread-safety -Wno-unused-parameter
  -Wno-missing-field-initializers -I. "-I$bin" -isystem "$bin/protos"
  -isystem "$bin/third_party/googleapis" -isystem "$bin/third_party/grpc_health"
  -DCPPHTTPLIB_OPENSSL_SUPPORT)
arguments=$(printf '"%s", ' clang++-14 "${flags[@]}")

separator='['
git ls-files -co --exclude-standard '*.cc' | while read -r source; do
  [[ -e $source ]] || continue
  printf '%s\n{"directory": "%s", "file": "%s", "arguments": [%s"-c", "%s"]}' \
    "$separator" "$PWD" "$source" "$arguments" "$source"
  separator=','
done >compile_commands.json
printf '\n]\n' >>compile_commands.json
