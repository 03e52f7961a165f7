#!/bin/bash
# Builds and runs every test, C++ and Go. The last line is "N passed, N failed"
# over all tests. Exit code 1 if anything failed. With SANITIZE=1 in the
# environment unit tests are built and run with AddressSanitizer and UBSan only;
# the programs, and tests that run whole programs, stay without.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/stages.sh

# They run whole programs, or bring a sanitizer of their own.
whole=(//tests/component/... //tests/contract/cloud_api/... //tests/fuzz/...)
if [[ -n ${SANITIZE:-} ]]; then
  stage tests/tools/run_tests.sh --config=asan -- //... "${whole[@]/#/-}"
  # The Go tests' programs are built with them, last: bazel-bin leads to them.
  stage tests/tools/run_tests.sh "${whole[@]}" //shim //tests/evroc_sim \
    //services/network:network-service //services/compute:compute-service
else
  stage tests/tools/run_tests.sh //...
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
