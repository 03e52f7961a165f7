// Reports changes of a resource's objects, of which only the metadata is read.
// Not thread-safe: all calls come from the reflector's one thread.

#ifndef SHIM_CACHE_METADATA_SINK_H_
#define SHIM_CACHE_METADATA_SINK_H_

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "shim/cache/object_meta.h"
#include "shim/kube/reflector_sink.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class MetadataSink : public ReflectorSink {
 public:
  // Called with the metadata of an object in a new version, and with null once
  // it is gone, or not selected any more.
  using Changed = std::function<void(const ObjectKey&, const ObjectMeta*)>;

  explicit MetadataSink(Changed changed) : changed_(std::move(changed)) {}

  void BeginList() override;
  void Upsert(const Json& object) override;
  void Remove(const Json& object) override;
  void EndList(absl::string_view version) override;

 private:
  void Gone(const ObjectKey& key);

  const Changed changed_;
  absl::flat_hash_map<ObjectKey, std::string> versions_;
  absl::flat_hash_set<ObjectKey> seen_;  // in the current list
};

}  // namespace evroc::shim

#endif  // SHIM_CACHE_METADATA_SINK_H_
