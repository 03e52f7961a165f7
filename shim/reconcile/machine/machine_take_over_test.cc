#include "shim/reconcile/machine/machine_take_over.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

constexpr char kId[] = "bbbbbbbb-0000-4000-8000-000000000004";

class MachineTakeOverTest : public ::testing::Test {
 protected:
  MachineTakeOverTest() {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", false);
    // As the official provider leaves it.
    fixture_.Change(
        kEvrocMachineType, "m-infra",
        absl::StrCat(
            R"({"metadata": {
              "finalizers": ["infrastructure.cluster.x-k8s.io/evrocmachine"],
              "annotations": {
                "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id": ")",
            kId, R"("}}, "spec": {"providerID": "evroc://)", kVmUid, R"("}})"));
  }
  // Its VM; `machine_id` is what its disk says.
  void PutVm(const std::string& machine_id = kId,
             const std::vector<std::string>& plan = {}) {
    FakeOfficialMachine official;
    common::v1::Owner& owner = *official.machine.mutable_owner();
    owner.set_cluster_id(fixture_.ClusterId());
    owner.set_cluster_name("c");
    owner.set_machine_id(machine_id);
    owner.set_machine_name("m");
    owner.set_resource_prefix("m-infra");
    official.machine.set_compute_profile("c1a.s");
    official.machine.set_zone("b");
    official.labels.set_cluster_id(fixture_.ClusterId());
    official.labels.set_machine_id(machine_id);
    official.labels.add_cluster_names("c");
    official.plan = plan;
    fixture_.compute.PutOfficial(official);
  }
  std::string Condition(absl::string_view type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string Message() {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), kTakenOver);
  }
  void Pause() {
    fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  std::string Annotation(const std::string& name) {
    return std::string(
        fixture_.EvrocMachine("m").At("metadata.annotations")[name].String());
  }
  std::string Finalizers() {
    return fixture_.EvrocMachine("m").At("metadata.finalizers").Dump();
  }

  static constexpr char kVmUid[] = "cccccccc-0000-4000-8000-000000000005";
  ReconcileFixture fixture_;
};

TEST_F(MachineTakeOverTest, ItGetsOurIdsAndFinalizer) {
  PutVm();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.MachineId("m"), kId);
  EXPECT_EQ(Annotation("evroc.com/resource-prefix"), "m-infra");
  EXPECT_EQ(Annotation("evroc.com/cluster-id"), fixture_.ClusterId());
  EXPECT_EQ(Annotation("evroc.com/zone"), "b");
  EXPECT_EQ(Finalizers(),
            R"(["evrocmachine.infrastructure.cluster.x-k8s.io"])");
  EXPECT_EQ(Condition(kTakenOver), "True/TakenOver");
}

TEST_F(MachineTakeOverTest, WhatIsPausedIsReportedAlone) {
  PutVm();
  Pause();
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
  EXPECT_THAT(Message(), HasSubstr("; nothing else changes"));
  EXPECT_EQ(fixture_.MachineId("m"), "");
  EXPECT_EQ(Finalizers(),
            R"(["infrastructure.cluster.x-k8s.io/evrocmachine"])");
}

TEST_F(MachineTakeOverTest, WhatElseChangesIsReported) {
  PutVm(kId, {"changes Disk m-infra-boot-disk: size 30 GB (was 20 GB)"});
  Pause();
  EXPECT_THAT(
      Message(),
      HasSubstr("; after that: changes Disk m-infra-boot-disk: size 30"));
}

// The public IP that a machine has and does not ask for is taken off.
TEST_F(MachineTakeOverTest, APublicIpThatGoesIsReported) {
  PutVm();
  fixture_.network.official().Leave(kId, "PublicIP", "m-infra-public-ip");
  Pause();
  EXPECT_THAT(Message(), HasSubstr("deletes PublicIP m-infra-public-ip"));
}

TEST_F(MachineTakeOverTest, ADeletionThatGoesOnIsReported) {
  PutVm();
  fixture_.Delete(kEvrocMachineType, "m-infra");
  Pause();
  EXPECT_THAT(Message(), HasSubstr("its deletion goes on"));
}

// What becomes of a machine follows from the plan of its cluster.
TEST_F(MachineTakeOverTest, ItsClusterIsLookedAtFirst) {
  PutVm();
  const std::string id = fixture_.ClusterId();
  fixture_.Change(
      kEvrocClusterType, "c",
      absl::StrCat(
          R"({"metadata": {"annotations": {"evroc.com/owner-id": null,
          "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": ")",
          id, R"("}}})"));
  Pause();
  EXPECT_EQ(Condition(kTakenOver), "False/WaitingForCluster");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
}

TEST_F(MachineTakeOverTest, WithoutAProofItIsLeftAlone) {
  PutVm("dddddddd-0000-4000-8000-000000000006");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition(kTakenOver), "False/NotProven");
  EXPECT_THAT(
      ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), kTakenOver),
      HasSubstr("VirtualMachine m-infra"));
  EXPECT_EQ(fixture_.MachineId("m"), "");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteVirtualMachine"), 0);
}

TEST_F(MachineTakeOverTest, WhatIsBeingDeletedEndsWithItsOwnFinalizer) {
  fixture_.compute.SetInstant(true);
  PutVm();
  fixture_.Delete(kEvrocMachineType, "m-infra");
  for (int i = 0; i < 3 && fixture_.HasEvrocMachine("m"); ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteVirtualMachine"), 1);
}

// A VM that somebody deleted before is not made again.
TEST_F(MachineTakeOverTest, AVmThatIsGoneIsLost) {
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.MachineId("m"), kId);
  EXPECT_EQ(Annotation("evroc.com/resource-prefix"), "");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("VMReady"), "False/Lost");
}

// The disks that the original's id finds are not the copy's.
TEST_F(MachineTakeOverTest, ACopyIsNotTakenOver) {
  PutVm();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.clock.Advance(absl::Seconds(5));
  fixture_.AddMachine("n", false);
  fixture_.Change(kEvrocMachineType, "n-infra",
                  absl::StrCat(
                      R"({"metadata": {"annotations": {
                "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id": ")",
                      kId, R"("}}})"));
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(fixture_.MachineId("n"), "");
}

TEST_F(MachineTakeOverTest, ItGoesBack) {
  PutVm();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/give-back": "true",
      "evroc.com/resource-prefix": "c-0123abcd"}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.MachineId("m"), "");
  EXPECT_EQ(Finalizers(),
            R"(["infrastructure.cluster.x-k8s.io/evrocmachine"])");
  EXPECT_EQ(Condition(kTakenOver), "False/GivenBack");
  EXPECT_EQ(
      Annotation("evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id"),
      kId);
}

// Of a cluster that this provider made nothing goes back.
TEST_F(MachineTakeOverTest, InAClusterOfOursTheAnnotationMeansNothing) {
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/give-back": "true"}}})");
  fixture_.AddMachine("n", false);
  fixture_.MakeMachine("n");
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocMachine("n"), "Ready"),
            "True/Ready");
}

}  // namespace
}  // namespace evroc::shim
