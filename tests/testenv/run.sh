#!/bin/bash
# Usage: run.sh [FLAG OF TESTENV]...
#
# Builds the tools of the test environment that are not built yet, but not this
# repository's C++ programs, and runs the test environment with the programs of
# bazel-bin, if they exist, and the manifests of deploy. Without --dir it uses a
# new folder in $TMPDIR. docs/testenv.md has the flags.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${EVROC_TESTENV_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/evroc-testenv/bin}

"$root/tests/testenv/tools/build.sh"
PATH=$("$root/tests/tools/install_go.sh")
# `go run` would not forward signals.
new=$(mktemp "$bin/.testenv.XXXXXX")
trap 'rm -f "$new"' EXIT
(cd "$root/tests" && GOTOOLCHAIN=local GOFLAGS='' go build -mod=readonly \
  -trimpath -ldflags='-s -w' -o "$new" ./testenv/cmd/testenv)
mv "$new" "$bin/testenv"

flags=(--bin="$bin")
for folder in crd rbac policy; do
  [[ ! -d $root/deploy/$folder ]] \
    || flags+=(--manifests="$root/deploy/$folder")
done
if [[ -x $root/bazel-bin/tests/evroc_sim/evroc_sim ]]; then
  flags+=(--programs="$root/bazel-bin")
  [[ -x $root/bazel-bin/shim/shim ]] || flags+=(--without-shim)
fi
[[ " $*" == *" --dir"* ]] \
  || flags+=(--dir="$(mktemp -d -t evroc-testenv.XXXXXX)")
exec "$bin/testenv" "${flags[@]}" "$@"
