#!/bin/bash
# Builds and runs every test, C++ and Go. The last line is "N passed, N failed"
# over all tests. Exit code 1 if anything failed. With SANITIZE=1 in the
# environment the C++ tests are built and run with AddressSanitizer and UBSan
# only; the programs that the Go tests run are built without.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/stages.sh

programs=(//shim //tests/evroc_sim //services/network:network-service
          //services/compute:compute-service)

stage tests/tools/run_tests.sh ${SANITIZE:+--config=asan} //...
# bazel-bin leads to what was built last.
if ! bazel build --noshow_progress "${programs[@]}"; then
  echo "FAILED: the programs could not be built"
  failed=$((failed + 1))
fi
if ! tests/testenv/tools/build.sh; then
  echo "FAILED: the test environment's tools could not be built"
  failed=$((failed + 1))
fi
# A missing program is a failure, not a reason to skip tests.
export EVROC_TESTENV_REQUIRED=1
# This machine may be busier than the one that the timeouts are made for.
export EVROC_TEST_TIMEOUT_FACTOR=${EVROC_TEST_TIMEOUT_FACTOR:-3}
stage tests/tools/run_go_tests.sh
finish
