#include "common/time/testing/fake_clock.h"

#include <thread>

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(FakeClockTest, StaysUntilAdvanced) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(3));
}

TEST(FakeClockTest, WaitEndsWhenTheDeadlinePasses) {
  FakeClock clock;
  absl::Mutex mutex;
  bool never = false;
  bool held = true;
  std::thread waiter([&] {
    absl::MutexLock lock(&mutex);
    held = clock.AwaitWithDeadline(mutex, absl::Condition(&never),
                                   clock.Now() + absl::Seconds(5));
  });
  clock.AwaitWaiters(1);
  clock.Advance(absl::Seconds(4));
  clock.AwaitWaiters(1);
  clock.Advance(absl::Seconds(1));
  waiter.join();
  EXPECT_FALSE(held);
}

TEST(FakeClockTest, WaitEndsWhenTheConditionHolds) {
  FakeClock clock;
  absl::Mutex mutex;
  bool flag = false;
  bool held = false;
  std::thread waiter([&] {
    absl::MutexLock lock(&mutex);
    held = clock.AwaitWithDeadline(mutex, absl::Condition(&flag),
                                   clock.Now() + absl::Seconds(5));
  });
  clock.AwaitWaiters(1);
  {
    absl::MutexLock lock(&mutex);
    flag = true;
  }
  waiter.join();
  EXPECT_TRUE(held);
}

TEST(FakeClockTest, MovesToTheNextFiniteDeadline) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  absl::Mutex mutex;
  bool flag = false;
  const auto wait_until = [&](absl::Time deadline) {
    absl::MutexLock lock(&mutex);
    clock.AwaitWithDeadline(mutex, absl::Condition(&flag), deadline);
  };
  std::thread forever(wait_until, absl::InfiniteFuture());
  std::thread late(wait_until, start + absl::Seconds(9));
  std::thread soon(wait_until, start + absl::Seconds(5));
  clock.AwaitWaiters(3);
  clock.AdvanceToNextDeadline();
  EXPECT_EQ(clock.Now(), start + absl::Seconds(5));
  soon.join();
  clock.AdvanceToNextDeadline();
  EXPECT_EQ(clock.Now(), start + absl::Seconds(9));
  late.join();
  {
    absl::MutexLock lock(&mutex);
    flag = true;
  }
  forever.join();
}

TEST(FakeClockTest, PassedDeadlineDoesNotWait) {
  FakeClock clock;
  absl::Mutex mutex;
  bool never = false;
  absl::MutexLock lock(&mutex);
  EXPECT_FALSE(
      clock.AwaitWithDeadline(mutex, absl::Condition(&never), clock.Now()));
}

}  // namespace
}  // namespace evroc
