#include "common/time/cancellation.h"

#include <optional>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(CancellationTest, DefaultTokenIsNeverCancelled) {
  EXPECT_FALSE(CancelToken().cancelled());
}

TEST(CancellationTest, CancelReachesEveryTokenAndCallbackOnce) {
  CancelSource source;
  const CancelToken token = source.token();
  int calls = 0;
  CancelCallback callback(token, [&] { ++calls; });
  EXPECT_FALSE(token.cancelled());
  source.Cancel();
  source.Cancel();
  EXPECT_TRUE(token.cancelled());
  EXPECT_TRUE(source.token().cancelled());
  EXPECT_EQ(calls, 1);
}

TEST(CancellationTest, CallbackOfACancelledTokenRunsAtOnce) {
  CancelSource source;
  source.Cancel();
  bool called = false;
  CancelCallback callback(source.token(), [&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(CancellationTest, RemovedCallbackDoesNotRun) {
  CancelSource source;
  bool called = false;
  {
    CancelCallback callback(source.token(), [&] { called = true; });
  }
  source.Cancel();
  EXPECT_FALSE(called);
}

TEST(CancellationTest, RemovalWaitsForARunningCallback) {
  CancelSource source;
  absl::Notification running;
  absl::Notification go_on;
  bool finished = false;
  std::optional<CancelCallback> callback;
  callback.emplace(source.token(), [&] {
    running.Notify();
    go_on.WaitForNotification();
    finished = true;
  });
  std::thread canceller([&] { source.Cancel(); });
  running.WaitForNotification();
  std::thread releaser([&] { go_on.Notify(); });
  callback.reset();
  EXPECT_TRUE(finished);
  canceller.join();
  releaser.join();
}

}  // namespace
}  // namespace evroc
