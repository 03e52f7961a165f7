#include "shim/cache/metadata_sink.h"

#include <vector>

namespace evroc::shim {

void MetadataSink::BeginList() { seen_.clear(); }

void MetadataSink::Upsert(const Json& object) {
  const ObjectMeta meta = DecodeMeta(object);
  seen_.insert(meta.key);
  std::string& version = versions_[meta.key];
  if (version == meta.resource_version) return;
  version = meta.resource_version;
  changed_(meta.key, &meta);
}

void MetadataSink::Remove(const Json& object) { Gone(KeyOf(object)); }

void MetadataSink::Gone(const ObjectKey& key) {
  if (versions_.erase(key) > 0) changed_(key, nullptr);
}

void MetadataSink::EndList(absl::string_view /*version*/) {
  std::vector<ObjectKey> gone;
  for (const auto& [key, version] : versions_) {
    if (!seen_.contains(key)) gone.push_back(key);
  }
  for (const ObjectKey& key : gone) Gone(key);
}

}  // namespace evroc::shim
