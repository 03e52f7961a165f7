#include "shim/reconcile/bulkhead.h"

#include <iterator>

namespace evroc::shim {

std::optional<Bulkhead::Pass> Bulkhead::Enter(const std::string& target) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  std::multiset<absl::Time>& passes = inside_[target];
  const auto hanging = std::distance(
      passes.begin(), passes.lower_bound(now - options_.patience));
  if (hanging >= options_.max_hanging) return std::nullopt;
  passes.insert(now);
  return Pass(*this, target, now);
}

void Bulkhead::Leave(const std::string& target, absl::Time since) {
  const absl::MutexLock lock(&mutex_);
  const auto it = inside_.find(target);
  it->second.erase(it->second.find(since));
  if (it->second.empty()) inside_.erase(it);
}

}  // namespace evroc::shim
