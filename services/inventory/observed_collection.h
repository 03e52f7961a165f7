// Joins a collection of the cloud with the memory of its answers. Every answer
// goes through here, so that observations that overtake each other are put in
// order. Thread-safe.

#ifndef SERVICES_INVENTORY_OBSERVED_COLLECTION_H_
#define SERVICES_INVENTORY_OBSERVED_COLLECTION_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "services/evroc/api/collection.h"
#include "services/evroc/api/id.h"
#include "services/inventory/inventory_memory.h"

namespace evroc::cloud {

template <typename T>
class ObservedCollection {
 public:
  using Memory = InventoryMemory<T>;
  using Changes = typename Memory::Changes;
  // Called without locks after anything has changed.
  using OnObjectsChanged = std::function<void(const Changes&)>;

  // `collection` and `clock` must outlive this.
  ObservedCollection(Collection<T>& collection, Clock& clock,
                     OnObjectsChanged on_change)
      : collection_(collection),
        clock_(clock),
        on_change_(std::move(on_change)) {}

  Collection<T>& collection() { return collection_; }

  // Asks the cloud for one object. Errors of FindObject.
  absl::StatusOr<std::optional<Known<T>>> GetFresh(const CallContext& context,
                                                   const Id<T>& id);
  // Asks the cloud for what `selector` selects; "" selects everything. Errors
  // of List; after a DATA_LOSS the memory has what could be read, and lacks
  // nothing that it had.
  absl::Status List(const CallContext& context, const std::string& selector);
  // As List, for everything of an owner; of a cluster, with its machines.
  absl::Status ListOwner(const CallContext& context, const OwnerKey& owner);
  // As List. Returns the resource version to watch from, and reads again what
  // was written during the list: no event reports a change that is older than
  // the list.
  absl::StatusOr<std::string> ListToWatch(const CallContext& context,
                                          const std::string& selector);

  // Calls `read` with the memory, under the lock, and returns its result.
  template <typename Read>
  auto View(const Read& read) const {
    absl::MutexLock lock(&mutex_);
    return read(memory_);
  }
  // Changes the memory: calls `update` with it, the time and what has changed.
  template <typename Update>
  void Record(const Update& update) {
    Changes changes;
    {
      absl::MutexLock lock(&mutex_);
      update(memory_, clock_.Now(), changes);
    }
    if (!changes.empty()) on_change_(changes);
  }
  // The current place in the order of observations: taken before a request to
  // the cloud, and passed with its answer.
  uint64_t Sequence() const {
    return View([](const Memory& memory) { return memory.sequence(); });
  }

 private:
  using Covers = std::function<bool(const T&)>;

  // Returns the objects that may be newer than the list.
  absl::StatusOr<std::vector<Id<T>>> ListInto(const CallContext& context,
                                              const std::string& selector,
                                              const Covers& covers,
                                              std::string& version);

  Collection<T>& collection_;
  Clock& clock_;
  const OnObjectsChanged on_change_;
  mutable absl::Mutex mutex_;
  Memory memory_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_OBSERVED_COLLECTION_H_
