#!/bin/bash
# Removes from the cluster of $KUBECONFIG what `make install` installed there. It
# refuses while there are EvrocClusters or EvrocMachines: they would be removed
# with their definition, and their objects in the cloud would stay. So it does
# while a Secret has the provider's finalizer, which nobody would take off any
# more, and if it can't find out. Templates go with their definition. Account and
# rights go last: the provider needs them for an object that is made in the
# meantime.
set -euo pipefail
cd "$(dirname "$0")"

group=infrastructure.cluster.x-k8s.io
# On a credential Secret that is held: a label and a finalizer.
credentials=$group/evroc-credentials
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
with_finalizer='{{range .items}}{{$meta := .metadata}}{{range $meta.finalizers}}'
with_finalizer+='{{if eq . "'$credentials'"}}'
with_finalizer+='secret/{{$meta.name}} --namespace {{$meta.namespace}}{{"\n"}}'
with_finalizer+='{{end}}{{end}}{{end}}'
held=$(kubectl get secrets --all-namespaces --selector="$credentials" \
  -o go-template="$with_finalizer") ||
  refuse "Can't find out whether there are Secrets that the provider holds."
[[ -z $held ]] || refuse "The provider still holds the Secrets" "$held" \
  "It releases those that no EvrocCluster uses while it runs (make run). If it" \
  "can't run any more, take its finalizer off each of them:" \
  "kubectl patch SECRET --type=merge -p '{\"metadata\":{\"finalizers\":null}}'"
for kind in evrocmachines evrocmachinetemplates evrocclusters \
  evrocclustertemplates; do
  kubectl delete crd "$kind.$group" --ignore-not-found --timeout="$timeout" || {
    echo "There are $kind that wait for the provider, which has to run to the" \
      "end: the rest stays. Try again." >&2
    exit 1
  }
done
kubectl delete --ignore-not-found --timeout="$timeout" -k .
