#include "services/inventory/sync_progress.h"

#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

const PollIntervals kIntervals = {.fast = absl::Seconds(1),
                                  .slow = absl::Minutes(5)};
const absl::Time kNow = absl::FromUnixSeconds(1000);
const absl::Status kDown = absl::UnavailableError("down");

TEST(SyncProgressTest, ListsBeforeItIsSynced) {
  SyncProgress progress(kIntervals);
  EXPECT_LE(progress.list_due(), kNow);
  progress.NoteRound({.calls = 1}, kNow);
  EXPECT_FALSE(progress.state().synced);
  EXPECT_LE(progress.list_due(), kNow);
  progress.NoteList(absl::OkStatus(), kNow);
  EXPECT_TRUE(progress.state().synced);
  EXPECT_EQ(progress.state().confirmed, kNow);
  EXPECT_GT(progress.list_due(), kNow + absl::Minutes(3));
  EXPECT_LE(progress.list_due(), kNow + absl::Minutes(7));
}

TEST(SyncProgressTest, AListThatIsReadInPartSyncsNothing) {
  SyncProgress progress(kIntervals);
  progress.NoteList(absl::DataLossError("one has no id"), kNow);
  EXPECT_FALSE(progress.state().synced);
  EXPECT_TRUE(progress.state().IsReadable());
  EXPECT_EQ(progress.state().failing_since, kNow);
  EXPECT_LE(progress.list_due(), kNow + absl::Seconds(1));
  progress.NoteList(kDown, kNow);
  EXPECT_FALSE(progress.state().IsReadable());
  progress.NoteList(absl::OkStatus(), kNow);
  EXPECT_TRUE(progress.state().synced);
  progress.NoteList(absl::DataLossError("one has no id"), kNow);
  EXPECT_TRUE(progress.state().synced);
}

TEST(SyncProgressTest, FailuresKeepWhatIsKnownAndPauseLonger) {
  SyncProgress progress(kIntervals);
  progress.NoteList(absl::OkStatus(), kNow);
  absl::Duration last;
  for (int failures = 1; failures <= 4; ++failures) {
    progress.NoteList(kDown, kNow + absl::Seconds(1));
    const absl::Duration pause = progress.list_due() - kNow;
    EXPECT_GT(pause, last) << failures;
    last = pause;
  }
  EXPECT_TRUE(progress.state().synced);
  EXPECT_EQ(progress.state().error, kDown);
  EXPECT_EQ(progress.state().confirmed, kNow);
  for (int i = 0; i < 100; ++i) progress.NoteList(kDown, kNow);
  EXPECT_LE(progress.list_due(), kNow + absl::Seconds(30));
  progress.NoteList(absl::OkStatus(), kNow);
  EXPECT_TRUE(progress.state().error.ok());
  progress.NoteList(kDown, kNow);
  EXPECT_LE(progress.list_due(), kNow + absl::Seconds(1));
}

TEST(SyncProgressTest, ARoundFailsOnlyIfAllOfItDoes) {
  SyncProgress progress(kIntervals);
  progress.NoteList(absl::OkStatus(), kNow);
  const absl::Time later = kNow + absl::Seconds(9);
  progress.NoteRound({.calls = 3, .failures = 2, .error = kDown}, later);
  EXPECT_TRUE(progress.state().error.ok());
  EXPECT_EQ(progress.state().confirmed, kNow);
  progress.NoteRound({.calls = 2, .failures = 2, .error = kDown}, later);
  EXPECT_EQ(progress.state().error, kDown);
  progress.NoteRound({}, later);
  EXPECT_EQ(progress.state().error, kDown);
  progress.NoteRound({.calls = 2}, later);
  EXPECT_TRUE(progress.state().error.ok());
  EXPECT_EQ(progress.state().confirmed, later);
}

TEST(SyncProgressTest, OneObjectThatCanNotBeReadSaysNothingOfTheCloud) {
  SyncProgress progress(kIntervals);
  progress.NoteList(absl::OkStatus(), kNow);
  const absl::Time later = kNow + absl::Seconds(9);
  progress.NoteRound({.calls = 1, .failures = 1, .error = kDown}, later);
  EXPECT_TRUE(progress.state().error.ok());
  EXPECT_EQ(progress.state().failing_since, absl::InfiniteFuture());
  EXPECT_EQ(progress.state().confirmed, kNow);
  progress.NoteRound({.calls = 2, .failures = 2, .error = kDown}, later);
  EXPECT_EQ(progress.state().failing_since, kNow);
  progress.NoteRound({.calls = 1}, later);
  EXPECT_EQ(progress.state().failing_since, absl::InfiniteFuture());
}

TEST(SyncProgressTest, AnAnswerToARoundDoesNotHideThatListsFail) {
  SyncProgress progress(kIntervals);
  progress.NoteList(absl::OkStatus(), kNow);
  progress.NoteList(kDown, kNow + absl::Seconds(1));
  progress.NoteRound({.calls = 2}, kNow + absl::Seconds(2));
  EXPECT_EQ(progress.state().error, kDown);
  EXPECT_EQ(progress.state().failing_since, kNow);
  progress.NoteList(absl::OkStatus(), kNow + absl::Seconds(3));
  progress.NoteRound({.calls = 2}, kNow + absl::Seconds(4));
  EXPECT_TRUE(progress.state().error.ok());
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
  progress.NoteList(kDown, kNow);
  progress.NoteList(kDown, kNow + absl::Minutes(1));
  EXPECT_EQ(progress.state().failing_since, kNow);
  progress.NoteList(absl::OkStatus(), kNow + absl::Minutes(2));
  EXPECT_EQ(progress.state().failing_since, absl::InfiniteFuture());
  progress.NoteList(kDown, kNow + absl::Minutes(7));
  progress.NoteList(kDown, kNow + absl::Minutes(8));
  EXPECT_EQ(progress.state().failing_since, kNow + absl::Minutes(2));
}

}  // namespace
}  // namespace evroc::cloud
