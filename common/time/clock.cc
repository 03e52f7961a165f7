#include "common/time/clock.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <thread>

#include "common/time/timed_waits.h"
#include "glog/logging.h"

namespace evroc {
namespace {

// Counts the time that the machine sleeps, too.
constexpr clockid_t kSteady = CLOCK_BOOTTIME;

absl::Duration SinceBoot() {
  timespec now{};
  clock_gettime(kSteady, &now);
  return absl::DurationFromTimespec(now);
}

// Its thread ends the waits; it lives as long as the process.
class RealClock : public Clock {
 public:
  RealClock()
      : booted_(absl::Now() - SinceBoot()),
        timer_(timerfd_create(kSteady, TFD_CLOEXEC)) {
    PCHECK(timer_ >= 0);
    std::thread([this] { EndWaits(); }).detach();
  }

  absl::Time Now() const override { return booted_ + SinceBoot(); }
  absl::Time WallNow() const override { return absl::Now(); }

  bool AwaitWithDeadline(absl::Mutex& mutex, const absl::Condition& condition,
                         absl::Time deadline) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (deadline == absl::InfiniteFuture()) {
      mutex.Await(condition);
      return true;
    }
    if (condition.Eval()) return true;
    return waits_.Await(mutex, condition, deadline, [this] { return Now(); });
  }

 private:
  void SetTimer(absl::Time due) const {
    itimerspec at{};
    // Zero stops the timer; one of the past rings at once.
    if (due != absl::InfiniteFuture()) {
      at.it_value = absl::ToTimespec(
          std::max<absl::Duration>(due - booted_, absl::Nanoseconds(1)));
    }
    timerfd_settime(timer_, TFD_TIMER_ABSTIME, &at, nullptr);
  }

  void EndWaits() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (true) {
      uint64_t times = 0;
      (void)!read(timer_, &times, sizeof(times));
      waits_.EndUntil(Now());
    }
  }

  const absl::Time booted_;
  const int timer_;
  TimedWaits waits_{[this](absl::Time due) { SetTimer(due); }};
};

}  // namespace

Clock& Clock::Real() {
  static auto* const clock = new RealClock;
  return *clock;
}

}  // namespace evroc
