#include "shim/controller/work_queue.h"

#include <atomic>
#include <thread>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::IsEmpty;

const ObjectKey kA{"default", "a"};
const ObjectKey kB{"default", "b"};
const ObjectKey kC{"default", "c"};

class WorkQueueTest : public ::testing::Test {
 protected:
  // Takes all keys that are due, and ends each at once. The key `end` marks the
  // end: every key that was due before it comes before it.
  std::vector<ObjectKey> Drain() {
    const ObjectKey end{"", "end"};
    std::vector<ObjectKey> keys;
    for (;;) {
      queue_.Add(end);
      const ObjectKey key = queue_.Get()->key;
      queue_.Done(key);
      if (key == end && queue_.stats().depth == 0) return keys;
      if (key != end) keys.push_back(key);
    }
  }

  FakeClock clock_;
  WorkQueue queue_{
      clock_,
      {.initial = absl::Seconds(1), .max = absl::Seconds(8), .jitter = 0}};
};

TEST_F(WorkQueueTest, HandsOutInOrder) {
  for (const ObjectKey& key : {kB, kA, kC}) queue_.Add(key);
  EXPECT_EQ(queue_.Get()->key, kB);
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(queue_.Get()->key, kC);
}

TEST_F(WorkQueueTest, WhatWasBegunComesFirst) {
  for (const ObjectKey& key : {kA, kB, kC}) queue_.Add(key);
  queue_.Add(kC, Priority::kHigh);
  queue_.Add(kB, Priority::kHigh);
  queue_.Add(kC, Priority::kHigh);
  queue_.Add(kB);
  EXPECT_EQ(queue_.stats().depth, 3U);
  EXPECT_EQ(queue_.Get()->key, kC);
  queue_.Add(kC, Priority::kHigh);
  queue_.Done(kC);
  EXPECT_EQ(queue_.Get()->key, kB);
  EXPECT_EQ(queue_.Get()->key, kC);
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(queue_.stats().depth, 0U);
}

TEST_F(WorkQueueTest, WhileAWorkerHasItAKeyCanBecomeUrgent) {
  queue_.Add(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  queue_.Add(kB);
  queue_.Add(kA);
  queue_.Add(kA, Priority::kHigh);
  queue_.Done(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(queue_.Get()->key, kB);
}

TEST_F(WorkQueueTest, WhatComesLastWaitsForAllOthers) {
  queue_.Add(kA, Priority::kLow);
  queue_.Add(kB, Priority::kLow);
  queue_.Add(kC);
  queue_.Add(kB, Priority::kHigh);  // the better priority counts
  queue_.Add(kB, Priority::kLow);
  EXPECT_EQ(queue_.Get(), (ReconcileRequest{kB, Priority::kHigh}));
  EXPECT_EQ(queue_.Get(), (ReconcileRequest{kC, Priority::kNormal}));
  EXPECT_EQ(queue_.Get(), (ReconcileRequest{kA, Priority::kLow}));
}

TEST_F(WorkQueueTest, KeepsAKeyOnce) {
  for (int i = 0; i < 5; ++i) queue_.Add(kA);
  queue_.Add(kB);
  EXPECT_EQ(queue_.stats().depth, 2U);
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(queue_.Get()->key, kB);
  EXPECT_EQ(queue_.stats().depth, 0U);
}

TEST_F(WorkQueueTest, NeverGivesAKeyToTwoWorkers) {
  queue_.Add(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  queue_.Add(kA);
  queue_.Add(kB);
  EXPECT_EQ(queue_.Get()->key, kB);
  EXPECT_EQ(queue_.stats().depth, 1U);
  queue_.Done(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
}

TEST_F(WorkQueueTest, LooksOnceMoreHoweverOftenItWasAddedMeanwhile) {
  queue_.Add(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  for (int i = 0; i < 5; ++i) queue_.Add(kA);
  queue_.Done(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  queue_.Done(kA);
  EXPECT_EQ(queue_.stats().depth, 0U);
}

TEST_F(WorkQueueTest, WaitsForTheDelay) {
  queue_.AddAfter(kA, absl::Seconds(10));
  EXPECT_EQ(queue_.stats().delayed, 1U);
  std::thread advance([this] {
    clock_.AwaitWaiters(1);
    clock_.Advance(absl::Seconds(10));
  });
  const absl::Time began = clock_.Now();
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(clock_.Now() - began, absl::Seconds(10));
  EXPECT_EQ(queue_.stats().delayed, 0U);
  advance.join();
}

TEST_F(WorkQueueTest, TheEarlierDelayWins) {
  queue_.AddAfter(kA, absl::Seconds(10));
  queue_.AddAfter(kA, absl::Seconds(2));
  queue_.AddAfter(kA, absl::Seconds(5));
  EXPECT_EQ(queue_.stats().delayed, 1U);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(queue_.Get()->key, kA);
  EXPECT_EQ(queue_.stats().delayed, 0U);
}

TEST_F(WorkQueueTest, AShorterDelayEndsTheWaitForALongerOne) {
  queue_.AddAfter(kA, absl::Minutes(10));
  std::thread advance([this] {
    clock_.AwaitWaiters(1);
    queue_.AddAfter(kB, absl::Seconds(1));
    clock_.Advance(absl::Seconds(1));
  });
  EXPECT_EQ(queue_.Get()->key, kB);
  advance.join();
}

TEST_F(WorkQueueTest, AddOvertakesADelay) {
  queue_.AddAfter(kA, absl::Seconds(10));
  queue_.Add(kA);
  EXPECT_EQ(queue_.stats().delayed, 0U);
  EXPECT_EQ(queue_.Get()->key, kA);
  queue_.Done(kA);
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(Drain(), IsEmpty());
}

TEST_F(WorkQueueTest, ADelayIsNotKeptForAKeyThatIsDue) {
  queue_.Add(kA);
  queue_.AddAfter(kA, absl::Seconds(10));
  EXPECT_EQ(queue_.stats().delayed, 0U);
}

TEST_F(WorkQueueTest, ADelayThatEndsWhileAWorkerHasTheKeyComesAfter) {
  queue_.Add(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
  queue_.AddAfter(kA, absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  queue_.Add(kB);
  EXPECT_EQ(queue_.Get()->key, kB);
  queue_.Done(kA);
  EXPECT_EQ(queue_.Get()->key, kA);
}

TEST_F(WorkQueueTest, DelaysComeInTheirOrder) {
  queue_.AddAfter(kA, absl::Seconds(3));
  queue_.AddAfter(kB, absl::Seconds(1));
  queue_.AddAfter(kC, absl::Seconds(2));
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(queue_.Get()->key, kB);
  EXPECT_EQ(queue_.Get()->key, kC);
  EXPECT_EQ(queue_.Get()->key, kA);
}

TEST_F(WorkQueueTest, NoDelayMeansNow) {
  queue_.AddAfter(kA, absl::ZeroDuration());
  EXPECT_EQ(queue_.stats().depth, 1U);
}

TEST_F(WorkQueueTest, BackoffGrowsUntilForgotten) {
  const auto next = [this] {
    queue_.AddWithBackoff(kA);
    absl::Duration waited;
    while (Drain().empty()) {
      clock_.Advance(absl::Seconds(1));
      waited += absl::Seconds(1);
    }
    return waited;
  };
  EXPECT_EQ(next(), absl::Seconds(1));
  EXPECT_EQ(next(), absl::Seconds(2));
  EXPECT_EQ(next(), absl::Seconds(4));
  EXPECT_EQ(next(), absl::Seconds(8));
  EXPECT_EQ(next(), absl::Seconds(8));
  queue_.Forget(kA);
  EXPECT_EQ(next(), absl::Seconds(1));
  EXPECT_EQ(queue_.stats().retries, 6U);
}

TEST_F(WorkQueueTest, ShutdownEndsEveryGet) {
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  threads.reserve(3);
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      EXPECT_FALSE(queue_.Get().has_value());
      ++ended;
    });
  }
  queue_.AddAfter(kA, absl::Seconds(10));
  queue_.Shutdown();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ended, 3);
  queue_.Add(kA);
  EXPECT_FALSE(queue_.Get().has_value());
}

TEST_F(WorkQueueTest, MeasuresTheWait) {
  queue_.Add(kA);
  clock_.Advance(absl::Seconds(3));
  ASSERT_EQ(queue_.Get()->key, kA);
  clock_.Advance(absl::Seconds(2));
  const WorkQueue::Stats stats = queue_.stats();
  EXPECT_EQ(stats.waited, absl::Seconds(3));
  EXPECT_EQ(stats.taken, 1U);
  EXPECT_EQ(stats.adds, 1U);
  EXPECT_EQ(stats.processing, 1U);
  EXPECT_EQ(stats.longest_processing, absl::Seconds(2));
}

}  // namespace
}  // namespace evroc::shim
