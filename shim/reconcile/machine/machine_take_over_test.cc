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
             const std::string& public_ip = "",
             const std::vector<std::string>& plan = {}) {
    FakeOfficialMachine official;
    official.machine.set_public_ip_id(public_ip);
    common::v1::Owner& owner = *official.machine.mutable_owner();
    owner.set_cluster_id(fixture_.ClusterId());
    owner.set_cluster_name("c");
    owner.set_machine_id(machine_id);
    owner.set_machine_name("m");
    owner.set_resource_prefix("m-infra");
    official.machine.set_compute_profile("c1a.s");
    official.machine.mutable_boot_disk()->set_image("ubuntu-minimal.24-04.1");
    official.machine.set_zone("b");
    const auto network = fixture_.network.Network(fixture_.ClusterId());
    for (const auto& subnet : network->subnets()) {
      if (subnet.zone() == "b") official.machine.set_subnet_id(subnet.name());
    }
    official.labels.set_cluster_id(fixture_.ClusterId());
    official.labels.set_machine_id(machine_id);
    official.labels.add_cluster_names("c");
    official.plan = plan;
    fixture_.compute.PutOfficial(official);
  }
  std::string Condition(absl::string_view type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  void Pause() {
    fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  // Adds the EvrocMachine of "n", as one that was copied from m's.
  void AddCopy() {
    fixture_.clock.Advance(absl::Seconds(5));
    fixture_.AddMachine("n", false);
    fixture_.Change(kEvrocMachineType, "n-infra",
                    absl::StrCat(
                        R"({"metadata": {
              "finalizers": ["infrastructure.cluster.x-k8s.io/evrocmachine"],
              "annotations": {
                "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id": ")",
                        kId, R"("}}})"));
  }
  // Reconciles a machine while it is paused and afterwards: each time it is
  // left aside for that reason, and untaken.
  void ExpectLeftAside(absl::string_view reason,
                       const std::string& machine = "m") {
    const auto condition = [&](absl::string_view type) {
      return ReconcileFixture::ConditionOf(fixture_.EvrocMachine(machine),
                                           type);
    };
    for (const char* paused : {"true", "false"}) {
      fixture_.Change(kClusterType, "c",
                      absl::StrCat(R"({"spec": {"paused": )", paused, "}}"));
      ASSERT_TRUE(fixture_.ReconcileMachine(machine).ok());
      EXPECT_EQ(condition(kTakenOver), absl::StrCat("False/", reason));
      EXPECT_EQ(fixture_.MachineId(machine), "");
    }
    EXPECT_EQ(condition("Ready"), absl::StrCat("Unknown/", reason));
  }
  std::string Annotation(const std::string& name) {
    return std::string(
        fixture_.EvrocMachine("m").At("metadata.annotations")[name].String());
  }
  std::string Message(absl::string_view type = kTakenOver) {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), type);
  }
  void SetPublicIp(const std::string& value) {
    fixture_.Change(kEvrocMachineType, "m-infra",
                    absl::StrCat(R"({"spec": {"networkingConfig":
                                     {"publicIP": )",
                                 value, "}}}"));
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
    }
  }
  std::string PublicIpOfVm() {
    return fixture_.compute.Machine(kId)->public_ip_id();
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

TEST_F(MachineTakeOverTest, ItsNodeIsNotRelabelled) {
  PutVm();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.compute.Run(kId);
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  const auto wanted = fixture_.nodes.DesiredFor({"ns", "m-infra"});
  ASSERT_TRUE(wanted.has_value());
  EXPECT_EQ(wanted->instance_type, "c1a.s");
  EXPECT_EQ(wanted->zone, "");
  EXPECT_EQ(wanted->region, "");
  ASSERT_FALSE(wanted->addresses.empty());
  for (const NodeAddress& address : wanted->addresses) {
    EXPECT_EQ(address.type, "InternalIP");
  }
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
  PutVm(kId, "", {"changes Disk m-infra-boot-disk: size 30 GB (was 20 GB)"});
  Pause();
  EXPECT_THAT(
      Message(),
      HasSubstr("; after that: changes Disk m-infra-boot-disk: size 30"));
}

// The public IP that a machine has and does not ask for is taken off.
TEST_F(MachineTakeOverTest, APublicIpThatIsKeptIsNotPlanned) {
  PutVm();
  fixture_.network.official().Leave(kId, "PublicIP", "m-infra-public-ip");
  Pause();
  EXPECT_THAT(Message(), HasSubstr("public IP m-infra-public-ip, which stays"));
  EXPECT_THAT(Message(), HasSubstr("nothing else changes"));
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

// The official provider takes such a name, and its cloud refuses all that would
// be made by it.
TEST_F(MachineTakeOverTest, OneWhoseNameIsNoLabelIsMade) {
  fixture_.AddMachine("a.b", false);
  fixture_.Change(kEvrocMachineType, "a.b-infra",
                  R"({"metadata": {"finalizers":
                      ["infrastructure.cluster.x-k8s.io/evrocmachine"]}})");
  const auto condition = [&](absl::string_view type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("a.b"), type);
  };
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("a.b").ok());
  EXPECT_EQ(condition(kTakenOver), "False/Proven");
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": false}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("a.b").ok());
  fixture_.MakeMachine("a.b");
  EXPECT_EQ(condition("Ready"), "True/Ready");
  EXPECT_EQ(condition(kTakenOver), "");
}

TEST_F(MachineTakeOverTest, OneWhoseNameIsNoLabelIsDeleted) {
  fixture_.compute.SetInstant(true);
  fixture_.AddMachine("a.b", false);
  fixture_.Change(kEvrocMachineType, "a.b-infra",
                  R"({"metadata": {"finalizers":
                      ["infrastructure.cluster.x-k8s.io/evrocmachine"]}})");
  fixture_.Delete(kEvrocMachineType, "a.b-infra");
  for (int i = 0; i < 3 && fixture_.HasEvrocMachine("a.b"); ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("a.b").ok());
  }
  EXPECT_FALSE(fixture_.HasEvrocMachine("a.b"));
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
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  AddCopy();
  ExpectLeftAside(kCopyOf, "n");
  fixture_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("n"));
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteVirtualMachine"), 0);
}

// Somebody removed the EvrocCluster's finalizer: nothing leads to the cloud.
TEST_F(MachineTakeOverTest, WithoutItsEvrocClusterItIsLeftAside) {
  PutVm();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kEvrocClusterType, "c");
  ExpectLeftAside(kClusterGone);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(Message("Ready"), HasSubstr("does not exist"));
}

TEST_F(MachineTakeOverTest, WhatAnotherControllerManagesIsLeftAside) {
  PutVm();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": [], "annotations": {
                      "evroc.com/owner-id": null,
                      "cluster.x-k8s.io/managed-by": "them"}}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  ExpectLeftAside(kManagedElsewhere);
}

// Its objects in the cloud have names of ours, and nothing makes it one of the
// official provider's.
TEST_F(MachineTakeOverTest, AMachineOfOursThatLostItsIdKeepsItsNames) {
  fixture_.AddMachine("n", false);
  fixture_.MakeMachine("n");
  const std::string id = fixture_.MachineId("n");
  fixture_.Change(
      kEvrocMachineType, "n-infra",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": null}}})");
  fixture_.Change(kEvrocMachineType, "n-infra",
                  R"({"status": {"annotations": null}})", "status");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  }
  const Json machine = fixture_.EvrocMachine("n");
  EXPECT_EQ(fixture_.MachineId("n"), id);
  EXPECT_FALSE(
      machine.At("metadata.annotations")["evroc.com/resource-prefix"].exists());
  EXPECT_EQ(ReconcileFixture::ConditionOf(machine, "Ready"), "True/Ready");
  EXPECT_EQ(ReconcileFixture::ConditionOf(machine, kTakenOver), "");
}

// The official provider makes a VM that was lost a second time, and leaves its
// providerID as it was.
TEST_F(MachineTakeOverTest, AVmThatWasMadeASecondTimeIsTheMachines) {
  PutVm();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  const std::string uid = fixture_.compute.Machine(kId)->uid();
  EXPECT_NE(uid, kVmUid);
  EXPECT_EQ(Annotation("evroc.com/vm-uid"), uid);
  EXPECT_EQ(Condition("Ready"), "True/Ready") << Message("Ready");
  EXPECT_EQ(fixture_.EvrocMachine("m").At("spec.providerID").String(),
            absl::StrCat("evroc://", kVmUid));
}

// What was proven is asked for again when it is taken.
TEST_F(MachineTakeOverTest, WhatBecomesUnprovenMeanwhileIsLeftAlone) {
  PutVm();
  FakeFaults& faults = fixture_.compute.faults();
  faults.Before("TakeOverVirtualMachine", [&] {
    faults.Before("TakeOverVirtualMachine",
                  [&] { PutVm("dddddddd-0000-4000-8000-000000000006"); });
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition(kTakenOver), "False/NotProven");
  EXPECT_EQ(fixture_.MachineId("m"), "");
  EXPECT_EQ(Finalizers(),
            R"(["infrastructure.cluster.x-k8s.io/evrocmachine"])");
}

TEST_F(MachineTakeOverTest, ATakingThatFailsSaysSo) {
  PutVm();
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": false}})");
  fixture_.compute.faults().Fail("TakeOverVirtualMachine",
                                 absl::PermissionDeniedError("may only read"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_NE(Condition(kTakenOver), "False/Proven");
  EXPECT_THAT(Message(kTakenOver), HasSubstr("may only read"));
}

TEST_F(MachineTakeOverTest, APausedMachineWaitsForAClusterThatIsNotProven) {
  PutVm();
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": null}}})");
  fixture_.Change(kEvrocClusterType, "c", R"({"status": {"conditions": [
      {"type": "TakenOver", "status": "False", "reason": "NotProven",
       "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition(kTakenOver), "False/WaitingForCluster");
}

// The official provider ignores that an address is removed from the spec;
// nobody has asked this one to do it.
TEST_F(MachineTakeOverTest, AnAddressThatTheSpecDoesNotHaveIsKept) {
  fixture_.network.SetInstant(true);
  PutVm(kId, "m-infra-public-ip");
  fixture_.network.official().Leave(kId, "PublicIP", "m-infra-public-ip");
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(Message(kTakenOver),
              HasSubstr("does not ask for the public IP m-infra-public-ip"));
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": false}})");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  for (const char* annotations :
       {R"({"other": "x"})", R"({"evroc.com/kept-public-ip": null})"}) {
    fixture_.Change(
        kEvrocMachineType, "m-infra",
        absl::StrCat(R"({"metadata": {"annotations": )", annotations, "}}"));
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
    EXPECT_EQ(Annotation("evroc.com/kept-public-ip"), "-") << annotations;
  }
  EXPECT_EQ(PublicIpOfVm(), "m-infra-public-ip");
  EXPECT_EQ(fixture_.network.faults().calls("DeletePublicIp"), 0);
  SetPublicIp(R"({"enabled": true})");
  EXPECT_EQ(Annotation("evroc.com/kept-public-ip"), "");
  EXPECT_EQ(PublicIpOfVm(), "m-infra-public-ip");
  SetPublicIp("null");
  EXPECT_EQ(PublicIpOfVm(), "");
  EXPECT_GT(fixture_.network.faults().calls("DeletePublicIp"), 0);
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
