#!/bin/bash
# Usage: [FLAVOR=kubeadm|rke2|prebuilt] [KEEP=1] run.sh
#
# Installs missing packages (which needs root), builds the product and the tools
# of the test environment, and runs the demonstration; tests/demo/main.go says
# what it shows. The first run builds Kubernetes. If EVROC_PROGRAMS is a folder
# with the product's programs, they are used and not built.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
bin=${EVROC_TESTENV_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/evroc-testenv/bin}
flavor=${FLAVOR:-kubeadm}
programs=(//tests/evroc_sim //services/network:network-service
  //services/compute:compute-service //shim)

case $flavor in kubeadm | rke2 | prebuilt) ;; *)
  echo "FLAVOR is kubeadm, rke2 or prebuilt, not $flavor" >&2
  exit 2
  ;;
esac

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

# Prefixes the output lines of a command, and returns its exit code.
named() { # name command...
  local name=$1
  shift
  "$@" 2>&1 | sed -u "s/^/[$name] /"
}

# Bazel reports its progress every 15 seconds.
build_programs() {
  [[ -z ${EVROC_PROGRAMS:-} ]] || return 0
  named programs bazel build --color=no --curses=no --ui_event_filters=-info \
    --show_progress_rate_limit=15 --show_result=0 "${programs[@]}"
}

# It runs after the tools are built, with which it shares packages.
build_demo() {
  PATH=$(tests/tools/install_go.sh)
  new=$(mktemp "$bin/.demo.XXXXXX")
  (cd tests && GOTOOLCHAIN=local GOFLAGS='' go build -mod=readonly -trimpath \
    -ldflags='-s -w' -o "$new" ./demo)
  mv "$new" "$bin/demo"
}

# Runs the functions in parallel, each in its own process group, which Ctrl-C
# must end. The first failure ends all.
side_by_side() {
  local one
  set -m
  for one in "$@"; do
    "$one" </dev/null &
    groups+=($!)
  done
  set +m
  for one in "$@"; do wait -n || return; done
  groups=()
}
groups=()
end_builds() {
  local one
  for one in "${groups[@]}"; do kill -INT -- "-$one" 2>/dev/null || true; done
}
new=
trap 'end_builds; rm -f "$new"' EXIT
# It ends by the signal itself, so that make reports it.
for signal in INT TERM HUP; do
  # shellcheck disable=SC2064
  trap "trap - $signal; end_builds; rm -f \"\$new\"; kill -$signal \$\$" "$signal"
done

say "Installing the Debian packages that are missing"
tests/tools/install_packages.sh
say "Building the product and its tools; with nothing to do, seconds"
build_tools() { tests/testenv/tools/build.sh; }
side_by_side build_programs build_tools
say "Building the demonstration"
build_demo
say "Built"

flags=(--root="$root" --flavor="$flavor"
  --programs="${EVROC_PROGRAMS:-$root/bazel-bin}")
[[ ${KEEP:-} != 1 ]] || flags+=(--keep)
exec "$bin/demo" "${flags[@]}"
