#!/bin/bash
# Runs every test, C++ and Go, and builds what they need: says as its last line
# "N passed, N failed", over all. Exit code 1 if anything failed.
set -uo pipefail
cd "$(dirname "$0")/../.."
. tests/tools/stages.sh

stage tests/tools/run_tests.sh //...
if ! tests/testenv/tools/build.sh; then
  echo "FAILED: the test environment's tools could not be built"
  failed=$((failed + 1))
fi
# What is not there is a failure, not a reason to skip.
export EVROC_TESTENV_REQUIRED=1
# The limits of waits are for a machine that is not as busy as this one may be.
export EVROC_TEST_TIMEOUT_FACTOR=${EVROC_TEST_TIMEOUT_FACTOR:-3}
stage tests/tools/run_go_tests.sh
finish
