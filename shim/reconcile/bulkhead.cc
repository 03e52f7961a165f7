#include "shim/reconcile/bulkhead.h"

#include <iterator>

namespace evroc::shim {

int Bulkhead::RoomLocked(const Target& target, absl::Time now) const {
  const auto hanging =
      std::distance(target.inside.begin(),
                    target.inside.lower_bound(now - options_.patience));
  if (hanging >= options_.max_hanging) return 0;
  return options_.capacity - static_cast<int>(target.inside.size());
}

std::optional<Bulkhead::Pass> Bulkhead::Enter(const std::string& target,
                                              const ObjectKey& key) {
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  Target& there = targets_[target];
  if (RoomLocked(there, now) <= 0) {
    const auto [place, is_new] = there.places.try_emplace(key, last_place_ + 1);
    if (is_new) there.sent_away.emplace(++last_place_, key);
    return std::nullopt;
  }
  if (const auto place = there.places.extract(key); !place.empty()) {
    there.sent_away.erase(place.mapped());
  }
  there.inside.insert(now);
  return Pass(*this, target, now);
}

void Bulkhead::Leave(const std::string& target, absl::Time since) {
  std::vector<ObjectKey> invited;
  {
    const absl::MutexLock lock(&mutex_);
    invited = LeaveLocked(target, since);
  }
  for (const ObjectKey& key : invited) come_back_(key);
}

std::vector<ObjectKey> Bulkhead::LeaveLocked(const std::string& target,
                                             absl::Time since) {
  const auto it = targets_.find(target);
  Target& there = it->second;
  there.inside.erase(there.inside.find(since));
  std::vector<ObjectKey> invited;
  for (int room = RoomLocked(there, clock_.Now());
       room > 0 && !there.sent_away.empty(); --room) {
    invited.push_back(
        std::move(there.sent_away.extract(there.sent_away.begin()).mapped()));
    there.places.erase(invited.back());
  }
  if (there.inside.empty() && there.sent_away.empty()) targets_.erase(it);
  return invited;
}

}  // namespace evroc::shim
