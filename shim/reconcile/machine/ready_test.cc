// Ready of an EvrocMachine is a measurement (ADR 29): whether its VM runs, not
// what was asked for; and each reconcile says beside it what can't be had, what
// is not known, and what can't be written.

#include <string>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class MachineReadyTest : public ::testing::Test {
 protected:
  MachineReadyTest() {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", /*control_plane=*/true);
  }
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine(name_), type);
  }
  std::string Message(const std::string& type) {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine(name_), type);
  }
  std::string State() {
    return std::string(
        fixture_.EvrocMachine(name_).At("status.state").String());
  }
  void ApplyFails(const absl::Status& error) {
    fixture_.compute.faults().Fail("ApplyVirtualMachine", error);
    fixture_.ReconcileMachine(name_).IgnoreError();
  }

  std::string name_ = "m";
  const absl::Status refused_ = InvalidField("virtual_machine.public_ip_id",
                                             "not while the machine runs");
  const absl::Status away_ = absl::UnavailableError("HTTP 503");
  ReconcileFixture fixture_;
};

TEST_F(MachineReadyTest, ANewMachineThatCanNotBeMadeSaysWhy) {
  ApplyFails(away_);
  EXPECT_EQ(Condition("Ready"), "False/CloudUnavailable");
  ApplyFails(MakeError(absl::StatusCode::kInvalidArgument, "only in zone a",
                       {.reason = std::string(kZoneRefused)}));
  EXPECT_EQ(Condition("Ready"), "False/ZoneRefused");
  EXPECT_EQ(Condition("SpecApplied"), "False/ZoneRefused");
  EXPECT_EQ(Condition("CredentialsReady"), "True/Accepted");
  ApplyFails(MakeError(absl::StatusCode::kPermissionDenied, "no role",
                       {.reason = "CLOUD_REFUSED"}));
  EXPECT_EQ(Condition("Ready"), "False/PermissionDenied");
  EXPECT_EQ(Condition("CredentialsReady"), "False/PermissionDenied");
  EXPECT_EQ(Condition("SpecApplied"), "Unknown/PermissionDenied");
  fixture_.MakeMachine("m");
  for (const char* type : {"Ready", "CredentialsReady", "SpecApplied",
                           "CloudReachable", "VMReady"}) {
    EXPECT_THAT(Condition(type), ::testing::StartsWith("True/")) << type;
  }
}

// A fixed public IP that was put onto it while it runs, for example.
TEST_F(MachineReadyTest, AStopIsToldBesideWhatTheCloudRefuses) {
  fixture_.MakeMachine("m");
  ApplyFails(refused_);
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
  EXPECT_THAT(Message("SpecApplied"), HasSubstr("not while the machine runs"));
  fixture_.compute.Stop(fixture_.MachineId("m"));
  ApplyFails(refused_);
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
  EXPECT_EQ(Condition("VMReady"), "False/Stopped");
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
}

TEST_F(MachineReadyTest, AStopIsToldWhileOnlyCallsFail) {
  fixture_.MakeMachine("m");
  fixture_.compute.Stop(fixture_.MachineId("m"));
  ApplyFails(away_);
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
  fixture_.compute.Run(fixture_.MachineId("m"));
  ApplyFails(absl::AbortedError("HTTP 409"));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("SpecApplied"), "False/Conflict");
}

// Calls that hang keep the workers for its cloud.
TEST_F(MachineReadyTest, AStopIsToldWithoutAWorkerForItsCloud) {
  fixture_.MakeMachine("m");
  for (const char* other : {"a", "b"}) {
    fixture_.AddMachine(other, /*control_plane=*/false);
    fixture_.MakeMachine(other);
  }
  fixture_.compute.Stop(fixture_.MachineId("m"));
  FakeFaults& faults = fixture_.compute.faults();
  faults.Before("ApplyVirtualMachine", [&] {
    fixture_.clock.Advance(absl::Seconds(11));
    faults.Before("ApplyVirtualMachine", [&] {
      fixture_.clock.Advance(absl::Seconds(11));
      const int applies = faults.calls("ApplyVirtualMachine");
      ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
      EXPECT_EQ(faults.calls("ApplyVirtualMachine"), applies);
    });
    ASSERT_TRUE(fixture_.ReconcileMachine("b").ok());
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("a").ok());
  EXPECT_EQ(State(), "Stopped");
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
}

TEST_F(MachineReadyTest, ALossIsToldWhileOnlyCallsFail) {
  fixture_.MakeMachine("m");
  fixture_.compute.Change(
      fixture_.MachineId("m"),
      [](compute::v1::VirtualMachine& vm) { vm.set_uid("another"); });
  ApplyFails(away_);
  EXPECT_EQ(State(), "Lost");
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

// Neither a field that is refused before the VM is looked at nor what somebody
// has to release first says anything about it.
TEST_F(MachineReadyTest, ALossIsToldBesideWhatLasts) {
  const absl::Status quota = MakeError(absl::StatusCode::kResourceExhausted,
                                       "quota of public IPs is used up",
                                       {.reason = std::string(kQuotaExceeded)});
  const struct {
    absl::Status error;
    std::string spec_applied;
  } refusals[] = {
      {InvalidField("virtual_machine.public_ip_id", "is in another project"),
       "False/InvalidConfiguration"},
      {quota, "False/QuotaExceeded"},
      {ImmutableField("virtual_machine.compute_profile", "can't be changed"),
       "False/Blocked"}};
  int number = 0;
  for (const auto& [error, spec_applied] : refusals) {
    name_ = "lost-" + std::to_string(++number);
    fixture_.AddMachine(name_, /*control_plane=*/false);
    fixture_.MakeMachine(name_);
    ApplyFails(error);
    EXPECT_EQ(Condition("Ready"), "True/Ready");
    fixture_.compute.Vanish(fixture_.MachineId(name_));
    ApplyFails(error);
    EXPECT_EQ(State(), "Lost") << error;
    EXPECT_EQ(Condition("Ready"), "False/Lost") << error;
    EXPECT_EQ(Condition("VMReady"), "False/Lost") << error;
    EXPECT_EQ(Condition("SpecApplied"), spec_applied);
    EXPECT_THAT(fixture_.changes(), Contains("VMLost")) << error;
  }
}

// As after a deletion of its disks too, in the console.
TEST_F(MachineReadyTest, ALossOfAllIsToldBesideWhatLasts) {
  fixture_.MakeMachine("m");
  fixture_.compute.Change(
      fixture_.MachineId("m"), [](compute::v1::VirtualMachine& vm) {
        vm.set_state(compute::v1::VirtualMachine::STATE_DELETING);
      });
  fixture_.compute.FinishDeletion(fixture_.MachineId("m"));
  ApplyFails(refused_);
  EXPECT_EQ(State(), "Lost");
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

TEST_F(MachineReadyTest, ALossIsToldBesideAWriteThatIsRefused) {
  fixture_.MakeMachine("m");
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"finalizers": []}})");
  for (int i = 0; i < 2; ++i) {
    fixture_.kube.FailNext(
        "patch", "evrocmachines",
        MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                  {.metadata = {{"kube_reason", "Invalid"}}}));
  }
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

// Neither one that may see less than it should nor one that may lead elsewhere
// says that a machine is gone.
TEST_F(MachineReadyTest, NoLossIsToldWithoutRightsOrInDoubt) {
  fixture_.MakeMachine("m");
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  ApplyFails(MakeError(absl::StatusCode::kPermissionDenied, "no role",
                       {.reason = "CLOUD_REFUSED"}));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  ApplyFails(absl::UnauthenticatedError("unknown key"));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  fixture_.clock.Advance(absl::Minutes(1));
  fixture_.network.faults().Fail("CheckCredentials", away_);
  ApplyFails(refused_);
  EXPECT_EQ(State(), "Running");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  ApplyFails(refused_);
  EXPECT_EQ(Condition("Ready"), "False/Lost");
}

TEST_F(MachineReadyTest, ACloudThatIsAwayIsToldAfterAWhile) {
  fixture_.MakeMachine("m");
  ApplyFails(away_);
  EXPECT_EQ(Condition("CloudReachable"), "True/Reachable");
  fixture_.clock.Advance(absl::Minutes(5));
  ApplyFails(away_);
  EXPECT_EQ(Condition("CloudReachable"), "Unknown/CloudUnreachable");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_THAT(fixture_.changes(), Contains("CloudUnreachable"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("CloudReachable"), "True/Reachable");
}

TEST_F(MachineReadyTest, BootstrapDataIsNoLongerAwaitedOnceTheVmWasMade) {
  fixture_.Change(kMachineType, "m",
                  R"({"spec": {"bootstrap": {"dataSecretName": ""}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/WaitingForBootstrapData");
  fixture_.Change(kMachineType, "m",
                  R"({"spec": {"bootstrap": {"dataSecretName": "m-boot"}}})");
  // The VM is made, and the answer lost.
  fixture_.compute.faults().LoseAnswer("ApplyVirtualMachine");
  fixture_.ReconcileMachine("m").IgnoreError();
  fixture_.compute.Run(fixture_.MachineId("m"));
  ApplyFails(away_);
  EXPECT_EQ(Condition("BootstrapDataReady"), "True/Available");
}

TEST_F(MachineReadyTest, ABootstrapSecretThatMayNotBeReadIsTold) {
  fixture_.kube.FailNext(
      "get", "secrets",
      MakeError(absl::StatusCode::kPermissionDenied, "secrets is forbidden",
                {.metadata = {{"kube_reason", "Forbidden"}}}));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/BootstrapSecretForbidden");
  EXPECT_EQ(Condition("Ready"), "False/BootstrapSecretForbidden");
}

TEST_F(MachineReadyTest, WhatAnEarlierErrorSaidIsNotRepeated) {
  ApplyFails(InvalidField("virtual_machine.compute_profile", "is not known"));
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
  EXPECT_EQ(Condition("VMReady"), "False/InvalidConfiguration");
  fixture_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/BootstrapSecretMissing");
  EXPECT_EQ(Condition("SpecApplied"), "");
  EXPECT_EQ(Condition("VMReady"), "");
}

// It says nothing of the VM, which is being made.
TEST_F(MachineReadyTest, AProviderIdThatIsRefusedIsTold) {
  fixture_.kube.RunBefore("patch", "evrocmachines", [] {});  // the finalizer
  fixture_.kube.FailNext(
      "patch", "evrocmachines",
      MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                {.metadata = {{"kube_reason", "Invalid"}}}));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_EQ(Condition("VMReady"), "False/Creating");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
}

TEST_F(MachineReadyTest, AStatusThatIsRefusedIsToldByAnEvent) {
  fixture_.MakeMachine("m");
  fixture_.compute.Stop(fixture_.MachineId("m"));
  for (int i = 0; i < 2; ++i) {
    fixture_.kube.FailNext(
        "patch", "evrocmachines/status",
        MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                  {.metadata = {{"http_status", "422"},
                                {"kube_reason", "Invalid"}}}));
  }
  EXPECT_FALSE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
}

TEST_F(MachineReadyTest, AWriteThatIsRefusedIsToldAndADeletionThatHangsToo) {
  const absl::Status denied = MakeError(
      absl::StatusCode::kPermissionDenied, "a policy denied it",
      {.metadata = {{"http_status", "403"}, {"kube_reason", "Forbidden"}}});
  fixture_.kube.FailNext("patch", "evrocmachines", denied);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  fixture_.MakeMachine("m");
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.kube.FailNext("patch", "evrocmachines", denied);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/WriteRefused");
  EXPECT_EQ(Message("Ready"), "a policy denied it");
}

TEST_F(MachineReadyTest, ADeletionGoesOnWithAnIdThatCanNotBeWrittenBack) {
  fixture_.MakeMachine("m");
  fixture_.compute.SetInstant(true);
  fixture_.network.SetInstant(true);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations": null}})");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.kube.FailNext(
      "patch", "evrocmachines",
      MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                {.metadata = {{"kube_reason", "Invalid"}}}));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(fixture_.compute.MachineIds(), ::testing::IsEmpty());
}

// What was taken away is in the status.
TEST_F(MachineReadyTest, AnIdThatCanNotBeWrittenBackIsUsedAllTheSame) {
  fixture_.MakeMachine("m");
  const std::string id = fixture_.MachineId("m");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations": null}})");
  fixture_.kube.FailNext(
      "patch", "evrocmachines",
      MakeError(absl::StatusCode::kInvalidArgument, "a policy denied it",
                {.metadata = {{"kube_reason", "Invalid"}}}));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.MachineId("m"), "");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("SpecApplied"), "True/Applied");
  EXPECT_THAT(fixture_.changes(), Contains("WriteRefused"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.MachineId("m"), id);
  EXPECT_THAT(fixture_.compute.MachineIds(), ::testing::ElementsAre(id));
}

}  // namespace
}  // namespace evroc::shim
