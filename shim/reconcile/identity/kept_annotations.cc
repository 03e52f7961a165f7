#include "shim/reconcile/identity/kept_annotations.h"

#include "absl/strings/string_view.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kKept[] = {
    kOwnerIdAnnotation,     kClusterIdAnnotation,     kCloudAnnotation,
    kVmUidAnnotation,       kControlPlaneAnnotation,  kZoneAnnotation,
    kSpreadGroupAnnotation, kResourcePrefixAnnotation};

}  // namespace

Annotations KeptAnnotations(const ObjectMeta& meta) {
  Annotations kept;
  for (const absl::string_view name : kKept) {
    const auto it = meta.annotations.find(name);
    if (it != meta.annotations.end()) kept.insert(*it);
  }
  return kept;
}

Json LostAnnotations(const ObjectMeta& meta, const Annotations& kept) {
  Json lost = Json::Object();
  for (const absl::string_view name : kKept) {
    const auto it = kept.find(name);
    if (it == kept.end() || it->second.empty()) continue;
    if (meta.Annotation(name) != absl::string_view(it->second)) {
      lost.Set(name, it->second);
    }
  }
  return lost;
}

}  // namespace evroc::shim
