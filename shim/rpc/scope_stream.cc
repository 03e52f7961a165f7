#include "shim/rpc/scope_stream.h"

#include <algorithm>

#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

// What trying again does not change.
bool IsRefusal(const absl::Status& status) {
  return absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status) ||
         absl::IsInvalidArgument(status);
}

}  // namespace

void ScopeStream::Join(const std::string& cluster_id, bool moved,
                       absl::Time now) {
  if (!dropped_.contains(cluster_id) && !(moved && synced_)) return;
  incomplete_[cluster_id] = false;
  cursor_.clear();
  if (snapshot_at_ == absl::InfiniteFuture()) {
    snapshot_at_ = now + policy_.gather;
  }
}

void ScopeStream::Leave(const std::string& cluster_id) {
  incomplete_.erase(cluster_id);
  dropped_.insert(cluster_id);
}

absl::Time ScopeStream::due() const {
  if (!open_) return open_at_;
  // One snapshot is let finish before the next begins.
  return snapshot_ ? absl::InfiniteFuture() : snapshot_at_;
}

std::string ScopeStream::Open(CloudView::Sequence sequence) {
  open_ = true;
  snapshot_ = false;
  if (cursor_.empty() || snapshot_at_ != absl::InfiniteFuture()) {
    BeginSnapshot(sequence);
  }
  return cursor_;
}

void ScopeStream::BeginSnapshot(CloudView::Sequence sequence) {
  snapshot_ = true;
  snapshot_began_ = sequence;
  // One that breaks off begins again.
  cursor_.clear();
  snapshot_at_ = absl::InfiniteFuture();
  dropped_.clear();
  for (auto& [id, covered] : incomplete_) covered = true;
}

bool ScopeStream::End(const absl::Status& status, absl::Time now) {
  open_ = false;
  ++failures_;
  const bool refused = IsRefusal(status);
  const absl::Duration delay =
      BackoffDelay(refused ? policy_.refused : policy_.backoff, failures_);
  open_at_ = now + std::max(delay, DetailsOf(status).retry_after);
  return refused;
}

void ScopeStream::Cursor(const std::string& cursor) {
  // While clusters are incomplete, the next stream starts with a snapshot.
  const bool wants_snapshot =
      std::any_of(incomplete_.begin(), incomplete_.end(),
                  [](const auto& each) { return !each.second; });
  if (!cursor.empty() && !wants_snapshot) cursor_ = cursor;
}

ScopeStream::Sync ScopeStream::SetSynced() {
  Sync sync{.first = !synced_};
  synced_ = true;
  failures_ = 0;
  if (!snapshot_) return sync;
  snapshot_ = false;
  sync.snapshot_began = snapshot_began_;
  for (auto it = incomplete_.begin(); it != incomplete_.end();) {
    if (!it->second) {
      ++it;
      continue;
    }
    sync.completed.push_back(it->first);
    it = incomplete_.erase(it);
  }
  return sync;
}

}  // namespace evroc::shim
