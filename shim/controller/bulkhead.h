// Limits how many workers of one controller call the same target at a time, so
// that a cloud that hangs does not hold up the others (traps.md B9).
// Thread-safe.

#ifndef SHIM_CONTROLLER_BULKHEAD_H_
#define SHIM_CONTROLLER_BULKHEAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/resource.h"

namespace evroc::shim {

class Bulkhead {
 public:
  struct Options {
    // Permits for one target at a time.
    int capacity = 5;
    // A call that takes longer than this hangs. A slow cloud takes less to make
    // a whole network.
    absl::Duration hang_threshold = absl::Seconds(10);
    // With this many calls that hang, the target gives no further permit.
    int max_hanging = 2;
  };
  using OnAvailable = std::function<void(const ObjectKey&)>;

  // `on_available` is called without locks for each waiter, by priority and
  // then in their order, once there is room. `clock` must outlive this.
  Bulkhead(const Options& options, Clock& clock, OnAvailable on_available)
      : options_(options),
        clock_(clock),
        on_available_(std::move(on_available)) {}

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

  // Returns nothing if there is no room: the key becomes a waiter until
  // `on_available` is called with it. It should also be reconciled again after
  // a while: a waiter that was notified and does not enter wakes no other.
  std::optional<Permit> Enter(const std::string& target,
                              const ReconcileRequest& request);

 private:
  using Place = std::pair<Priority, uint64_t>;
  struct Target {
    int inside = 0;
    std::multiset<absl::Time> calls;  // when each began
    // In the order in which they are notified, and the place of each.
    std::map<Place, ObjectKey> waiters;
    std::map<ObjectKey, Place> places;
  };

  int RoomLocked(const Target& target, absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Leave(const std::string& target);
  absl::Time BeginCall(const std::string& target);
  void EndCall(const std::string& target, absl::Time since);
  // Takes out the waiters for which there is room.
  std::vector<ObjectKey> TakeAdmittedLocked(Target& target)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  const OnAvailable on_available_;
  absl::Mutex mutex_;
  // The targets with permits or waiters.
  std::map<std::string, Target> targets_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_BULKHEAD_H_
