// Stores the objects of a FakeKubeClient by the API server's rules: resource
// versions, generations, merge patches, finalizers. Not thread-safe.

#ifndef SHIM_KUBE_TESTING_FAKE_KUBE_STORE_H_
#define SHIM_KUBE_TESTING_FAKE_KUBE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class FakeKubeStore {
 public:
  using Object = std::shared_ptr<const Json>;

  // A change of an object. `before` is null for a creation, `after` for a
  // removal, both for a bookmark.
  struct Change {
    int64_t version = 0;
    ResourceType type;
    Object before;
    Object after;
    bool bookmark = false;
  };

  // Fail as KubeClient does. `now` is the time of timestamps.
  absl::StatusOr<Json> Get(const ResourceType& type,
                           const ObjectKey& key) const;
  absl::StatusOr<Json> Create(const ResourceType& type, const Json& object,
                              absl::Time now);
  absl::StatusOr<Json> Update(const ResourceType& type, const Json& object);
  absl::StatusOr<Json> Patch(const ResourceType& type, const ObjectKey& key,
                             absl::string_view subresource, const Json& patch);
  absl::Status Delete(const ResourceType& type, const ObjectKey& key,
                      absl::Time now);

  // Advances the resourceVersion without a change of an object.
  void AddBookmark(const ResourceType& type);

  std::vector<Object> List(const ResourceType& type) const;
  int64_t version() const { return version_; }
  // All changes, in order. Only grows.
  const std::vector<Change>& changes() const { return changes_; }

 private:
  using Objects = std::map<ObjectKey, Object>;

  Objects& ObjectsOf(const ResourceType& type) { return objects_[IdOf(type)]; }
  static std::string IdOf(const ResourceType& type);
  Object Find(const ResourceType& type, const ObjectKey& key) const;
  // Replaces `current` by `next`, or removes it if it is being deleted and the
  // last finalizer is gone. Does nothing if both are equal.
  absl::StatusOr<Json> Replace(const ResourceType& type, const ObjectKey& key,
                               const Object& current, Json next);
  void Record(const ResourceType& type, Object before, Object after);

  std::map<std::string, Objects> objects_;
  std::vector<Change> changes_;
  int64_t version_ = 1000;
  int64_t made_ = 0;
};

// Whether a resource has a status subresource, and with it a generation.
bool HasStatus(const ResourceType& type);

}  // namespace evroc::shim

#endif  // SHIM_KUBE_TESTING_FAKE_KUBE_STORE_H_
