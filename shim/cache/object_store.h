// Caches the decoded objects of one resource.
//
// A reflector and the answers to our own reads and writes fill it; the newer
// version wins, and what is gone does not come back with an answer that is
// late. Objects are immutable and shared with readers. Indexes find objects by
// other values than their key. Thread-safe; listeners are called without locks
// held, on the thread that changed the store.

#ifndef SHIM_CACHE_OBJECT_STORE_H_
#define SHIM_CACHE_OBJECT_STORE_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "shim/cache/object_meta.h"

namespace evroc::shim {

// T has a member `meta` of type ObjectMeta.
template <typename T>
class ObjectStore {
 public:
  using Pointer = std::shared_ptr<const T>;
  // The value under which an index files an object; empty: not filed.
  using IndexFunction = std::function<std::string(const T&)>;
  // `before` is null for a new object, `after` for a removed one.
  using Listener =
      std::function<void(const Pointer& before, const Pointer& after)>;

  // Adds an index and returns its number. Only while the store is empty.
  int AddIndex(IndexFunction function) {
    indexes_.push_back({std::move(function), {}});
    return static_cast<int>(indexes_.size()) - 1;
  }
  void AddListener(Listener listener) {
    listeners_.push_back(std::move(listener));
  }

  // Null if there is no such object.
  Pointer Find(const ObjectKey& key) const {
    const absl::MutexLock lock(&mutex_);
    const auto it = objects_.find(key);
    return it == objects_.end() ? nullptr : it->second;
  }

  // The objects that the index has under `value`, sorted by key.
  std::vector<Pointer> FindBy(int index, const std::string& value) const {
    std::vector<Pointer> found;
    {
      const absl::MutexLock lock(&mutex_);
      const auto& filed = indexes_[index].filed;
      const auto it = filed.find(value);
      if (it == filed.end()) return found;
      found.reserve(it->second.size());
      for (const ObjectKey& key : it->second) {
        found.push_back(objects_.at(key));
      }
    }
    std::sort(found.begin(), found.end(), ByKey);
    return found;
  }

  std::vector<Pointer> All() const {
    std::vector<Pointer> all;
    {
      const absl::MutexLock lock(&mutex_);
      all.reserve(objects_.size());
      for (const auto& [key, object] : objects_) all.push_back(object);
    }
    std::sort(all.begin(), all.end(), ByKey);
    return all;
  }

  size_t size() const {
    const absl::MutexLock lock(&mutex_);
    return objects_.size();
  }

  // Stores an object unless this version or a newer one is stored already,
  // since our own writes and reads arrive as events too, or was removed.
  void Upsert(T object) {
    const auto after = std::make_shared<const T>(std::move(object));
    Pointer before;
    {
      const absl::MutexLock lock(&mutex_);
      if (IsRemoved(after->meta)) return;
      Pointer& slot = objects_[after->meta.key];
      if (slot != nullptr && IsAsNew(slot->meta, after->meta)) return;
      before = std::exchange(slot, after);
      Unfile(before);
      File(after);
    }
    Notify(before, after);
  }

  // Removes the object of that key if its UID is `uid`; empty: any. An object
  // that was created again since then stays. `version`: the resourceVersion of
  // the removal, up to which the object does not come back; empty: never.
  void Remove(const ObjectKey& key, const std::string& uid,
              absl::string_view version = "") {
    Pointer before;
    {
      const absl::MutexLock lock(&mutex_);
      const uint64_t until = NumberOf(version).value_or(kForever);
      const auto it = objects_.find(key);
      const bool is_stored =
          it != objects_.end() && (uid.empty() || it->second->meta.uid == uid);
      NoteRemoved(is_stored ? it->second->meta.uid.str() : uid, until);
      if (!is_stored) return;
      before = it->second;
      objects_.erase(it);
      Unfile(before);
    }
    Notify(before, nullptr);
  }

  // Removes what a list of `version` lacks, but what is newer than the list.
  void RemoveUnlisted(const absl::flat_hash_set<ObjectKey>& listed,
                      absl::string_view version) {
    const uint64_t until = NumberOf(version).value_or(kForever);
    for (const Pointer& object : All()) {
      const ObjectMeta& meta = object->meta;
      if (listed.contains(meta.key) ||
          NumberOf(meta.resource_version).value_or(0) > until) {
        continue;
      }
      Remove(meta.key, meta.uid, version);
    }
  }

 private:
  struct Index {
    IndexFunction function;
    absl::flat_hash_map<std::string, absl::flat_hash_set<ObjectKey>> filed;
  };

  static constexpr uint64_t kForever = std::numeric_limits<uint64_t>::max();
  // As many as may go while one answer is on its way.
  static constexpr size_t kMaxRemoved = 10'000;

  static std::optional<uint64_t> NumberOf(absl::string_view version) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(version, &number) || number == 0) return std::nullopt;
    return number;
  }

  static bool ByKey(const Pointer& a, const Pointer& b) {
    return a->meta.key < b->meta.key;
  }

  // Resource versions of one resource are comparable as numbers.
  static bool IsAsNew(const ObjectMeta& a, const ObjectMeta& b) {
    const auto of_a = NumberOf(a.resource_version);
    const auto of_b = NumberOf(b.resource_version);
    return a.uid == b.uid && of_a.has_value() && of_b.has_value() &&
           *of_a >= *of_b;
  }

  // The object that has a UID never comes back once it is gone.
  bool IsRemoved(const ObjectMeta& meta) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto it = removed_.find(meta.uid.str());
    return it != removed_.end() &&
           NumberOf(meta.resource_version).value_or(0) <= it->second;
  }
  void NoteRemoved(const std::string& uid, uint64_t until)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (uid.empty()) return;
    const auto [it, is_new] = removed_.try_emplace(uid, until);
    it->second = std::max(it->second, until);
    if (!is_new) return;
    removal_order_.push_back(uid);
    if (removal_order_.size() <= kMaxRemoved) return;
    removed_.erase(removal_order_.front());
    removal_order_.pop_front();
  }

  void File(const Pointer& object) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (Index& index : indexes_) {
      std::string value = index.function(*object);
      if (!value.empty()) {
        index.filed[std::move(value)].insert(object->meta.key);
      }
    }
  }
  void Unfile(const Pointer& object) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (object == nullptr) return;
    for (Index& index : indexes_) {
      const auto it = index.filed.find(index.function(*object));
      if (it == index.filed.end()) continue;
      it->second.erase(object->meta.key);
      if (it->second.empty()) index.filed.erase(it);
    }
  }

  void Notify(const Pointer& before, const Pointer& after) const {
    for (const Listener& listener : listeners_) listener(before, after);
  }

  std::vector<Listener> listeners_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, Pointer> objects_ ABSL_GUARDED_BY(mutex_);
  // UIDs of what is gone, and up to which version; the oldest are forgotten.
  absl::flat_hash_map<std::string, uint64_t> removed_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> removal_order_ ABSL_GUARDED_BY(mutex_);
  // The functions are fixed before the first use; `filed` is guarded.
  std::vector<Index> indexes_;
};

}  // namespace evroc::shim

#endif  // SHIM_CACHE_OBJECT_STORE_H_
