#include "common/time/clock.h"

#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

bool AwaitNothing(Clock& clock, absl::Duration duration) {
  absl::Mutex mutex;
  const bool never = false;
  absl::MutexLock lock(&mutex);
  return clock.AwaitWithDeadline(mutex, absl::Condition(&never),
                                 clock.Now() + duration);
}

TEST(ClockTest, BothTimesAreTheCalendarsWhereNobodySetsIt) {
  const Clock& clock = Clock::Real();
  EXPECT_LT(absl::AbsDuration(clock.Now() - clock.WallNow()), absl::Seconds(1));
  const absl::Time wall = clock.WallNow() + absl::Hours(1);
  EXPECT_LT(absl::AbsDuration(FromWall(clock, wall) - wall), absl::Seconds(1));
}

TEST(ClockTest, AWaitEndsAtItsDeadlineAndNotBefore) {
  Clock& clock = Clock::Real();
  const absl::Time began = clock.Now();
  EXPECT_FALSE(AwaitNothing(clock, absl::Milliseconds(20)));
  EXPECT_GE(clock.Now() - began, absl::Milliseconds(20));
  EXPECT_FALSE(AwaitNothing(clock, -absl::Hours(1)));
  EXPECT_FALSE(AwaitNothing(clock, -absl::InfiniteDuration()));
}

TEST(ClockTest, AWaitEndsWhenItsConditionHolds) {
  absl::Mutex mutex;
  bool done = false;
  std::thread other([&] {
    absl::MutexLock lock(&mutex);
    done = true;
  });
  absl::MutexLock lock(&mutex);
  EXPECT_TRUE(Clock::Real().AwaitWithDeadline(mutex, absl::Condition(&done),
                                              absl::InfiniteFuture()));
  EXPECT_TRUE(Clock::Real().AwaitWithDeadline(mutex, absl::Condition(&done),
                                              absl::InfinitePast()));
  mutex.Unlock();
  other.join();
  mutex.Lock();
}

// A wait that ends late holds up none that is entered after it.
TEST(ClockTest, ManyWaitsEndInTheirOrder) {
  Clock& clock = Clock::Real();
  absl::Notification first;
  std::vector<std::thread> threads;
  threads.emplace_back([&] { AwaitNothing(clock, absl::Milliseconds(300)); });
  threads.emplace_back([&] {
    AwaitNothing(clock, absl::Milliseconds(5));
    first.Notify();
  });
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back(
        [&clock, i] { AwaitNothing(clock, absl::Milliseconds(i)); });
  }
  first.WaitForNotification();
  for (std::thread& thread : threads) thread.join();
}

TEST(ClockTest, SettingTheCalendarMovesNoOtherTime) {
  FakeClock clock;
  const absl::Time began = clock.Now();
  for (const absl::Duration step : {absl::Hours(1), -absl::Hours(3)}) {
    clock.SetWallBy(step);
    EXPECT_EQ(clock.Now(), began);
  }
  EXPECT_EQ(clock.WallNow(), began - absl::Hours(2));
  EXPECT_EQ(WallClock(clock).Now(), clock.WallNow());
  EXPECT_EQ(FromWall(clock, clock.WallNow() + absl::Seconds(1)),
            began + absl::Seconds(1));
}

}  // namespace
}  // namespace evroc
