#include "shim/controller/controller.h"

#include <map>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

const ObjectKey kKey{"ns", "a"};

class ControllerTest : public ::testing::Test {
 protected:
  ControllerTest()
      : controller_(
            {.kind = "EvrocMachine",
             .workers = 1,
             .sync_period = absl::Minutes(10)},
            clock_,
            [this](const CallContext& context, const ReconcileRequest&) {
              const absl::MutexLock lock(&mutex_);
              ids_.push_back(context.request_id);
              return results_[ids_.size() - 1];
            },
            [this](absl::string_view outcome, absl::Duration) {
              const absl::MutexLock lock(&mutex_);
              outcomes_.emplace_back(outcome);
            }) {}

  void Expect(std::vector<ReconcileResult> results) {
    const absl::MutexLock lock(&mutex_);
    results_ = std::move(results);
  }

  std::vector<std::string> AwaitOutcomes(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [&] {
      mutex_.AssertReaderHeld();
      return outcomes_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
    return outcomes_;
  }

  FakeClock clock_;
  absl::Mutex mutex_;
  std::vector<ReconcileResult> results_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> ids_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> outcomes_ ABSL_GUARDED_BY(mutex_);
  Controller controller_;
};

TEST_F(ControllerTest, NothingIsDoneBeforeStart) {
  Expect({Done{}});
  controller_.queue().Add(kKey);
  EXPECT_EQ(controller_.queue().stats().taken, 0);
  controller_.Start();
  EXPECT_THAT(AwaitOutcomes(1), ElementsAre("done"));
}

TEST_F(ControllerTest, WhatIsDoneIsLookedAtAgainAfterAWhile) {
  Expect({Done{}, Wait{"something"}, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  AwaitOutcomes(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(12));
  AwaitOutcomes(2);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Minutes(12));
  EXPECT_THAT(AwaitOutcomes(3), ElementsAre("done", "wait", "done"));
}

TEST_F(ControllerTest, ErrorsComeBackWithGrowingDelay) {
  Expect({absl::UnavailableError("away"), absl::UnavailableError("away"),
          RetryAfter{absl::Seconds(5), "told so"}, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  AwaitOutcomes(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  AwaitOutcomes(2);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(2));
  AwaitOutcomes(3);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(6));
  EXPECT_THAT(AwaitOutcomes(4), ElementsAre("error", "error", "retry", "done"));
  const absl::MutexLock lock(&mutex_);
  EXPECT_NE(ids_[0], ids_[1]);  // each reconcile has an id of its own
}

TEST_F(ControllerTest, WhatBacksOffComesBackWithGrowingDelay) {
  Expect({RetryWithBackoff{"it"}, RetryWithBackoff{"it"}, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  AwaitOutcomes(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(500));
  AwaitOutcomes(2);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_EQ(controller_.queue().stats().delayed, 1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_THAT(AwaitOutcomes(3), ElementsAre("retry", "retry", "done"));
}

TEST_F(ControllerTest, WhatIsGoneIsNotLookedAtAgain) {
  Expect({absl::UnavailableError("away"), Gone{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  AwaitOutcomes(1);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(AwaitOutcomes(2), ElementsAre("error", "gone"));
  EXPECT_EQ(controller_.queue().stats().depth, 0);
  EXPECT_EQ(controller_.queue().stats().delayed, 0);
}

TEST_F(ControllerTest, TheFirstConflictsInARowAreLookedAtAtOnce) {
  const absl::Status conflict = absl::AbortedError("conflict");
  Expect({conflict, conflict, conflict, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  // The clock stands still.
  EXPECT_THAT(AwaitOutcomes(4),
              ElementsAre("conflict", "conflict", "conflict", "done"));
}

TEST_F(ControllerTest, ConflictsThatGoOnComeBackWithGrowingDelay) {
  const absl::Status conflict = absl::AbortedError("conflict");
  Expect({conflict, conflict, conflict, conflict, conflict, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  EXPECT_THAT(AwaitOutcomes(4), Each("conflict"));
  clock_.AwaitWaiters(1);
  EXPECT_EQ(controller_.queue().stats().delayed, 1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_THAT(AwaitOutcomes(5), Each("conflict"));
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_EQ(controller_.queue().stats().delayed, 1);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_EQ(AwaitOutcomes(6).back(), "done");
}

TEST_F(ControllerTest, AfterAStormOfConflictsTheWayBackIsShort) {
  std::vector<ReconcileResult> storm(20, absl::AbortedError("conflict"));
  storm.emplace_back(Done{});
  Expect(storm);
  controller_.queue().Add(kKey);
  controller_.Start();
  for (int outcomes = 4; outcomes <= 20; ++outcomes) {
    AwaitOutcomes(outcomes);
    clock_.AwaitWaiters(1);
    clock_.Advance(absl::Seconds(3));
  }
  EXPECT_EQ(AwaitOutcomes(21).back(), "done");
}

TEST_F(ControllerTest, ConflictsDoNotLengthenTheDelayAfterAFailure) {
  const absl::Status conflict = absl::AbortedError("conflict");
  Expect({conflict, conflict, absl::UnavailableError("away"), conflict,
          conflict, conflict, Done{}});
  controller_.queue().Add(kKey);
  controller_.Start();
  AwaitOutcomes(3);
  clock_.AwaitWaiters(1);
  clock_.Advance(absl::Milliseconds(500));  // the shortest back-off
  EXPECT_EQ(AwaitOutcomes(7).back(), "done");
}

TEST_F(ControllerTest, AStartAfterAStopStartsNothing) {
  controller_.Stop();
  controller_.Start();
  controller_.queue().Add(kKey);
  controller_.Stop();
  EXPECT_EQ(controller_.queue().stats().taken, 0);
}

TEST(ControllerStopTest, CancelStopsAReconcileAndStopWaitsForIt) {
  FakeClock clock;
  absl::Notification began;
  absl::Notification may_end;
  bool ended = false;
  Controller controller(
      {.kind = "EvrocCluster", .workers = 1}, clock,
      [&](const CallContext& context,
          const ReconcileRequest&) -> ReconcileResult {
        absl::Notification cancelled;
        const std::stop_callback told(context.cancel,
                                      [&] { cancelled.Notify(); });
        began.Notify();
        cancelled.WaitForNotification();
        may_end.WaitForNotification();
        ended = true;
        return absl::CancelledError("told so");
      },
      [](absl::string_view, absl::Duration) {});
  controller.queue().Add(kKey);
  controller.Start();
  began.WaitForNotification();
  controller.Cancel();  // does not wait, else this would not go on
  may_end.Notify();
  std::thread other([&] { controller.Stop(); });
  controller.Stop();
  EXPECT_TRUE(ended);
  other.join();
}

}  // namespace
}  // namespace evroc::shim
