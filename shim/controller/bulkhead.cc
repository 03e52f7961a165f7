#include "shim/controller/bulkhead.h"

#include <iterator>

namespace evroc::shim {

int Bulkhead::RoomLocked(const Target& target, absl::Time now) const {
  const auto hanging =
      std::distance(target.calls.begin(),
                    target.calls.lower_bound(now - options_.hang_threshold));
  if (hanging >= options_.max_hanging) return 0;
  return options_.capacity - target.inside;
}

std::optional<Bulkhead::Permit> Bulkhead::Enter(
    const std::string& target, const ReconcileRequest& request) {
  const auto& [key, priority] = request;
  const absl::MutexLock lock(&mutex_);
  Target& there = targets_[target];
  if (RoomLocked(there, clock_.Now()) <= 0) {
    const Place place{priority, ++last_number_};
    const auto [had, is_new] = there.places.try_emplace(key, place);
    if (!is_new) {
      if (priority >= had->second.first) return std::nullopt;
      there.waiters.erase(std::exchange(had->second, place));
    }
    there.waiters.emplace(place, key);
    return std::nullopt;
  }
  if (const auto place = there.places.extract(key); !place.empty()) {
    there.waiters.erase(place.mapped());
  }
  ++there.inside;
  return Permit(*this, target);
}

void Bulkhead::Leave(const std::string& target) {
  std::vector<ObjectKey> admitted;
  {
    const absl::MutexLock lock(&mutex_);
    const auto it = targets_.find(target);
    --it->second.inside;
    admitted = TakeAdmittedLocked(it->second);
    if (it->second.inside == 0 && it->second.waiters.empty()) {
      targets_.erase(it);
    }
  }
  for (const ObjectKey& key : admitted) on_available_(key);
}

absl::Time Bulkhead::BeginCall(const std::string& target) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  targets_.at(target).calls.insert(now);
  return now;
}

void Bulkhead::EndCall(const std::string& target, absl::Time since) {
  std::vector<ObjectKey> admitted;
  {
    const absl::MutexLock lock(&mutex_);
    Target& there = targets_.at(target);
    there.calls.erase(there.calls.find(since));
    admitted = TakeAdmittedLocked(there);
  }
  for (const ObjectKey& key : admitted) on_available_(key);
}

std::vector<ObjectKey> Bulkhead::TakeAdmittedLocked(Target& target) {
  std::vector<ObjectKey> admitted;
  for (int room = RoomLocked(target, clock_.Now());
       room > 0 && !target.waiters.empty(); --room) {
    admitted.push_back(
        std::move(target.waiters.extract(target.waiters.begin()).mapped()));
    target.places.erase(admitted.back());
  }
  return admitted;
}

}  // namespace evroc::shim
