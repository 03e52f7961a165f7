#include "shim/diagnostics/probe.h"

#include "absl/strings/match.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

constexpr absl::Duration kTolerance = absl::Seconds(30);

class ProbeTest : public ::testing::Test {
 protected:
  void SetAnswer(const absl::Status& answer) {
    const absl::MutexLock lock(&mutex_);
    answer_ = answer;
  }
  // Waits until the probe sleeps, and ends that.
  void NextTry() { clock_.AdvanceToNextDeadline(); }

  FakeClock clock_;
  absl::Mutex mutex_;
  absl::Status answer_ ABSL_GUARDED_BY(mutex_);
  Probe probe_{[this](const CallContext&) {
                 const absl::MutexLock lock(&mutex_);
                 return answer_;
               },
               kTolerance, clock_};
};

TEST_F(ProbeTest, AShortFailureIsNoMatter) {
  NextTry();
  SetAnswer(absl::UnavailableError("no answer"));
  for (int i = 0; i < 4; ++i) {
    NextTry();
    EXPECT_TRUE(probe_.Check().ok());
  }
}

TEST_F(ProbeTest, SaysForHowLongItHasFailedAndWhy) {
  NextTry();
  SetAnswer(absl::UnavailableError("no answer"));
  for (int i = 0; i < 9; ++i) NextTry();
  clock_.AwaitWaiters(1);
  const absl::Status status = probe_.Check();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_TRUE(absl::StrContains(status.message(), "has failed for ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), ": no answer")) << status;
}

TEST_F(ProbeTest, IsOkAgainAfterOneSuccess) {
  SetAnswer(absl::UnavailableError("no answer"));
  for (int i = 0; i < 10; ++i) NextTry();
  clock_.AwaitWaiters(1);
  EXPECT_FALSE(probe_.Check().ok());
  SetAnswer(absl::OkStatus());
  NextTry();
  clock_.AwaitWaiters(1);
  EXPECT_TRUE(probe_.Check().ok());
}

}  // namespace
}  // namespace evroc::shim
