// Clusters and machines that have the owner id of another object: a manifest
// that was copied with its annotations, an original that was restored.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class CopiesTest : public ::testing::Test {
 protected:
  // The object as its manifest says it.
  static Json ManifestOf(Json object) {
    object.MergePatch(Json::Parse(R"({"status": null, "metadata": {
        "uid": null, "resourceVersion": null, "creationTimestamp": null,
        "generation": null}})")
                          .value());
    return object;
  }
  // Gives it what a copy of the manifest has of another one's metadata.
  void CopyMetadata(const ResourceType& type, const Json& from,
                    const std::string& to) {
    Json patch = Json::Object();
    for (const char* part : {"metadata.annotations", "metadata.finalizers"}) {
      patch.SetAt(part, Json(from.At(part)));
    }
    fixture_.Change(type, to, patch.Dump());
  }
  // Gives the EvrocCluster "d" all that "c" has, as a backup with the status.
  void CopyWithStatusToD() {
    const Json original = fixture_.EvrocCluster();
    CopyMetadata(kEvrocClusterType, original, "d");
    Json status = Json::Object();
    status.Set("status", Json(original["status"]));
    fixture_.Change(kEvrocClusterType, "d", status.Dump(), "status");
  }
  // Makes the cluster "c" again, which is then younger than "d".
  void MakeYoungerThanD() {
    fixture_.AddCluster("d");
    fixture_.clock.Advance(absl::Seconds(5));
    fixture_.Delete(kEvrocClusterType, "c");
    fixture_.Delete(kClusterType, "c");
    fixture_.AddCluster("c");
    fixture_.MakeNetwork();
  }
  // Copies the cluster "c", with its Cluster, into a namespace.
  void CopyClusterTo(const std::string& name_space) {
    Json cluster =
        ManifestOf(fixture_.kube.Find(kClusterType, {"ns", "c"}).value());
    cluster.SetAt("metadata.namespace", name_space);
    const Json made = fixture_.kube.Add(kClusterType, cluster);
    Json evroc = ManifestOf(fixture_.EvrocCluster());
    evroc.SetAt("metadata.namespace", name_space);
    Json owner(evroc.At("metadata.ownerReferences")[0]);
    owner.Set("uid", made.At("metadata.uid").String());
    evroc.SetAt("metadata.ownerReferences", Json::Array({std::move(owner)}));
    fixture_.kube.Add(kEvrocClusterType, evroc);
  }
  void Reconcile(const ObjectKey& cluster) {
    fixture_.Sync();
    ASSERT_TRUE(
        fixture_.clusters->Reconcile({.request_id = "test"}, {.key = cluster})
            .ok());
  }
  // By a shim that does not watch the EvrocCluster "c".
  void ReconcileMachineUnwatched() {
    fixture_.Sync();
    fixture_.cache.evroc_clusters.Remove({"ns", "c"}, "");
    ASSERT_TRUE(
        fixture_.machines
            ->Reconcile({.request_id = "test"}, {.key = {"ns", "m-infra"}})
            .ok());
  }
  void RemoveByForce(const ResourceType& type, const ObjectKey& key) {
    fixture_.kube.Delete(type, key);
    if (!fixture_.kube.Find(type, key).has_value()) return;
    fixture_.kube.Change(
        type, key, Json::Parse(R"({"metadata": {"finalizers": []}})").value());
  }
  void MakeMachine() {
    fixture_.MakeNetwork();
    fixture_.AddMachine("m", false);
    fixture_.MakeMachine("m");
  }

  void SetClusterId(const std::string& machine, const std::string& id) {
    fixture_.Change(kEvrocMachineType, machine + "-infra",
                    absl::StrCat(R"({"metadata": {"annotations": {
                        "evroc.com/cluster-id": ")",
                                 id, R"("}}})"));
  }
  std::string OfCluster(const ObjectKey& key, const std::string& condition) {
    return ReconcileFixture::ConditionOf(
        fixture_.kube.Find(kEvrocClusterType, key).value(), condition);
  }
  std::string OfCluster(const std::string& condition) {
    return OfCluster({"ns", "c"}, condition);
  }
  std::string OfMachine(const std::string& machine,
                        const std::string& condition) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocMachine(machine),
                                         condition);
  }
  int NetworkDeletions() {
    return fixture_.network.faults().calls("DeleteClusterNetwork");
  }
  int VmDeletions() {
    return fixture_.compute.faults().calls("DeleteVirtualMachine");
  }

  ReconcileFixture fixture_;
};

TEST_F(CopiesTest, ACopyThatIsOlderTakesNothingFromTheOriginal) {
  MakeYoungerThanD();
  CopyMetadata(kEvrocClusterType, fixture_.EvrocCluster(), "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_EQ(OfCluster({"ns", "d"}, "Ready"), "False/Blocked");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(OfCluster("SpecApplied"), "True/Applied");
  fixture_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_EQ(NetworkDeletions(), 0);
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(NetworkDeletions(), 1);
}

TEST_F(CopiesTest, WhileTheOlderCopyIsThereTheOriginalIsDeletedInTheCloud) {
  MakeYoungerThanD();
  CopyMetadata(kEvrocClusterType, fixture_.EvrocCluster(), "d");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(NetworkDeletions(), 1);
  EXPECT_TRUE(fixture_.HasEvrocCluster());
}

TEST_F(CopiesTest, ACopyInAnotherNamespaceIsRefusedAndHeld) {
  fixture_.MakeNetwork();
  CopyClusterTo("a");
  const ObjectKey copy{"a", "c"};
  Reconcile(copy);
  EXPECT_EQ(OfCluster(copy, "Ready"), "False/Blocked");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(OfCluster("SpecApplied"), "True/Applied");
  // It has a cloud recorded, by whomever.
  fixture_.kube.Delete(kEvrocClusterType, copy);
  Reconcile(copy);
  EXPECT_EQ(OfCluster(copy, "Ready"), "False/Blocked");
  EXPECT_THAT(
      ReconcileFixture::MessageOf(
          fixture_.kube.Find(kEvrocClusterType, copy).value(), "Ready"),
      AllOf(HasSubstr("EvrocCluster a/c"), HasSubstr("EvrocCluster ns/c")));
  fixture_.kube.Change(
      kEvrocClusterType, copy,
      Json::Parse(R"({"metadata": {"annotations": {"evroc.com/cloud": null}}})")
          .value());
  Reconcile(copy);
  EXPECT_FALSE(fixture_.kube.Find(kEvrocClusterType, copy).has_value());
  EXPECT_EQ(NetworkDeletions(), 0);
}

// The roles would change with the age.
TEST_F(CopiesTest, AnOriginalThatIsRestoredIsTheOriginalAgain) {
  fixture_.MakeNetwork();
  const Json backup = ManifestOf(fixture_.EvrocCluster());
  fixture_.AddCluster("d");
  CopyMetadata(kEvrocClusterType, backup, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  RemoveByForce(kEvrocClusterType, {"ns", "c"});
  fixture_.clock.Advance(absl::Minutes(1));
  const int applies = fixture_.network.faults().calls("ApplyClusterNetwork");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_EQ(OfCluster({"ns", "d"}, "Ready"), "False/Blocked")
      << "what was refused once is not the original once that is gone";
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), applies);
  fixture_.kube.Add(kEvrocClusterType, backup);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(OfCluster("Ready"), "True/Ready");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_EQ(OfCluster({"ns", "d"}, "Ready"), "False/Blocked");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(NetworkDeletions(), 1);
}

TEST_F(CopiesTest, TwoThatBothSayTheyAreTheOriginalAreHeld) {
  fixture_.MakeNetwork();
  fixture_.AddCluster("d");
  CopyWithStatusToD();
  const int applies = fixture_.network.faults().calls("ApplyClusterNetwork");
  for (const char* each : {"c", "d"}) {
    ASSERT_TRUE(fixture_.ReconcileCluster(each).ok());
    EXPECT_EQ(OfCluster({"ns", each}, "SpecApplied"), "False/Blocked");
    EXPECT_EQ(OfCluster({"ns", each}, "Ready"), "True/Ready");
    fixture_.Delete(kEvrocClusterType, each);
    ASSERT_TRUE(fixture_.ReconcileCluster(each).ok());
    EXPECT_EQ(OfCluster({"ns", each}, "Ready"), "False/Blocked");
  }
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), applies);
  EXPECT_EQ(NetworkDeletions(), 0);
  // Somebody has decided.
  RemoveByForce(kEvrocClusterType, {"ns", "d"});
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(NetworkDeletions(), 1);
}

TEST_F(CopiesTest, AMachinesCopyThatIsOlderTakesNothingFromTheOriginal) {
  fixture_.MakeNetwork();
  fixture_.AddMachine("n", false);
  fixture_.clock.Advance(absl::Seconds(5));
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  CopyMetadata(kEvrocMachineType, fixture_.EvrocMachine("m"), "n-infra");
  fixture_.Change(
      kEvrocMachineType, "n-infra",
      absl::StrCat(R"({"spec": {"providerID": ")",
                   fixture_.EvrocMachine("m").At("spec.providerID").String(),
                   R"("}})"));
  fixture_.Restart();
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(OfMachine("n", "VMReady"), "False/Blocked");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("n"));
  EXPECT_EQ(VmDeletions(), 0);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(VmDeletions(), 1);
}

TEST_F(CopiesTest, AMachineWithAVmOfItsOwnIsHeld) {
  MakeMachine();
  fixture_.AddMachine("n", false);
  CopyMetadata(kEvrocMachineType, fixture_.EvrocMachine("m"), "n-infra");
  fixture_.Change(kEvrocMachineType, "n-infra", R"({"metadata": {
      "annotations": {"evroc.com/vm-uid": "another"}}})");
  fixture_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("n"));
  EXPECT_EQ(OfMachine("n", "Ready"), "False/Blocked");
  EXPECT_EQ(VmDeletions(), 0);
}

// With --watch-filter it is not watched any more.
TEST_F(CopiesTest, AMachineFindsItsClusterThatWasStripped) {
  MakeMachine();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"labels": null,
      "annotations": null, "ownerReferences": null}})");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ReconcileMachineUnwatched();
  EXPECT_EQ(VmDeletions(), 1);
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(fixture_.changes(), Not(Contains("ClusterGone")));
}

// As a ClusterClass names it; the Cluster, which knew the name, is gone.
TEST_F(CopiesTest, AMachineFindsItsClusterByIdUnderAnyName) {
  MakeMachine();
  Json renamed = ManifestOf(fixture_.EvrocCluster());
  renamed.SetAt("metadata.name", "c-x7k2p");
  RemoveByForce(kEvrocClusterType, {"ns", "c"});
  fixture_.Delete(kClusterType, "c");
  fixture_.kube.Add(kEvrocClusterType, renamed);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  fixture_.Sync();
  fixture_.cache.evroc_clusters.Remove({"ns", "c-x7k2p"}, "");
  ASSERT_TRUE(
      fixture_.machines
          ->Reconcile({.request_id = "test"}, {.key = {"ns", "m-infra"}})
          .ok());
  EXPECT_EQ(VmDeletions(), 1);
  EXPECT_TRUE(fixture_.HasEvrocMachine("m"));
}

TEST_F(CopiesTest, AMachineWaitsWhereAClusterLostItsId) {
  MakeMachine();
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"labels": null,
      "annotations": null, "ownerReferences": null}})");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"annotations": null}})", "status");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ReconcileMachineUnwatched();
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(OfMachine("m", "Ready"), "False/Blocked");
  EXPECT_EQ(VmDeletions(), 0);
}

// Under any name: the finalizer says that it may have had the id.
TEST_F(CopiesTest, AMachineWaitsWhereAClusterOfAnotherNameLostItsId) {
  MakeMachine();
  RemoveByForce(kEvrocClusterType, {"ns", "c"});
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.Change(kEvrocClusterType, "d", R"({"metadata": {"labels": null,
      "annotations": null, "ownerReferences": null}})");
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"status": {"annotations": null}})", "status");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(OfMachine("m", "Ready"), "False/Blocked");
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), "Ready"),
              HasSubstr("ns/d"));
  fixture_.Change(kEvrocClusterType, "d",
                  R"({"metadata": {"finalizers": null}})");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m")) << "d has had none";
  EXPECT_EQ(VmDeletions(), 0);
}

TEST_F(CopiesTest, AMachineWaitsWhileItIsInDoubtWhichClusterIsItsOwn) {
  MakeMachine();
  fixture_.AddCluster("d");
  CopyWithStatusToD();
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(OfMachine("m", "Ready"), "False/Blocked");
  EXPECT_EQ(VmDeletions(), 0);
  RemoveByForce(kEvrocClusterType, {"ns", "d"});
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(VmDeletions(), 1);
}

// As a manifest that was copied has it, or somebody who knows the id.
TEST_F(CopiesTest, AMachineWithAnotherClustersIdIsHeldUntilItHasItsOwn) {
  MakeMachine();
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.AddMachine("n", false);
  SetClusterId("n", fixture_.ClusterId("d"));
  fixture_.Change(kEvrocMachineType, "n-infra", R"({"metadata": {
      "annotations": {
        "evroc.com/owner-id": "11111111-0000-4000-8000-000000000001"},
      "finalizers": ["evrocmachine.infrastructure.cluster.x-k8s.io"]}})");
  fixture_.Delete(kEvrocMachineType, "n-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("n"));
  EXPECT_EQ(OfMachine("n", "Ready"), "False/Blocked");
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocMachine("n"), "Ready"),
              AllOf(HasSubstr(fixture_.ClusterId("d")), HasSubstr("ns/c")));
  EXPECT_EQ(VmDeletions(), 0);
  SetClusterId("n", fixture_.ClusterId());
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(VmDeletions(), 1);
}

// Nothing is asked, nor watched, for no cluster at all.
TEST_F(CopiesTest, AMachineThatLostItsClustersIdIsHeldInItsDeletion) {
  MakeMachine();
  fixture_.Change(kEvrocMachineType, "m-infra", R"({"metadata": {
      "annotations": {"evroc.com/cluster-id": null}}})");
  fixture_.Change(kEvrocMachineType, "m-infra",
                  R"({"status": {"annotations": null}})", "status");
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  ASSERT_TRUE(fixture_.HasEvrocMachine("m"));
  EXPECT_EQ(OfMachine("m", "Ready"), "False/OwnerIDLost");
  EXPECT_THAT(ReconcileFixture::MessageOf(fixture_.EvrocMachine("m"), "Ready"),
              HasSubstr("evroc.com/cluster-id"));
  EXPECT_EQ(VmDeletions(), 0);
  SetClusterId("m", fixture_.ClusterId());
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(VmDeletions(), 1);
}

TEST_F(CopiesTest, NothingIsMadeForAMachineWithAnotherClustersId) {
  MakeMachine();
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.AddMachine("n", false);
  SetClusterId("n", fixture_.ClusterId("d"));
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(OfMachine("n", "VMReady"), "False/Blocked");
  EXPECT_EQ(fixture_.MachineId("n"), "");
  fixture_.Change(
      kEvrocMachineType, "n-infra",
      R"({"metadata": {"annotations": {"evroc.com/cluster-id": null}}})");
  fixture_.MakeMachine("n");
  EXPECT_EQ(OfMachine("n", "Ready"), "True/Ready");
  EXPECT_EQ(
      fixture_.compute.Machine(fixture_.MachineId("n"))->owner().cluster_id(),
      fixture_.ClusterId());
}

// Nor is anything told that only the other cluster may see.
TEST_F(CopiesTest, AMachineWithAnotherClustersIdTellsNothingOfItsVm) {
  MakeMachine();
  const std::string id = fixture_.MachineId("m");
  RemoveByForce(kEvrocMachineType, {"ns", "m-infra"});
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.AddMachine("n", false);
  fixture_.Change(kMachineType, "n", R"({"spec": {"clusterName": "d"}})");
  SetClusterId("n", fixture_.ClusterId());
  fixture_.Change(kEvrocMachineType, "n-infra",
                  absl::StrCat(R"({"metadata": {"annotations": {
                      "evroc.com/owner-id": ")",
                               id, R"("}}})"));
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(OfMachine("n", "VMReady"), "False/Blocked");
  EXPECT_EQ(fixture_.EvrocMachine("n").At("status.state").String(), "");
}

TEST_F(CopiesTest, AnExternalClustersMachineHasNoOtherClustersId) {
  fixture_.AddCluster("d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  fixture_.Change(kEvrocClusterType, "c", R"({"metadata": {"annotations":
      {"cluster.x-k8s.io/managed-by": "them"}}})");
  fixture_.SetProvisioned();
  fixture_.AddMachine("n", false);
  for (const std::string& id :
       {fixture_.ClusterId("d"),
        std::string(fixture_.EvrocCluster("d").At("metadata.uid").String())}) {
    SetClusterId("n", id);
    ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
    EXPECT_EQ(OfMachine("n", "VMReady"), "False/Blocked");
  }
  // Its own of before a move.
  SetClusterId("n", "11111111-0000-4000-8000-000000000002");
  fixture_.MakeMachine("n");
  EXPECT_EQ(OfMachine("n", "Ready"), "True/Ready");
}

TEST_F(CopiesTest, NoMachineUsesAClusterOfAnotherNamespace) {
  MakeMachine();
  CopyClusterTo("a");
  RemoveByForce(kEvrocClusterType, {"ns", "c"});
  fixture_.Delete(kEvrocMachineType, "m-infra");
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_FALSE(fixture_.HasEvrocMachine("m"));
  EXPECT_THAT(fixture_.changes(), Contains("ClusterGone"));
  EXPECT_EQ(VmDeletions(), 0);
}

}  // namespace
}  // namespace evroc::shim
