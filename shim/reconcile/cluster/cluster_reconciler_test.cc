#include "shim/reconcile/cluster/cluster_reconciler.h"

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/testing/reconcile_fixture.h"

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
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "Ready");
  }
  std::string ReadyMessage() {
    return ReconcileFixture::MessageOf(fixture_.EvrocCluster(), "Ready");
  }
  // The annotation says `value` of the CSI driver's disks.
  void DeleteWithCsiDisks(const std::string& value) {
    fixture_.compute.SetInstant(true);
    fixture_.network.SetInstant(true);
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"metadata": {"annotations":
        {"evroccluster.infrastructure.cluster.x-k8s.io/delete-csi-disks": ")" +
                        value + R"("}}})");
    fixture_.Delete(kEvrocClusterType, "c");
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }

  ReconcileFixture fixture_;
};

TEST_F(ClusterReconcilerTest, MakesTheNetworkAndReportsIt) {
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready().substr(0, 6), "False/");
  fixture_.MakeNetwork();
  const Json cluster = fixture_.EvrocCluster();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_TRUE(cluster.At("status.initialization.provisioned").Bool());
  EXPECT_TRUE(cluster.At("status.ready").Bool());
  EXPECT_FALSE(cluster.At("spec.controlPlaneEndpoint.host").String().empty());
  EXPECT_EQ(cluster.At("spec.controlPlaneEndpoint.port").Integer(), 6443);
  EXPECT_EQ(cluster.At("status.failureDomains").Dump(),
            R"([{"name":"a","controlPlane":true},)"
            R"({"name":"b","controlPlane":true},)"
            R"({"name":"c","controlPlane":true}])");
  EXPECT_EQ(ReconcileFixture::ConditionOf(cluster, "Paused"),
            "False/NotPaused");
  EXPECT_THAT(fixture_.changes(), ElementsAre("NetworkReady"));
}

TEST_F(ClusterReconcilerTest, TheStackTypeIsTold) {
  const auto told = [&]() {
    fixture_.MakeNetwork();
    return std::string(
        fixture_.EvrocCluster().At("status.network.stackType").String());
  };
  EXPECT_EQ(told(), "dual-stack");
  // The official provider's, of a cluster that leaves it out.
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"network": {"stackType": "ipv4-only"}}})",
                  "status");
  EXPECT_EQ(told(), "ipv4-only");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"network": {"stackType": "dual-stack"}}})");
  EXPECT_EQ(told(), "dual-stack");
}

// The load balancer, which exists, does not reach it.
TEST_F(ClusterReconcilerTest, IC07AZoneThatIsAddedLaterIsForWorkers) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"failureDomains": ["a", "b"]}})");
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"failureDomains": ["a", "b", "c"]}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.EvrocCluster().At("status.failureDomains").Dump(),
            R"([{"name":"a","controlPlane":true},)"
            R"({"name":"b","controlPlane":true},)"
            R"({"name":"c","controlPlane":false}])");
}

TEST_F(ClusterReconcilerTest, IM20NothingIsWrittenWhenNothingChanges) {
  fixture_.MakeNetwork();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  const int writes = fixture_.kube.WriteCount();
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(std::holds_alternative<Done>(*result));
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
}

TEST_F(ClusterReconcilerTest, WatchEventsThatRepeatAnAnswerAddNoReconcile) {
  fixture_.MakeNetwork();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  const int changes = fixture_.cloud_changes();
  fixture_.network.streams().ResetAll();
  EXPECT_EQ(fixture_.cloud_changes(), changes);
  fixture_.network.FailNetwork(fixture_.ClusterId(), "SubnetsReady", "Gone",
                               "a subnet is gone");
  EXPECT_GT(fixture_.cloud_changes(), changes);
}

TEST_F(ClusterReconcilerTest, IC01WithoutAnOwnerNothingHappens) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"ownerReferences": null}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), 0);
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
}

TEST_F(ClusterReconcilerTest, IC12FinalizerAndIdComeBeforeTheFirstCreate) {
  fixture_.network.faults().Before("ApplyClusterNetwork", [&] {
    const Json cluster = fixture_.EvrocCluster();
    EXPECT_TRUE(DecodeMeta(cluster).HasFinalizer(kClusterFinalizer));
    EXPECT_EQ(fixture_.ClusterId().size(), 36);
  });
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  const std::string id = fixture_.ClusterId();
  // And come back when somebody takes them off.
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"finalizers": []}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(
      DecodeMeta(fixture_.EvrocCluster()).HasFinalizer(kClusterFinalizer));
  EXPECT_EQ(fixture_.ClusterId(), id);
}

TEST_F(ClusterReconcilerTest, IC04APresetEndpointSurvives) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"controlPlaneEndpoint": {"host": "api.example",
                                                      "port": 443}}})");
  fixture_.MakeNetwork();
  const Json cluster = fixture_.EvrocCluster();
  EXPECT_EQ(cluster.At("spec.controlPlaneEndpoint.host").String(),
            "api.example");
  const auto network = fixture_.network.Network(fixture_.ClusterId());
  EXPECT_EQ(network->control_plane_endpoint().ports(0).port(), 443);
  EXPECT_EQ(network->control_plane_endpoint().ports(0).target_port(), 6443);
}

// Who applies a manifest again that leaves the endpoint to the provider. The
// address that was recorded counts, whatever the cloud has by now.
TEST_F(ClusterReconcilerTest, IC03AnEndpointThatIsEmptiedIsWrittenBack) {
  fixture_.MakeNetwork();
  const std::string host = std::string(
      fixture_.EvrocCluster().At("spec.controlPlaneEndpoint.host").String());
  ASSERT_NE(host, "");
  for (const char* port : {"6443", "0"}) {
    fixture_.Change(
        kEvrocClusterType, "c",
        absl::StrCat(
            R"({"spec": {"controlPlaneEndpoint": {"host": "", "port": )", port,
            "}}}"));
    fixture_.network.faults().Fail("ApplyClusterNetwork",
                                   absl::UnavailableError("away"), 1);
    (void)fixture_.ReconcileCluster();
    const Json evroc = fixture_.EvrocCluster();
    EXPECT_EQ(evroc.At("spec.controlPlaneEndpoint.host").String(), host);
    EXPECT_EQ(evroc.At("spec.controlPlaneEndpoint.port").Integer(), 6443);
  }
}

TEST_F(ClusterReconcilerTest, IC09TransientErrorsLeaveReadyAsItWas) {
  fixture_.MakeNetwork();
  fixture_.network.faults().Fail("ApplyClusterNetwork",
                                 absl::UnavailableError("away"));
  const int writes = fixture_.kube.WriteCount();
  EXPECT_TRUE(absl::IsUnavailable(fixture_.ReconcileCluster().status()));
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, ThrottlingComesBackWhenToldTo) {
  fixture_.network.faults().Fail(
      "ApplyClusterNetwork",
      MakeError(absl::StatusCode::kResourceExhausted, "slow down",
                {.reason = std::string(kThrottled),
                 .retry_after = absl::Seconds(9)}));
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<RetryAfter>(*result).delay, absl::Seconds(9));
}

TEST_F(ClusterReconcilerTest, IC06ProvisionedIsNeverTakenBack) {
  fixture_.MakeNetwork();
  fixture_.network.FailNetwork(fixture_.ClusterId(), "SubnetsReady", "Broken",
                               "subnet net-a is gone");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_EQ(
      ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "SpecApplied"),
      "False/Broken");
  EXPECT_TRUE(
      fixture_.EvrocCluster().At("status.initialization.provisioned").Bool());
}

TEST_F(ClusterReconcilerTest, AMissingSecretIsSaidAndWaitedFor) {
  fixture_.Delete(kSecretType, "creds");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsMissing");
  EXPECT_THAT(ReadyMessage(), HasSubstr("Secret ns/creds"));
  // Nothing was begun, so nothing holds the object.
  EXPECT_THAT(DecodeMeta(fixture_.EvrocCluster()).finalizers, IsEmpty());
  fixture_.kube.AwaitWatches(1);
  fixture_.AddSecret("creds", "config", "repaired");
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, ASecretWithoutTheKeyIsSaid) {
  fixture_.Change(kSecretType, "creds", R"({"data": {"config": null}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsInvalid");
  EXPECT_THAT(ReadyMessage(), HasSubstr("key \"config\""));
}

TEST_F(ClusterReconcilerTest, RefusedCredentialsAreReadAgain) {
  fixture_.network.access().Refuse("the credential");
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(Ready(), "False/CredentialsRefused");
  EXPECT_THAT(ReadyMessage(), HasSubstr("Secret ns/creds"));
  EXPECT_EQ(std::get<RetryAfter>(*result).delay,
            ReconcileFixture::kRetryInterval);
  fixture_.Change(kSecretType, "creds", R"({"data": {"config": "bmV3"}})");
  fixture_.MakeNetwork();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_THAT(fixture_.changes(), Contains("CredentialsRefused"));
}

TEST_F(ClusterReconcilerTest, ABadSpecNamesItsField) {
  fixture_.network.faults().Fail(
      "ApplyClusterNetwork",
      InvalidField("cluster_network.subnets[0].ipv4_cidr_block", "overlaps"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/InvalidConfiguration");
  EXPECT_EQ(ReadyMessage(), "spec.network.subnets[0].cidrBlock: overlaps");
  EXPECT_EQ(
      ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "SubnetsReady"),
      "False/InvalidConfiguration");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready().substr(0, 6), "False/");
  EXPECT_NE(Ready(), "False/InvalidConfiguration");
}

TEST_F(ClusterReconcilerTest, PA01PauseStopsEverything) {
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "Paused"),
            "True/Paused");
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/paused": "false"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocCluster(), "Paused"),
              HasSubstr("annotation"));
}

TEST_F(ClusterReconcilerTest, PA04PauseHoldsTheDeletionToo) {
  fixture_.MakeNetwork();
  fixture_.Change(kClusterType, "c", R"({"spec": {"paused": true}})");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.network.faults().ResetCalls();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
  EXPECT_TRUE(fixture_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, IC10WhatSomebodyElseManagesIsLeftAlone) {
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "x"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), 0);
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
}

// It is refused by a policy, which somebody may not have.
TEST_F(ClusterReconcilerTest, WhatWasBegunIsNotGivenAway) {
  fixture_.network.SetInstant(true);
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "x"}}})");
  fixture_.network.faults().ResetCalls();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), 1);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

// Stripped of all that says so but the finalizer.
TEST_F(ClusterReconcilerTest, WhatHasOurFinalizerIsNotGivenAway) {
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c", R"({"status": null})", "status");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "x"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_NE(fixture_.EvrocCluster().At("status.conditions").size(), 0U)
      << "it is nobody else's";
}

// Stripped of all that says so but the status.
TEST_F(ClusterReconcilerTest, WhatWasBegunAndStrippedIsNotGivenAway) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"finalizers": null,
      "annotations": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations":
                     {"cluster.x-k8s.io/managed-by": "x"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), id);
  EXPECT_TRUE(
      DecodeMeta(fixture_.EvrocCluster()).HasFinalizer(kClusterFinalizer));
}

TEST_F(ClusterReconcilerTest, TheStatusSaysWhatIsInForce) {
  fixture_.MakeNetwork();
  Json evroc = fixture_.EvrocCluster();
  const std::string address(
      evroc.At("status.network.endpoint.publicIPID").String());
  EXPECT_FALSE(address.empty());
  EXPECT_TRUE(evroc.At("status.network.endpoint.owned").Bool());
  EXPECT_FALSE(evroc.At("status.project").String().empty());
  // Named in the spec it is still the cluster's.
  fixture_.Change(
      kEvrocClusterType, "c",
      absl::StrCat(R"({"spec": {"controlPlaneConfig": {"loadBalancer":
                      {"existingPublicIPID": ")",
                   address, "\"}}}}"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  evroc = fixture_.EvrocCluster();
  EXPECT_TRUE(evroc.At("status.network.endpoint.owned").Bool());
  EXPECT_EQ(evroc.At("status.network.endpoint.publicIPID").String(), address);
}

TEST_F(ClusterReconcilerTest, TheSecretIsHeldAsLongAsAClusterUsesIt) {
  fixture_.AddCluster("d");
  fixture_.network.SetInstant(true);
  ASSERT_TRUE(fixture_.ReconcileCluster("c").ok());
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.Delete(kSecretType, "creds");
  EXPECT_TRUE(fixture_.IsThere(kSecretType, "creds"));
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster("c").ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("c"));
  EXPECT_TRUE(fixture_.IsThere(kSecretType, "creds"));
  fixture_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_FALSE(fixture_.IsThere(kSecretType, "creds"));
}

TEST_F(ClusterReconcilerTest, A8TheFinalizerGoesWhenTheCloudIsEmpty) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/Deleting");
  EXPECT_THAT(ReadyMessage(), HasSubstr("waiting for"));
  EXPECT_TRUE(fixture_.network.Network(id).has_value());
  fixture_.network.FinishDeletion(id);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

// Its machines, of whose placement groups it is known, go first.
TEST_F(ClusterReconcilerTest, ADeletionTellsAllThatIsKnownOfTheCluster) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", false);
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"spec": {"placementConfig": {"strategy": "Spread"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  // Without the owner reference the label has the name.
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"ownerReferences": []}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  const auto known = fixture_.compute.last_cluster_deletion();
  EXPECT_TRUE(known.had_placement_groups);
  EXPECT_EQ(known.cluster_name, "c");
}

TEST_F(ClusterReconcilerTest, WithoutSpreadMachinesThereWereNoGroups) {
  fixture_.MakeNetwork();
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.compute.last_cluster_deletion().had_placement_groups);
}

// Its Secret was replaced by a kubeconfig, whose API shows no load balancers.
TEST_F(ClusterReconcilerTest, ADeletionWaitsForABalancerThatItCanNotSee) {
  fixture_.network.SetInstant(true);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  CloudRecord record = CloudRecordOf(DecodeMeta(fixture_.EvrocCluster()));
  common::v1::KnownObject& balancer = *record.add_objects();
  balancer.set_kind("LoadBalancer");
  balancer.set_id("lb");
  Json annotations = Json::Object();
  annotations.Set(kCloudAnnotation, EncodeCloudRecord(record));
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations", annotations);
  fixture_.Change(kEvrocClusterType, "c", patch.Dump());
  patch = Json::Object();
  patch.SetAt("status.annotations", annotations);
  fixture_.Change(kEvrocClusterType, "c", patch.Dump(), "status");
  fixture_.network.SetRest(false);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.last_deletion().load_balancer_id, "lb");
  EXPECT_TRUE(fixture_.HasEvrocCluster());
  EXPECT_THAT(ReadyMessage(), HasSubstr("LoadBalancer lb"));
}

// Each look costs lists of everything, for days maybe.
TEST_F(ClusterReconcilerTest, ADeletionThatWaitsForAPersonLooksEverMoreRarely) {
  fixture_.MakeNetwork();
  fixture_.network.workload().Leave("PublicIP", fixture_.ClusterId());
  fixture_.Delete(kEvrocClusterType, "c");
  const auto next = [&] {
    return std::get<RetryAfter>(*fixture_.ReconcileCluster()).delay;
  };
  EXPECT_EQ(next(), absl::Seconds(20));
  fixture_.clock.Advance(absl::Minutes(1));
  EXPECT_EQ(next(), absl::Minutes(1));
  fixture_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(next(), absl::Minutes(5));
  fixture_.network.workload().FinishDeletions();
  EXPECT_EQ(next(), absl::Seconds(20)) << "something is gone";
}

TEST_F(ClusterReconcilerTest, TheOwnershipIdIsKeptForProgramsInTheCluster) {
  constexpr char kOwnership[] =
      "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id";
  const auto ownership = [&] {
    return std::string(fixture_.EvrocCluster()
                           .At("metadata.annotations")[kOwnership]
                           .String());
  };
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  const std::string id = fixture_.ClusterId();
  EXPECT_EQ(ownership(), id);
  // Of a cluster that was claimed before there was this annotation, or changed.
  for (const char* value : {"null", "\"p\""}) {
    fixture_.Change(kEvrocClusterType, "c",
                    absl::StrCat(R"({"metadata": {"annotations": {")",
                                 kOwnership, "\": ", value, "}}}"));
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    EXPECT_EQ(ownership(), id);
  }
}

TEST_F(ClusterReconcilerTest, AnOwnershipIdThatIsThereIsKept) {
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"evroccluster.infrastructure.cluster.x-k8s.io/ownership-id":
       "65e2bb15-5dea-4db4-919c-ebe15a25751a"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), "65e2bb15-5dea-4db4-919c-ebe15a25751a");
}

TEST_F(ClusterReconcilerTest, ACopysOwnershipIdIsNotKept) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.AddCluster("d");
  fixture_.Change(kEvrocClusterType, "d",
                  absl::StrCat(R"({"metadata": {"annotations":
      {"evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": ")",
                               id, "\"}}}"));
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_EQ(fixture_.ClusterId("d").size(), 36);
  EXPECT_NE(fixture_.ClusterId("d"), id);
}

// Somebody has written an id of their own: others may be labelled with it.
TEST_F(ClusterReconcilerTest, NothingIsDeletedByAnIdThatIsNoUuid) {
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": "x"}}})");
  fixture_.MakeNetwork();
  fixture_.compute.workload().Leave("Disk", "x");
  fixture_.compute.workload().Leave("HotswapDiskAttachment", "x");
  fixture_.network.workload().Leave("PublicIP", "x");
  DeleteWithCsiDisks("true");
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_TRUE(fixture_.compute.workload().Has("Disk", "x"));
  EXPECT_TRUE(fixture_.network.workload().Has("PublicIP", "x"));
}

TEST_F(ClusterReconcilerTest, WhatProgramsInTheClusterMadeGoesWithIt) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.compute.workload().Leave("Disk", id);
  fixture_.compute.workload().Leave("HotswapDiskAttachment", id);
  fixture_.network.workload().Leave("PublicIP", id);
  fixture_.network.workload().Leave("PublicIP", "other");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(ReadyMessage(), HasSubstr("HotswapDiskAttachment"));
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
  fixture_.compute.workload().FinishDeletions();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(ReadyMessage(), HasSubstr("PublicIP"));
  fixture_.network.workload().FinishDeletions();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.network.FinishDeletion(id);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteClusterVirtualMachines"), 3)
      << "until they are gone, and at the end";
  EXPECT_TRUE(fixture_.compute.workload().Has("Disk", id)) << "it holds data";
  EXPECT_TRUE(fixture_.network.workload().Has("PublicIP", "other"));
}

TEST_F(ClusterReconcilerTest, TheDisksOfTheCsiDriverGoOnlyIfAskedFor) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.compute.workload().Leave("Disk", id);
  fixture_.compute.workload().Leave("HotswapDiskAttachment", id);
  DeleteWithCsiDisks("true");
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_FALSE(fixture_.compute.workload().Has("Disk", id));
}

TEST_F(ClusterReconcilerTest, NoOtherWordDeletesTheDisksOfTheCsiDriver) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.compute.workload().Leave("Disk", id);
  DeleteWithCsiDisks("false");
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_TRUE(fixture_.compute.workload().Has("Disk", id)) << "it holds data";
}

TEST_F(ClusterReconcilerTest, TheCloudsProgramsGetTheirConfiguration) {
  const auto condition = [&] {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(),
                                         "CloudConfigReady");
  };
  fixture_.MakeNetwork();
  EXPECT_EQ(condition(), "");
  fixture_.Change(kEvrocClusterType, "c", R"({"spec": {"cloudConfig":
      {"configMapName": "config", "ccmServiceAccountID": "ccm-agent",
       "csiServiceAccountID": "csi-agent"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(condition(), "False/InvalidConfiguration") << "no organisation";
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"cloudConfig": {"organization": "org"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(condition(), "False/ConfigMapNotFound");
  Json map = Json::Object({{"apiVersion", "v1"}, {"kind", "ConfigMap"}});
  map.SetAt("metadata.namespace", "ns");
  map.SetAt("metadata.name", "config");
  fixture_.kube.Add(kConfigMapType, map);
  const ReconcileResult result = fixture_.ReconcileCluster();
  EXPECT_EQ(condition(), "False/ConfigMapNotLabelled");
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(*result));
  Json labels = Json::Object();
  labels.Set("infrastructure.cluster.x-k8s.io/evroc-cloud-config", "d");
  Json other = Json::Object();
  other.SetAt("metadata.labels", labels);
  fixture_.kube.Change(kConfigMapType, {"ns", "config"}, other);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(condition(), "False/ConfigMapNotLabelled") << "another cluster's";
  labels.Set("infrastructure.cluster.x-k8s.io/evroc-cloud-config", "c");
  Json patch = Json::Object();
  patch.SetAt("metadata.labels", std::move(labels));
  fixture_.kube.Change(kConfigMapType, {"ns", "config"}, patch);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(condition(), "True/Available");
  const auto written = fixture_.kube.Find(kConfigMapType, {"ns", "config"});
  EXPECT_THAT(
      std::string((*written)["data"]["evroc-cloud-config.yaml"].String()),
      HasSubstr(fixture_.ClusterId()));
  const int writes = fixture_.kube.WriteCount();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.kube.WriteCount(), writes);
}

TEST_F(ClusterReconcilerTest, IC13TheNetworkWaitsForTheMachines) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", true);
  fixture_.MakeMachine("m");
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.network.faults().ResetCalls();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_EQ(Ready(), "False/WaitingForMachines");
  EXPECT_THAT(ReadyMessage(), HasSubstr("m-infra"));
}

TEST_F(ClusterReconcilerTest, WhatWasNeverBegunIsDeletedWithoutTheCloud) {
  fixture_.Delete(kSecretType, "creds");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"ownerReferences": null, "finalizers":
                     ["evroccluster.infrastructure.cluster.x-k8s.io"]}})");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_EQ(fixture_.network.faults().calls(), 0);
}

TEST_F(ClusterReconcilerTest, DeletionWithoutCredentialsSaysSoAndWaits) {
  fixture_.MakeNetwork();
  fixture_.Change(kSecretType, "creds", R"({"metadata": {"finalizers": []}})");
  fixture_.Delete(kSecretType, "creds");
  fixture_.clock.Advance(absl::Minutes(11));  // what was kept is too old
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/CredentialsMissing");
  EXPECT_TRUE(fixture_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, ACrashAfterTheSecretWentFindsTheWay) {
  fixture_.MakeNetwork();
  fixture_.network.SetInstant(true);
  fixture_.Delete(kSecretType, "creds");  // goes as soon as nobody holds it
  fixture_.Delete(kEvrocClusterType, "c");
  fixture_.kube.FailNext("patch", "evrocclusters",
                         absl::UnavailableError("crash"));
  EXPECT_FALSE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.IsThere(kSecretType, "creds"));
  fixture_.clock.Advance(absl::Minutes(11));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, D4AControlPlaneMachineIsABackendAsSoonAsItRuns) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("m", true);
  fixture_.AddMachine("w", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  fixture_.MakeMachine("w");
  const auto backends = [&] {
    EXPECT_TRUE(fixture_.ReconcileCluster().ok());
    const auto network = fixture_.network.Network(fixture_.ClusterId());
    const auto& ids = network->control_plane_endpoint().member_ids();
    return std::vector<std::string>(ids.begin(), ids.end());
  };
  EXPECT_THAT(backends(), IsEmpty());
  fixture_.compute.Run(fixture_.MachineId("m"));
  const std::string vm =
      fixture_.compute.Machine(fixture_.MachineId("m"))->id();
  EXPECT_THAT(backends(), ElementsAre(vm));
  // It goes when its Machine starts to delete, while the VM still runs.
  fixture_.Change(kMachineType, "m", R"({"metadata": {"finalizers": ["x"]}})");
  fixture_.Delete(kMachineType, "m");
  EXPECT_THAT(backends(), IsEmpty());
}

TEST_F(ClusterReconcilerTest, ACopyIsRefusedAndItsDeletionHarmsNobody) {
  fixture_.MakeNetwork();
  fixture_.clock.Advance(absl::Seconds(5));
  fixture_.AddCluster("d");
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"metadata": {"annotations": {"evroc.com/owner-id": ")" +
                      fixture_.ClusterId() + R"("}, "finalizers":
              ["evroccluster.infrastructure.cluster.x-k8s.io"]}})");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster("d"), "Ready"),
            "False/Blocked");
  ASSERT_TRUE(fixture_.ReconcileCluster("c").ok());
  EXPECT_EQ(Ready(), "True/Ready");
  fixture_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
}

TEST_F(ClusterReconcilerTest, ALostOwnerIdIsPutBackFromItsOtherName) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/owner-id": null}}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), id);
  EXPECT_FALSE(fixture_.EvrocCluster()
                   .At("metadata.annotations")["evroc.com/resource-prefix"]
                   .exists())
      << "what it has in the cloud keeps its names";
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_EQ(fixture_.network.Network(id)->owner().resource_prefix(), "");
}

TEST_F(ClusterReconcilerTest, ALostOwnershipIdIsNotReplacedByANewOne) {
  fixture_.MakeNetwork();
  const std::string id = fixture_.ClusterId();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": {"evroc.com/owner-id": null,
      "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": null}}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_EQ(
      ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), "SpecApplied"),
      "False/Blocked");
  EXPECT_EQ(fixture_.ClusterId(), "");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "False/OwnerIDLost");
  EXPECT_TRUE(fixture_.network.Network(id).has_value());
}

TEST_F(ClusterReconcilerTest, WithoutIdAndOwnerARecordedPartHoldsTheDeletion) {
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": null,
                                   "ownerReferences": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.HasEvrocCluster());
  EXPECT_EQ(Ready(), "False/OwnerIDLost");
}

TEST_F(ClusterReconcilerTest, WithoutIdAndOwnerEachRecordHoldsTheDeletion) {
  const std::string records[] = {
      R"({"initialization": {"provisioned": true}})",
      R"({"network": {"vpcId": "v"}})",
      R"({"network": {"endpoint": {"publicIPID": "i"}}})",
      R"({"network": {"endpoint": {"loadBalancerID": "b"}}})", "{}"};
  int made = 0;
  for (const std::string& record : records) {
    const std::string name = absl::StrCat("d", made++);
    fixture_.AddCluster(name);
    fixture_.Change(kEvrocClusterType, name,
                    R"({"metadata": {"ownerReferences": null, "finalizers":
                       ["evroccluster.infrastructure.cluster.x-k8s.io"]}})");
    fixture_.Change(kEvrocClusterType, name,
                    absl::StrCat(R"({"status": )", record, "}"), "status");
    fixture_.Delete(kEvrocClusterType, name);
    ASSERT_TRUE(fixture_.ReconcileCluster(name).ok());
    EXPECT_EQ(fixture_.HasEvrocCluster(name), record != "{}") << record;
  }
}

TEST_F(ClusterReconcilerTest, MV06WhatWasMovedAwayIsNotTornDown) {
  fixture_.MakeNetwork();
  fixture_.Delete(kEvrocClusterType, "c");
  // The store has not heard yet that the move is through with it.
  fixture_.kube.RunBefore("get", "evrocclusters", [&] {
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"metadata": {"finalizers": []}})");
  });
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_EQ(fixture_.compute.faults().calls("DeleteClusterVirtualMachines"), 0);
}

TEST_F(ClusterReconcilerTest, MV06ADeletionForAMoveIsAPause) {
  fixture_.MakeNetwork();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"clusterctl.cluster.x-k8s.io/delete-for-move": ""}}})");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_TRUE(fixture_.HasEvrocCluster());
}

TEST_F(ClusterReconcilerTest, IC09APartThatIsRepairedDoesNotTakeReadyAway) {
  fixture_.MakeNetwork();
  fixture_.network.ChangeNetwork(
      fixture_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_PROVISIONING);
      });
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, B4AGroupThatMachinesHaveIsLookedAtAgain) {
  fixture_.MakeNetwork();
  fixture_.network.ChangeNetwork(
      fixture_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_PROVISIONING);
        for (common::v1::Condition& condition : *network.mutable_conditions()) {
          if (condition.type() != "SecurityGroupsReady") continue;
          condition.set_status(common::v1::Condition::STATUS_FALSE);
          condition.set_reason("Releasing");
        }
      });
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(*result));
  EXPECT_EQ(Ready(), "True/Ready");
}

TEST_F(ClusterReconcilerTest, WhatTheSpecRefersToIsLookedForAgain) {
  fixture_.MakeNetwork();
  fixture_.network.ChangeNetwork(
      fixture_.ClusterId(), [](network::v1::ClusterNetwork& network) {
        network.set_state(network::v1::ClusterNetwork::STATE_FAILED);
      });
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_TRUE(std::holds_alternative<RetryAfter>(*result));
  EXPECT_EQ(std::get<RetryAfter>(*result).delay,
            ReconcileFixture::kReferenceInterval);
}

TEST_F(ClusterReconcilerTest, ABadSecretIsWaitedForAndNotReadInALoop) {
  fixture_.Change(kSecretType, "creds", R"({"data": {"config": null}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.kube.AwaitWatches(1);
  EXPECT_THAT(fixture_.TakeEnqueued(), IsEmpty());
  fixture_.Change(kSecretType, "creds", R"({"data": {"config": "bmV3"}})");
  while (!fixture_.TakeEnqueued().contains("cluster ns/c")) {
    std::this_thread::yield();
  }
}

TEST_F(ClusterReconcilerTest, ASecretThatIsNoLongerNamedIsNotWatched) {
  fixture_.MakeNetwork();
  fixture_.AddSecret("other", "config", "another credential");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"identitySecretName": "other"}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.Delete(kSecretType, "creds");
  EXPECT_FALSE(fixture_.IsThere(kSecretType, "creds"));
  fixture_.Delete(kSecretType, "other");
  EXPECT_TRUE(fixture_.IsThere(kSecretType, "other"));
}

TEST_F(ClusterReconcilerTest, ALostUpdateIsReadAgain) {
  fixture_.kube.RunBefore("patch", "evrocclusters", [&] {
    fixture_.Change(kEvrocClusterType, "c",
                    R"({"metadata": {"labels": {"new": "label"}}})");
  });
  EXPECT_TRUE(absl::IsAborted(fixture_.ReconcileCluster().status()));
  fixture_.MakeNetwork();
  EXPECT_EQ(fixture_.EvrocCluster()["metadata"]["labels"]["new"].String(),
            "label");
}

TEST_F(ClusterReconcilerTest, TheKcpDialectHasOneAddressAndNoZones) {
  fixture_.network.SetRest(false);
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"spec": {"failureDomains": null}})");
  fixture_.MakeNetwork();
  const Json cluster = fixture_.EvrocCluster();
  EXPECT_EQ(Ready(), "True/Ready");
  EXPECT_FALSE(cluster.At("status.failureDomains").exists());
  EXPECT_EQ(cluster.At("status.network.endpoint.type").String(), "PublicIP");
}

}  // namespace
}  // namespace evroc::shim
