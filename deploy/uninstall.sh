#!/bin/bash
# Removes from the cluster of $KUBECONFIG what `make install` installed there. It
# refuses while there are objects of the provider: they would be removed with
# their definition, and their objects in the cloud would stay.
set -euo pipefail
cd "$(dirname "$0")"

kinds=evrocclusters,evrocmachines
left=$(kubectl get "$kinds" --all-namespaces --ignore-not-found -o name 2>/dev/null \
  || true)
if [[ -n $left ]]; then
  echo "Delete the clusters first; there are still:" >&2
  echo "$left" >&2
  exit 1
fi
kubectl delete --ignore-not-found -k .
