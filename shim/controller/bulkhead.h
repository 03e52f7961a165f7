// Limits how many workers of one controller call the same target at a time, or
// targets of the same namespace, and how many call targets that hung or are not
// known yet, so that clouds that hang, however many, do not hold up the others
// (traps.md B9). Thread-safe.

#ifndef SHIM_CONTROLLER_BULKHEAD_H_
#define SHIM_CONTROLLER_BULKHEAD_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/text/interned_string.h"
#include "common/time/clock.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class Bulkhead {
 public:
  struct Options {
    static constexpr int kNoLimit = 1'000'000;

    // Permits for one target at a time, and for all of a namespace.
    int capacity = 5;
    int name_space = kNoLimit;
    // A call that takes longer than this hangs. A slow cloud takes less to make
    // a whole network.
    absl::Duration hang_threshold = absl::Seconds(10);
    // With this many calls that hang, the target gives no further permit.
    int max_hanging = 2;
    // Permits for all targets together that have ended no call yet.
    int unproven = kNoLimit;
    // Of these, permits for one target.
    int newcomer = kNoLimit;
    // With this many permits for targets of its namespace that are unproven or
    // hang, of those in its place and of all, an unproven one gets no other.
    int same_place = kNoLimit;
    int same_namespace = kNoLimit;
    // Permits for all targets together whose last call hung. Those that were
    // admitted as unproven and hang now may be more, at the cost of others that
    // are unproven.
    int hung = kNoLimit;

    // Of a controller with this many workers: two are left to others by one
    // namespace, half of them by those that are not known, three quarters by
    // each of these and by those that hung, and a quarter by all of them. Also
    // many targets of one place, or of one namespace, leave room for others
    // that are not known.
    static Options ForWorkers(int workers) {
      Options options;
      options.capacity = std::max(workers - 2, 1);
      options.name_space = options.capacity;
      options.unproven = std::max(workers / 2, 1);
      options.newcomer = std::max(workers / 4, 1);
      options.same_place = options.newcomer + 1;
      options.same_namespace =
          std::min(options.unproven,
                   std::max(options.unproven - 1, options.same_place + 1));
      options.hung = std::max(workers / 4, 1);
      return options;
    }
  };
  using OnAvailable = std::function<void(const ObjectKey&)>;

  // `on_available` is called without locks for each waiter, by priority and
  // then in their order, once there is room. A target that has ended no call
  // here is known by its calls in `fallback`, if given: where it hangs for one
  // controller it is no newcomer to another. `clock` and `fallback` must
  // outlive this, and `fallback` must have none that leads back here.
  Bulkhead(const Options& options, Clock& clock, OnAvailable on_available,
           const Bulkhead* fallback = nullptr)
      : options_(options),
        clock_(clock),
        on_available_(std::move(on_available)),
        fallback_(fallback) {}

  // A call of the target, which lasts as long as this object.
  class Call {
   public:
    Call(Bulkhead& bulkhead, const std::string& target)
        : bulkhead_(bulkhead),
          target_(target),
          since_(bulkhead.BeginCall(target)) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() { bulkhead_.EndCall(target_, since_); }

   private:
    Bulkhead& bulkhead_;
    const std::string& target_;
    const absl::Time since_;
  };

  // Permission to call a target, which lasts as long as this object.
  class Permit {
   public:
    Permit(Bulkhead& bulkhead, std::string target)
        : bulkhead_(&bulkhead), target_(std::move(target)) {}
    Permit(Permit&& other) noexcept
        : bulkhead_(std::exchange(other.bulkhead_, nullptr)),
          target_(std::move(other.target_)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (bulkhead_ != nullptr) bulkhead_->Leave(target_);
    }

    // The call must end as soon as the answer is there: other work of the
    // holder, such as writing to a slow Kubernetes API, is not the target's
    // fault. The permit must outlive the call.
    [[nodiscard]] Call BeginCall() const { return {*bulkhead_, target_}; }

   private:
    Bulkhead* bulkhead_;
    std::string target_;
  };

  // `target` is of the namespace of the request's key, and leads to `place`,
  // which others may lead to as well; empty if that is not known. Returns
  // nothing if there is no room: the key becomes a waiter until `on_available`
  // is called with it. It should also be reconciled again after a while: a
  // waiter that was notified and does not enter wakes no other.
  std::optional<Permit> Enter(const std::string& target,
                              const std::string& place,
                              const ReconcileRequest& request);

 private:
  // What a target's calls say: one that hangs now, else the last that ended.
  enum class Record { kUnproven, kProven, kHung };
  using Position = std::pair<Priority, uint64_t>;
  struct Target {
    InternedString name_space;
    std::string place;
    int inside = 0;
    std::multiset<absl::Time> calls;  // when each began
    // In the order in which they are notified, and the position of each.
    std::map<Position, ObjectKey> waiters;
    std::map<ObjectKey, Position> positions;
  };

  // The permits in use.
  struct Inside {
    int unproven = 0;
    int hung = 0;
    std::map<InternedString, int> name_spaces;
    // Of what is unproven or hung.
    std::map<InternedString, int> strangers;
    std::map<std::pair<InternedString, std::string>, int> strangers_by_place;
  };

  Inside InsideLocked(absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  int RoomLocked(const std::string& name, const Target& target,
                 const Inside& inside, absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  int HangingOf(const Target& target, absl::Time now) const;
  Record RecordOf(const std::string& name, absl::Time now) const;
  Record RecordOfLocked(const std::string& name, const Target& target,
                        absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void RecordLocked(const std::string& name, absl::Duration took)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Leave(const std::string& target);
  absl::Time BeginCall(const std::string& target);
  void EndCall(const std::string& target, absl::Time since);
  // Takes out the waiters for which there is room: those of one target, or one
  // of the next other target, in turn.
  void TakeAdmittedLocked(const std::string& name, Target& target,
                          std::vector<ObjectKey>& admitted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeNextLocked(const std::string& other_than,
                      std::vector<ObjectKey>& admitted)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ObjectKey TakeFirstLocked(Target& target)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  const OnAvailable on_available_;
  const Bulkhead* const fallback_;
  mutable absl::Mutex mutex_;
  // The targets with permits or waiters.
  std::map<std::string, Target> targets_ ABSL_GUARDED_BY(mutex_);
  // Of targets that have ended a call.
  absl::flat_hash_map<std::string, Record> records_ ABSL_GUARDED_BY(mutex_);
  std::string last_served_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_BULKHEAD_H_
