// Keeps a ChangeLog fed from inventories, for as long as somebody reads it.
//
// The first reader starts the inventories' watching, the last one stops it.
// Whenever an owner's objects change, its resource is described anew.
// Thread-safe.

#ifndef SERVICES_WATCH_RESOURCE_FEED_H_
#define SERVICES_WATCH_RESOURCE_FEED_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
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
  std::function<bool()> synced;
  std::function<absl::Status()> error;
  std::function<absl::Time()> confirmed;
  std::function<std::set<OwnerKey>()> owners;
};

template <typename T>
FeedSource SourceOf(Inventory<T>& inventory) {
  return {
      .start = [&inventory] { inventory.StartWatching(); },
      .stop = [&inventory] { inventory.StopWatching(); },
      .synced = [&inventory] { return inventory.sync_state().synced; },
      .error = [&inventory] { return inventory.sync_state().error; },
      .confirmed = [&inventory] { return inventory.sync_state().confirmed; },
      .owners = [&inventory] { return inventory.RememberedOwners(); }};
}

template <typename R>
class ResourceFeed {
 public:
  using Log = ChangeLog<R>;
  // Puts the resource that belongs to an owner, or removes it and returns false
  // if there is nothing of it; from memory alone. Called for one owner at a
  // time.
  using Describe = std::function<bool(const OwnerKey&, Log&)>;

  explicit ResourceFeed(Describe describe) : describe_(std::move(describe)) {}

  // Before anything else; inventories need the feed to be there first.
  void SetSources(std::vector<FeedSource> sources) {
    sources_ = std::move(sources);
  }

  // To be called with what Inventory::OnNews says, and with an owner whose
  // wish has changed.
  void OnNews(const std::set<OwnerKey>& changed);

  // When the cloud last said of everything that it is as it is known here; the
  // infinite future while nobody reads.
  absl::Time confirmed() const;

  class Subscription {
   public:
    ~Subscription() {
      reader_.reset();
      feed_.Leave();
    }
    typename Log::Reader& reader() { return *reader_; }

   private:
    friend class ResourceFeed;
    explicit Subscription(ResourceFeed& feed) : feed_(feed) {}
    ResourceFeed& feed_;
    std::unique_ptr<typename Log::Reader> reader_;
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
  bool NoteRefusals();
  void DescribeAll();
  void DescribeLocked(const OwnerKey& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(describing_);

  const Describe describe_;
  std::vector<FeedSource> sources_;
  Log log_;
  std::atomic<bool> active_ = false;

  // One description at a time, so that what is put last is newest.
  absl::Mutex describing_;
  // Whose resources are in the log.
  std::set<OwnerKey> described_ ABSL_GUARDED_BY(describing_);

  mutable absl::Mutex readers_mutex_;
  int readers_ ABSL_GUARDED_BY(readers_mutex_) = 0;
};

template <typename R>
absl::Time ResourceFeed<R>::confirmed() const {
  absl::Time oldest = absl::InfiniteFuture();
  if (!active_) return oldest;
  for (const FeedSource& source : sources_) {
    oldest = std::min(oldest, source.confirmed());
  }
  return oldest;
}

template <typename R>
bool ResourceFeed<R>::AllSynced() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const FeedSource& each) { return each.synced(); });
}

// Refused credentials end the streams; a collection that can't be read at all
// does so before there was a snapshot. Whether there was any.
template <typename R>
bool ResourceFeed<R>::NoteRefusals() {
  bool refused = false;
  for (const FeedSource& source : sources_) {
    const absl::Status error = source.error();
    if (absl::IsUnauthenticated(error) ||
        (absl::IsPermissionDenied(error) && !log_.synced())) {
      log_.Fail(error);
      refused = true;
    }
  }
  return refused;
}

template <typename R>
void ResourceFeed<R>::DescribeLocked(const OwnerKey& owner) {
  if (owner.cluster_id.empty()) return;  // nobody's that we know
  if (describe_(owner, log_)) {
    described_.insert(owner);
  } else {
    described_.erase(owner);
  }
}

template <typename R>
void ResourceFeed<R>::DescribeAll() {
  std::set<OwnerKey> owners;
  for (const FeedSource& source : sources_) owners.merge(source.owners());
  absl::MutexLock lock(&describing_);
  owners.insert(described_.begin(), described_.end());
  for (const OwnerKey& owner : owners) DescribeLocked(owner);
}

template <typename R>
void ResourceFeed<R>::OnNews(const std::set<OwnerKey>& changed) {
  if (!active_) return;
  const bool refused = NoteRefusals();
  if (!AllSynced()) return;
  if (!log_.synced()) {
    DescribeAll();
  } else {
    absl::MutexLock lock(&describing_);
    for (const OwnerKey& owner : changed) DescribeLocked(owner);
  }
  // Also where a refusal was taken back.
  if (!refused) log_.SetSynced();
}

template <typename R>
void ResourceFeed<R>::Join() {
  absl::MutexLock lock(&readers_mutex_);
  if (++readers_ > 1) return;
  active_ = true;
  for (const FeedSource& source : sources_) source.start();
}

template <typename R>
void ResourceFeed<R>::Leave() {
  absl::MutexLock lock(&readers_mutex_);
  if (--readers_ > 0) return;
  active_ = false;
  for (const FeedSource& source : sources_) source.stop();
  log_.SetUnsynced();
}

template <typename R>
std::unique_ptr<typename ResourceFeed<R>::Subscription>
ResourceFeed<R>::Subscribe(const std::string& cursor,
                           const std::string& cluster_id,
                           std::function<void()> wake) {
  Join();
  std::unique_ptr<Subscription> subscription(new Subscription(*this));
  subscription->reader_ = log_.Read(cursor, cluster_id, std::move(wake));
  return subscription;
}

}  // namespace evroc::cloud

#endif  // SERVICES_WATCH_RESOURCE_FEED_H_
