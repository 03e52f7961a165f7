#include "shim/reconcile/machine/machine_reconciler.h"

#include <set>
#include <string>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/testing_world.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MachineReconcilerTest : public ::testing::Test {
 protected:
  std::string Condition(const std::string& type,
                        const std::string& machine = "m") {
    return TestingWorld::ConditionOf(world_.EvrocMachine(machine), type);
  }
  std::string Message(const std::string& type) {
    return TestingWorld::MessageOf(world_.EvrocMachine("m"), type);
  }
  std::string ZoneOf(const std::string& machine) {
    return std::string(
        DecodeMeta(world_.EvrocMachine(machine)).Annotation(kZoneAnnotation));
  }
  int Applies() { return world_.compute.faults().calls("ApplyVirtualMachine"); }

  TestingWorld world_;
};

TEST_F(MachineReconcilerTest, MakesTheMachineAndReportsIt) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(world_.compute.Machine(world_.MachineId("m"))->user_data(),
            "user data of m");
  EXPECT_EQ(Condition("Ready").substr(0, 6), "False/");
  EXPECT_FALSE(world_.EvrocMachine("m")
                   .At("status.initialization.provisioned")
                   .exists());
  world_.MakeMachine("m");
  const Json machine = world_.EvrocMachine("m");
  const auto vm = world_.compute.Machine(world_.MachineId("m"));
  EXPECT_EQ(machine.At("spec.providerID").String(), "evroc://" + vm->uid());
  EXPECT_TRUE(machine.At("status.initialization.provisioned").Bool());
  EXPECT_EQ(machine.At("status.state").String(), "Running");
  EXPECT_EQ(machine.At("status.failureDomain").String(), ZoneOf("m"));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("BootstrapDataReady"), "True/Available");
  // D3: the internal address comes first.
  EXPECT_EQ(machine.At("status.addresses")[0]["type"].String(), "InternalIP");
  EXPECT_THAT(world_.notices(), Contains("VMRunning"));
}

TEST_F(MachineReconcilerTest, IM20NothingIsWrittenWhenNothingChanges) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.nodes.SetInitialized({"ns", "m-infra"});
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("NodeInitialized"), "True/NodeInitialized");
  const int writes = world_.kube.WriteCount();
  const ReconcileResult result = world_.ReconcileMachine("m");
  EXPECT_TRUE(std::holds_alternative<Done>(*result));
  EXPECT_EQ(world_.kube.WriteCount(), writes);
  EXPECT_FALSE(world_.nodes.WishOf({"ns", "m-infra"}).has_value());
}

TEST_F(MachineReconcilerTest, IM01WithoutAnOwnerNothingIsWritten) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kEvrocMachineType, "m-infra",
                R"({"metadata": {"ownerReferences": [
                     {"apiVersion": "cluster.x-k8s.io/v1beta2",
                      "kind": "MachineSet", "name": "s", "uid": "u"}]}})");
  const int writes = world_.kube.WriteCount();
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(world_.kube.WriteCount(), writes);
  // And it goes without further ado.
  world_.Delete(kEvrocMachineType, "m-infra");
  EXPECT_FALSE(world_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM02WaitsForTheClusterButNotToBeDeleted) {
  world_.AddMachine("m", false);
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/WaitingForClusterInfrastructureReady");
  EXPECT_EQ(Applies(), 0);
  world_.Delete(kEvrocMachineType, "m-infra");
  EXPECT_FALSE(world_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM03WaitsForBootstrapData) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kMachineType, "m",
                R"({"spec": {"bootstrap": {"dataSecretName": null}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/WaitingForBootstrapData");
  world_.Change(kClusterType, "c",
                R"({"status": {"initialization":
                     {"controlPlaneInitialized": false}}})",
                "status");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"),
            "False/WaitingForControlPlaneInitialized");
  EXPECT_EQ(Applies(), 0);
}

TEST_F(MachineReconcilerTest, IM04ABadBootstrapSecretIsSaid) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kSecretType, "m-boot",
                R"({"data": {"value": null, "format": "eA=="}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/BootstrapSecretInvalid");
  EXPECT_THAT(Message("BootstrapDataReady"), HasSubstr("ns/m-boot"));
  world_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("BootstrapDataReady"), "False/BootstrapSecretMissing");
}

TEST_F(MachineReconcilerTest, IM07FinalizerAndIdsComeBeforeTheFirstCreate) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.compute.faults().Before("ApplyVirtualMachine", [&] {
    const ObjectMeta meta = DecodeMeta(world_.EvrocMachine("m"));
    EXPECT_TRUE(meta.HasFinalizer(kMachineFinalizer));
    EXPECT_EQ(meta.Annotation(kOwnerIdAnnotation).size(), 36);
    EXPECT_EQ(meta.Annotation(kClusterIdAnnotation), world_.ClusterId());
    EXPECT_FALSE(meta.Annotation(kZoneAnnotation).empty());
  });
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Applies(), 1);
}

TEST_F(MachineReconcilerTest, ALostAnswerMakesNoSecondMachine) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.compute.faults().LoseAnswer("ApplyVirtualMachine");
  EXPECT_FALSE(world_.ReconcileMachine("m").ok());
  world_.MakeMachine("m");
  EXPECT_EQ(world_.compute.MachineIds().size(), 1);
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, IM08TheFailureDomainIsObeyed) {
  world_.MakeNetwork();
  world_.AddMachine("m", true, "b");
  world_.AddMachine("n", true, "z");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(ZoneOf("m"), "b");
  const auto vm = world_.compute.Machine(world_.MachineId("m"));
  EXPECT_EQ(vm->zone(), "b");
  EXPECT_EQ(vm->subnet_id(), "net-b");
  ASSERT_TRUE(world_.ReconcileMachine("n").ok());
  EXPECT_EQ(Condition("VMReady", "n"), "False/InvalidConfiguration");
  EXPECT_THAT(TestingWorld::MessageOf(world_.EvrocMachine("n"), "VMReady"),
              HasSubstr("spec.failureDomain of the Machine: \"z\""));
}

TEST_F(MachineReconcilerTest, B15TheZoneIsPickedOnceAndSpread) {
  world_.MakeNetwork();
  std::multiset<std::string> zones;
  for (const std::string name : {"m1", "m2", "m3", "m4", "m5", "m6"}) {
    world_.AddMachine(name, false);
    ASSERT_TRUE(world_.ReconcileMachine(name).ok());
    zones.insert(ZoneOf(name));
  }
  EXPECT_EQ(zones, (std::multiset<std::string>{"a", "a", "b", "b", "c", "c"}));
  const std::string before = ZoneOf("m1");
  world_.Delete(kEvrocMachineType, "m4-infra");
  world_.MakeMachine("m1");
  EXPECT_EQ(ZoneOf("m1"), before);
}

TEST_F(MachineReconcilerTest, ASubnetIsChosenByName) {
  world_.Change(kEvrocClusterType, "c", R"({"spec": {"network": {"subnets": [
      {"name": "net", "cidrBlock": "10.0.1.0/24"},
      {"name": "own", "cidrBlock": "10.0.2.0/24", "zone": "c"}]}}})");
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kEvrocMachineType, "m-infra",
                R"({"spec": {"subnetName": "own"}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(ZoneOf("m"), "c");
  EXPECT_EQ(world_.compute.Machine(world_.MachineId("m"))->subnet_id(), "own");
  // A divided one is its part in the machine's zone.
  world_.AddMachine("n", false, "b");
  world_.Change(kEvrocMachineType, "n-infra",
                R"({"spec": {"subnetName": "net"}})");
  ASSERT_TRUE(world_.ReconcileMachine("n").ok());
  EXPECT_EQ(world_.compute.Machine(world_.MachineId("n"))->subnet_id(),
            "net-b");
  world_.AddMachine("o", false, "a");
  world_.Change(kEvrocMachineType, "o-infra",
                R"({"spec": {"subnetName": "own"}})");
  ASSERT_TRUE(world_.ReconcileMachine("o").ok());
  EXPECT_THAT(TestingWorld::MessageOf(world_.EvrocMachine("o"), "VMReady"),
              HasSubstr("spec.subnetName"));
}

TEST_F(MachineReconcilerTest, B1ALostMachineIsReportedAndNeverMadeAgain) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.compute.Vanish(world_.MachineId("m"));
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Lost");
  EXPECT_EQ(world_.EvrocMachine("m").At("status.state").String(), "Lost");
  EXPECT_TRUE(
      world_.EvrocMachine("m").At("status.initialization.provisioned").Bool());
  EXPECT_THAT(world_.notices(), Contains("VMLost"));
}

TEST_F(MachineReconcilerTest, MV05AfterAMoveNothingIsMadeAgain) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.Change(kEvrocMachineType, "m-infra", R"({"status": null})", "status");
  world_.Change(kClusterType, "c", R"({"status": null})", "status");
  world_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(world_.compute.MachineIds().size(), 1);
}

TEST_F(MachineReconcilerTest, AClusterThatIsWaitedForComesForwardAfterAStart) {
  world_.SetProvisioned();
  world_.AddMachine("m", false);
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_THAT(world_.TakeEnqueued(), Contains("cluster ns/c"));
  // Once: it is not tried more often for that if it does not get on.
  world_.network.faults().Fail("CheckCredentials",
                               absl::UnavailableError("away"));
  ASSERT_FALSE(world_.ReconcileCluster().ok());
  world_.TakeEnqueued();
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_THAT(world_.TakeEnqueued(), Not(Contains("cluster ns/c")));
}

TEST_F(MachineReconcilerTest, B11AStoppedMachineIsNotReady) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.compute.Stop(world_.MachineId("m"));
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Stopped");
  EXPECT_EQ(world_.EvrocMachine("m").At("status.state").String(), "Stopped");
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, IM10ErrorsDoNotTouchAMachineThatRuns) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  const int writes = world_.kube.WriteCount();
  world_.compute.faults().Fail("ApplyVirtualMachine",
                               absl::UnavailableError("away"));
  EXPECT_FALSE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(world_.kube.WriteCount(), writes);
  world_.compute.access().Refuse("the credential");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "False/CredentialsRefused");
  world_.compute.access().Accept("the credential");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("VMReady"), "True/Available");
}

TEST_F(MachineReconcilerTest, UserErrorsNameTheFieldAndClear) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.compute.faults().Fail(
      "ApplyVirtualMachine",
      InvalidField("virtual_machine.compute_profile", "\"x\" is not known"));
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/InvalidConfiguration");
  EXPECT_EQ(Message("Ready"), "spec.computeProfile: \"x\" is not known");
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("VMReady"), "True/Available");
}

TEST_F(MachineReconcilerTest, QuotaIsARareRetry) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.compute.faults().Fail(
      "ApplyVirtualMachine",
      MakeError(absl::StatusCode::kResourceExhausted, "not enough quota: cpu",
                {.reason = std::string(kQuotaExceeded)}));
  const ReconcileResult result = world_.ReconcileMachine("m");
  ASSERT_TRUE(result.ok());
  EXPECT_GE(std::get<RetryAfter>(*result).delay, absl::Minutes(1));
  EXPECT_EQ(Condition("VMReady"), "False/QuotaExceeded");
}

TEST_F(MachineReconcilerTest, APublicIpIsMadeBeforeTheMachine) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kEvrocMachineType, "m-infra",
                R"({"spec": {"networkingConfig": {"publicIP":
                     {"enabled": true}}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("PublicIPReady"), "False/WaitingForPublicIP");
  EXPECT_EQ(Applies(), 0);
  world_.network.GiveAddress(world_.MachineId("m"));
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("PublicIPReady"), "True/Available");
  EXPECT_EQ(world_.compute.Machine(world_.MachineId("m"))->public_ip_id(),
            world_.network.Address(world_.MachineId("m"))->id());
}

TEST_F(MachineReconcilerTest, InlineGroupsOfAMachineAreMadeWithTheNetwork) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kEvrocMachineType, "m-infra", R"({"spec": {"networkingConfig":
      {"securityGroups": {"existingIDs": ["theirs"], "inlineSecurityGroups":
        [{"name": "web", "rules": [{"name": "http", "direction": "ingress",
          "protocol": "tcp", "port": 80, "cidr": "0.0.0.0/0"}]}]}}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_THAT(Message("VMReady"), HasSubstr("\"web\" does not exist yet"));
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_THAT(world_.TakeEnqueued(), Contains("machine ns/m-infra"));
  world_.MakeMachine("m");
  const auto vm = world_.compute.Machine(world_.MachineId("m"));
  const auto& groups = vm->security_group_ids();
  EXPECT_THAT(groups, Contains("theirs"));
  EXPECT_THAT(groups, Contains(world_.network.Network(world_.ClusterId())
                                   ->security_group_ids()
                                   .additional()
                                   .at("web")));
}

TEST_F(MachineReconcilerTest, A10TheNodeIsWantedOnceTheMachineRuns) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  const auto wish = world_.nodes.WishOf({"ns", "m-infra"});
  ASSERT_TRUE(wish.has_value());
  EXPECT_EQ(wish->provider_id,
            world_.EvrocMachine("m").At("spec.providerID").String());
  EXPECT_EQ(wish->instance_type, "c1a.s");
  EXPECT_EQ(wish->region, "se-sto");
  EXPECT_EQ(wish->zone, ZoneOf("m"));
  EXPECT_EQ(Condition("NodeInitialized"), "Unknown/WaitingForNode");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, B23ExternalMeansHandsOff) {
  world_.Change(kEvrocClusterType, "c",
                R"({"spec": {"nodeInitialization": "external"}})");
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  EXPECT_FALSE(world_.nodes.WishOf({"ns", "m-infra"}).has_value());
  EXPECT_EQ(Condition("NodeInitialized"), "");
}

TEST_F(MachineReconcilerTest, PA04PauseHoldsEverything) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Change(kEvrocMachineType, "m-infra",
                R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": ""}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Paused"), "True/Paused");
  EXPECT_EQ(Applies(), 0);
  world_.Change(kEvrocMachineType, "m-infra",
                R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": null}}})");
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Paused"), "False/NotPaused");
  world_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  world_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(world_.compute.faults().calls("DeleteVirtualMachine"), 0);
  EXPECT_TRUE(world_.HasEvrocMachine("m"));
}

TEST_F(MachineReconcilerTest, IM14TheFinalizerGoesWhenTheCloudIsEmpty) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  const std::string id = world_.MachineId("m");
  world_.Delete(kEvrocMachineType, "m-infra");
  world_.Delete(kMachineType, "m");
  world_.Delete(kSecretType, "m-boot");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/Deleting");
  EXPECT_TRUE(world_.HasEvrocMachine("m"));
  world_.compute.FinishDeletion(id);
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_FALSE(world_.HasEvrocMachine("m"));
  EXPECT_EQ(world_.network.faults().calls("DeletePublicIp"), 1);
}

TEST_F(MachineReconcilerTest, A9AMissingClusterDoesNotHoldAMachine) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.Change(kEvrocClusterType, "c", R"({"metadata": {"finalizers": []}})");
  world_.Delete(kEvrocClusterType, "c");
  world_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_FALSE(world_.HasEvrocMachine("m"));
  EXPECT_THAT(world_.notices(), Contains("ClusterGone"));
}

TEST_F(MachineReconcilerTest, ACopyIsRefusedAndItsDeletionHarmsNobody) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.clock.Advance(absl::Seconds(5));
  world_.AddMachine("n", false);
  world_.Change(kEvrocMachineType, "n-infra",
                R"({"metadata": {"annotations": {"evroc.com/owner-id": ")" +
                    world_.MachineId("m") + R"(", "evroc.com/cluster-id": ")" +
                    world_.ClusterId() + R"("}, "finalizers":
              ["evrocmachine.infrastructure.cluster.x-k8s.io"]}})");
  ASSERT_TRUE(world_.ReconcileMachine("n").ok());
  EXPECT_EQ(Condition("VMReady", "n"), "False/Blocked");
  world_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(world_.ReconcileMachine("n").ok());
  EXPECT_FALSE(world_.HasEvrocMachine("n"));
  EXPECT_EQ(world_.compute.faults().calls("DeleteVirtualMachine"), 0);
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(MachineReconcilerTest, ALostOwnershipIdIsNotReplacedByANewOne) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.Change(
      kEvrocMachineType, "m-infra",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": null}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("VMReady"), "False/Blocked");
  EXPECT_EQ(world_.compute.MachineIds().size(), 1);
  world_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/OwnerIDLost");
}

TEST_F(MachineReconcilerTest, NothingIsMadeInAClusterThatIsBeingDeleted) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "False/ClusterDeleting");
  EXPECT_EQ(Applies(), 0);
}

TEST_F(MachineReconcilerTest, AnIpThatIsAddedLaterLeavesAMachineReady) {
  world_.MakeNetwork();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  world_.Change(kEvrocMachineType, "m-infra", R"({"spec":
      {"networkingConfig": {"publicIP": {"enabled": true}}}})");
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("PublicIPReady"), "False/Attaching");
}

TEST_F(MachineReconcilerTest, OneNameStandsForOneGroup) {
  world_.MakeNetwork();
  const auto add = [&](const std::string& name, const std::string& port) {
    world_.AddMachine(name, false);
    world_.Change(kEvrocMachineType, name + "-infra",
                  R"({"spec": {"networkingConfig": {"securityGroups":
                      {"inlineSecurityGroups": [{"name": "web", "rules":
                      [{"name": "r", "direction": "ingress", "protocol": "tcp",
                        "cidr": "0.0.0.0/0", "port": )" +
                      port + "}]}]}}}}");
    world_.clock.Advance(absl::Seconds(5));
  };
  add("m", "80");
  add("n", "81");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  ASSERT_TRUE(world_.ReconcileMachine("n").ok());
  EXPECT_EQ(Condition("VMReady", "n"), "False/InvalidConfiguration");
  EXPECT_EQ(TestingWorld::ConditionOf(world_.EvrocCluster(), "Ready"),
            "True/Ready");
}

TEST_F(MachineReconcilerTest, IC10MachinesOfAnExternalClusterAreOurs) {
  world_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"cluster.x-k8s.io/managed-by": "them"}}, "spec": {"securityGroups":
      {"common": {"existingIDs": ["theirs"]}}}})");
  world_.SetProvisioned();
  world_.AddMachine("m", false);
  world_.MakeMachine("m");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_THAT(
      world_.compute.Machine(world_.MachineId("m"))->security_group_ids(),
      Contains("theirs"));
  EXPECT_EQ(world_.network.faults().calls("ApplyClusterNetwork"), 0);
}

TEST_F(MachineReconcilerTest, A3OnePublicIpEndpointMovesToWhoStays) {
  world_.Change(kEvrocClusterType, "c",
                R"({"spec": {"controlPlaneConfig":
                     {"loadBalancer": {"enabled": false}}}})");
  world_.MakeNetwork();
  world_.AddMachine("m", true);
  world_.clock.Advance(absl::Seconds(5));
  world_.AddMachine("n", true);
  world_.MakeMachine("m");
  world_.MakeMachine("n");
  const auto address_of = [&](const std::string& machine) {
    EXPECT_TRUE(world_.ReconcileMachine(machine).ok());
    return world_.compute.Machine(world_.MachineId(machine))->public_ip_id();
  };
  EXPECT_THAT(address_of("m"), Not(IsEmpty()));
  EXPECT_THAT(address_of("n"), IsEmpty());
  world_.Change(kMachineType, "m", R"({"metadata": {"finalizers": ["x"]}})");
  world_.Delete(kMachineType, "m");
  EXPECT_THAT(address_of("m"), IsEmpty());
  EXPECT_THAT(address_of("n"), Not(IsEmpty()));
}

}  // namespace
}  // namespace evroc::shim
