#include "shim/reconcile/takeover/official_marks.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kUid[] = "0123abcd-0000-4000-8000-000000000001";
constexpr char kNewUid[] = "99999999-0000-4000-8000-000000000002";
constexpr char kClusterId[] = "aaaaaaaa-0000-4000-8000-000000000003";
constexpr char kMachineId[] = "bbbbbbbb-0000-4000-8000-000000000004";
constexpr char kVmUid[] = "cccccccc-0000-4000-8000-000000000005";

EvrocClusterObject Cluster(const std::string& uid = kUid) {
  EvrocClusterObject cluster;
  cluster.meta.key = {"ns", "prod-infra"};
  cluster.meta.uid = uid;
  return cluster;
}

EvrocMachineObject Machine() {
  EvrocMachineObject machine;
  machine.meta.key = {"ns", "worker-0"};
  machine.meta.uid = kNewUid;
  machine.meta.finalizers = {kOfficialMachineFinalizer};
  return machine;
}

TEST(OfficialMarksTest, AnyTraceWithoutAnOwnerIdOfOursIsUntaken) {
  EXPECT_FALSE(IsUntaken(Cluster()));
  EvrocClusterObject cluster = Cluster();
  cluster.meta.finalizers = {kClusterFinalizer};
  EXPECT_TRUE(IsUntaken(cluster));
  cluster.meta.annotations[kOwnerIdAnnotation] = kClusterId;
  EXPECT_FALSE(IsUntaken(cluster));
  cluster = Cluster();
  cluster.meta.annotations[kOwnershipIdAnnotation] = kClusterId;
  EXPECT_TRUE(IsUntaken(cluster));
  cluster.meta.annotations[kOwnershipIdAnnotation] = "not a UUID";
  EXPECT_FALSE(IsUntaken(cluster));
  EXPECT_TRUE(IsUntaken(Machine()));
  EXPECT_FALSE(IsUntaken(EvrocMachineObject()));
}

// It lost its owner id; its groups keep their names meanwhile.
TEST(OfficialMarksTest, AMachineOfOursHasNoPrefix) {
  EvrocMachineObject machine = Machine();
  EXPECT_EQ(OfficialPrefixOf(machine), "worker-0");
  machine.meta.annotations[kMachineOwnershipIdAnnotation] = kMachineId;
  machine.meta.finalizers = {kMachineFinalizer};
  EXPECT_TRUE(IsUntaken(machine));
  EXPECT_EQ(OfficialPrefixOf(machine), "");
  machine.meta.annotations[kResourcePrefixAnnotation] = "worker-0";
  EXPECT_EQ(OfficialPrefixOf(machine), "worker-0");
}

TEST(OfficialMarksTest, WhatWeMadeDoesNotGoBack) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.finalizers = {kClusterFinalizer};
  EXPECT_FALSE(GoesBack(cluster));
  cluster.meta.annotations[kGiveBackAnnotation] = "true";
  EXPECT_TRUE(GoesBack(cluster));
  cluster.meta.annotations[kOwnerIdAnnotation] = kClusterId;
  EXPECT_FALSE(GoesBack(cluster));
  cluster.meta.annotations[kResourcePrefixAnnotation] = "prod-0123abcd";
  EXPECT_TRUE(GoesBack(cluster));
}

// The annotation may come with a manifest, as of an export.
TEST(OfficialMarksTest, WhatIsNewDoesNotGoBack) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.annotations[kGiveBackAnnotation] = "true";
  EXPECT_FALSE(GoesBack(cluster));
  cluster.meta.annotations[kOwnershipIdAnnotation] = kClusterId;
  EXPECT_TRUE(GoesBack(cluster));
}

TEST(OfficialMarksTest, AClusterKeepsItsOwnershipIdAndPrefix) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.annotations[kOwnershipIdAnnotation] = kClusterId;
  cluster.meta.annotations[kOfficialPrefixAnnotation] = "prod-infra-0123abcd";
  const OfficialMarks marks = MarksOf(cluster, "prod");
  EXPECT_TRUE(marks.certain);
  EXPECT_EQ(marks.owner.cluster_id(), kClusterId);
  EXPECT_EQ(marks.owner.cluster_name(), "prod");
  EXPECT_EQ(marks.owner.resource_prefix(), "prod-infra-0123abcd");
  EXPECT_EQ(marks.previous.cluster_id(), kClusterId);
  EXPECT_EQ(marks.previous.cluster_uid(), kUid);
  EXPECT_THAT(marks.previous.cluster_names(),
              ElementsAre("prod-infra", "prod"));
}

// Versions before 0.3.0 had no annotations.
TEST(OfficialMarksTest, ItsUidIsTheIdOfAnOldCluster) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.finalizers = {kClusterFinalizer};
  OfficialMarks marks = MarksOf(cluster, "prod");
  EXPECT_FALSE(marks.certain);
  EXPECT_EQ(marks.owner.cluster_id(), kUid);
  EXPECT_EQ(marks.owner.resource_prefix(), "prod-infra-0123abcd");
  cluster.official_load_balancer_id = "old-name-89abcdef-cp-lb";
  marks = MarksOf(cluster, "prod");
  EXPECT_TRUE(marks.certain);
  EXPECT_EQ(marks.owner.resource_prefix(), "old-name-89abcdef");
}

TEST(OfficialMarksTest, AfterAMoveThePrefixHasTheBeginningOfTheFirstUid) {
  EvrocClusterObject cluster = Cluster(kNewUid);
  cluster.meta.annotations[kOfficialPrefixAnnotation] = "prod-infra-0123abcd";
  EXPECT_EQ(MarksOf(cluster, "prod").previous.cluster_uid(), "0123abcd");
}

// The official provider takes such names, with which its cloud refuses all that
// it makes.
TEST(OfficialMarksTest, OfANameThatIsNoLabelThePrefixIsOne) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.key.name = "prod.eu";
  cluster.meta.annotations[kOfficialPrefixAnnotation] = "prod.eu-99999999";
  EvrocMachineObject machine = Machine();
  machine.meta.key.name = "a.b";
  const OfficialMarks marks = MarksOf(cluster, "prod.eu");
  EXPECT_TRUE(marks.certain);
  EXPECT_TRUE(IsDnsLabel(marks.owner.resource_prefix()))
      << marks.owner.resource_prefix();
  EXPECT_EQ(marks.previous.cluster_uid(), "99999999");
  const std::string prefix =
      MarksOf(machine, "a.b", cluster, "prod.eu").owner.resource_prefix();
  EXPECT_TRUE(IsDnsLabel(prefix)) << prefix;
  machine.meta.key.name = "a-b";
  EXPECT_NE(MarksOf(machine, "a-b", cluster, "prod.eu").owner.resource_prefix(),
            prefix);
}

TEST(OfficialMarksTest, AMachineIsKnownByItsIdsAndItsVmsUids) {
  EvrocMachineObject machine = Machine();
  machine.meta.annotations[kMachineOwnershipIdAnnotation] = kMachineId;
  machine.spec.provider_id = absl::StrCat("evroc://", kVmUid);
  machine.status.machine_uid = kVmUid;
  EvrocClusterObject cluster = Cluster();
  cluster.meta.annotations[kOwnerIdAnnotation] = kClusterId;
  const OfficialMarks marks = MarksOf(machine, "worker", cluster, "prod");
  EXPECT_EQ(marks.owner.machine_id(), kMachineId);
  EXPECT_EQ(marks.owner.machine_name(), "worker");
  EXPECT_EQ(marks.owner.cluster_id(), kClusterId);
  EXPECT_EQ(marks.owner.resource_prefix(), "worker-0");
  EXPECT_EQ(marks.previous.machine_id(), kMachineId);
  EXPECT_THAT(marks.previous.machine_uids(), ElementsAre(kVmUid));
}

TEST(OfficialMarksTest, ADifferentProviderIdProvesNothing) {
  EvrocMachineObject machine = Machine();
  machine.spec.provider_id = "rke2://worker-0";
  const OfficialMarks marks = MarksOf(machine, "worker", Cluster(), "prod");
  EXPECT_THAT(marks.previous.machine_uids(), IsEmpty());
  EXPECT_EQ(marks.owner.machine_id(), kNewUid);
  EXPECT_EQ(marks.previous.machine_id(), "");
}

}  // namespace
}  // namespace evroc::shim
