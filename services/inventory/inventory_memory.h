// The memory of an inventory. It orders observations that overtake each other:
// an answer never undoes a state that was observed after its request was sent.
//
// Not thread-safe: its ObservedCollection guards it.

#ifndef SERVICES_INVENTORY_INVENTORY_MEMORY_H_
#define SERVICES_INVENTORY_INVENTORY_MEMORY_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/evroc/api/id.h"
#include "services/identity/owner.h"

namespace evroc::cloud {

template <typename T>
struct Known {
  T object;
  bool deleting = false;  // its deletion was requested or is reported
  bool created = false;   // by the very call that returned it (GetOrCreate)
};

// The element with that id, null if there is none.
template <typename T>
const Known<T>* FindById(const std::vector<Known<T>>& all, const Id<T>& id) {
  const auto found = std::find_if(
      all.begin(), all.end(),
      [&](const Known<T>& each) { return each.object.metadata.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// What an owner refers to, and whether it is awaited: looked for if it is not
// there.
template <typename T>
using References = std::map<Id<T>, bool>;

template <typename T>
class InventoryMemory {
 public:
  // Owners whose objects changed.
  using Changes = std::set<OwnerKey>;

  struct Entry {
    Known<T> known;
    absl::Time read_at;
    absl::Time changed_at;
    // When its deletion was last requested; InfinitePast: never by this
    // process.
    absl::Time deletion_requested_at = absl::InfinitePast();
    uint64_t sequence = 0;  // of its last individual observation
  };

  // The current place in the order of observations: read before each request to
  // the cloud, and passed with its answer.
  uint64_t sequence() const { return sequence_; }

  // Records that the cloud returned the object, alone or as the answer to a
  // write.
  void Saw(T object, uint64_t requested_at, absl::Time now, Changes& changes);
  // Records that the cloud reported the object as absent.
  void SawNothing(const Id<T>& id, uint64_t requested_at, absl::Time now,
                  Changes& changes);
  // Records that an object is not to be remembered any more, which may be there
  // all the same.
  void SawLeave(const Id<T>& id, uint64_t requested_at, absl::Time now,
                Changes& changes);
  // Records that the cloud listed all objects that `covers` selects. Returns
  // the entries that stay unchanged because they were observed individually
  // meanwhile: either observation may be newer.
  std::vector<Id<T>> SawList(std::vector<T> listed,
                             const std::function<bool(const T&)>& covers,
                             uint64_t requested_at, absl::Time now,
                             Changes& changes);
  // Records that the cloud accepted the deletion of the object.
  void SawDeletion(const Id<T>& id, absl::Time now, Changes& changes);

  // Drops objects and listings that were last observed before `time`, but no
  // object that was observed since a list that is under way began: the list may
  // not show it.
  void ForgetBefore(absl::Time time);
  // Between these two a list is under way that began at that place.
  void BeginList(uint64_t requested_at) { lists_.insert(requested_at); }
  void EndList(uint64_t requested_at) {
    lists_.erase(lists_.find(requested_at));
  }

  // From now on a change of exactly these objects, which may be anybody's or
  // not there yet, is one of `owner`'s too.
  void SetReferences(const OwnerKey& owner, const References<T>& references);
  // What is awaited and is not there.
  std::vector<Id<T>> MissingReferences() const;

  // Records that everything of a cluster (empty: of all) was listed, and tells
  // whether it was.
  void RecordListing(const std::string& cluster_id, absl::Time now);
  void ForgetListing(const std::string& cluster_id);
  bool IsListed(const std::string& cluster_id) const;

  const Entry* Lookup(const Id<T>& id) const;
  // Whether it was recently found to be absent.
  bool IsAbsent(const Id<T>& id) const;
  // When it was last itself found to be absent; InfinitePast: not recently.
  absl::Time AbsentSince(const Id<T>& id) const;
  // The objects of a cluster and of its machines.
  std::vector<Known<T>> OfCluster(const std::string& cluster_id) const;
  std::vector<Known<T>> OfOwner(const OwnerKey& owner) const;
  std::vector<Known<T>> All() const;
  std::set<OwnerKey> Owners() const;
  const std::map<Id<T>, Entry>& entries() const { return entries_; }

 private:
  struct Absence {
    absl::Time seen_at;
    uint64_t sequence = 0;
    bool left = false;  // it may be there, and is not remembered
  };

  void Leave(const Id<T>& id, uint64_t requested_at, const Absence& absence,
             Changes& changes);
  bool IsOutdated(const Id<T>& id, uint64_t requested_at) const;
  Entry& Put(T object, absl::Time now, Changes& changes);
  void Erase(const Id<T>& id, Changes& changes);
  // Notes a change of the object, which has or had these labels.
  void NoteChange(const T& object, Changes& changes) const;
  void Disown(const Id<T>& id, const OwnerKey& owner);

  std::map<Id<T>, Entry> entries_;
  std::map<OwnerKey, std::set<Id<T>>> owned_;
  std::map<Id<T>, Absence> absent_;
  std::map<std::string, absl::Time> listed_;
  std::multiset<uint64_t> lists_;  // under way
  // Who refers to an object, and whether it is awaited.
  std::map<Id<T>, std::map<OwnerKey, bool>> referrers_;
  uint64_t sequence_ = 0;
};

}  // namespace evroc::cloud

#endif  // SERVICES_INVENTORY_INVENTORY_MEMORY_H_
