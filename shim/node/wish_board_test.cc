#include "shim/node/wish_board.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Phase = NodeState::Phase;

const ObjectKey kCluster{"ns", "cluster"};
const ObjectKey kOther{"ns", "other"};
const ObjectKey kMachine{"ns", "m-1"};
const ObjectKey kSecond{"ns", "m-2"};

const NodeWish kWish{.provider_id = "evroc://1", .vm_id = "vm-1"};
const NodeWish kChanged{
    .provider_id = "evroc://1", .vm_id = "vm-1", .zone = "a"};

const NodeState kDone{Phase::kInitialized, kNodeInitialized, ""};
const NodeState kWaiting{Phase::kPending, kNodeNotFound, "not yet"};
const NodeState kDead{Phase::kPending, kNodeUnreachable, "dead"};
const NodeState kConflict{Phase::kFailed, kNodeProviderIdConflict, "x"};
const NodeState kNoEntry{Phase::kFailed, kNodeAccessRefused, "no"};

TEST(WishBoardTest, AWishIsOpenUntilItsNodeIsInitialised) {
  WishBoard board;
  EXPECT_TRUE(board.Want(kCluster, kMachine, kWish));
  EXPECT_EQ(board.StateOf(kMachine).reason, kNodeNotLookedAt);
  const OpenWish open = board.OpenOf(kCluster).at(0);
  EXPECT_EQ(open.machine, kMachine);
  EXPECT_EQ(*open.wish, kWish);
  EXPECT_TRUE(board.Settle(open, kWaiting));
  EXPECT_FALSE(board.Settle(open, kWaiting));  // no news
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.Settle(open, kDone));
  EXPECT_FALSE(board.HasOpen(kCluster));
  EXPECT_EQ(board.StateOf(kMachine), kDone);
}

TEST(WishBoardTest, TheSameWishAgainIsNothingNew) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  EXPECT_FALSE(board.Want(kCluster, kMachine, kWish));
  board.Settle(board.OpenOf(kCluster).at(0), kDone);
  EXPECT_FALSE(board.Want(kCluster, kMachine, kWish));
  EXPECT_EQ(board.StateOf(kMachine), kDone);
}

TEST(WishBoardTest, AChangedWishIsOpenAgainAndWhatWasFoundForTheFormerIsVoid) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  const OpenWish former = board.OpenOf(kCluster).at(0);
  EXPECT_TRUE(board.Want(kCluster, kMachine, kChanged));
  EXPECT_FALSE(board.Settle(former, kDone));
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.Settle(board.OpenOf(kCluster).at(0), kDone));
}

TEST(WishBoardTest, ForgettingSaysWhoHasOneLess) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  EXPECT_EQ(board.Forget(kMachine), kCluster);
  EXPECT_EQ(board.Forget(kMachine), std::nullopt);
  EXPECT_FALSE(board.HasOpen(kCluster));
  board.Want(kCluster, kMachine, kWish);
  board.Settle(board.OpenOf(kCluster).at(0), kDone);
  EXPECT_EQ(board.Forget(kMachine), std::nullopt);  // none was open
  EXPECT_EQ(board.StateOf(kMachine).reason, kNodeNotLookedAt);
}

TEST(WishBoardTest, AMachineIsWantedInOneClusterOnly) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  EXPECT_TRUE(board.Want(kOther, kMachine, kWish));
  EXPECT_FALSE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.HasOpen(kOther));
}

TEST(WishBoardTest, WhatStopsAClusterIsTrueForAllItsOpenWishes) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  board.Want(kCluster, kSecond, kWish);
  EXPECT_THAT(board.SettleCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead), IsEmpty());
  EXPECT_THAT(board.SettleCluster(kCluster, kNoEntry),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kOther, kDead), IsEmpty());
}

TEST(WishBoardTest, AFaultOfTheNodeOutlivesALostConnection) {
  WishBoard board;
  board.Want(kCluster, kMachine, kWish);
  board.Settle(board.OpenOf(kCluster).at(0), kConflict);
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead), IsEmpty());
  EXPECT_EQ(board.StateOf(kMachine), kConflict);
}

}  // namespace
}  // namespace evroc::shim
