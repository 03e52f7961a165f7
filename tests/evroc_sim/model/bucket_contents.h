// The objects in the buckets of the simulated cloud, in memory, with their
// versions. A bucket is named by its UID, so that a new one of an old name is
// empty. Thread-safe; it calls nothing else while it holds its lock.

#ifndef TESTS_EVROC_SIM_MODEL_BUCKET_CONTENTS_H_
#define TESTS_EVROC_SIM_MODEL_BUCKET_CONTENTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/json/json.h"

namespace evroc::sim {

struct BucketObject {
  std::string version;
  std::string bytes;
  absl::Time modified;
  // A marker that hides the older versions.
  bool deleted = false;
};

using BucketObjectPtr = std::shared_ptr<const BucketObject>;

class BucketContents {
 public:
  struct Address {
    std::string bucket_uid;
    std::string path;

    friend auto operator<=>(const Address&, const Address&) = default;
  };

  // Adds a version, which replaces the older ones unless `keeps_versions`. 400
  // EntityTooLarge if all objects would have more than `max_bytes`.
  absl::StatusOr<BucketObjectPtr> Put(const Address& address,
                                      BucketObject object, bool keeps_versions,
                                      int64_t max_bytes);
  // The version, or the newest one if that is empty; null if there is none, or
  // if the newest is a marker.
  BucketObjectPtr Find(const Address& address,
                       const std::string& version) const;
  // Removes one version.
  void Delete(const Address& address, const std::string& version);
  // Removes all versions.
  void DeleteAll(const Address& address);
  void DropBucket(const std::string& uid);

  // Grows with each change.
  int64_t revision() const;

  Json SaveState() const;
  // 400 if it is none of SaveState().
  absl::Status LoadState(JsonView state);

 private:
  mutable absl::Mutex mutex_;
  // The versions of each object, oldest first, none of them empty.
  std::map<Address, std::vector<BucketObjectPtr>> objects_
      ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_BUCKET_CONTENTS_H_
