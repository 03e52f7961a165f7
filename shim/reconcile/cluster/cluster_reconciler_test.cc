#include "shim/reconcile/cluster/cluster_reconciler.h"

#include <string>
#include <thread>

#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/testing_world.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using NetworkState = network::v1::ClusterNetwork;

class ClusterReconcilerTest : public ::testing::Test {
 protected:
  std::string Ready() {
    return TestingWorld::ConditionOf(world_.EvrocCluster(), "Ready");
  }
  std::string ReadyMessage() {
    return TestingWorld::MessageOf(world_.EvrocCluster(), "Ready");
  }

  TestingWorld world_;
};

TEST_F(ClusterReconcilerTest, MakesTheNetworkAndReportsIt) {
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready().substr(0, 6), "False/");
  world_.MakeNetwork();
  const Json cluster = world_.EvrocCluster();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(cluster.At("status.initialization.provisioned").Bool());
  EXPECT_TRUE(cluster.At("status.ready").Bool());
  EXPECT_FALSE(cluster.At("spec.controlPlaneEndpoint.host").String().empty());
  EXPECT_EQ(cluster.At("spec.controlPlaneEndpoint.port").Integer(), 6443);
  EXPECT_EQ(cluster.At("status.failureDomains").Dump(),
            R"([{"name":"a","controlPlane":true},)"
            R"({"name":"b","controlPlane":true},)"
            R"({"name":"c","controlPlane":true}])");
  EXPECT_EQ(TestingWorld::ConditionOf(cluster, "Paused"), "False/NotPaused");
  EXPECT_THAT(world_.notices(), ElementsAre("NetworkReady"));
}

TEST_F(ClusterReconcilerTest, IM20NothingIsWrittenWhenNothingChanges) {
  world_.MakeNetwork();
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  const int writes = world_.kube.WriteCount();
  const ReconcileResult result = world_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(std::holds_alternative<Done>(*result));
  EXPECT_EQ(world_.kube.WriteCount(), writes);
}

TEST_F(ClusterReconcilerTest, IC01WithoutAnOwnerNothingHappens) {
  world_.Change(kEvrocClusterType, "c",
                R"({"metadata": {"ownerReferences": null}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.kube.WriteCount(), 0);
  EXPECT_EQ(world_.network.faults().calls(), 0);
}

TEST_F(ClusterReconcilerTest, IC12FinalizerAndIdComeBeforeTheFirstCreate) {
  world_.network.faults().Before("ApplyClusterNetwork", [&] {
    const Json cluster = world_.EvrocCluster();
    EXPECT_TRUE(DecodeMeta(cluster).HasFinalizer(kClusterFinalizer));
    EXPECT_EQ(world_.ClusterId().size(), 36);
  });
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  const std::string id = world_.ClusterId();
  // And come back when somebody takes them off.
  world_.Change(kEvrocClusterType, "c", R"({"metadata": {"finalizers": []}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_TRUE(
      DecodeMeta(world_.EvrocCluster()).HasFinalizer(kClusterFinalizer));
  EXPECT_EQ(world_.ClusterId(), id);
}

TEST_F(ClusterReconcilerTest, IC04APresetEndpointSurvives) {
  world_.Change(kEvrocClusterType, "c",
                R"({"spec": {"controlPlaneEndpoint": {"host": "api.example",
                                                      "port": 443}}})");
  world_.MakeNetwork();
  const Json cluster = world_.EvrocCluster();
  EXPECT_EQ(cluster.At("spec.controlPlaneEndpoint.host").String(),
            "api.example");
  const auto network = world_.network.Network(world_.ClusterId());
  EXPECT_EQ(network->control_plane_endpoint().ports(0).port(), 443);
  EXPECT_EQ(network->control_plane_endpoint().ports(0).target_port(), 6443);
}

TEST_F(ClusterReconcilerTest, IC09TransientErrorsLeaveReadyAsItWas) {
  world_.MakeNetwork();
  world_.network.faults().Fail("ApplyClusterNetwork",
                               absl::UnavailableError("away"));
  const int writes = world_.kube.WriteCount();
  EXPECT_TRUE(absl::IsUnavailable(world_.ReconcileCluster().status()));
  EXPECT_EQ(world_.kube.WriteCount(), writes);
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, ThrottlingComesBackWhenToldTo) {
  world_.network.faults().Fail(
      "ApplyClusterNetwork",
      MakeError(absl::StatusCode::kResourceExhausted, "slow down",
                {.reason = std::string(kThrottled),
                 .retry_after = absl::Seconds(9)}));
  const ReconcileResult result = world_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<RetryAfter>(*result).delay, absl::Seconds(9));
}

TEST_F(ClusterReconcilerTest, IC06ProvisionedIsNeverTakenBack) {
  world_.MakeNetwork();
  world_.network.FailNetwork(world_.ClusterId(), "SubnetsReady", "Broken",
                             "subnet net-a is gone");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Broken");
  EXPECT_EQ(ReadyMessage(), "subnet net-a is gone");
  EXPECT_TRUE(
      world_.EvrocCluster().At("status.initialization.provisioned").Bool());
}

TEST_F(ClusterReconcilerTest, AMissingSecretIsSaidAndWaitedFor) {
  world_.Delete(kSecretType, "creds");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsMissing");
  EXPECT_THAT(ReadyMessage(), HasSubstr("Secret ns/creds"));
  // Nothing was begun, so nothing holds the object.
  EXPECT_THAT(DecodeMeta(world_.EvrocCluster()).finalizers, IsEmpty());
  world_.kube.AwaitWatches(1);
  world_.AddSecret("creds", "config", "mended");
  world_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, ASecretWithoutTheKeyIsSaid) {
  world_.Change(kSecretType, "creds", R"({"data": {"config": null}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsInvalid");
  EXPECT_THAT(ReadyMessage(), HasSubstr("key \"config\""));
}

TEST_F(ClusterReconcilerTest, RefusedCredentialsAreReadAgain) {
  world_.network.access().Refuse("the credential");
  const ReconcileResult result = world_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(Ready(), "False/CredentialsRefused");
  EXPECT_THAT(ReadyMessage(), HasSubstr("Secret ns/creds"));
  EXPECT_GE(std::get<RetryAfter>(*result).delay, absl::Minutes(1));
  world_.Change(kSecretType, "creds", R"({"data": {"config": "bmV3"}})");
  world_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_THAT(world_.notices(), Contains("CredentialsRefused"));
}

TEST_F(ClusterReconcilerTest, ABadSpecNamesItsField) {
  world_.network.faults().Fail(
      "ApplyClusterNetwork",
      InvalidField("cluster_network.subnets[0].ipv4_cidr_block", "overlaps"));
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/InvalidConfiguration");
  EXPECT_EQ(ReadyMessage(), "spec.network.subnets[0].cidrBlock: overlaps");
  EXPECT_EQ(TestingWorld::ConditionOf(world_.EvrocCluster(), "SubnetsReady"),
            "False/InvalidConfiguration");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready().substr(0, 6), "False/");
  EXPECT_NE(Ready(), "False/InvalidConfiguration");
}

TEST_F(ClusterReconcilerTest, PA01PauseStopsEverything) {
  world_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls(), 0);
  EXPECT_EQ(TestingWorld::ConditionOf(world_.EvrocCluster(), "Paused"),
            "True/Paused");
  world_.Change(kClusterType, "c", R"({"spec": {"paused": null}})");
  world_.Change(kEvrocClusterType, "c",
                R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": "false"}}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls(), 0);
  EXPECT_THAT(TestingWorld::MessageOf(world_.EvrocCluster(), "Paused"),
              HasSubstr("annotation"));
}

TEST_F(ClusterReconcilerTest, PA04PauseHoldsTheDeletionToo) {
  world_.MakeNetwork();
  world_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  world_.Delete(kEvrocClusterType, "c");
  world_.network.faults().ResetCalls();
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls(), 0);
  EXPECT_TRUE(world_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, IC10WhatSomebodyElseManagesIsLeftAlone) {
  world_.Change(kEvrocClusterType, "c",
                R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "x"}}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.kube.WriteCount(), 0);
  EXPECT_EQ(world_.network.faults().calls(), 0);
}

TEST_F(ClusterReconcilerTest, TheSecretIsHeldAsLongAsAClusterUsesIt) {
  world_.AddCluster("d");
  world_.network.SetInstant(true);
  ASSERT_TRUE(world_.ReconcileCluster("c").ok());
  ASSERT_TRUE(world_.ReconcileCluster("d").ok());
  world_.Delete(kSecretType, "creds");
  EXPECT_TRUE(world_.IsThere(kSecretType, "creds"));
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster("c").ok());
  EXPECT_FALSE(world_.HasEvrocCluster("c"));
  EXPECT_TRUE(world_.IsThere(kSecretType, "creds"));
  world_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(world_.ReconcileCluster("d").ok());
  EXPECT_FALSE(world_.HasEvrocCluster("d"));
  EXPECT_FALSE(world_.IsThere(kSecretType, "creds"));
}

TEST_F(ClusterReconcilerTest, A8TheFinalizerGoesWhenTheCloudIsEmpty) {
  world_.MakeNetwork();
  const std::string id = world_.ClusterId();
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Deleting");
  EXPECT_THAT(ReadyMessage(), HasSubstr("waiting for"));
  EXPECT_TRUE(world_.network.Network(id).has_value());
  world_.network.FinishDeletion(id);
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_FALSE(world_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, IC13TheNetworkWaitsForTheMachines) {
  world_.MakeNetwork();
  world_.AddMachine("m", true);
  world_.MakeMachine("m");
  world_.Delete(kEvrocClusterType, "c");
  world_.network.faults().ResetCalls();
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_EQ(Ready(), "False/WaitingForMachines");
  EXPECT_THAT(ReadyMessage(), HasSubstr("m-infra"));
}

TEST_F(ClusterReconcilerTest, WhatWasNeverBegunIsDeletedWithoutTheCloud) {
  world_.Delete(kSecretType, "creds");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  world_.Change(kEvrocClusterType, "c",
                R"({"metadata": {"ownerReferences": null, "finalizers":
                     ["evroccluster.infrastructure.cluster.x-k8s.io"]}})");
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_FALSE(world_.HasEvrocCluster());
  EXPECT_EQ(world_.network.faults().calls(), 0);
}

TEST_F(ClusterReconcilerTest, DeletionWithoutCredentialsSaysSoAndWaits) {
  world_.MakeNetwork();
  world_.Change(kSecretType, "creds", R"({"metadata": {"finalizers": []}})");
  world_.Delete(kSecretType, "creds");
  world_.clock.Advance(absl::Minutes(11));  // what was kept is too old
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsMissing");
  EXPECT_TRUE(world_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, ACrashAfterTheSecretWentFindsTheWay) {
  world_.MakeNetwork();
  world_.network.SetInstant(true);
  world_.Delete(kSecretType, "creds");  // goes as soon as nobody holds it
  world_.Delete(kEvrocClusterType, "c");
  world_.kube.FailNext("patch", "evrocclusters",
                       absl::UnavailableError("crash"));
  EXPECT_FALSE(world_.ReconcileCluster().ok());
  EXPECT_FALSE(world_.IsThere(kSecretType, "creds"));
  world_.clock.Advance(absl::Minutes(11));
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_FALSE(world_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, D4AControlPlaneMachineIsAMemberAsSoonAsItRuns) {
  world_.MakeNetwork();
  world_.AddMachine("m", true);
  world_.AddMachine("w", false);
  ASSERT_TRUE(world_.ReconcileMachine("m").ok());
  world_.MakeMachine("w");
  const auto members = [&] {
    EXPECT_TRUE(world_.ReconcileCluster().ok());
    const auto network = world_.network.Network(world_.ClusterId());
    const auto& ids = network->control_plane_endpoint().member_ids();
    return std::vector<std::string>(ids.begin(), ids.end());
  };
  EXPECT_THAT(members(), IsEmpty());
  world_.compute.Run(world_.MachineId("m"));
  const std::string vm = world_.compute.Machine(world_.MachineId("m"))->id();
  EXPECT_THAT(members(), ElementsAre(vm));
  // It goes when its Machine starts to delete, while the VM still runs.
  world_.Change(kMachineType, "m", R"({"metadata": {"finalizers": ["x"]}})");
  world_.Delete(kMachineType, "m");
  EXPECT_THAT(members(), IsEmpty());
}

TEST_F(ClusterReconcilerTest, ACopyIsRefusedAndItsDeletionHarmsNobody) {
  world_.MakeNetwork();
  world_.clock.Advance(absl::Seconds(5));
  world_.AddCluster("d");
  world_.Change(kEvrocClusterType, "d",
                R"({"metadata": {"annotations": {"evroc.com/owner-id": ")" +
                    world_.ClusterId() + R"("}, "finalizers":
              ["evroccluster.infrastructure.cluster.x-k8s.io"]}})");
  ASSERT_TRUE(world_.ReconcileCluster("d").ok());
  EXPECT_EQ(TestingWorld::ConditionOf(world_.EvrocCluster("d"), "Ready"),
            "False/Blocked");
  ASSERT_TRUE(world_.ReconcileCluster("c").ok());
  EXPECT_EQ(Ready(), "True/Ready");
  world_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(world_.ReconcileCluster("d").ok());
  EXPECT_FALSE(world_.HasEvrocCluster("d"));
  EXPECT_EQ(world_.network.faults().calls("DeleteClusterNetwork"), 0);
}

TEST_F(ClusterReconcilerTest, ALostOwnershipIdIsNotReplacedByANewOne) {
  world_.MakeNetwork();
  const std::string id = world_.ClusterId();
  world_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": null}}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Blocked");
  EXPECT_EQ(world_.ClusterId(), "");
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/OwnerIDLost");
  EXPECT_TRUE(world_.network.Network(id).has_value());
}

TEST_F(ClusterReconcilerTest, MV06WhatWasMovedAwayIsNotTornDown) {
  world_.MakeNetwork();
  world_.Delete(kEvrocClusterType, "c");
  // The store has not heard yet that the move is through with it.
  world_.kube.RunBefore("get", "evrocclusters", [&] {
    world_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  });
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_EQ(world_.compute.faults().calls("DeleteVirtualMachine"), 0);
}

TEST_F(ClusterReconcilerTest, MV06ADeletionForAMoveIsAPause) {
  world_.MakeNetwork();
  world_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"clusterctl.cluster.x-k8s.io/delete-for-move": ""}}})");
  world_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(world_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_TRUE(world_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, IC09APartThatIsMendedDoesNotTakeReadyAway) {
  world_.MakeNetwork();
  world_.network.ChangeNetwork(
      world_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_PROVISIONING);
      });
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, B4AGroupThatMachinesHaveIsLookedAtAgain) {
  world_.MakeNetwork();
  world_.network.ChangeNetwork(
      world_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_PROVISIONING);
        for (common::v1::Condition& condition : *network.mutable_conditions()) {
          if (condition.type() != "SecurityGroupsReady") continue;
          condition.set_status(common::v1::Condition::STATUS_FALSE);
          condition.set_reason("Releasing");
        }
      });
  const ReconcileResult result = world_.ReconcileCluster();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(*result));
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, ABadSecretIsWaitedForAndNotReadInALoop) {
  world_.Change(kSecretType, "creds", R"({"data": {"config": null}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  world_.kube.AwaitWatches(1);
  EXPECT_THAT(world_.TakeEnqueued(), IsEmpty());
  world_.Change(kSecretType, "creds", R"({"data": {"config": "bmV3"}})");
  while (!world_.TakeEnqueued().contains("cluster ns/c")) {
    std::this_thread::yield();
  }
}

TEST_F(ClusterReconcilerTest, ASecretThatIsNoLongerNamedIsLetGo) {
  world_.MakeNetwork();
  world_.AddSecret("other", "config", "another credential");
  world_.Change(kEvrocClusterType, "c",
                R"({"spec": {"identitySecretName": "other"}})");
  ASSERT_TRUE(world_.ReconcileCluster().ok());
  world_.Delete(kSecretType, "creds");
  EXPECT_FALSE(world_.IsThere(kSecretType, "creds"));
  world_.Delete(kSecretType, "other");
  EXPECT_TRUE(world_.IsThere(kSecretType, "other"));
}

TEST_F(ClusterReconcilerTest, ALostUpdateIsReadAgain) {
  world_.kube.RunBefore("patch", "evrocclusters", [&] {
    world_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"labels": {"new": "label"}}})");
  });
  EXPECT_TRUE(absl::IsAborted(world_.ReconcileCluster().status()));
  world_.MakeNetwork();
  EXPECT_EQ(world_.EvrocCluster()["metadata"]["labels"]["new"].String(),
            "label");
}

TEST_F(ClusterReconcilerTest, TheKcpDialectHasOneAddressAndNoZones) {
  world_.network.SetRest(false);
  world_.Change(kEvrocClusterType, "c",
                R"({"spec": {"failureDomains": null}})");
  world_.MakeNetwork();
  const Json cluster = world_.EvrocCluster();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_FALSE(cluster.At("status.failureDomains").exists());
  EXPECT_EQ(cluster.At("status.network.endpoint.type").String(), "PublicIP");
}

}  // namespace
}  // namespace evroc::shim
