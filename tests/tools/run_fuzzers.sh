#!/bin/bash
# Usage: run_fuzzers.sh SECONDS
#
# Runs each fuzz target for this time, with all code instrumented. Inputs that
# reach new code go to the corpus; inputs that break a target stay in the folder.
set -euo pipefail
cd "$(dirname "$0")/../.."

bazel build --noshow_progress --config=fuzz //tests/fuzz/...
for source in tests/fuzz/*_fuzz.cc; do
  name=$(basename "$source" .cc)
  echo "=== $name"
  "bazel-bin/tests/fuzz/$name" -max_total_time="$1" -max_len=4096 -timeout=10 \
    "tests/fuzz/corpus/${name%_fuzz}"
done
