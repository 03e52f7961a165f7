#!/bin/bash
# Prints a PATH with a Go that is new enough for tests/go.mod. If there is none,
# the script installs Debian's Go, which fetches the pinned toolchain from the Go
# module proxy and checks it against Go's checksum database (needs root).
set -euo pipefail
cd "$(dirname "$0")"

version=1.26.8
wanted=$(awk '$1 == "go" {print $2}' ../go.mod)

# Whether the Go in $PATH is as new as tests/go.mod asks.
new_enough() {
  local found
  found=$(GOTOOLCHAIN=local GOFLAGS='' go env GOVERSION 2>/dev/null) || return 1
  [[ $(printf '%s\n' "$wanted" "${found#go}" | sort -V | head -1) == "$wanted" ]]
}

if ! command -v go >/dev/null && [[ -x /usr/local/go/bin/go ]]; then
  PATH=/usr/local/go/bin:$PATH
fi
if ! new_enough; then
  if ! command -v go >/dev/null; then
    echo "Installing Debian's Go, to fetch Go $version with it" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends ca-certificates golang-go \
      >/dev/null
  fi
  arch=$(go env GOARCH)
  toolchain=golang.org/toolchain@v0.0.1-go$version.linux-$arch
  folder=$(go env GOMODCACHE)/$toolchain
  if [[ ! -x $folder/bin/go ]]; then
    echo "Fetching Go $version" >&2
    # Outside of any module, whose go.mod an old Go would not understand.
    (cd / && go mod download "$toolchain" >&2)
    # An old Go unpacks without execute bits.
    chmod +x "$folder"/bin/* "$folder/pkg/tool/linux_$arch"/*
  fi
  PATH=$folder/bin:$PATH
fi
echo "$PATH"
