#include "common/text/interned_string.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"

namespace evroc {
namespace interned_string_internal {

struct Entry {
  std::string text;
  // The number of InternedStrings that hold it. Falls to zero under its part's
  // lock only, so an entry that is found there may be taken.
  std::atomic<int64_t> holders;
};

namespace {

// One of several parts of the table, each with its own lock.
class Part {
 public:
  // Returns the entry of `text`, with one more holder.
  Entry* Take(absl::string_view text) {
    const absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(text);
    if (found != entries_.end()) {
      (*found)->holders.fetch_add(1, std::memory_order_relaxed);
      return *found;
    }
    auto* entry = new Entry{std::string(text), 1};
    entries_.insert(entry);
    return entry;
  }

  // Releases one holder of an entry, and frees the entry after the last one.
  void Release(Entry* entry) {
    std::unique_ptr<Entry> last;
    const absl::MutexLock lock(&mutex_);
    if (entry->holders.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
    entries_.erase(entry);
    last.reset(entry);
  }

  size_t size() const {
    const absl::MutexLock lock(&mutex_);
    return entries_.size();
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(absl::string_view text) const {
      return absl::Hash<absl::string_view>()(text);
    }
    size_t operator()(const Entry* entry) const { return (*this)(entry->text); }
  };
  struct Equal {
    using is_transparent = void;
    static absl::string_view Text(absl::string_view text) { return text; }
    static absl::string_view Text(const Entry* entry) { return entry->text; }
    bool operator()(const auto& a, const auto& b) const {
      return Text(a) == Text(b);
    }
  };

  mutable absl::Mutex mutex_;
  absl::flat_hash_set<Entry*, Hash, Equal> entries_ ABSL_GUARDED_BY(mutex_);
};

using Parts = std::array<Part, 16>;

// Never destroyed: statics may hold texts.
Parts& AllParts() {
  static Parts& parts = *new Parts;
  return parts;
}

// Uses the hash bits that the part's own table uses least.
Part& PartOf(absl::string_view text) {
  const uint64_t hash = absl::Hash<absl::string_view>()(text);
  return AllParts()[hash >> 60];
}

}  // namespace
}  // namespace interned_string_internal

using interned_string_internal::PartOf;

InternedString::InternedString(absl::string_view text)
    : entry_(text.empty() ? nullptr : PartOf(text).Take(text)) {}

InternedString::InternedString(const InternedString& other)
    : entry_(other.entry_) {
  if (entry_ == nullptr) return;
  entry_->holders.fetch_add(1, std::memory_order_relaxed);
}

InternedString::~InternedString() {
  if (entry_ == nullptr) return;
  int64_t holders = entry_->holders.load(std::memory_order_relaxed);
  while (holders > 1) {
    if (entry_->holders.compare_exchange_weak(holders, holders - 1,
                                              std::memory_order_release,
                                              std::memory_order_relaxed)) {
      return;
    }
  }
  PartOf(entry_->text).Release(entry_);
}

const std::string& InternedString::str() const {
  static const std::string& none = *new std::string;
  return entry_ == nullptr ? none : entry_->text;
}

size_t InternedString::CountForTesting() {
  size_t count = 0;
  for (const auto& part : interned_string_internal::AllParts()) {
    count += part.size();
  }
  return count;
}

}  // namespace evroc
