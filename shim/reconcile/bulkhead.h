// Keeps a cloud that hangs from holding up everybody else: of the workers only
// a few at a time wait for one target (traps.md B9). Thread-safe.

#ifndef SHIM_RECONCILE_BULKHEAD_H_
#define SHIM_RECONCILE_BULKHEAD_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"

namespace evroc::shim {

class Bulkhead {
 public:
  struct Options {
    // A pass that takes longer than this is one that hangs.
    absl::Duration patience = absl::Seconds(2);
    // With so many hanging ones, nobody else goes to that target.
    int max_hanging = 2;
  };

  // `clock` must outlive this.
  Bulkhead(const Options& options, Clock& clock)
      : options_(options), clock_(clock) {}

  // Leave to go to a target, for as long as it is kept.
  class Pass {
   public:
    Pass(Bulkhead& bulkhead, std::string target, absl::Time since)
        : bulkhead_(&bulkhead), target_(std::move(target)), since_(since) {}
    Pass(Pass&& other) noexcept
        : bulkhead_(std::exchange(other.bulkhead_, nullptr)),
          target_(std::move(other.target_)),
          since_(other.since_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (bulkhead_ != nullptr) bulkhead_->Leave(target_, since_);
    }

   private:
    Bulkhead* bulkhead_;
    std::string target_;
    absl::Time since_;
  };

  // Nothing if the target hangs: come back later.
  std::optional<Pass> Enter(const std::string& target);

 private:
  void Leave(const std::string& target, absl::Time since);

  const Options options_;
  Clock& clock_;
  absl::Mutex mutex_;
  // Since when passes are with each target.
  std::map<std::string, std::multiset<absl::Time>> inside_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_BULKHEAD_H_
