#include "services/inventory/inventory_memory.h"

#include <utility>

#include "services/evroc/api/compute.h"
#include "services/evroc/api/networking.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

// No answer arrives later than this after its request.
constexpr absl::Duration kLongestCall = absl::Minutes(2);

}  // namespace

template <typename T>
bool InventoryMemory<T>::IsOutdated(const Id<T>& id,
                                    uint64_t requested_at) const {
  const auto entry = entries_.find(id);
  if (entry != entries_.end()) return entry->second.sequence > requested_at;
  const auto absence = absent_.find(id);
  return absence != absent_.end() && absence->second.sequence > requested_at;
}

template <typename T>
void InventoryMemory<T>::Disown(const Id<T>& id, const OwnerKey& owner) {
  const auto ids = owned_.find(owner);
  ids->second.erase(id);
  if (ids->second.empty()) owned_.erase(ids);
}

// The REST API does not show a deletion in progress, so a requested deletion is
// remembered as long as the object is the same.
template <typename T>
typename InventoryMemory<T>::Entry& InventoryMemory<T>::Put(T object,
                                                            absl::Time now,
                                                            Changes& changes) {
  absent_.erase(object.metadata.id);
  const auto [it, is_new] = entries_.try_emplace(object.metadata.id);
  Entry& entry = it->second;
  const bool same_object =
      !is_new && entry.known.object.metadata.uid == object.metadata.uid;
  const bool deleting =
      object.metadata.deleting || (same_object && entry.known.deleting);
  if (!same_object) entry.deletion_requested_at = absl::InfinitePast();
  entry.read_at = now;
  if (!is_new && entry.known.object == object &&
      entry.known.deleting == deleting) {
    return entry;
  }
  if (!is_new) {
    NoteChange(entry.known.object, changes);
    Disown(object.metadata.id, OwnerKeyOf(entry.known.object.metadata.labels));
  }
  NoteChange(object, changes);
  owned_[OwnerKeyOf(object.metadata.labels)].insert(object.metadata.id);
  entry.changed_at = now;
  entry.known = {std::move(object), deleting};
  return entry;
}

template <typename T>
void InventoryMemory<T>::Erase(const Id<T>& id, Changes& changes) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return;
  NoteChange(it->second.known.object, changes);
  Disown(id, OwnerKeyOf(it->second.known.object.metadata.labels));
  entries_.erase(it);
}

template <typename T>
void InventoryMemory<T>::NoteChange(const T& object, Changes& changes) const {
  changes.insert(OwnerKeyOf(object.metadata.labels));
  const auto referrers = referrers_.find(object.metadata.id);
  if (referrers == referrers_.end()) return;
  for (const auto& [owner, awaited] : referrers->second) changes.insert(owner);
}

template <typename T>
void InventoryMemory<T>::SetReferences(const OwnerKey& owner,
                                       const References<T>& references) {
  for (auto& [id, owners] : referrers_) owners.erase(owner);
  std::erase_if(referrers_,
                [](const auto& entry) { return entry.second.empty(); });
  for (const auto& [id, awaited] : references) referrers_[id][owner] = awaited;
}

template <typename T>
std::vector<Id<T>> InventoryMemory<T>::MissingReferences() const {
  std::vector<Id<T>> missing;
  for (const auto& [id, owners] : referrers_) {
    const bool is_awaited =
        std::any_of(owners.begin(), owners.end(),
                    [](const auto& owner) { return owner.second; });
    if (is_awaited && !entries_.contains(id)) missing.push_back(id);
  }
  return missing;
}

template <typename T>
void InventoryMemory<T>::Saw(T object, uint64_t requested_at, absl::Time now,
                             Changes& changes) {
  if (IsOutdated(object.metadata.id, requested_at)) return;
  Put(std::move(object), now, changes).sequence = ++sequence_;
}

template <typename T>
void InventoryMemory<T>::SawNothing(const Id<T>& id, uint64_t requested_at,
                                    absl::Time now, Changes& changes) {
  Leave(id, requested_at, {.seen_at = now}, changes);
}

template <typename T>
void InventoryMemory<T>::SawLeave(const Id<T>& id, uint64_t requested_at,
                                  absl::Time now, Changes& changes) {
  Leave(id, requested_at, {.seen_at = now, .left = true}, changes);
}

template <typename T>
void InventoryMemory<T>::Leave(const Id<T>& id, uint64_t requested_at,
                               const Absence& absence, Changes& changes) {
  if (IsOutdated(id, requested_at)) return;
  Erase(id, changes);
  std::erase_if(absent_, [&](const auto& each) {
    return each.second.seen_at < absence.seen_at - kLongestCall;
  });
  absent_[id] = absence;
  absent_[id].sequence = ++sequence_;
}

template <typename T>
std::vector<Id<T>> InventoryMemory<T>::SawList(
    std::vector<T> listed, const std::function<bool(const T&)>& covers,
    uint64_t requested_at, absl::Time now, Changes& changes) {
  std::set<Id<T>> seen;
  std::vector<Id<T>> doubtful;
  for (T& object : listed) {
    const Id<T> id = object.metadata.id;
    seen.insert(id);
    if (IsOutdated(id, requested_at)) {
      doubtful.push_back(id);
    } else {
      Put(std::move(object), now, changes);
    }
  }
  std::vector<Id<T>> gone;
  for (const auto& [id, entry] : entries_) {
    if (seen.contains(id) || !covers(entry.known.object)) continue;
    (entry.sequence <= requested_at ? gone : doubtful).push_back(id);
  }
  for (const Id<T>& id : gone) Erase(id, changes);
  return doubtful;
}

template <typename T>
void InventoryMemory<T>::SawDeletion(const Id<T>& id, absl::Time now,
                                     Changes& changes) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return;
  Entry& entry = it->second;
  entry.sequence = ++sequence_;
  entry.deletion_requested_at = now;
  if (entry.known.deleting) return;
  entry.known.deleting = true;
  entry.changed_at = now;
  NoteChange(entry.known.object, changes);
}

template <typename T>
void InventoryMemory<T>::ForgetBefore(absl::Time time) {
  const uint64_t oldest_list =
      lists_.empty() ? sequence_ : std::min(*lists_.begin(), sequence_);
  std::vector<Id<T>> old;
  for (const auto& [id, entry] : entries_) {
    if (entry.read_at < time && entry.sequence <= oldest_list) {
      old.push_back(id);
    }
  }
  Changes ignored;
  for (const Id<T>& id : old) Erase(id, ignored);
  std::erase_if(absent_, [&](const auto& absence) {
    return absence.second.seen_at < time;
  });
  std::erase_if(listed_,
                [&](const auto& listing) { return listing.second < time; });
}

template <typename T>
void InventoryMemory<T>::RecordListing(const std::string& cluster_id,
                                       absl::Time now) {
  listed_[cluster_id] = now;
}

template <typename T>
void InventoryMemory<T>::ForgetListing(const std::string& cluster_id) {
  listed_.erase(cluster_id);
  listed_.erase("");
}

template <typename T>
bool InventoryMemory<T>::IsListed(const std::string& cluster_id) const {
  return listed_.contains(cluster_id) || listed_.contains("");
}

template <typename T>
const typename InventoryMemory<T>::Entry* InventoryMemory<T>::Lookup(
    const Id<T>& id) const {
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : &it->second;
}

template <typename T>
bool InventoryMemory<T>::IsAbsent(const Id<T>& id) const {
  return AbsentSince(id) != absl::InfinitePast();
}

template <typename T>
absl::Time InventoryMemory<T>::AbsentSince(const Id<T>& id) const {
  const auto absence = absent_.find(id);
  return absence == absent_.end() || absence->second.left
             ? absl::InfinitePast()
             : absence->second.seen_at;
}

template <typename T>
std::vector<Known<T>> InventoryMemory<T>::OfCluster(
    const std::string& cluster_id) const {
  std::vector<Known<T>> found;
  for (auto it = owned_.lower_bound({cluster_id, ""});
       it != owned_.end() && it->first.cluster_id == cluster_id; ++it) {
    for (const Id<T>& id : it->second) found.push_back(entries_.at(id).known);
  }
  return found;
}

template <typename T>
std::vector<Known<T>> InventoryMemory<T>::OfOwner(const OwnerKey& owner) const {
  std::vector<Known<T>> found;
  const auto ids = owned_.find(owner);
  if (ids == owned_.end()) return found;
  for (const Id<T>& id : ids->second) found.push_back(entries_.at(id).known);
  return found;
}

template <typename T>
std::vector<Known<T>> InventoryMemory<T>::All() const {
  std::vector<Known<T>> all;
  for (const auto& [id, entry] : entries_) all.push_back(entry.known);
  return all;
}

template <typename T>
std::set<OwnerKey> InventoryMemory<T>::Owners() const {
  std::set<OwnerKey> owners;
  for (const auto& [owner, ids] : owned_) owners.insert(owner);
  return owners;
}

template class InventoryMemory<Vpc>;
template class InventoryMemory<Subnet>;
template class InventoryMemory<SecurityGroup>;
template class InventoryMemory<PublicIp>;
template class InventoryMemory<LoadBalancer>;
template class InventoryMemory<BackendPool>;
template class InventoryMemory<BackendService>;
template class InventoryMemory<L4Route>;
template class InventoryMemory<VirtualMachine>;
template class InventoryMemory<Disk>;
template class InventoryMemory<PlacementGroup>;
template class InventoryMemory<HotswapAttachment>;

}  // namespace evroc::cloud
