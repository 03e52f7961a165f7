#!/bin/bash
# Usage: run_fuzzers.sh SECONDS
#
# Runs each fuzz target for so long, everything instrumented. Finds that make it
# reach new code go to the corpus; what breaks it is left in the folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

bazel build --noshow_progress --config=fuzz //tests/fuzz/...
for source in tests/fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  echo "=== $name"
  "bazel-bin/tests/fuzz/$name" -max_total_time="$1" -max_len=4096 -timeout=10 \
    "tests/fuzz/corpus/${name%_fuzz}"
done
