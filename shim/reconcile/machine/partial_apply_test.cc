// What can't be had of a machine that exists is told, and holds up nothing that
// it does not concern (ADR 29).

#include <string>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MachinePartialApplyTest : public ::testing::Test {
 protected:
  MachinePartialApplyTest() {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", /*control_plane=*/false);
  }

  void Change(absl::string_view patch) {
    fixture_.Change(kEvrocMachineType, "m-infra", patch);
  }
  compute::v1::VirtualMachine Vm() {
    return fixture_.compute.Machine(fixture_.MachineId("m"))
        .value_or(compute::v1::VirtualMachine());
  }
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string Message(const std::string& type) {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), type);
  }
  void ExpectGrownAndTold(const std::string& reason) {
    EXPECT_EQ(Vm().boot_disk().size_gb(), 30);
    EXPECT_EQ(Condition("SpecApplied"), "False/" + reason);
    EXPECT_EQ(Condition("Ready"), "True/Ready");
  }

  const absl::Status no_address_ =
      MakeError(absl::StatusCode::kResourceExhausted, "none is left",
                {.reason = std::string(kQuotaExceeded)});
  ReconcileFixture fixture_;
};

constexpr char kMissingGroup[] = R"({"spec": {"rootDiskSize": 30,
    "networkingConfig": {"securityGroups": {"inlineSecurityGroups": [
      {"name": "web", "rules": [
        {"name": "r", "direction": "Ingress", "port": 80}]}]}}}})";
constexpr char kOwnAddress[] = R"({"spec": {"rootDiskSize": 30,
    "networkingConfig": {"publicIP": {"enabled": true}}}})";

TEST_F(MachinePartialApplyTest, AGroupThatIsMissingLeavesTheOthersAsTheyAre) {
  fixture_.MakeMachine("m");
  const auto before = Vm().security_group_ids();
  ASSERT_GT(before.size(), 0);
  Change(kMissingGroup);
  fixture_.ReconcileMachine("m").IgnoreError();
  ExpectGrownAndTold("Blocked");
  EXPECT_THAT(Message("SpecApplied"), HasSubstr("\"web\" does not exist yet"));
  EXPECT_THAT(Vm().security_group_ids(),
              ::testing::ElementsAreArray(before.begin(), before.end()));
}

TEST_F(MachinePartialApplyTest, AnAddressThatCanNotBeHadHoldsUpNoRepair) {
  fixture_.MakeMachine("m");
  Change(kOwnAddress);
  fixture_.network.faults().Fail("ApplyPublicIp", no_address_);
  fixture_.ReconcileMachine("m").IgnoreError();
  ExpectGrownAndTold("QuotaExceeded");
}

TEST_F(MachinePartialApplyTest, AnAddressThatCanNotBeReadIsKept) {
  Change(kOwnAddress);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.network.GiveAddress(fixture_.MachineId("m"));
  fixture_.MakeMachine("m");
  const std::string id = Vm().public_ip_id();
  ASSERT_NE(id, "");
  fixture_.network.faults().Fail("ApplyPublicIp", no_address_);
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_EQ(Vm().public_ip_id(), id);
}

TEST_F(MachinePartialApplyTest, WhatCanNotBeHadOfANewMachineComesFirst) {
  Change(kOwnAddress);
  fixture_.network.faults().Fail("ApplyPublicIp", no_address_);
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
  Change(R"({"spec": {"networkingConfig": {"publicIP": {"enabled": false}}}})");
  Change(kMissingGroup);
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
}

TEST_F(MachinePartialApplyTest, AnAddressThatStaysKeepsNoVmFromBeingRecorded) {
  Change(kOwnAddress);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.network.GiveAddress(fixture_.MachineId("m"));
  Change(R"({"spec": {"networkingConfig": {"publicIP": {"enabled": false}}}})");
  fixture_.network.faults().Fail("DeletePublicIp",
                                 absl::PermissionDeniedError("no role"));
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_NE(fixture_.EvrocMachine("m").At("spec.providerID").String(), "");
}

// It costs money, and the machine may wait for a person.
TEST_F(MachinePartialApplyTest, NoAddressIsMadeForAMachineThatIsRefusedHere) {
  Change(kOwnAddress);
  Change(kMissingGroup);
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
  EXPECT_EQ(fixture_.network.faults().calls("ApplyPublicIp"), 0);
}

class RefusedMachinesAddressTest : public MachinePartialApplyTest {
 protected:
  RefusedMachinesAddressTest() {
    Change(kOwnAddress);
    fixture_.ReconcileMachine("m").IgnoreError();
    fixture_.network.GiveAddress(fixture_.MachineId("m"));
  }
  void Refuse(const absl::Status& refusal) {
    fixture_.compute.faults().Fail("ApplyVirtualMachine", refusal);
    fixture_.ReconcileMachine("m").IgnoreError();
    EXPECT_THAT(fixture_.compute.MachineIds(), IsEmpty());
  }
  // Whether its deletion was asked for.
  bool IsReleased() {
    return fixture_.network.faults().calls("DeletePublicIp") > 0;
  }
  void WantNoAddress() {
    Change(
        R"({"spec": {"networkingConfig": {"publicIP": {"enabled": false}}}})");
  }

  const absl::Status refusal_ = absl::InvalidArgumentError("no such profile");
};

TEST_F(RefusedMachinesAddressTest, ItIsForTheNextTry) {
  const std::string id =
      fixture_.network.Address(fixture_.MachineId("m"))->id();
  Refuse(refusal_);
  EXPECT_FALSE(IsReleased());
  fixture_.MakeMachine("m");
  EXPECT_EQ(Vm().public_ip_id(), id);
}

TEST_F(RefusedMachinesAddressTest, ItGoesOnceItIsNotAskedForAnyMore) {
  WantNoAddress();
  Refuse(refusal_);
  EXPECT_TRUE(IsReleased());
}

// The machine may be there, and have it.
TEST_F(RefusedMachinesAddressTest, ItStaysWhileTheOutcomeIsUnknown) {
  WantNoAddress();
  Refuse(absl::UnavailableError("answer lost"));
  EXPECT_FALSE(IsReleased());
}

TEST_F(RefusedMachinesAddressTest, ItGoesWithTheMachine) {
  Refuse(refusal_);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.ReconcileMachine("m").IgnoreError();
  EXPECT_TRUE(IsReleased());
}

}  // namespace
}  // namespace evroc::shim
