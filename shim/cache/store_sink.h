// Feeds an ObjectStore from a Reflector. Not thread-safe: all calls come from
// the reflector's one thread.

#ifndef SHIM_CACHE_STORE_SINK_H_
#define SHIM_CACHE_STORE_SINK_H_

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "shim/cache/object_store.h"
#include "shim/kube/reflector_sink.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

template <typename T>
class StoreSink : public ReflectorSink {
 public:
  // `store` must outlive the sink.
  StoreSink(ObjectStore<T>& store, T (*decode)(JsonView))
      : store_(store), decode_(decode) {}

  void BeginList() override {
    seen_.clear();
    listing_ = true;
  }

  void Upsert(const Json& object) override {
    T decoded = decode_(object);
    if (listing_) seen_.insert(decoded.meta.key);
    store_.Upsert(std::move(decoded));
  }

  void Remove(const Json& object) override {
    store_.Remove(KeyOf(object),
                  std::string(object.At("metadata.uid").String()),
                  object.At("metadata.resourceVersion").String());
  }

  void EndList(absl::string_view version) override {
    store_.RemoveUnlisted(seen_, version);
    seen_ = {};
    listing_ = false;
  }

 private:
  ObjectStore<T>& store_;
  T (*const decode_)(JsonView);
  bool listing_ = false;
  absl::flat_hash_set<ObjectKey> seen_;  // in the current list
};

}  // namespace evroc::shim

#endif  // SHIM_CACHE_STORE_SINK_H_
