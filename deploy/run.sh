#!/bin/bash
# Usage: run.sh [FLAG OF THE SHIM]...
#
# Runs network-service, compute-service and shim against the cluster that
# $KUBECONFIG names, until Ctrl-C. The services listen on Unix sockets in a new
# folder that only this user can enter; each program logs to stderr. PROGRAMS is
# the folder of the programs, in bazel-bin's layout (default: bazel-bin).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
programs=${PROGRAMS:-$root/bazel-bin}
folder=$(mktemp -d -t evroc-run.XXXXXX)
pids=()
end() {
  trap - EXIT
  # The shim ends first, since it calls the others.
  for ((i = ${#pids[@]} - 1; i >= 0; --i)); do
    kill "${pids[i]}" 2>/dev/null || true
    wait "${pids[i]}" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap end EXIT
trap 'exit 0' INT TERM

for kind in network compute; do
  "$programs/services/$kind/$kind-service" --insecure \
    --listen="unix:$folder/$kind" &
  pids+=($!)
done
for kind in network compute; do
  until [[ -S $folder/$kind ]]; do
    kill -0 "${pids[0]}" "${pids[1]}"
    read -r -t 0.1 <> <(:) || true
  done
done
"$programs/shim/shim" --network-service="unix:$folder/network" \
  --compute-service="unix:$folder/compute" "$@" &
pids+=($!)
wait -n
echo "run.sh: a program has ended" >&2
exit 1
