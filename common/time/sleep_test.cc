#include "common/time/sleep.h"

#include <stop_token>
#include <thread>

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(SleepTest, EndsWhenTheTimeHasPassed) {
  FakeClock clock;
  std::thread sleeper(
      [&] { EXPECT_TRUE(SleepFor(absl::Seconds(1), {}, clock)); });
  clock.AwaitWaiters(1);
  clock.Advance(absl::Seconds(1));
  sleeper.join();
}

TEST(SleepTest, EndsWhenCancelled) {
  FakeClock clock;
  std::stop_source source;
  std::thread sleeper([&] {
    EXPECT_FALSE(SleepFor(absl::Seconds(1), source.get_token(), clock));
  });
  clock.AwaitWaiters(1);
  source.request_stop();
  sleeper.join();
  EXPECT_FALSE(SleepFor(absl::Seconds(1), source.get_token(), clock));
}

}  // namespace
}  // namespace evroc
