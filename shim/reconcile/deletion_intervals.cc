#include "shim/reconcile/deletion_intervals.h"

#include <algorithm>

namespace evroc::shim {

absl::Duration DeletionIntervals::Next(const ObjectKey& object,
                                       const std::string& left) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  const auto [seen, is_new] = seen_.try_emplace(object, Seen{left, now});
  if (!is_new && seen->second.left != left) seen->second = {left, now};
  return std::clamp(now - seen->second.since, kShortest, kLongest);
}

void DeletionIntervals::Forget(const ObjectKey& object) {
  const absl::MutexLock lock(&mutex_);
  seen_.erase(object);
}

}  // namespace evroc::shim
