#include "shim/controller/bulkhead.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace evroc::shim {
namespace {

// Beyond this many targets none is known.
constexpr size_t kMaxRecords = 10'000;

template <typename Key>
int CountOf(const std::map<Key, int>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

Bulkhead::Inside Bulkhead::InsideLocked(absl::Time now) const {
  Inside inside;
  for (const auto& [name, target] : targets_) {
    if (target.inside == 0) continue;
    inside.name_spaces[target.name_space] += target.inside;
    const Record record = RecordOfLocked(name, target, now);
    if (record == Record::kUnproven) inside.unproven += target.inside;
    if (record == Record::kHung) inside.hung += target.inside;
    if (record == Record::kProven) continue;
    inside.strangers[target.name_space] += target.inside;
    if (target.place.empty()) continue;
    inside.strangers_by_place[{target.name_space, target.place}] +=
        target.inside;
  }
  return inside;
}

int Bulkhead::RoomLocked(const std::string& name, const Target& target,
                         const Inside& inside, absl::Time now) const {
  if (HangingOf(target, now) >= options_.max_hanging) return 0;
  const InternedString& theirs = target.name_space;
  const int own =
      std::min(options_.capacity - target.inside,
               options_.name_space - CountOf(inside.name_spaces, theirs));
  const int unproven = options_.unproven - inside.unproven;
  const int hung = options_.hung - inside.hung;
  // What was admitted as unproven may hang now.
  const int both = unproven + hung;
  switch (RecordOfLocked(name, target, now)) {
    case Record::kProven:
      return own;
    case Record::kUnproven:
      return std::min(
          {own, options_.newcomer - target.inside, unproven, both,
           options_.same_namespace - CountOf(inside.strangers, theirs),
           options_.same_place - CountOf(inside.strangers_by_place,
                                         std::pair(theirs, target.place))});
    case Record::kHung:
      return std::min({own, hung, both});
  }
  return 0;
}

int Bulkhead::HangingOf(const Target& target, absl::Time now) const {
  return static_cast<int>(
      std::distance(target.calls.begin(),
                    target.calls.lower_bound(now - options_.hang_threshold)));
}

Bulkhead::Record Bulkhead::RecordOfLocked(const std::string& name,
                                          const Target& target,
                                          absl::Time now) const {
  if (HangingOf(target, now) > 0) return Record::kHung;
  if (const auto found = records_.find(name); found != records_.end()) {
    return found->second;
  }
  return fallback_ == nullptr ? Record::kUnproven
                              : fallback_->RecordOf(name, now);
}

Bulkhead::Record Bulkhead::RecordOf(const std::string& name,
                                    absl::Time now) const {
  static const Target absent;
  const absl::ReaderMutexLock lock(&mutex_);
  const auto found = targets_.find(name);
  return RecordOfLocked(name, found == targets_.end() ? absent : found->second,
                        now);
}

void Bulkhead::RecordLocked(const std::string& name, absl::Duration took) {
  if (records_.size() >= kMaxRecords && !records_.contains(name)) {
    records_.clear();
  }
  records_[name] =
      took < options_.hang_threshold ? Record::kProven : Record::kHung;
}

std::optional<Bulkhead::Permit> Bulkhead::Enter(
    const std::string& target, const std::string& place,
    const ReconcileRequest& request) {
  const auto& [key, priority] = request;
  const absl::Time now = clock_.Now();
  const absl::MutexLock lock(&mutex_);
  Target& there = targets_[target];
  there.name_space = key.name_space;
  there.place = place;
  if (RoomLocked(target, there, InsideLocked(now), now) <= 0) {
    const Position position{priority, ++last_number_};
    const auto [had, is_new] = there.positions.try_emplace(key, position);
    if (!is_new) {
      if (priority >= had->second.first) return std::nullopt;
      there.waiters.erase(std::exchange(had->second, position));
    }
    there.waiters.emplace(position, key);
    return std::nullopt;
  }
  if (const auto position = there.positions.extract(key); !position.empty()) {
    there.waiters.erase(position.mapped());
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
    // It first, since both may be of the same namespace.
    TakeNextLocked(target, admitted);
    TakeAdmittedLocked(target, it->second, admitted);
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
    RecordLocked(target, clock_.Now() - since);
    TakeAdmittedLocked(target, there, admitted);
  }
  for (const ObjectKey& key : admitted) on_available_(key);
}

void Bulkhead::TakeAdmittedLocked(const std::string& name, Target& target,
                                  std::vector<ObjectKey>& admitted) {
  const absl::Time now = clock_.Now();
  for (int room = RoomLocked(name, target, InsideLocked(now), now);
       room > 0 && !target.waiters.empty(); --room) {
    admitted.push_back(TakeFirstLocked(target));
  }
}

void Bulkhead::TakeNextLocked(const std::string& other_than,
                              std::vector<ObjectKey>& admitted) {
  const absl::Time now = clock_.Now();
  const Inside inside = InsideLocked(now);
  auto it = targets_.upper_bound(last_served_);
  for (size_t tried = 0; tried < targets_.size(); ++tried, ++it) {
    if (it == targets_.end()) it = targets_.begin();
    auto& [name, target] = *it;
    if (name == other_than || target.waiters.empty() ||
        RoomLocked(name, target, inside, now) <= 0) {
      continue;
    }
    admitted.push_back(TakeFirstLocked(target));
    last_served_ = name;
    return;
  }
}

ObjectKey Bulkhead::TakeFirstLocked(Target& target) {
  ObjectKey key =
      std::move(target.waiters.extract(target.waiters.begin()).mapped());
  target.positions.erase(key);
  return key;
}

}  // namespace evroc::shim
