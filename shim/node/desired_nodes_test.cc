#include "shim/node/desired_nodes.h"

#include <utility>
#include <vector>

#include "common/time/testing/fake_clock.h"
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

class DesiredNodesTest : public ::testing::Test {
 protected:
  void Want(const ObjectKey& cluster, const ObjectKey& machine,
            const DesiredNode& desired = kDesired, bool initialized = false) {
    nodes_.Want(cluster, machine, desired, initialized);
  }
  DesiredNodeEntry Only(const ObjectKey& cluster) {
    const std::vector<DesiredNodeEntry> entries = nodes_.Of(cluster);
    EXPECT_EQ(entries.size(), 1);
    return entries.at(0);
  }
  // What was enqueued since the last call.
  std::vector<ObjectKey> TakeEnqueued() { return std::exchange(enqueued_, {}); }

  FakeClock clock_;
  std::vector<ObjectKey> enqueued_;
  absl::Duration delay_;  // of the last one
  DesiredNodes nodes_{clock_,
                      [this](const ObjectKey& key, absl::Duration delay) {
                        enqueued_.push_back(key);
                        delay_ = delay;
                      }};
};

TEST_F(DesiredNodesTest, WhatIsWantedIsEnqueuedAndRecorded) {
  Want(kCluster, kMachine);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(kCluster));
  EXPECT_EQ(nodes_.StateOf(kMachine).reason, kNodeNotLookedAt);
  const DesiredNodeEntry entry = Only(kCluster);
  EXPECT_EQ(entry.machine, kMachine);
  EXPECT_EQ(*entry.desired, kDesired);
  EXPECT_EQ(entry.looked_at, absl::InfinitePast());
  EXPECT_TRUE(nodes_.Record(entry, kWaiting));
  EXPECT_FALSE(nodes_.Record(entry, kWaiting));  // no change
  EXPECT_EQ(Only(kCluster).looked_at, clock_.Now());
  EXPECT_TRUE(nodes_.Record(entry, kDone));
  EXPECT_EQ(nodes_.StateOf(kMachine), kDone);
}

TEST_F(DesiredNodesTest, TheSameNodeAgainIsNoChange) {
  Want(kCluster, kMachine);
  nodes_.Record(Only(kCluster), kDone);
  TakeEnqueued();
  Want(kCluster, kMachine);
  Want(kCluster, kMachine, kDesired, true);
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
  EXPECT_EQ(nodes_.StateOf(kMachine), kDone);
}

TEST_F(DesiredNodesTest, AChangedNodeIsLookedAtAgain) {
  Want(kCluster, kMachine);
  const DesiredNodeEntry former = Only(kCluster);
  nodes_.Record(former, kConflict);
  Want(kCluster, kMachine, kChanged);
  EXPECT_EQ(nodes_.StateOf(kMachine).reason, kNodeNotLookedAt);
  EXPECT_FALSE(nodes_.Record(former, kDone));
  nodes_.Record(Only(kCluster), kDone);
  TakeEnqueued();

  // Once complete its state stays, yet it is looked at.
  Want(kCluster, kMachine, kDesired);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(kCluster));
  EXPECT_EQ(nodes_.StateOf(kMachine), kDone);
  EXPECT_EQ(Only(kCluster).looked_at, absl::InfinitePast());
}

TEST_F(DesiredNodesTest, AProviderIdThatWasReadIsThatOfOneDesiredNodeOnly) {
  DesiredNode desired{
      .vm_id = "vm-1", .read_only = true, .vm_provider_id = "evroc://1"};
  Want(kCluster, kMachine, desired);
  nodes_.Record(Only(kCluster), NodeLinked("vm-1", "rke2://vm-1"));
  EXPECT_EQ(nodes_.StateOf(kMachine).provider_id, "rke2://vm-1");
  // Of another VM under the machine's name nothing is known.
  desired.vm_provider_id = "evroc://2";
  Want(kCluster, kMachine, desired);
  EXPECT_EQ(nodes_.StateOf(kMachine), NodeNotLookedAt());
  // Once it is the machine's the state stays, until the Node is completed here.
  nodes_.Record(Only(kCluster), NodeLinked("vm-1", "rke2://vm-1"));
  desired.provider_id = "rke2://vm-1";
  Want(kCluster, kMachine, desired);
  EXPECT_EQ(nodes_.StateOf(kMachine).reason, kNodeLinked);
  desired.read_only = false;
  Want(kCluster, kMachine, desired);
  EXPECT_EQ(nodes_.StateOf(kMachine), NodeNotLookedAt());
}

TEST_F(DesiredNodesTest, ANodeThatWasCompleteAndIsGoneIsAwaitedAgain) {
  Want(kCluster, kMachine, kDesired, true);
  EXPECT_EQ(nodes_.StateOf(kMachine).phase, Phase::kInitialized);
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(nodes_.Record(Only(kCluster), kWaiting));
  EXPECT_EQ(nodes_.StateOf(kMachine), kWaiting);
  EXPECT_EQ(Only(kCluster).awaited_since, clock_.Now());
}

TEST_F(DesiredNodesTest, ANodeInDoubtIsLookedAtAtOnce) {
  Want(kCluster, kMachine);
  nodes_.Record(Only(kCluster), kDone);
  TakeEnqueued();
  nodes_.Doubt(kMachine, false);
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
  clock_.Advance(absl::Hours(1));
  nodes_.Doubt(kMachine, true);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(kCluster));
  EXPECT_EQ(delay_, absl::ZeroDuration());
  EXPECT_TRUE(Only(kCluster).in_doubt);
  EXPECT_EQ(Only(kCluster).looked_at, absl::InfinitePast());
  EXPECT_EQ(Only(kCluster).awaited_since, clock_.Now());
  // It is complete until it has been seen otherwise.
  EXPECT_EQ(nodes_.StateOf(kMachine), kDone);
  nodes_.Doubt(kMachine, true);
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
  nodes_.Doubt(kMachine, false);
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
  EXPECT_FALSE(Only(kCluster).in_doubt);
  nodes_.Doubt(kSecond, true);  // is not wanted
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
}

TEST_F(DesiredNodesTest, WhatWasCompleteBeforeIsNoChangeAndNotUrgent) {
  Want(kCluster, kMachine);
  EXPECT_EQ(delay_, absl::ZeroDuration());
  Want(kCluster, kSecond, kDesired, true);
  EXPECT_EQ(delay_, DesiredNodes::kNoHurry);
  for (const DesiredNodeEntry& entry : nodes_.Of(kCluster)) {
    EXPECT_EQ(nodes_.Record(entry, NodeInitialized("vm")),
              entry.machine == kMachine);
  }
}

TEST_F(DesiredNodesTest, AnEntryIsCurrentUntilItIsChangedOrForgotten) {
  Want(kCluster, kMachine);
  const DesiredNodeEntry entry = Only(kCluster);
  nodes_.Record(entry, kWaiting);
  EXPECT_TRUE(nodes_.IsCurrent(entry));
  Want(kCluster, kMachine, kChanged);
  EXPECT_FALSE(nodes_.IsCurrent(entry));
  const DesiredNodeEntry changed = Only(kCluster);
  nodes_.Forget(kMachine);
  EXPECT_FALSE(nodes_.IsCurrent(changed));
}

TEST_F(DesiredNodesTest, ForgettingTheLastOneEnqueuesTheCluster) {
  Want(kCluster, kMachine);
  Want(kCluster, kSecond);
  TakeEnqueued();
  nodes_.Forget(kMachine);
  nodes_.Forget(kMachine);
  EXPECT_THAT(TakeEnqueued(), IsEmpty());
  nodes_.Forget(kSecond);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(kCluster));
  EXPECT_THAT(nodes_.Of(kCluster), IsEmpty());
  EXPECT_EQ(nodes_.StateOf(kSecond).reason, kNodeNotLookedAt);
}

TEST_F(DesiredNodesTest, AMachineIsWantedInOneClusterOnly) {
  Want(kCluster, kMachine);
  nodes_.Record(Only(kCluster), kDone);
  TakeEnqueued();
  Want(kOther, kMachine);
  EXPECT_THAT(TakeEnqueued(), ElementsAre(kOther, kCluster));
  EXPECT_THAT(nodes_.Of(kCluster), IsEmpty());
  EXPECT_EQ(Only(kOther).state.reason, kNodeNotLookedAt);
}

TEST_F(DesiredNodesTest, WhatStopsAClusterConcernsAllItsPendingNodes) {
  Want(kCluster, kMachine);
  Want(kCluster, kSecond);
  Want(kCluster, {"ns", "m-3"}, kDesired, true);
  EXPECT_THAT(nodes_.RecordCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(nodes_.RecordCluster(kCluster, kDead), IsEmpty());
  EXPECT_THAT(nodes_.RecordCluster(kCluster, kNoEntry),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(nodes_.RecordCluster(kCluster, kDead),
              ElementsAre(kMachine, kSecond));
  EXPECT_THAT(nodes_.RecordCluster(kOther, kDead), IsEmpty());
}

TEST_F(DesiredNodesTest, AFaultOfTheNodeOutlivesALostConnection) {
  Want(kCluster, kMachine);
  nodes_.Record(Only(kCluster), kConflict);
  EXPECT_THAT(nodes_.RecordCluster(kCluster, kDead), IsEmpty());
  EXPECT_EQ(nodes_.StateOf(kMachine), kConflict);
}

}  // namespace
}  // namespace evroc::shim
