#!/bin/bash
# Runs the templates' boot scripts in an empty Debian 12, which it makes once
# (~/.cache/evroc-boot), with stand-ins that record calls of apt and of the
# network. Needs root. The gate runs the same tests with the programs of this
# machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

root=${XDG_CACHE_HOME:-$HOME/.cache}/evroc-boot/bookworm
if [[ ! -d $root ]]; then
  command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
  # The mirror that this machine's apt uses.
  # shellcheck disable=SC2016 # $(…) is for apt.
  mirror=$(apt-get indextargets 'Created-By: Packages' 'Codename: bookworm' \
             --format '$(REPO_URI)' | head -n 1)
  made=$(mktemp -d)
  trap 'rm -rf --one-file-system "$made"' EXIT
  debootstrap --variant=minbase bookworm "$made/root" ${mirror:+"$mirror"} >&2
  mkdir -p "$(dirname "$root")"
  rm -rf "$made"/root/var/{lib/apt/lists,cache/apt/archives}/*
  mv "$made/root" "$root"
fi

tests/testenv/tools/build.sh
export EVROC_GUEST_ROOT=$root EVROC_TESTENV_REQUIRED=1 GO_TEST_FLAGS=-run=^TestBoot
tests/tools/run_go_tests.sh ./conformance
