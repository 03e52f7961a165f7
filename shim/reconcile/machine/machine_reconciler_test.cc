#include "shim/reconcile/machine/machine_reconciler.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MachineReconcilerTest : public ::testing::Test {
 protected:
  std::string Condition(const std::string& type,
                        const std::string& machine = "m") {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine(machine), type);
  }
  std::string Message(const std::string& type) {
    return ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), type);
  }
  std::string ZoneOf(const std::string& machine) {
    return std::string(
        DecodeMeta(fixture_.EvrocMachine(machine)).Annotation(kZoneAnnotation));
  }
  int Applies() {
    return fixture_.compute.faults().calls("ApplyVirtualMachine");
  }

  // The machine's zone has no room for it, since now.
  void WaitForRoom(const std::string& name) {
    fixture_.compute.AwaitRoom(fixture_.MachineId(name), fixture_.clock.Now());
  }

  // An existing group and an inline one, "web", that admits one port.
  void SetInlineGroup(const std::string& machine, int port) {
    fixture_.Change(
        kEvrocMachineType, machine + "-infra",
        absl::Substitute(R"({"spec": {"networkingConfig": {"securityGroups":
            {"existingIDs": ["theirs"], "inlineSecurityGroups": [
              {"name": "web", "rules": [{"name": "r", "direction": "Ingress",
                "protocol": "TCP", "port": $0}]}]}}}})",
                         port));
  }
  // Of the group that SetInlineGroup sets, once it was made.
  std::string InlineGroupId(int port) {
    const SecurityGroupSpec group{.name = "web",
                                  .rules = {{.name = "r",
                                             .direction = "Ingress",
                                             .protocol = "TCP",
                                             .port = port}}};
    return fixture_.network.Network(fixture_.ClusterId())
        ->security_group_ids()
        .additional()
        .at(MachineGroupName(group));
  }
  std::vector<std::string> GroupsOf(const std::string& machine) {
    const auto vm = fixture_.compute.Machine(fixture_.MachineId(machine));
    const auto& ids = vm->security_group_ids();
    return {ids.begin(), ids.end()};
  }

  ReconcileFixture fixture_;
};

TEST_F(MachineReconcilerTest, MakesTheMachineAndReportsIt) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.compute.Machine(fixture_.MachineId("m"))->user_data(),
            "user data of m");
  EXPECT_EQ(Condition("Ready").substr(0, 6), "False/");
  EXPECT_FALSE(fixture_.EvrocMachine("m")
                   .At("status.initialization.provisioned")
                   .exists());
  fixture_.MakeMachine("m");
  const Json machine = fixture_.EvrocMachine("m");
  const auto vm = fixture_.compute.Machine(fixture_.MachineId("m"));
  EXPECT_EQ(machine.At("spec.providerID").String(), "evroc://" + vm->uid());
  EXPECT_TRUE(machine.At("status.initialization.provisioned").Bool());
  EXPECT_EQ(machine.At("status.state").String(), "Running");
  EXPECT_EQ(machine.At("status.failureDomain").String(), ZoneOf("m"));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("BootstrapDataReady"), "True/Available");
  // D3: the internal address comes first.
  EXPECT_EQ(machine.At("status.addresses")[0]["type"].String(), "InternalIP");
  EXPECT_THAT(fixture_.changes(), Contains("VMRunning"));
}

TEST_F(MachineReconcilerTest, IM20NothingIsWrittenWhenNothingChanges) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.nodes.SetInitialized({"ns", "m-infra"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
  const int writes = fixture_.kube.WriteCount();
  const ReconcileResult result = fixture_.ReconcileMachine("m");
  EXPECT_TRUE(std::holds_alternative<Done>(*result));
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  // The Node stays wanted: it may register again.
  EXPECT_TRUE(fixture_.nodes.DesiredFor({"ns", "m-infra"}).has_value());
}

TEST_F(MachineReconcilerTest, IM01WithoutAnOwnerNothingIsWritten) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"ownerReferences": [
                     {"apiVersion": "cluster.x-k8s.io/v1beta2",
                      "kind": "MachineSet", "name": "s", "uid": "u"}]}})");
  const int writes = fixture_.kube.WriteCount();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  // And it goes without further ado.
  fixture_.Delete(kEvrocMachineType, "m-infra");
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM02WaitsForTheClusterButNotToBeDeleted) {
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/WaitingForClusterInfrastructureReady");
  EXPECT_EQ(Applies(), 0);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM03WaitsForBootstrapData) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kMachineType, "m",
                  R"({"spec": {"bootstrap": {"dataSecretName": null}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/WaitingForBootstrapData");
  fixture_.Change(kClusterType, "c",
                  R"({"status": {"initialization":
                     {"controlPlaneInitialized": false}}})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"),
            "False/WaitingForControlPlaneInitialized");
  EXPECT_EQ(Applies(), 0);
}

TEST_F(MachineReconcilerTest, IM04ABadBootstrapSecretIsSaid) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kSecretType, "m-boot",
                  R"({"data": {"value": null, "format": "eA=="}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/BootstrapSecretInvalid");
  EXPECT_THAT(Message("BootstrapDataReady"), HasSubstr("ns/m-boot"));
  fixture_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/BootstrapSecretMissing");
}

TEST_F(MachineReconcilerTest, IM07FinalizerAndIdsComeBeforeTheFirstCreate) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.compute.faults().Before("ApplyVirtualMachine", [&] {
    const ObjectMeta meta = DecodeMeta(fixture_.EvrocMachine("m"));
    EXPECT_TRUE(meta.HasFinalizer(kMachineFinalizer));
    EXPECT_EQ(meta.Annotation(kOwnerIdAnnotation).size(), 36);
    EXPECT_EQ(meta.Annotation(kClusterIdAnnotation), fixture_.ClusterId());
    EXPECT_FALSE(meta.Annotation(kZoneAnnotation).empty());
  });
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Applies(), 1);
}

TEST_F(MachineReconcilerTest, IsSpreadWithTheSetThatItBeganIn) {
  constexpr char kLabel[] = R"({"metadata": {"labels": {
      "cluster.x-k8s.io/deployment-name": "$0"}}})";
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kMachineType, "m", absl::Substitute(kLabel, "first"));
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"placementConfig": {"strategy": "Spread"}}})");
  fixture_.MakeMachine("m");
  const std::string id = fixture_.MachineId("m");
  EXPECT_EQ(fixture_.compute.Machine(id)->spread_group(), "md-first");
  fixture_.Change(kMachineType, "m", absl::Substitute(kLabel, "second"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.compute.Machine(id)->spread_group(), "md-first");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
  // Nor is it another where a tool takes the annotation away.
  fixture_.Change(
      kEvrocMachineType, "m-infra",
      R"({"metadata": {"annotations": {"evroc.com/spread-group": null}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(
      DecodeMeta(fixture_.EvrocMachine("m")).Annotation(kSpreadGroupAnnotation),
      "md-first");
  EXPECT_EQ(Condition("SpecApplied"), "True/Applied");
}

TEST_F(MachineReconcilerTest, AGroupThatCantBeMadeIsTold) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.compute.faults().Fail(
      "ApplyVirtualMachine",
      MakeError(absl::StatusCode::kFailedPrecondition,
                "PlacementGroup c-machines-a-1 exists already",
                {.reason = "NAME_TAKEN"}));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("VMReady"), "False/Blocked");
  EXPECT_THAT(Message("VMReady"), HasSubstr("c-machines-a-1"));
}

TEST_F(MachineReconcilerTest, ALostAnswerMakesNoSecondMachine) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.compute.faults().LoseAnswer("ApplyVirtualMachine");
  EXPECT_FALSE(fixture_.ReconcileMachine("m").ok());
  fixture_.MakeMachine("m");
  EXPECT_EQ(fixture_.compute.MachineIds().size(), 1);
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, IM08TheFailureDomainIsObeyed) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", true, "b");
  fixture_.AddMachine("n", true, "z");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ZoneOf("m"), "b");
  const auto vm = fixture_.compute.Machine(fixture_.MachineId("m"));
  EXPECT_EQ(vm->zone(), "b");
  EXPECT_EQ(vm->subnet_id(), "net-b");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(Condition("VMReady", "n"), "False/InvalidConfiguration");
  EXPECT_THAT(
      ReconcileFixture::MessageOf(fixture_.EvrocMachine("n"), "VMReady"),
      HasSubstr("spec.failureDomain of the Machine: \"z\""));
}

TEST_F(MachineReconcilerTest, B15TheZoneIsPickedOnceAndSpread) {
  fixture_.MakeNetwork();
  std::multiset<std::string> zones;
  for (const std::string name : {"m1", "m2", "m3", "m4", "m5", "m6"}) {
    fixture_.AddMachine(name, false);
    ASSERT_TRUE(fixture_.ReconcileMachine(name).ok());
    zones.insert(ZoneOf(name));
  }
  EXPECT_EQ(zones, (std::multiset<std::string>{"a", "a", "b", "b", "c", "c"}));
  const std::string before = ZoneOf("m1");
  fixture_.Delete(kEvrocMachineType, "m4-infra");
  fixture_.MakeMachine("m1");
  EXPECT_EQ(ZoneOf("m1"), before);
}

TEST_F(MachineReconcilerTest, ASubnetIsChosenByName) {
  fixture_.Change(kEvrocClusterType, "c", R"({"spec": {"network": {"subnets": [
      {"name": "net", "cidrBlock": "10.0.1.0/24"},
      {"name": "own", "cidrBlock": "10.0.2.0/24", "zone": "c"}]}}})");
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"subnetName": "own"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(ZoneOf("m"), "c");
  EXPECT_EQ(fixture_.compute.Machine(fixture_.MachineId("m"))->subnet_id(),
            "own");
  // A divided one is its part in the machine's zone.
  fixture_.AddMachine("n", false, "b");
  fixture_.Change(kEvrocMachineType, "n-infra",
                  R"({"spec": {"subnetName": "net"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(fixture_.compute.Machine(fixture_.MachineId("n"))->subnet_id(),
            "net-b");
  fixture_.AddMachine("o", false, "a");
  fixture_.Change(kEvrocMachineType, "o-infra",
                  R"({"spec": {"subnetName": "own"}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("o").ok());
  EXPECT_THAT(
      ReconcileFixture::MessageOf(fixture_.EvrocMachine("o"), "VMReady"),
      HasSubstr("spec.subnetName"));
}

TEST_F(MachineReconcilerTest, B1ALostMachineIsReportedAndNeverMadeAgain) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.compute.Vanish(fixture_.MachineId("m"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
  EXPECT_EQ(fixture_.EvrocMachine("m").At("status.state").String(), "Lost");
  EXPECT_TRUE(fixture_.EvrocMachine("m")
                  .At("status.initialization.provisioned")
                  .Bool());
  EXPECT_THAT(fixture_.changes(), Contains("VMLost"));
}

TEST_F(MachineReconcilerTest, MV05AfterAMoveNothingIsMadeAgain) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(kEvrocMachineType, "m-infra", R"({"status": null})",
                  "status");
  fixture_.Change(kClusterType, "c", R"({"status": null})", "status");
  fixture_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(fixture_.compute.MachineIds().size(), 1);
}

TEST_F(MachineReconcilerTest, AClusterThatIsWaitedForComesForwardAfterAStart) {
  fixture_.SetProvisioned();
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("cluster ns/c"));
  // Once: it is not tried more often for that if it does not get on.
  fixture_.network.faults().Fail("CheckCredentials",
                                 absl::UnavailableError("away"));
  ASSERT_FALSE(fixture_.ReconcileCluster().ok());
  fixture_.TakeEnqueued();
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(fixture_.TakeEnqueued(), Not(Contains("cluster ns/c")));
}

TEST_F(MachineReconcilerTest, B11AStoppedMachineIsNotReady) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.compute.Stop(fixture_.MachineId("m"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
  EXPECT_EQ(fixture_.EvrocMachine("m").At("status.state").String(), "Stopped");
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, IM10ErrorsDoNotTouchAMachineThatRuns) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const int writes = fixture_.kube.WriteCount();
  fixture_.compute.faults().Fail("ApplyVirtualMachine",
                                 absl::UnavailableError("away"));
  EXPECT_FALSE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  fixture_.compute.access().Refuse("the credential");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
  EXPECT_EQ(Condition("CredentialsReady"), "False/CredentialsRefused");
  fixture_.compute.access().Accept("the credential");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("CredentialsReady"), "True/Accepted");
}

TEST_F(MachineReconcilerTest, UserErrorsNameTheFieldAndClear) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.compute.faults().Fail(
      "ApplyVirtualMachine",
      InvalidField("virtual_machine.compute_profile", "\"x\" is not known"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/InvalidConfiguration");
  EXPECT_EQ(Message("Ready"), "spec.computeProfile: \"x\" is not known");
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
}

TEST_F(MachineReconcilerTest, QuotaIsARareRetry) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.compute.faults().Fail(
      "ApplyVirtualMachine",
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota: cpu",
                {.reason = std::string(kQuotaExceeded)}));
  const ReconcileResult result = fixture_.ReconcileMachine("m");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<RetryAfter>(*result).delay,
            ReconcileFixture::kRetryInterval);
  EXPECT_EQ(Condition("VMReady"), "False/QuotaExceeded");
}

TEST_F(MachineReconcilerTest, ADeletionWakesMachinesThatLackQuota) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("old", false);
  fixture_.MakeMachine("old");
  fixture_.AddMachine("m", false);
  const auto refuse = [&] {
    fixture_.compute.faults().Fail(
        "ApplyVirtualMachine",
        MakeError(absl::StatusCode::kResourceExhausted, "not enough quota: cpu",
                  {.reason = std::string(kQuotaExceeded)}));
    return std::get<RetryAfter>(*fixture_.ReconcileMachine("m")).delay;
  };
  EXPECT_GE(refuse(), absl::Minutes(1));
  fixture_.TakeEnqueued();
  fixture_.compute.SetInstant(true);
  fixture_.Delete(kEvrocMachineType, "old-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("old").ok());
  ASSERT_FALSE(fixture_.HasEvrocMachine("old"));
  EXPECT_TRUE(fixture_.TakeEnqueued().contains("machine ns/m-infra"));
  EXPECT_LE(refuse(), absl::Seconds(20));
}

// That of the cloud, or ours.
TEST_F(MachineReconcilerTest, AClockThatIsAheadFailsNoMachineThatWaits) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.compute.AwaitRoom(fixture_.MachineId("m"),
                             fixture_.clock.Now() - absl::Hours(2));
  for (int i = 0; i < 2; ++i) {
    const ReconcileResult result = fixture_.ReconcileMachine("m");
    EXPECT_EQ(Condition("Ready"), "False/Unschedulable");
    EXPECT_EQ(std::get<RetryAfter>(*result).delay, absl::Minutes(5));
    fixture_.clock.SetWallBy(absl::Hours(9));
  }
  fixture_.clock.SetWallBy(-absl::Hours(99));
  fixture_.clock.Advance(absl::Minutes(30));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/ProvisioningTimedOut");
}

TEST_F(MachineReconcilerTest, WhatMayNeverComeMakesAMachineLateAndThenFail) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  const std::string zone = ZoneOf("m");
  WaitForRoom("m");
  ReconcileResult result = fixture_.ReconcileMachine("m");
  EXPECT_EQ(Condition("Ready"), "False/Unschedulable");
  EXPECT_EQ(std::get<RetryAfter>(*result).delay, absl::Minutes(5));
  fixture_.clock.Advance(absl::Minutes(5));
  result = fixture_.ReconcileMachine("m");
  EXPECT_EQ(Condition("Ready"), "False/ProvisioningLate");
  EXPECT_EQ(Condition("VMReady"), "False/Unschedulable");
  EXPECT_EQ(std::get<RetryAfter>(*result).delay, absl::Minutes(25));
  fixture_.clock.Advance(absl::Minutes(25));
  result = fixture_.ReconcileMachine("m");
  EXPECT_EQ(Condition("Ready"), "False/ProvisioningTimedOut");
  EXPECT_THAT(
      Message("Ready"),
      HasSubstr("it waits since 2027-01-15T08:00:00Z: its zone has no"));
  EXPECT_EQ(fixture_.EvrocMachine("m").At("status.state").String(), "Failed");
  EXPECT_TRUE(std::holds_alternative<Wait>(*result));
  EXPECT_THAT(fixture_.changes(), AllOf(Contains("ProvisioningLate"),
                                        Contains("ProvisioningTimedOut")));
  // The one that takes its place, while it is there and after it is gone.
  fixture_.AddMachine("next", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("next").ok());
  EXPECT_NE(ZoneOf("next"), zone);
  fixture_.compute.SetInstant(true);
  for (const char* gone : {"m", "next"}) {
    fixture_.Delete(kEvrocMachineType, absl::StrCat(gone, "-infra"));
    ASSERT_TRUE(fixture_.ReconcileMachine(gone).ok());
  }
  for (const char* name : {"n1", "n2", "n3"}) {
    fixture_.AddMachine(name, false);
    ASSERT_TRUE(fixture_.ReconcileMachine(name).ok());
    EXPECT_NE(ZoneOf(name), zone) << name;
  }
}

// It is not late any more: room was found after all.
TEST_F(MachineReconcilerTest, AMachineThatComesAfterAllIsReady) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  WaitForRoom("m");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.clock.Advance(absl::Hours(1));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/ProvisioningTimedOut");
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(fixture_.EvrocMachine("m").At("status.state").String(), "Running");
}

TEST_F(MachineReconcilerTest, TheControlPlaneIsWhereTheEndpointReachesIt) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"failureDomains": ["a", "b"]}})");
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"failureDomains": ["a", "b", "c"]}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  std::set<std::string> zones;
  for (const bool control_plane : {true, false}) {
    for (const char* number : {"1", "2", "3"}) {
      const std::string name = absl::StrCat(control_plane ? "cp" : "w", number);
      fixture_.AddMachine(name, control_plane);
      ASSERT_TRUE(fixture_.ReconcileMachine(name).ok());
      zones.insert(absl::StrCat(name.substr(0, 1), " ", ZoneOf(name)));
    }
  }
  EXPECT_THAT(zones, ElementsAre("c a", "c b", "w a", "w b", "w c"));
}

TEST_F(MachineReconcilerTest, APublicIpIsMadeBeforeTheMachine) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"networkingConfig": {"publicIP":
                     {"enabled": true}}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("PublicIPReady"), "False/WaitingForPublicIP");
  EXPECT_EQ(Applies(), 0);
  fixture_.network.GiveAddress(fixture_.MachineId("m"));
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("PublicIPReady"), "True/Available");
  EXPECT_EQ(fixture_.compute.Machine(fixture_.MachineId("m"))->public_ip_id(),
            fixture_.network.Address(fixture_.MachineId("m"))->id());
}

TEST_F(MachineReconcilerTest, InlineGroupsOfAMachineAreMadeWithTheNetwork) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  SetInlineGroup("m", 80);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(Message("VMReady"), HasSubstr("\"web\" does not exist yet"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("machine ns/m-infra"));
  fixture_.MakeMachine("m");
  EXPECT_THAT(GroupsOf("m"), ElementsAre("theirs", InlineGroupId(80)));
}

// As during a rollout of a template whose rules changed.
TEST_F(MachineReconcilerTest, GroupsOfOneNameStandSideBySide) {
  fixture_.MakeNetwork();
  for (const auto& [name, port] : {std::pair("m", 80), {"n", 81}}) {
    fixture_.AddMachine(name, false);
    SetInlineGroup(name, port);
  }
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  for (const char* name : {"m", "n"}) fixture_.MakeMachine(name);
  EXPECT_THAT(GroupsOf("m"), ElementsAre("theirs", InlineGroupId(80)));
  EXPECT_THAT(GroupsOf("n"), ElementsAre("theirs", InlineGroupId(81)));
}

// It has its old rules until the new ones exist.
TEST_F(MachineReconcilerTest, ARunningMachineMovesToTheGroupOfItsNewRules) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  SetInlineGroup("m", 80);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.MakeMachine("m");
  const std::string before = InlineGroupId(80);
  SetInlineGroup("m", 81);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(GroupsOf("m"), ElementsAre("theirs", before));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("machine ns/m-infra"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_THAT(GroupsOf("m"), ElementsAre("theirs", InlineGroupId(81)));
  EXPECT_EQ(Condition("VMReady"), "True/Available");
}

TEST_F(MachineReconcilerTest, A10TheNodeIsWantedOnceTheMachineRuns) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const auto request = fixture_.nodes.DesiredFor({"ns", "m-infra"});
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->provider_id,
            fixture_.EvrocMachine("m").At("spec.providerID").String());
  EXPECT_EQ(request->instance_type, "c1a.s");
  EXPECT_EQ(request->region, "se-sto");
  EXPECT_EQ(request->zone, ZoneOf("m"));
  EXPECT_EQ(Condition("NodeInitialized"), "Unknown/WaitingForNode");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, WhatHidesACompleteNodeSaysNothingOfIt) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const ObjectKey key{"ns", "m-infra"};
  fixture_.nodes.SetInitialized(key);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.nodes.SetState(
      key, {NodeState::Phase::kPending, kNodeUnreachable, "away"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
  fixture_.nodes.SetState(
      key, {NodeState::Phase::kFailed, kNodeProviderIdConflict, "another's"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "False/ProviderIDConflict");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, ANodeThatIsGoneIsToldAndAwaitedAgain) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const ObjectKey key{"ns", "m-infra"};
  fixture_.nodes.SetInitialized(key);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
  EXPECT_FALSE(fixture_.nodes.IsInDoubt(key));
  fixture_.Change(kMachineType, "m",
                  R"({"status": {"conditions": [
                     {"type": "Available", "status": "False"},
                     {"type": "NodeHealthy", "status": "False",
                      "reason": "NodeDeleted"}]}})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_TRUE(fixture_.nodes.IsInDoubt(key));
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
  fixture_.nodes.SetState(key, NodeNotFound("m"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "Unknown/WaitingForNode");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  fixture_.nodes.SetInitialized(key);
  fixture_.Change(kMachineType, "m",
                  R"({"status": {"conditions": [
                     {"type": "NodeHealthy", "status": "True"}]}})",
                  "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.nodes.IsInDoubt(key));
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
}

TEST_F(MachineReconcilerTest, ANodesConditionStaysUntilItIsLookedAt) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const ObjectKey key{"ns", "m-infra"};
  fixture_.nodes.SetState(
      key, {NodeState::Phase::kFailed, kNodeProviderIdConflict, "another's"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.nodes.SetState(key, NodeNotLookedAt());  // as after a restart
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "False/ProviderIDConflict");
}

TEST_F(MachineReconcilerTest, B23ExternalMeansHandsOff) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"nodeInitialization": "external"}})");
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  EXPECT_FALSE(fixture_.nodes.DesiredFor({"ns", "m-infra"}).has_value());
  EXPECT_EQ(Condition("NodeInitialized"), "");
}

TEST_F(MachineReconcilerTest, PA04PauseHoldsEverything) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": ""}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Paused"), "True/Paused");
  EXPECT_EQ(Applies(), 0);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": null}}})");
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Paused"), "False/NotPaused");
  EXPECT_TRUE(fixture_.nodes.DesiredFor({"ns", "m-infra"}).has_value());
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.nodes.DesiredFor({"ns", "m-infra"}).has_value());
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteVirtualMachine"), 0);
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM14TheFinalizerGoesWhenTheCloudIsEmpty) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  const std::string id = fixture_.MachineId("m");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.Delete(kMachineType, "m");
  fixture_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Deleting");
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
  fixture_.compute.FinishDeletion(id);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(fixture_.network.faults().calls("DeletePublicIp"), 1);
}

// Labels may have been lost: by its UID and its names the VM is still found.
TEST_F(MachineReconcilerTest, ADeletionTellsAllThatIsKnownOfTheMachine) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"additionalDisks": [
                     {"name": "data", "sizeGB": 10}]}})");
  fixture_.MakeMachine("m");
  const std::string id = fixture_.MachineId("m");
  const std::string uid = fixture_.compute.Machine(id)->uid();
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.Delete(kMachineType, "m");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  const auto known = fixture_.compute.last_deletion();
  EXPECT_EQ(known.vm_uid, uid);
  EXPECT_EQ(known.owner.cluster_name(), "c");
  EXPECT_EQ(known.owner.machine_name(), "m");
  EXPECT_THAT(known.data_disks, ElementsAre("data"));
}

TEST_F(MachineReconcilerTest, A9AMissingClusterDoesNotHoldAMachine) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(fixture_.changes(), Contains("ClusterGone"));
}

TEST_F(MachineReconcilerTest, ACopyIsRefusedAndItsDeletionHarmsNobody) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.clock.Advance(absl::Seconds(5));
  fixture_.AddMachine("n", false);
  fixture_.Change(kEvrocMachineType, "n-infra",
                  R"({"metadata": {"annotations": {"evroc.com/owner-id": ")" +
                      fixture_.MachineId("m") +
                      R"(", "evroc.com/cluster-id": ")" + fixture_.ClusterId() +
                      R"("}, "finalizers":
              ["evrocmachine.infrastructure.cluster.x-k8s.io"]}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(Condition("VMReady", "n"), "False/Blocked");
  fixture_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("n"));
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteVirtualMachine"), 0);
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, ALostOwnershipIdIsNotReplacedByANewOne) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations": {"evroc.com/owner-id": null,
      "evrocmachine.infrastructure.cluster.x-k8s.io/ownership-id": null}}})");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"status": {"annotations": null}})", "status");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
  EXPECT_EQ(fixture_.compute.MachineIds().size(), 1);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/OwnerIDLost");
}

TEST_F(MachineReconcilerTest, WithoutIdAndOwnerARecordedVmHoldsTheDeletion) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"metadata": {"annotations": null,
                                   "ownerReferences": null}})");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"status": {"annotations": null}})", "status");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(Condition("Ready"), "False/OwnerIDLost");
}

TEST_F(MachineReconcilerTest, WithoutIdAndOwnerEachRecordHoldsTheDeletion) {
  fixture_.MakeNetwork();
  const std::pair<std::string, std::string> records[] = {
      {R"({"spec": {"providerID": "evroc://u"}})", ""},
      {R"({"metadata": {"annotations": {"evroc.com/vm-uid": "u"}}})", ""},
      {R"({"status": {"initialization": {"provisioned": true}}})", "status"},
      {"{}", ""}};
  int made = 0;
  for (const auto& [record, subresource] : records) {
    const std::string name = absl::StrCat("m", made++);
    fixture_.AddMachine(name, false);
    fixture_.Change(kEvrocMachineType, name + "-infra",
                    R"({"metadata": {"ownerReferences": null, "finalizers":
                       ["evrocmachine.infrastructure.cluster.x-k8s.io"]}})");
    fixture_.Change(kEvrocMachineType, name + "-infra", record, subresource);
    fixture_.Delete(kEvrocMachineType, name + "-infra");
    ASSERT_TRUE(fixture_.ReconcileMachine(name).ok());
    EXPECT_EQ(fixture_.HasEvrocMachine(name), record != "{}") << record;
  }
}

// Each look costs lists of everything, for days maybe.
TEST_F(MachineReconcilerTest, ADeletionThatWaitsForAPersonLooksEverMoreRarely) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  const auto next = [&] {
    return std::get<RetryAfter>(*fixture_.ReconcileMachine("m")).delay;
  };
  EXPECT_EQ(next(), absl::Seconds(20));
  fixture_.clock.Advance(absl::Minutes(1));
  EXPECT_EQ(next(), absl::Minutes(1));
  fixture_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(next(), absl::Minutes(5));
}

TEST_F(MachineReconcilerTest, NothingIsMadeInAClusterThatIsBeingDeleted) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/ClusterDeleting");
  EXPECT_EQ(Applies(), 0);
}

TEST_F(MachineReconcilerTest, AnIpThatIsAddedLaterLeavesAMachineReady) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(kEvrocMachineType, "m-infra", R"({"spec":
      {"networkingConfig": {"publicIP": {"enabled": true}}}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("PublicIPReady"), "False/Attaching");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"networkingConfig": null}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("PublicIPReady"), "");
}

TEST_F(MachineReconcilerTest, IC10MachinesOfAnExternalClusterAreOurs) {
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"cluster.x-k8s.io/managed-by": "them"}}, "spec": {"securityGroups":
      {"common": {"existingIDs": ["theirs"]}}}})");
  // By the other controller, which has made nothing of ours.
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"initialization": {"provisioned": true}}})",
                  "status");
  fixture_.SetProvisioned();
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_THAT(
      fixture_.compute.Machine(fixture_.MachineId("m"))->security_group_ids(),
      Contains("theirs"));
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), 0);
}

TEST_F(MachineReconcilerTest, A3OnePublicIpEndpointMovesToTheMachineThatStays) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"controlPlaneConfig":
                     {"loadBalancer": {"enabled": false}}}})");
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", true);
  fixture_.clock.Advance(absl::Seconds(5));
  fixture_.AddMachine("n", true);
  fixture_.MakeMachine("m");
  fixture_.MakeMachine("n");
  const auto address_of = [&](const std::string& machine) {
    EXPECT_TRUE(fixture_.ReconcileMachine(machine).ok());
    return fixture_.compute.Machine(fixture_.MachineId(machine))
        ->public_ip_id();
  };
  EXPECT_THAT(address_of("m"), Not(IsEmpty()));
  EXPECT_THAT(address_of("n"), IsEmpty());
  fixture_.Change(kMachineType, "m", R"({"metadata": {"finalizers": ["x"]}})");
  fixture_.Delete(kMachineType, "m");
  EXPECT_THAT(address_of("m"), IsEmpty());
  EXPECT_THAT(address_of("n"), Not(IsEmpty()));
}

}  // namespace
}  // namespace evroc::shim
