#!/bin/bash
# Usage: run_go_tests.sh [PACKAGE]...
#
# Builds and runs the Go tests of the named packages (such as ./e2e/api), or all.
# The last line is "N passed, N failed", where N counts tests (see
# tests/tools/go_report). EVROC_TESTENV_REQUIRED=1 counts skipped tests as
# failed. A test of an e2e suite that fails runs once more by itself, since many
# programs share the machine in a suite; the output says so. A test that fails
# twice has failed. GO_TEST_FLAGS are added to go test's.
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$(tools/install_go.sh) || exit 1
export PATH

# One set of flags everywhere, to share the build cache.
flags=(-json -trimpath -count=1)
report=$(mktemp)
trap 'rm -f "$report"' EXIT
go build -trimpath -ldflags='-s -w' -o "$report" ./tools/go_report || exit 1

run() {
  local packages=()
  mapfile -t packages < <("$@")
  ((${#packages[@]} == 0)) && return
  # shellcheck disable=SC2086
  go test "${flags[@]}" "${more[@]}" ${GO_TEST_FLAGS:-} "${packages[@]}" 2>&1
}
named() { printf '%s\n' "${chosen[@]}"; }
suites() { named | grep -E '/e2e/(api|official|handover|full)$'; }
others() { named | grep -vE '/e2e/(api|official|handover|full)$'; }

(($# > 0)) || set -- ./...
mapfile -t chosen < <(go list "$@")
events=$(mktemp)
shown=$(mktemp)
trap 'rm -f "$report" "$events" "$shown"' EXIT
{
  more=(-timeout=30m)
  run others
  # Each suite has the machine to itself. Its tests wait more than they work, so
  # many of them run at once.
  more=(-timeout=100m -p=1 -parallel=16)
  run suites
} | tee "$events" | "$report" | tee "$shown"

for suite in api official handover full; do
  names=$(sed -nE "s,^FAIL e2e/$suite (Test[A-Za-z0-9]+) .*,\\1,p" "$shown" \
            | paste -sd '|')
  [[ -n $names ]] || continue
  echo "=== Once more, by itself: e2e/$suite $names"
  go test "${flags[@]}" -timeout=60m -parallel=4 -run "^($names)\$" \
    "./e2e/$suite" 2>&1 | tee -a "$events" | "$report"
done
# The second run of a test counts.
"$report" <"$events" | tail -n 1
exit "${PIPESTATUS[0]}"
