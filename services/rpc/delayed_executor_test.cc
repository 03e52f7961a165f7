#include "services/rpc/delayed_executor.h"

#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::ElementsAre;

class DelayedExecutorTest : public ::testing::Test {
 protected:
  void Run(int number, absl::Duration delay = {}) {
    executor_.Run(
        [this, number] {
          absl::MutexLock lock(&mutex_);
          done_.push_back(number);
        },
        delay);
  }
  void AwaitDone(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] {
      mutex_.AssertReaderHeld();
      return done_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
  }
  std::vector<int> done() {
    absl::MutexLock lock(&mutex_);
    return done_;
  }

  absl::Mutex mutex_;
  std::vector<int> done_ ABSL_GUARDED_BY(mutex_);
  FakeClock clock_;
  DelayedExecutor executor_{clock_};
};

TEST_F(DelayedExecutorTest, WorksInTheOrderOfHandingOver) {
  for (const int number : {1, 2, 3}) Run(number);
  AwaitDone(3);
  EXPECT_THAT(done(), ElementsAre(1, 2, 3));
}

TEST_F(DelayedExecutorTest, WaitsUntilWorkIsDue) {
  Run(2, absl::Minutes(2));
  Run(1, absl::Minutes(1));
  Run(0);
  AwaitDone(1);
  EXPECT_THAT(done(), ElementsAre(0));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(1));
  AwaitDone(2);
  EXPECT_THAT(done(), ElementsAre(0, 1));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(1));
  AwaitDone(3);
  EXPECT_THAT(done(), ElementsAre(0, 1, 2));
}

TEST_F(DelayedExecutorTest, DrainingDoesNotWaitForTheTime) {
  executor_.Run([this] { Run(1, absl::Minutes(1)); });
  Run(2, absl::Minutes(2));
  executor_.Drain();
  EXPECT_THAT(done(), ElementsAre(1, 2));
}

TEST(DelayedExecutor, TheEndDoesNotWaitForTheTime) {
  FakeClock clock;
  bool done = false;
  {
    DelayedExecutor executor(clock);
    executor.Run([&] { done = true; }, absl::Minutes(1));
  }
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace evroc::cloud
