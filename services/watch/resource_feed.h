// Keeps a ChangeLog fed from inventories, for as long as somebody reads it.
//
// The first reader starts the inventories' watching, the last one stops it.
// Whenever an owner's objects change, its resource is described anew.
// Thread-safe.

#ifndef SERVICES_WATCH_RESOURCE_FEED_H_
#define SERVICES_WATCH_RESOURCE_FEED_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"
#include "services/watch/change_log.h"

namespace evroc::cloud {

// An inventory, whatever it holds. Must be there as long as the feed.
struct FeedSource {
  std::function<void()> start;
  std::function<void()> stop;
  std::function<SyncState()> state;
  std::function<std::set<OwnerKey>()> owners;
};

template <typename T>
FeedSource SourceOf(Inventory<T>& inventory) {
  return {.start = [&inventory] { inventory.StartWatching(); },
          .stop = [&inventory] { inventory.StopWatching(); },
          .state = [&inventory] { return inventory.sync_state(); },
          .owners = [&inventory] { return inventory.CachedOwners(); }};
}

class ResourceFeed {
 public:
  // The owner's resource as a WatchResponse, serialised; nothing if there is
  // nothing of it; from memory alone. Called for one owner at a time.
  using Describe = std::function<std::optional<std::string>(const OwnerKey&)>;

  explicit ResourceFeed(Describe describe) : describe_(std::move(describe)) {}

  // Before anything else; inventories need the feed to be there first.
  void SetSources(std::vector<FeedSource> sources) {
    sources_ = std::move(sources);
  }

  // To be called with what Inventory::OnOwnersChanged says, and with an owner
  // whose wish has changed.
  void OnOwnersChanged(const std::set<OwnerKey>& changed);

  // When the cloud last said of everything that it is as it is known here; the
  // infinite future while nobody reads.
  absl::Time confirmed() const;

  class Subscription {
   public:
    ~Subscription() {
      reader_.reset();
      feed_.Leave();
    }
    ChangeLog::Reader& reader() { return *reader_; }
    // There is no reader any more, and the feed is kept up to date all the
    // same until the subscription ends.
    void StopReading() { reader_.reset(); }

   private:
    friend class ResourceFeed;
    explicit Subscription(ResourceFeed& feed) : feed_(feed) {}
    ResourceFeed& feed_;
    std::unique_ptr<ChangeLog::Reader> reader_;
  };

  // As ChangeLog::Read. The feed must outlive the subscription; `wake` must not
  // end it.
  std::unique_ptr<Subscription> Subscribe(const std::string& cursor,
                                          const std::string& cluster_id,
                                          std::function<void()> wake);

 private:
  void Join();
  void Leave();
  bool AllSynced() const;
  bool NoteRefusalsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  void DescribeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  void DescribeLocked(const OwnerKey& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);

  const Describe describe_;
  std::vector<FeedSource> sources_;
  ChangeLog log_;
  std::atomic<bool> active_ = false;

  // One change at a time, so that what is put last is newest, and what is said
  // of the sources is still true when the log takes it.
  absl::Mutex describing_;

  mutable absl::Mutex readers_mutex_;
  int readers_ ABSL_GUARDED_BY(readers_mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_RESOURCE_FEED_H_
