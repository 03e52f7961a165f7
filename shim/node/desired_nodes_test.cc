#include "shim/node/desired_nodes.h"

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

const DesiredNode kDesired{.provider_id = "evroc://1", .vm_id = "vm-1"};
const DesiredNode kChanged{
    .provider_id = "evroc://1", .vm_id = "vm-1", .zone = "a"};

const NodeState kDone{Phase::kInitialized, kNodeInitialized, ""};
const NodeState kWaiting{Phase::kPending, kNodeNotFound, "not yet"};
const NodeState kDead{Phase::kPending, kNodeUnreachable, "dead"};
const NodeState kConflict{Phase::kFailed, kNodeProviderIdConflict, "x"};
const NodeState kNoEntry{Phase::kFailed, kNodeAccessRefused, "no"};

TEST(DesiredNodesTest, ANodeIsPendingUntilItIsInitialized) {
  DesiredNodes board;
  EXPECT_TRUE(board.Want(kCluster, kMachine, kDesired));
  EXPECT_EQ(board.StateOf(kMachine).reason, kNodeNotLookedAt);
  const PendingNode open = board.OpenOf(kCluster).at(0);
  EXPECT_EQ(open.machine, kMachine);
  EXPECT_EQ(*open.desired, kDesired);
  EXPECT_TRUE(board.Settle(open, kWaiting));
  EXPECT_FALSE(board.Settle(open, kWaiting));  // no change
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.Settle(open, kDone));
  EXPECT_FALSE(board.HasOpen(kCluster));
  EXPECT_EQ(board.StateOf(kMachine), kDone);
}

TEST(DesiredNodesTest, TheSameNodeAgainIsNoChange) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  EXPECT_FALSE(board.Want(kCluster, kMachine, kDesired));
  board.Settle(board.OpenOf(kCluster).at(0), kDone);
  EXPECT_FALSE(board.Want(kCluster, kMachine, kDesired));
  EXPECT_EQ(board.StateOf(kMachine), kDone);
}

TEST(DesiredNodesTest, AChangedNodeIsPendingAgain) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  const PendingNode former = board.OpenOf(kCluster).at(0);
  EXPECT_TRUE(board.Want(kCluster, kMachine, kChanged));
  EXPECT_FALSE(board.Settle(former, kDone));
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.Settle(board.OpenOf(kCluster).at(0), kDone));
}

TEST(DesiredNodesTest, ForgettingSaysWhoHasOneLess) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  EXPECT_EQ(board.Forget(kMachine), kCluster);
  EXPECT_EQ(board.Forget(kMachine), std::nullopt);
  EXPECT_FALSE(board.HasOpen(kCluster));
  board.Want(kCluster, kMachine, kDesired);
  board.Settle(board.OpenOf(kCluster).at(0), kDone);
  EXPECT_EQ(board.Forget(kMachine), std::nullopt);  // none was open
  EXPECT_EQ(board.StateOf(kMachine).reason, kNodeNotLookedAt);
}

TEST(DesiredNodesTest, AMachineIsWantedInOneClusterOnly) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  EXPECT_TRUE(board.Want(kOther, kMachine, kDesired));
  EXPECT_FALSE(board.HasOpen(kCluster));
  EXPECT_TRUE(board.HasOpen(kOther));
}

TEST(DesiredNodesTest, WhatStopsAClusterConcernsAllItsPendingNodes) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  board.Want(kCluster, kSecond, kDesired);
  EXPECT_THAT(board.SettleCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead), IsEmpty());
  EXPECT_THAT(board.SettleCluster(kCluster, kNoEntry),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(board.SettleCluster(kOther, kDead), IsEmpty());
}

TEST(DesiredNodesTest, AFaultOfTheNodeOutlivesALostConnection) {
  DesiredNodes board;
  board.Want(kCluster, kMachine, kDesired);
  board.Settle(board.OpenOf(kCluster).at(0), kConflict);
  EXPECT_TRUE(board.HasOpen(kCluster));
  EXPECT_THAT(board.SettleCluster(kCluster, kDead), IsEmpty());
  EXPECT_EQ(board.StateOf(kMachine), kConflict);
}

}  // namespace
}  // namespace evroc::shim
