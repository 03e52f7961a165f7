// Keeps a cloud that hangs from holding up everybody else: of the workers of
// one kind only some at a time are with one target, and only a few when it
// hangs (traps.md B9). Thread-safe.

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
    // So many at a time may be with one target.
    int capacity = 5;
    // A call that takes longer than this hangs: longer than one takes that
    // makes all of a network in a cloud that is slow.
    absl::Duration hang_threshold = absl::Seconds(10);
    // With so many calls that hang, nobody else goes to that target.
    int max_hanging = 2;
  };
  using OnAvailable = std::function<void(const ObjectKey&)>;

  // `on_available` is called, without locks, for those who were sent away, by
  // their turns and in their order, when there is room again. `clock` must
  // outlive this.
  Bulkhead(const Options& options, Clock& clock, OnAvailable on_available)
      : options_(options),
        clock_(clock),
        on_available_(std::move(on_available)) {}

  // A call of the target, under way for as long as this is kept.
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

  // Leave to be with a target, for as long as it is kept.
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

    // To be kept while an answer is waited for, and no longer: what else the
    // holder does, with a Kubernetes API that is slow, is not the target's
    // fault. Not longer than the permit.
    [[nodiscard]] Call BeginCall() const { return {*bulkhead_, target_}; }

   private:
    Bulkhead* bulkhead_;
    std::string target_;
  };

  // Nothing if there is no room: `key` will be told to come back, but should
  // also come by itself after a while: who was told and does not come after
  // all tells nobody else.
  std::optional<Permit> Enter(const std::string& target, const ObjectKey& key,
                              Priority priority = Priority::kNormal);

 private:
  using Place = std::pair<Priority, uint64_t>;
  struct Target {
    int inside = 0;
    std::multiset<absl::Time> calls;  // since when each is under way
    // By their turns, in the order in which they came, and each one's place.
    std::map<Place, ObjectKey> waiters;
    std::map<ObjectKey, Place> places;
  };

  int RoomLocked(const Target& target, absl::Time now) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Leave(const std::string& target);
  absl::Time BeginCall(const std::string& target);
  void EndCall(const std::string& target, absl::Time since);
  // Those for whom there is room.
  std::vector<ObjectKey> InviteLocked(Target& target)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Clock& clock_;
  const OnAvailable on_available_;
  absl::Mutex mutex_;
  // Those that somebody is with.
  std::map<std::string, Target> targets_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace evroc::shim

#endif  // SHIM_CONTROLLER_BULKHEAD_H_
