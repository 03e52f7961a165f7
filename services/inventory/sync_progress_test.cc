#include "services/inventory/sync_progress.h"

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

const PollIntervals kIntervals = {
    .fast = absl::Seconds(1), .slow = absl::Minutes(5), .polls_per_second = 10};
const absl::Time kNow = absl::FromUnixSeconds(1000);
const absl::Status kDown = absl::UnavailableError("down");

TEST(SyncProgressTest, ListsBeforeItIsSynced) {
  SyncProgress progress(kIntervals);
  EXPECT_TRUE(progress.IsListDue(kNow));
  progress.NoteOutcome(absl::OkStatus(), false, kNow);
  EXPECT_FALSE(progress.state().synced);
  EXPECT_TRUE(progress.IsListDue(kNow));
  progress.NoteOutcome(absl::OkStatus(), true, kNow);
  EXPECT_TRUE(progress.state().synced);
  EXPECT_EQ(progress.state().confirmed, kNow);
  EXPECT_FALSE(progress.IsListDue(kNow + absl::Minutes(3)));
  EXPECT_TRUE(progress.IsListDue(kNow + absl::Minutes(7)));
}

TEST(SyncProgressTest, FailuresKeepWhatIsKnownAndPauseLonger) {
  SyncProgress progress(kIntervals);
  progress.NoteOutcome(absl::OkStatus(), true, kNow);
  absl::Duration last;
  for (int failures = 1; failures <= 4; ++failures) {
    progress.NoteOutcome(kDown, false, kNow + absl::Seconds(1));
    const absl::Duration delay = progress.DelayAfter(kDown, 1, true, kNow);
    EXPECT_GT(delay, last) << failures;
    last = delay;
  }
  EXPECT_TRUE(progress.state().synced);
  EXPECT_EQ(progress.state().error, kDown);
  EXPECT_EQ(progress.state().confirmed, kNow);
  for (int i = 0; i < 100; ++i) progress.NoteOutcome(kDown, false, kNow);
  EXPECT_LE(progress.DelayAfter(kDown, 1, true, kNow), absl::Seconds(30));
  progress.NoteOutcome(absl::OkStatus(), false, kNow);
  EXPECT_TRUE(progress.state().error.ok());
  progress.NoteOutcome(kDown, false, kNow);
  EXPECT_LE(progress.DelayAfter(kDown, 1, true, kNow), absl::Seconds(1));
}

TEST(SyncProgressTest, LooksAgainSoonOnlyWhileSomethingMoves) {
  SyncProgress progress(kIntervals);
  progress.NoteOutcome(absl::OkStatus(), true, kNow);
  const absl::Status ok;
  EXPECT_EQ(progress.DelayAfter(ok, 0, true, kNow), absl::Seconds(1));
  EXPECT_GE(progress.DelayAfter(ok, 0, false, kNow), absl::Minutes(4));
  EXPECT_EQ(progress.DelayAfter(ok, 0, true, kNow + absl::Minutes(7)),
            absl::ZeroDuration());
}

TEST(SyncProgressTest, ManyCallsAreFurtherApart) {
  SyncProgress progress(kIntervals);
  progress.NoteOutcome(absl::OkStatus(), true, kNow);
  EXPECT_EQ(progress.DelayAfter(absl::OkStatus(), 50, true, kNow),
            absl::Seconds(5));
}

TEST(SyncProgressTest, ASignOfLifeConfirmsAndCompletesNothing) {
  SyncProgress progress(kIntervals);
  progress.NoteSignOfLife(kNow);
  EXPECT_EQ(progress.state().confirmed, kNow);
  EXPECT_FALSE(progress.state().synced);
}

TEST(SyncProgressTest, FailuresCountFromTheLastSuccess) {
  SyncProgress progress(kIntervals);
  EXPECT_EQ(progress.state().failing_since, absl::InfiniteFuture());
  progress.NoteOutcome(kDown, false, kNow);
  progress.NoteOutcome(kDown, false, kNow + absl::Minutes(1));
  EXPECT_EQ(progress.state().failing_since, kNow);
  progress.NoteOutcome(absl::OkStatus(), false, kNow + absl::Minutes(2));
  EXPECT_EQ(progress.state().failing_since, absl::InfiniteFuture());
  progress.NoteOutcome(kDown, false, kNow + absl::Minutes(7));
  progress.NoteOutcome(kDown, false, kNow + absl::Minutes(8));
  EXPECT_EQ(progress.state().failing_since, kNow + absl::Minutes(2));
}

}  // namespace
}  // namespace evroc::cloud
