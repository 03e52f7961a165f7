#!/bin/bash
# Usage: run_tests.sh [BAZEL_FLAG]... TARGET_PATTERN...
#
# Builds and runs the tests. The last line is "N passed, N failed", where N
# counts test cases. A test program that ends without a report counts as
# one failure, and so does a build that fails. Exit code 1 if anything failed.
set -uo pipefail
cd "$(dirname "$0")/../.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
bazel test --keep_going --noshow_progress --test_summary=short "$@" 2>&1 \
  | tee "$log"
code=${PIPESTATUS[0]}

logs=$(bazel info bazel-testlogs 2>/dev/null)
passed=0
failed=0
while read -r target verdict; do
  report=$logs/$(sed -e 's,^//,,' -e 's,:,/,' <<<"$target")/test.xml
  total=$(grep -m1 -oP '<testsuites[^>]* tests="\K[0-9]+' "$report")
  bad=$(grep -m1 -oP '<testsuites[^>]* failures="\K[0-9]+' "$report")
  if [[ $verdict == PASSED ]]; then
    passed=$((passed + ${total:-1}))
  elif ((${bad:-0} > 0)); then
    failed=$((failed + bad))
    passed=$((passed + total - bad))
  else
    failed=$((failed + 1))
  fi
done < <(grep -E '^//[^ ]+ +(\(cached\) )?[A-Z]' "$log" | sed 's/(cached) //' \
           | awk '{print $1, $2}')

# Code 3 means "tests failed", which the count contains; other codes are not in
# it.
((code == 0 || (code == 3 && failed > 0))) || failed=$((failed + 1))
echo "$passed passed, $failed failed"
((failed == 0))
