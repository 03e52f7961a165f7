#!/bin/bash
# Builds and runs with ThreadSanitizer every C++ test that it can tell true from
# false in: those without gRPC, docs/adr/0018-tsan.md. The last line is
# "N passed, N failed". Exit code 1 if anything failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Fuzz targets bring a sanitizer of their own.
mapfile -t targets < <(bazel query --noshow_progress --keep_going "
  kind(cc_test, //... except //tests/fuzz/...)
    except rdeps(//..., @grpc//:all)" 2>/dev/null)
exec tests/tools/run_tests.sh --config=tsan "${targets[@]}"
