#!/bin/bash
# Removes from the cluster of $KUBECONFIG what `make install` installed there. It
# refuses while there are objects of the provider: they would be removed with
# their definition, and their objects in the cloud would stay. It also refuses if
# it can't find out. Account and rights go last: the provider needs them for an
# object that is made in the meantime.
set -euo pipefail
cd "$(dirname "$0")"

group=infrastructure.cluster.x-k8s.io
timeout=${EVROC_UNINSTALL_TIMEOUT:-5m}

refuse() {
  printf '%s\n' "$@" >&2
  echo "Nothing was removed." >&2
  exit 1
}

for kind in evrocclusters evrocmachines; do
  crd=$(kubectl get crd "$kind.$group" --ignore-not-found -o name) ||
    refuse "Can't find out whether $kind.$group is installed."
  [[ -n $crd ]] || continue
  left=$(kubectl get "$kind.$group" --all-namespaces -o name) ||
    refuse "Can't find out whether there are $kind."
  [[ -z $left ]] || refuse "Delete the clusters first; there are still:" "$left"
done
for kind in evrocmachines evrocmachinetemplates evrocclusters \
  evrocclustertemplates; do
  kubectl delete crd "$kind.$group" --ignore-not-found --timeout="$timeout" || {
    echo "There are $kind that wait for the provider, which has to run to the" \
      "end: the rest stays. Try again." >&2
    exit 1
  }
done
kubectl delete --ignore-not-found --timeout="$timeout" -k .
