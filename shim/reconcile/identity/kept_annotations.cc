#include "shim/reconcile/identity/kept_annotations.h"

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kKept[] = {
    kOwnerIdAnnotation,        kClusterIdAnnotation,
    kCloudAnnotation,          kVmUidAnnotation,
    kControlPlaneAnnotation,   kZoneAnnotation,
    kSubnetAnnotation,         kSpreadGroupAnnotation,
    kResourcePrefixAnnotation, kCredentialSecretAnnotation,
    kEndpointAddressAnnotation};

// People may change these, or empty them: what is there counts, and only what
// is missing was lost.
constexpr absl::string_view kKeptUnlessEmptied[] = {kKeptPublicIpAnnotation,
                                                    kKeptPortsAnnotation};

void Keep(const ObjectMeta& meta, absl::Span<const absl::string_view> names,
          Annotations& kept) {
  for (const absl::string_view name : names) {
    const auto it = meta.annotations.find(name);
    if (it != meta.annotations.end() && !it->second.empty()) kept.insert(*it);
  }
}

}  // namespace

Annotations KeptAnnotations(const ObjectMeta& meta) {
  Annotations kept;
  Keep(meta, kKept, kept);
  Keep(meta, kKeptUnlessEmptied, kept);
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
  for (const absl::string_view name : kKeptUnlessEmptied) {
    const auto it = kept.find(name);
    if (it != kept.end() && !meta.annotations.contains(name)) {
      lost.Set(name, it->second);
    }
  }
  return lost;
}

}  // namespace evroc::shim
