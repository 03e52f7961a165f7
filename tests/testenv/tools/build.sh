#!/bin/bash
# Usage: build.sh [all|kube|cluster-api|helm|grpcurl]...
#
# Builds the programs that the test environment runs, at the versions that the
# go.mod files here and in tests/ pin, into $EVROC_TESTENV_BIN (default:
# evroc-testenv/bin in the user's cache folder). Skips programs that were built
# from the same pins with the same flags. Installs Go if it is missing (which
# needs root). The first run takes 10 to 30 minutes on two cores, a run with
# nothing to do less than a second.
#
# With KUBEBUILDER_ASSETS set, etcd, kube-apiserver and kubectl come from there.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
tests=$(cd ../.. && pwd)
bin=${EVROC_TESTENV_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/evroc-testenv/bin}
mkdir -p "$bin/.stamps"

# $1 is a Go module's folder, $2 a module that it requires.
pinned() { awk -v module="$2" '$1 == module || $2 == module {
  print ($1 == module) ? $2 : $3; exit }' "$1/go.mod"; }
kube_version=$(pinned kube k8s.io/kubernetes)
capi_version=$(pinned "$tests" sigs.k8s.io/cluster-api)
helm_version=$(pinned helm helm.sh/helm/v4)
grpcurl_version=$(pinned grpcurl github.com/fullstorydev/grpcurl)

# Prints the linker flags that set a package's version variables. $1 is the
# package, $2 the version.
version_flags() {
  local major minor
  IFS=. read -r major minor _ <<<"${2#v}"
  echo "-X $1.gitVersion=$2 -X $1.gitMajor=$major -X $1.gitMinor=$minor" \
    "-X $1.gitTreeState=clean"
}
kube_flags="$(version_flags k8s.io/component-base/version "$kube_version") \
$(version_flags k8s.io/client-go/pkg/version "$kube_version")"
capi_flags=$(version_flags sigs.k8s.io/cluster-api/version "$capi_version")
helm_flags="-X helm.sh/helm/v4/internal/version.version=$helm_version"
grpcurl_flags="-X main.version=$grpcurl_version"

# group | program | folder of the module | package | linker's flags
programs="\
kube|etcd|$here/etcd|go.etcd.io/etcd/server/v3|
kube|kube-apiserver|$here/kube|k8s.io/kubernetes/cmd/kube-apiserver|$kube_flags
kube|kube-controller-manager|$here/kube|k8s.io/kubernetes/cmd/kube-controller-manager|$kube_flags
kube|kubectl|$here/kube|k8s.io/kubernetes/cmd/kubectl|$kube_flags
cluster-api|capi-core|$tests|sigs.k8s.io/cluster-api/core|$capi_flags
cluster-api|capi-kubeadm-bootstrap|$tests|sigs.k8s.io/cluster-api/bootstrap/kubeadm|$capi_flags
cluster-api|capi-kubeadm-control-plane|$tests|sigs.k8s.io/cluster-api/controlplane/kubeadm|$capi_flags
cluster-api|clusterctl|$tests|sigs.k8s.io/cluster-api/cmd/clusterctl|$capi_flags
helm|helm|$here/helm|helm.sh/helm/v4/cmd/helm|$helm_flags
grpcurl|grpcurl|$here/grpcurl|github.com/fullstorydev/grpcurl/cmd/grpcurl|$grpcurl_flags"

say() { printf '[testenv tools %4ds] %s\n' "$SECONDS" "$*" >&2; }

wanted() { # group program
  [[ " ${groups[*]} " == *" all "* || " ${groups[*]} " == *" $1 "* ]] || return 1
  [[ -z ${KUBEBUILDER_ASSETS:-} || ! -x $KUBEBUILDER_ASSETS/$2 ]]
}

# Prints the inputs of a build, including the version of Go. Of the tests'
# module only Cluster API's version counts: its other pins follow from that.
stamp() { # folder package flags
  if [[ $1 == "$tests" ]]; then
    echo "$capi_version"
  else
    sha256sum <"$1/go.sum"
  fi
  echo "$(go env GOVERSION GOARCH | tr '\n' ' ') $2 $3"
}

# A build may fail on a full disk, so the program is moved to its place last.
build() { # program folder package flags
  (cd "$2" && go build -mod=readonly -trimpath -ldflags="-s -w $4" \
    -o "$bin/.$1.new" "$3")
  [[ $1 != capi-* ]] || render "$1" "$2" "$3"
  mv "$bin/.$1.new" "$bin/$1"
}

# Writes the manifests of a manager next to its program.
render() { # program folder package
  local module kubectl=$bin/kubectl
  module=$(cd "$2" && go list -m -f '{{.Dir}}' sigs.k8s.io/cluster-api)
  [[ -x $kubectl ]] || kubectl=$KUBEBUILDER_ASSETS/kubectl
  "$kubectl" kustomize "$module/${3#sigs.k8s.io/cluster-api/}/config/default" \
    >"$bin/$1.yaml"
}

groups=("$@")
((${#groups[@]})) || groups=(all)
for group in "${groups[@]}"; do
  case $group in all | kube | cluster-api | helm | grpcurl) ;; *)
    echo "build.sh: there is no group $group" >&2
    exit 2
    ;;
  esac
done

# Only one build runs at a time: a second one waits and then has nothing to do.
exec 9>"$bin/.lock"
flock -n 9 || { say "waiting for another build.sh" && flock 9; }

PATH=$("$tests/tools/install_go.sh")
export PATH GOTOOLCHAIN=local GOFLAGS=

missing=()
while IFS='|' read -r group program folder package flags; do
  wanted "$group" "$program" || continue
  if [[ ! -x $bin/$program || $(cat "$bin/.stamps/$program" 2>/dev/null) \
    != "$(stamp "$folder" "$package" "$flags")" ]]; then
    missing+=("$program|$folder|$package|$flags")
  fi
done <<<"$programs"

# Prints a line every 30 seconds, to show that the build does not hang. It waits
# with a read that times out: a sleep would outlive this script.
print_progress() { # text
  local started=$SECONDS
  exec {never}<> <(:)
  while ! read -r -t 30 -u "$never"; do
    say "$1, for $((SECONDS - started)) s"
  done
}
ticker=
trap '[[ -z $ticker ]] || kill "$ticker" 2>/dev/null || true' EXIT

[[ " ${missing[*]}" != *" kube-apiserver|"* ]] \
  || say "Kubernetes is among them: 10 to 30 minutes on two cores"
count=0
for line in "${missing[@]}"; do
  IFS='|' read -r program folder package flags <<<"$line"
  count=$((count + 1))
  what="$count of ${#missing[@]}: building $program"
  say "$what"
  print_progress "$what" &
  ticker=$!
  build "$program" "$folder" "$package" "$flags"
  kill "$ticker" && wait "$ticker" 2>/dev/null || true
  ticker=
  stamp "$folder" "$package" "$flags" >"$bin/.stamps/$program"
done
((count == 0)) || say "$count built, all in $bin"
