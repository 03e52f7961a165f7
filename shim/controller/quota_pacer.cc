#include "shim/controller/quota_pacer.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace evroc::shim {

void QuotaPacer::DropStaleLocked(absl::Time now) {
  std::erase_if(waiters_, [&](const auto& entry) {
    return now - entry.second.seen > 2 * interval_;
  });
}

absl::Duration QuotaPacer::Refused(const WaiterName& name,
                                   const ObjectKey& cluster,
                                   std::function<void()> wake) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  DropStaleLocked(now);
  const bool just_freed = now - freed_ < kSoonTries * kSoon;
  Waiter& waiter =
      waiters_
          .try_emplace(name, Waiter{.since = now,
                                    .soon_tries = just_freed ? kSoonTries : 0})
          .first->second;
  waiter.cluster = cluster;
  waiter.wake = std::move(wake);
  waiter.seen = now;
  if (waiter.soon_tries == 0) return interval_;
  --waiter.soon_tries;
  return kSoon;
}

void QuotaPacer::Freed(const ObjectKey& cluster) {
  std::vector<std::function<void()>> woken;
  {
    const absl::MutexLock lock(&mutex_);
    freed_ = clock_.Now();
    DropStaleLocked(freed_);
    std::vector<Waiter*> waiters;
    waiters.reserve(waiters_.size());
    for (auto& [name, waiter] : waiters_) waiters.push_back(&waiter);
    const auto rank = [&](const Waiter* waiter) {
      return std::make_tuple(waiter->cluster != cluster, waiter->since);
    };
    std::stable_sort(
        waiters.begin(), waiters.end(),
        [&](const Waiter* a, const Waiter* b) { return rank(a) < rank(b); });
    if (waiters.size() > kWoken) waiters.resize(kWoken);
    for (Waiter* waiter : waiters) {
      waiter->soon_tries = kSoonTries;
      woken.push_back(waiter->wake);
    }
  }
  for (const auto& wake : woken) wake();
}

}  // namespace evroc::shim
