#include "shim/rpc/scope_stream.h"

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

class ScopeStreamTest : public ::testing::Test {
 protected:
  void OpenAndSync() {
    stream_.Open(/*sequence=*/1);
    stream_.SetSynced();
    stream_.Cursor("cursor-1");
  }

  ScopeStream stream_{StreamPolicy{}};
};

TEST_F(ScopeStreamTest, StartsAtOnceWithASnapshot) {
  EXPECT_LE(stream_.due(), kStart);
  EXPECT_EQ(stream_.Open(7), "");
  EXPECT_EQ(stream_.due(), absl::InfiniteFuture());
  EXPECT_FALSE(stream_.Synced("c1"));
  const ScopeStream::Sync sync = stream_.SetSynced();
  EXPECT_TRUE(sync.first);
  EXPECT_EQ(sync.snapshot_began, 7U);
  EXPECT_TRUE(stream_.Synced("c1"));
}

TEST_F(ScopeStreamTest, GoesOnFromTheCursor) {
  OpenAndSync();
  stream_.End(absl::UnavailableError("restart"), kStart);
  EXPECT_EQ(stream_.Open(9), "cursor-1");
  EXPECT_FALSE(stream_.SetSynced().snapshot_began.has_value());
}

TEST_F(ScopeStreamTest, ASnapshotThatBreaksOffBeginsAgain) {
  OpenAndSync();
  stream_.Reset(5);
  stream_.End(absl::UnavailableError("restart"), kStart);
  EXPECT_EQ(stream_.Open(9), "");
  EXPECT_EQ(stream_.SetSynced().snapshot_began, 9U);
}

TEST_F(ScopeStreamTest, ADroppedClusterWaitsForTheNextSnapshot) {
  OpenAndSync();
  stream_.Dropped("late");
  stream_.Join("late", /*moved=*/false, kStart);
  stream_.Join("new", /*moved=*/false, kStart);
  EXPECT_FALSE(stream_.Synced("late"));
  EXPECT_TRUE(stream_.Synced("new"));
  EXPECT_EQ(stream_.due(), kStart + StreamPolicy().gather);
  EXPECT_EQ(stream_.Open(9), "");
  EXPECT_THAT(stream_.SetSynced().completed, ElementsAre("late"));
  EXPECT_TRUE(stream_.Synced("late"));
}

TEST_F(ScopeStreamTest, ASnapshotUnderWayIsLetFinish) {
  stream_.Open(1);
  stream_.Dropped("late");
  stream_.Join("late", false, kStart);
  EXPECT_EQ(stream_.due(), absl::InfiniteFuture());
  EXPECT_THAT(stream_.SetSynced().completed, IsEmpty());
  EXPECT_FALSE(stream_.Synced("late"));
  EXPECT_EQ(stream_.due(), kStart + StreamPolicy().gather);
}

TEST_F(ScopeStreamTest, AClusterThatWaitsWhenTheStreamEndsIsGivenASnapshotToo) {
  OpenAndSync();
  stream_.Dropped("late");
  stream_.Join("late", false, kStart);
  stream_.Cursor("cursor-2");
  stream_.End(absl::UnavailableError("restart"), kStart);
  EXPECT_EQ(stream_.Open(9), "");
  EXPECT_THAT(stream_.SetSynced().completed, ElementsAre("late"));
}

TEST_F(ScopeStreamTest, AClusterThatLeavesBeforeTheSnapshotCostsOneAtMost) {
  OpenAndSync();
  stream_.Dropped("late");
  stream_.Join("late", false, kStart);
  stream_.Leave("late");
  stream_.Cursor("cursor-2");
  stream_.Open(9);
  stream_.SetSynced();
  EXPECT_EQ(stream_.due(), absl::InfiniteFuture());
}

TEST_F(ScopeStreamTest, AClusterThatJoinsAgainIsIncomplete) {
  OpenAndSync();
  stream_.Join("c1", false, kStart);
  EXPECT_TRUE(stream_.Synced("c1"));
  stream_.Leave("c1");
  stream_.Join("c1", false, kStart);
  EXPECT_FALSE(stream_.Synced("c1"));
}

TEST_F(ScopeStreamTest, AClusterThatMovesInIsIncomplete) {
  OpenAndSync();
  stream_.Join("c1", /*moved=*/true, kStart);
  EXPECT_FALSE(stream_.Synced("c1"));
}

TEST_F(ScopeStreamTest, WaitsAsLongAsTheServiceSays) {
  stream_.Open(1);
  EXPECT_FALSE(stream_.End(
      MakeError(absl::StatusCode::kResourceExhausted, "too many watches",
                {.retry_after = absl::Seconds(30)}),
      kStart));
  EXPECT_EQ(stream_.due(), kStart + absl::Seconds(30));
}

TEST_F(ScopeStreamTest, RefusedCredentialsAreTriedSeldom) {
  stream_.Open(1);
  EXPECT_TRUE(stream_.End(absl::UnauthenticatedError("no"), kStart));
  EXPECT_GE(stream_.due(), kStart + absl::Seconds(45));
}

}  // namespace
}  // namespace evroc::shim
