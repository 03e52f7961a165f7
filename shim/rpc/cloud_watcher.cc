#include "shim/rpc/cloud_watcher.h"

#include <algorithm>
#include <set>
#include <utility>

namespace evroc::shim {
CloudWatcher::CloudWatcher(NetworkServiceClient& network,
                           ComputeServiceClient& compute, CloudView& view,
                           Clock& clock, CloudListener& listener,
                           CloudWatcherOptions options)
    : env_{.network = network,
           .compute = compute,
           .view = view,
           .listener = listener,
           .clock = clock,
           .policy = options.policy,
           .stale_after = options.stale_after,
           .on_lost = std::move(options.on_lost)},
      thread_([this] { Run(); }) {}

CloudWatcher::~CloudWatcher() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void CloudWatcher::Hold(const std::string& cluster_id, const ScopePtr& scope) {
  absl::MutexLock lock(&mutex_);
  const auto held = held_.find(cluster_id);
  if (held != held_.end() && held->second.scope_key == scope->key()) return;
  const bool moved = held != held_.end();
  if (moved) {
    if (!SamePlace(*held->second.watch->scope(), *scope)) {
      env_.view.Forget(cluster_id);
    }
    LeaveLocked(cluster_id, held->second);
  }
  WatchPtr& watch = watches_[scope->key()];
  if (watch == nullptr) {
    watch = std::make_shared<ScopeWatch>(env_, scope, [this] { Wake(); });
  }
  env_.view.Keep(cluster_id);
  watch->Join(cluster_id, moved);
  held_[cluster_id] = {.scope_key = scope->key(), .watch = watch};
  wake_ = true;
}

void CloudWatcher::LeaveLocked(const std::string& cluster_id,
                               const Held& held) {
  held.watch->Leave(cluster_id);
  // The thread has a reference too, and ends its streams.
  if (held.watch->empty()) watches_.erase(held.scope_key);
  wake_ = true;
}

void CloudWatcher::Release(const std::string& cluster_id) {
  absl::MutexLock lock(&mutex_);
  const auto held = held_.find(cluster_id);
  if (held == held_.end()) return;
  LeaveLocked(cluster_id, held->second);
  held_.erase(held);
  env_.view.Forget(cluster_id);
}

CloudWatcher::WatchPtr CloudWatcher::WatchOf(
    const std::string& cluster_id) const {
  absl::MutexLock lock(&mutex_);
  const auto held = held_.find(cluster_id);
  return held == held_.end() ? nullptr : held->second.watch;
}

bool CloudWatcher::Synced(const std::string& cluster_id) const {
  const WatchPtr watch = WatchOf(cluster_id);
  return watch != nullptr && watch->Synced(cluster_id);
}

bool CloudWatcher::KnowsMachines(const std::string& cluster_id) const {
  const WatchPtr watch = WatchOf(cluster_id);
  return watch != nullptr && watch->KnowsMachines(cluster_id);
}

CloudContact CloudWatcher::Contact(const std::string& cluster_id) const {
  const WatchPtr watch = WatchOf(cluster_id);
  return watch == nullptr ? CloudContact() : watch->Contact();
}

size_t CloudWatcher::scopes() const {
  absl::MutexLock lock(&mutex_);
  return watches_.size();
}

// This thread alone opens streams. It ends those of scopes that no cluster uses
// before it drops them.
void CloudWatcher::Run() {
  std::set<WatchPtr> open;
  for (;;) {
    std::set<WatchPtr> wanted;
    {
      absl::MutexLock lock(&mutex_);
      wake_ = false;
      if (stopping_) break;
      for (const auto& [key, watch] : watches_) wanted.insert(watch);
    }
    for (const WatchPtr& watch : open) {
      if (!wanted.contains(watch)) watch->Close();
    }
    open = std::move(wanted);
    absl::Time due = absl::InfiniteFuture();
    for (const WatchPtr& watch : open) due = std::min(due, watch->Work());
    absl::MutexLock lock(&mutex_);
    const auto woken = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
      return wake_ || stopping_;
    };
    env_.clock.AwaitWithDeadline(mutex_, absl::Condition(&woken), due);
  }
  for (const WatchPtr& watch : open) watch->Close();
}

void CloudWatcher::Wake() {
  absl::MutexLock lock(&mutex_);
  wake_ = true;
}

}  // namespace evroc::shim
