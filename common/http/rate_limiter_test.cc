#include "common/http/rate_limiter.h"

#include <stop_token>
#include <thread>

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

class RateLimiterTest : public testing::Test {
 protected:
  // Whether the next call would not wait; its deadline is now.
  bool PassesAtOnce() {
    return limiter_.Acquire({.deadline = clock_.Now()}).ok();
  }

  FakeClock clock_;
  RateLimiter limiter_{
      {.per_second = 10, .burst = 3, .max_pause = absl::Minutes(2)}, clock_};
};

TEST_F(RateLimiterTest, LetsABurstPassAndThenKeepsTheRate) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(PassesAtOnce()) << i;
  EXPECT_FALSE(PassesAtOnce());
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_TRUE(PassesAtOnce());
  EXPECT_FALSE(PassesAtOnce());
  clock_.Advance(absl::Seconds(10));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(PassesAtOnce()) << i;
  EXPECT_FALSE(PassesAtOnce());
}

TEST_F(RateLimiterTest, AWaiterGetsItsTurn) {
  while (PassesAtOnce()) {
  }
  std::thread waiter([&] {
    const auto waited = limiter_.Acquire({});
    ASSERT_TRUE(waited.ok());
    EXPECT_EQ(*waited, absl::Milliseconds(100));
  });
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(100));
  waiter.join();
}

TEST_F(RateLimiterTest, APauseHoldsEverybodyBack) {
  limiter_.PauseFor(absl::Seconds(5));
  EXPECT_FALSE(PassesAtOnce());
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(PassesAtOnce());
}

TEST_F(RateLimiterTest, APauseOfADayEndsAfterTheLongestPause) {
  limiter_.PauseFor(absl::Hours(24));
  clock_.Advance(absl::Minutes(2) - absl::Seconds(1));
  EXPECT_FALSE(PassesAtOnce());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(PassesAtOnce());
}

TEST_F(RateLimiterTest, SettingTheCalendarNeitherStopsNorFreesIt) {
  while (PassesAtOnce()) continue;
  for (const absl::Duration step : {-absl::Hours(24), absl::Hours(48)}) {
    clock_.SetWallBy(step);
    EXPECT_FALSE(PassesAtOnce());
    clock_.Advance(absl::Minutes(1));
    EXPECT_TRUE(PassesAtOnce());
    while (PassesAtOnce()) continue;
  }
}

TEST_F(RateLimiterTest, AWaiterCanBeCancelled) {
  limiter_.PauseFor(absl::Seconds(5));
  std::stop_source source;
  std::thread waiter([&] {
    EXPECT_EQ(limiter_.Acquire({.cancel = source.get_token()}).status().code(),
              absl::StatusCode::kCancelled);
  });
  clock_.AwaitWaiters(1);
  source.request_stop();
  waiter.join();
}

}  // namespace
}  // namespace evroc
