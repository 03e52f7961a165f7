#include "services/inventory/polling/poll_scheduler.h"

#include <atomic>

#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

// Counts runs, and waits for them.
class Counter {
 public:
  void Add() {
    absl::MutexLock lock(&mutex_);
    ++runs_;
  }
  void Await(int runs) {
    absl::MutexLock lock(&mutex_);
    struct Goal {
      const int& runs;
      int wanted;
      bool Reached() const { return runs >= wanted; }
    } goal{runs_, runs};
    mutex_.Await(absl::Condition(&goal, &Goal::Reached));
    EXPECT_EQ(runs_, runs);
  }

 private:
  absl::Mutex mutex_;
  int runs_ = 0;
};

TEST(PollSchedulerTest, RunsATaskWhenItAskedFor) {
  FakeClock clock;
  PollScheduler scheduler(1, clock);
  Counter counter;
  const int id = scheduler.Add([&] {
    counter.Add();
    return absl::Seconds(10);
  });
  scheduler.Wake(id);
  counter.Await(1);
  clock.AwaitWaiters(1);
  clock.Advance(absl::Seconds(10));
  counter.Await(2);
  scheduler.Remove(id);
}

TEST(PollSchedulerTest, WakingBringsARunForward) {
  FakeClock clock;
  PollScheduler scheduler(1, clock);
  Counter counter;
  const int id = scheduler.Add([&] {
    counter.Add();
    return absl::InfiniteDuration();
  });
  scheduler.Wake(id, absl::Hours(1));
  scheduler.Wake(id, absl::Seconds(1));
  scheduler.Wake(id, absl::Hours(2));
  clock.AwaitWaiters(1);
  clock.Advance(absl::Seconds(1));
  counter.Await(1);
  scheduler.Remove(id);
}

TEST(PollSchedulerTest, ATaskWokenWhileItRunsRunsAgain) {
  FakeClock clock;
  PollScheduler scheduler(2, clock);
  Counter counter;
  absl::Notification started;
  absl::Notification go_on;
  int id = 0;
  absl::Mutex mutex;
  bool first = true;
  id = scheduler.Add([&] {
    bool is_first = false;
    {
      absl::MutexLock lock(&mutex);
      is_first = first;
      first = false;
    }
    if (is_first) {
      started.Notify();
      go_on.WaitForNotification();
    }
    counter.Add();
    return absl::InfiniteDuration();
  });
  scheduler.Wake(id);
  started.WaitForNotification();
  scheduler.Wake(id);
  go_on.Notify();
  counter.Await(2);
  scheduler.Remove(id);
}

TEST(PollSchedulerTest, RemoveWaitsForTheRunUnderWay) {
  FakeClock clock;
  PollScheduler scheduler(1, clock);
  absl::Notification started;
  std::atomic<bool> ended = false;
  const int id = scheduler.Add([&] {
    if (!started.HasBeenNotified()) started.Notify();
    ended = true;
    return absl::InfiniteDuration();
  });
  scheduler.Wake(id);
  started.WaitForNotification();
  scheduler.Remove(id);
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace evroc::cloud
