// What an EvrocMachine says after somebody else changed its VM in the cloud and
// the services can't repair it: rows of docs/drift.md.

#include <string>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;

using Vm = compute::v1::VirtualMachine;

class MachineStatusDriftTest : public ::testing::Test {
 protected:
  // A machine that runs, of a control plane whose endpoint is a public IP.
  void SetUp() override {
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"spec": {"controlPlaneConfig":
                       {"loadBalancer": {"enabled": false}}}})");
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", true);
    fixture_.MakeMachine("m");
    ASSERT_EQ(Condition("Ready"), "True/Ready");
  }

  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), type);
  }
  std::string State() {
    return std::string(fixture_.EvrocMachine("m").At("status.state").String());
  }
  // Reconciles while Apply refuses.
  void Refuse(const absl::Status& refusal) {
    fixture_.compute.faults().Fail("ApplyVirtualMachine", refusal);
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  void RefuseAgainWithoutAWrite(const absl::Status& refusal) {
    const int writes = fixture_.kube.WriteCount();
    fixture_.clock.Advance(absl::Minutes(2));
    Refuse(refusal);
    EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  }

  const absl::Status changed_ = ImmutableField(
      "virtual_machine.compute_profile", "can't be changed, it is \"m1a.l\"");
  const absl::Status name_taken_ =
      MakeError(absl::StatusCode::kFailedPrecondition,
                "VirtualMachine vm exists already and belongs to nobody",
                {.reason = "NAME_TAKEN"});

  ReconcileFixture fixture_;
};

TEST_F(MachineStatusDriftTest, ADifferenceLeavesARunningMachineReady) {
  fixture_.compute.Change(fixture_.MachineId("m"), [](Vm& machine) {
    for (common::v1::Condition& condition : *machine.mutable_conditions()) {
      if (condition.type() == "DiskReady") continue;
      condition.set_status(common::v1::Condition::STATUS_FALSE);
      condition.set_reason("Changed");
      condition.set_message("compute_profile is not as requested");
    }
  });
  Refuse(changed_);
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "False/Changed");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  EXPECT_THAT(
      ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), "SpecApplied"),
      HasSubstr("spec.computeProfile: can't be changed, it is \"m1a.l\""));
  EXPECT_EQ(State(), "Running");
  RefuseAgainWithoutAWrite(changed_);
}

TEST_F(MachineStatusDriftTest, TheStatusFollowsTheMachineWhileApplyIsRefused) {
  Refuse(changed_);
  fixture_.compute.Stop(fixture_.MachineId("m"));
  Refuse(changed_);
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
  EXPECT_EQ(Condition("VMReady"), "False/Stopped");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  RefuseAgainWithoutAWrite(changed_);
  fixture_.compute.Change(fixture_.MachineId("m"), [](Vm& machine) {
    machine.set_private_ipv4_address("10.9.9.9");
  });
  fixture_.compute.Run(fixture_.MachineId("m"));
  Refuse(changed_);
  EXPECT_EQ(State(), "Running");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(
      fixture_.EvrocMachine("m").At("status.addresses")[0]["address"].String(),
      "10.9.9.9");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("VMReady"), "True/Available");
}

// The reports show ours alone, by their labels.
TEST_F(MachineStatusDriftTest, AMachineThatIsNotOursAnyMoreIsNotCalledLost) {
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  Refuse(name_taken_);
  EXPECT_EQ(State(), "Unknown");
  EXPECT_EQ(Condition("Ready"), "False/Blocked");
  EXPECT_EQ(Condition("VMReady"), "False/Blocked");
  RefuseAgainWithoutAWrite(name_taken_);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(State(), "Lost");
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

// A credential that may list less than it should says nothing of a machine.
TEST_F(MachineStatusDriftTest, AMissingPermissionTakesReadyFromNobody) {
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  Refuse(absl::PermissionDeniedError("no role"));
  EXPECT_EQ(Condition("CredentialsReady"), "False/PermissionDenied");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(State(), "Running");
}

TEST_F(MachineStatusDriftTest, ThePublicIpIsToldWhileApplyIsRefused) {
  fixture_.compute.Change(fixture_.MachineId("m"), [](Vm& machine) {
    machine.clear_public_ipv4_address();
  });
  Refuse(changed_);
  EXPECT_EQ(Condition("PublicIPReady"), "False/Attaching");
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  RefuseAgainWithoutAWrite(changed_);
}

TEST_F(MachineStatusDriftTest, AnotherMachineUnderItsNameIsNotTheSame) {
  fixture_.compute.Change(fixture_.MachineId("m"),
                          [](Vm& machine) { machine.set_uid("another"); });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(State(), "Lost");
  EXPECT_EQ(Condition("Ready"), "False/Lost");
  Refuse(changed_);
  EXPECT_EQ(State(), "Lost");
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

// Also where the address is the endpoint's, which the EvrocMachine does not
// name.
TEST_F(MachineStatusDriftTest, AMachineWithoutItsPublicIpSaysSo) {
  EXPECT_EQ(Condition("PublicIPReady"), "True/Available");
  fixture_.compute.Change(fixture_.MachineId("m"), [](Vm& machine) {
    machine.clear_public_ipv4_address();
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("PublicIPReady"), "False/Attaching");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  const Json machine = fixture_.EvrocMachine("m");
  for (size_t i = 0; i < machine.At("status.addresses").size(); ++i) {
    EXPECT_NE(machine.At("status.addresses")[i]["type"].String(), "ExternalIP");
  }
}

}  // namespace
}  // namespace evroc::shim
