#!/bin/bash
# Usage: run.sh [FLAG OF THE STAND]...
#
# Builds what the stand needs and is not built yet, except for this repository's
# C++ programs, and becomes the stand: with the programs of bazel-bin, if they
# are there, and the manifests of deploy. Without --dir it uses a new folder in
# $TMPDIR. docs/stand.md has the flags.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
bin=${EVROC_STAND_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/evroc-stand/bin}

"$root/tests/stand/tools/build.sh"
PATH=$("$root/tests/tools/install_go.sh")
# Not by `go run`, which passes no signal on.
new=$(mktemp "$bin/.stand.XXXXXX")
trap 'rm -f "$new"' EXIT
(cd "$root/tests" && GOTOOLCHAIN=local GOFLAGS='' go build -mod=readonly \
  -trimpath -ldflags='-s -w' -o "$new" ./stand/cmd/stand)
mv "$new" "$bin/stand"

flags=(--bin="$bin")
for folder in crd rbac policy; do
  [[ ! -d $root/deploy/$folder ]] \
    || flags+=(--manifests="$root/deploy/$folder")
done
if [[ -x $root/bazel-bin/tests/evroc_sim/evroc_sim ]]; then
  flags+=(--programs="$root/bazel-bin")
  [[ -x $root/bazel-bin/shim/shim ]] || flags+=(--without-shim)
fi
[[ " $*" == *" --dir"* ]] || flags+=(--dir="$(mktemp -d -t evroc-stand.XXXXXX)")
exec "$bin/stand" "${flags[@]}" "$@"
