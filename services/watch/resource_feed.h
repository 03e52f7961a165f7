// Feeds a ChangeLog from inventories for as long as it has readers.
//
// The first reader starts the inventories' watching, the last one stops it.
// When an owner's objects change, its resource is described again. Thread-safe.

#ifndef SERVICES_WATCH_RESOURCE_FEED_H_
#define SERVICES_WATCH_RESOURCE_FEED_H_

#include <atomic>
#include <cstdint>
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
#include "common/time/clock.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"
#include "services/watch/change_log.h"

namespace evroc::cloud {

// An inventory of any kind. Must outlive the feed.
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
  // Returns the owner's resource as a serialised WatchResponse, nullopt if it
  // has none; reads only memory. Called for one owner at a time.
  using Describe = std::function<std::optional<std::string>(const OwnerKey&)>;

  // `describe_early` is called in place of `describe` while a source can't be
  // read, for what is to be told of an owner all the same: nothing that says,
  // or could say, that something is not there. May be null.
  explicit ResourceFeed(Describe describe, Describe describe_early = nullptr,
                        const Clock& clock = Clock::Real())
      : describe_(std::move(describe)),
        describe_early_(std::move(describe_early)),
        clock_(clock) {}

  // Called before anything else; inventories need the feed to exist first.
  void SetSources(std::vector<FeedSource> sources) {
    sources_ = std::move(sources);
  }

  // The callback for Inventory::OnOwnersChanged; also called with an owner
  // whose desired state has changed.
  void OnOwnersChanged(const std::set<OwnerKey>& changed);

  // When the cloud last confirmed the whole known state; the infinite future
  // while there are no readers.
  absl::Time confirmed() const;

  class Subscription {
   public:
    ~Subscription() {
      reader_.reset();
      feed_.Leave();
    }
    ChangeLog::Reader& reader() { return *reader_; }
    // Ends the reader; the feed is kept up to date until the subscription ends.
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
  bool EndsStreams(const absl::Status& error) const;
  void NoteContactLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  bool NoteRefusalsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  void DescribeAllLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  std::set<OwnerKey> SourceOwners() const;
  void DescribeEarlyLocked(const std::set<OwnerKey>& changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);
  void DescribeLocked(const OwnerKey& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);

  const Describe describe_;
  const Describe describe_early_;
  const Clock& clock_;
  std::vector<FeedSource> sources_;
  ChangeLog log_;
  std::atomic<bool> active_ = false;

  // Guards changes one at a time, so that the last description put is the
  // newest and what the sources report is still true when the log takes it.
  absl::Mutex describing_;
  // The number of readable sources when all owners were last described early.
  int64_t readable_ ABSL_GUARDED_BY(describing_) = 0;

  mutable absl::Mutex readers_mutex_;
  int readers_ ABSL_GUARDED_BY(readers_mutex_) = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_RESOURCE_FEED_H_
