#!/bin/bash
# Usage: cloud_contract.sh [FLAG]...
#
# Runs the contract suite of the cloud against evroc-sim, or against the cloud
# that EVROC_CONTRACT_PROFILE names (docs/cloud-contract.md). FLAGs are those of
# a test binary, such as -test.run=TestCloud/B.7.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [[ -z ${EVROC_CONTRACT_PROFILE:-} ]]; then
  bazel build --noshow_progress //tests/evroc_sim
fi
PATH=$(tests/tools/install_go.sh)
export PATH
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd tests/contract/cloud
go test -trimpath -c -o "$folder/cloud_contract" .
# Without go test between them, signals reach the suite, which then deletes what
# it made.
EVROC_TESTENV_REQUIRED=1 "$folder/cloud_contract" -test.timeout=0 "$@"
