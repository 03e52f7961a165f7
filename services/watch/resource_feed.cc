#include "services/watch/resource_feed.h"

#include <algorithm>
#include <utility>

namespace evroc::cloud {

absl::Time ResourceFeed::confirmed() const {
  absl::Time oldest = absl::InfiniteFuture();
  if (!active_) return oldest;
  for (const FeedSource& source : sources_) {
    oldest = std::min(oldest, source.state().confirmed);
  }
  return oldest;
}

bool ResourceFeed::AllSynced() const {
  return std::all_of(
      sources_.begin(), sources_.end(),
      [](const FeedSource& each) { return each.state().synced; });
}

// Refused credentials end the streams; so does a collection that can't be read
// at all, before the first snapshot.
bool ResourceFeed::EndsStreams(const absl::Status& error) const {
  return absl::IsUnauthenticated(error) ||
         (absl::IsPermissionDenied(error) && !log_.synced());
}

// Returns whether any source was refused.
bool ResourceFeed::NoteRefusalsLocked() {
  bool refused = false;
  for (const FeedSource& source : sources_) {
    const absl::Status error = source.state().error;
    if (!EndsStreams(error)) continue;
    log_.Fail(error);
    refused = true;
  }
  return refused;
}

// Of several sources that fail, the one that began tells why.
void ResourceFeed::NoteContactLocked() {
  SyncState first;
  for (const FeedSource& source : sources_) {
    const SyncState state = source.state();
    if (EndsStreams(state.error)) continue;
    if (state.failing_since < first.failing_since) first = state;
  }
  common::v1::CloudContact contact;
  if (first.failing_since != absl::InfiniteFuture()) {
    contact.mutable_failing_since()->set_seconds(absl::ToUnixSeconds(
        ToWall(clock_, first.failing_since) + absl::Milliseconds(500)));
    contact.set_code(first.error.raw_code());
    contact.set_message(std::string(first.error.message()));
  }
  log_.SetContact(contact);
}

void ResourceFeed::DescribeLocked(const OwnerKey& owner) {
  if (owner.cluster_id.empty()) return;  // unowned
  std::optional<std::string> resource = describe_(owner);
  if (resource.has_value()) {
    log_.Put(owner, *std::move(resource));
  } else {
    log_.Remove(owner);
  }
}

std::set<OwnerKey> ResourceFeed::SourceOwners() const {
  std::set<OwnerKey> owners;
  for (const FeedSource& source : sources_) owners.merge(source.owners());
  return owners;
}

void ResourceFeed::DescribeAllLocked() {
  std::set<OwnerKey> owners = log_.Owners();
  owners.merge(SourceOwners());
  for (const OwnerKey& owner : owners) DescribeLocked(owner);
}

// While lists are only slow, the snapshot is soon complete.
void ResourceFeed::DescribeEarlyLocked(const std::set<OwnerKey>& changed) {
  int64_t readable = 0;
  bool fails = false;
  for (const FeedSource& source : sources_) {
    const SyncState state = source.state();
    readable += state.IsReadable() ? 1 : 0;
    fails |= !state.synced && !state.error.ok();
  }
  if (describe_early_ == nullptr || !fails) return;
  const bool all = std::exchange(readable_, readable) != readable;
  for (const OwnerKey& owner : all ? SourceOwners() : changed) {
    if (owner.cluster_id.empty()) continue;  // unowned
    std::optional<std::string> resource = describe_early_(owner);
    if (resource.has_value()) log_.PutEarly(owner, *std::move(resource));
  }
}

void ResourceFeed::OnOwnersChanged(const std::set<OwnerKey>& changed) {
  if (!active_) return;
  absl::MutexLock lock(&describing_);
  if (!active_) return;  // the last reader has left meanwhile
  NoteContactLocked();
  const bool refused = NoteRefusalsLocked();
  if (!AllSynced()) return DescribeEarlyLocked(changed);
  if (!log_.synced()) {
    DescribeAllLocked();
  } else {
    for (const OwnerKey& owner : changed) DescribeLocked(owner);
  }
  // Also after a refusal has been lifted.
  if (!refused) log_.SetSynced();
}

void ResourceFeed::Join() {
  absl::MutexLock lock(&readers_mutex_);
  if (++readers_ > 1) return;
  active_ = true;
  for (const FeedSource& source : sources_) source.start();
}

void ResourceFeed::Leave() {
  absl::MutexLock lock(&readers_mutex_);
  if (--readers_ > 0) return;
  active_ = false;
  for (const FeedSource& source : sources_) source.stop();
  // After what is being described, or it would call the log synced again.
  absl::MutexLock describing(&describing_);
  readable_ = 0;
  log_.SetUnsynced();
  log_.SetContact({});
}

std::unique_ptr<ResourceFeed::Subscription> ResourceFeed::Subscribe(
    const std::string& cursor, const std::string& cluster_id,
    std::function<void()> wake) {
  Join();
  std::unique_ptr<Subscription> subscription(new Subscription(*this));
  subscription->reader_ = log_.Read(cursor, cluster_id, std::move(wake));
  return subscription;
}

}  // namespace evroc::cloud
