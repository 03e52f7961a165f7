// Fuzzes the annotation that says in which cloud a cluster lives, which anybody
// may change who may change the EvrocCluster.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/identity/ownership.h"

namespace {

evroc::shim::CloudRecord Read(absl::string_view annotation) {
  evroc::shim::ObjectMeta meta;
  meta.annotations.emplace(evroc::shim::kCloudAnnotation, annotation);
  return evroc::shim::CloudRecordOf(meta);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const evroc::shim::CloudRecord record =
      Read({reinterpret_cast<const char*>(data), size});
  if (evroc::shim::AbandonWord(record).empty()) __builtin_trap();
  if (!record.has_identity()) return 0;
  // What is written back is what was read.
  const std::string written = evroc::shim::EncodeCloudRecord(record);
  if (written.empty()) return 0;  // no text
  if (evroc::shim::EncodeCloudRecord(Read(written)) != written) {
    __builtin_trap();
  }
  return 0;
}
