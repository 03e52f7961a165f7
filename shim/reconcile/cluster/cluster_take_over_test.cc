#include "shim/reconcile/cluster/cluster_take_over.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kId[] = "aaaaaaaa-0000-4000-8000-000000000003";
constexpr char kPrefix[] = "c-0123abcd";

class ClusterTakeOverTest : public ::testing::Test {
 protected:
  // The EvrocCluster, as the official provider leaves it.
  void MakeOfficial(const std::string& paused = "false") {
    fixture_.Change(
        kEvrocClusterType, "c",
        absl::StrCat(
            R"({"metadata": {
              "finalizers": ["evroccluster.infrastructure.cluster.x-k8s.io"],
              "annotations": {
                "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": ")",
            kId,
            R"(", "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix": ")",
            kPrefix, R"("}}})"));
    Pause(paused);
  }
  // Adds the EvrocCluster "d", as one that was copied from c.
  void AddCopy() {
    fixture_.clock.Advance(absl::Seconds(5));
    fixture_.AddCluster("d");
    fixture_.Change(kEvrocClusterType, "d",
                    absl::StrCat(
                        R"({"metadata": {
              "finalizers": ["evroccluster.infrastructure.cluster.x-k8s.io"],
              "annotations": {
                "evroccluster.infrastructure.cluster.x-k8s.io/ownership-id": ")",
                        kId, R"("}}})"));
  }
  void Pause(const std::string& paused) {
    fixture_.Change(kClusterType, "c",
                    absl::StrCat(R"({"spec": {"paused": )", paused, "}}"));
  }
  void Leave(const std::string& kind, const std::string& id,
             common::v1::TakeOverObject::Verdict verdict =
                 common::v1::TakeOverObject::PROVEN) {
    fixture_.network.official().Leave(kId, kind, id, verdict);
  }
  std::string Condition(absl::string_view type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), type);
  }
  std::string Message() {
    return ReconcileFixture::MessageOf(fixture_.EvrocCluster(), kTakenOver);
  }
  std::string Annotation(const std::string& name) {
    return std::string(
        fixture_.EvrocCluster().At("metadata.annotations")[name].String());
  }

  size_t SecretFinalizers() {
    return fixture_.kube.Get({}, kSecretType, {"ns", "creds"})
        ->At("metadata.finalizers")
        .size();
  }

  ReconcileFixture fixture_;
};

TEST_F(ClusterTakeOverTest, WhatIsPausedIsReportedAlone) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  fixture_.AddMachine("m", false);
  fixture_.TakeEnqueued();
  const ReconcileResult result = fixture_.ReconcileCluster();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(std::get<RetryAfter>(*result).delay,
            ReconcileFixture::kRetryInterval);
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
  EXPECT_THAT(fixture_.TakeEnqueued(), Contains("machine ns/m-infra"))
      << "its report depends on the cluster's";
  EXPECT_THAT(Message(), HasSubstr("LoadBalancer c-0123abcd-cp-lb"));
  EXPECT_EQ(Condition("Paused"), "True/Paused");
  EXPECT_FALSE(fixture_.network.official().IsTaken(kId, "c-0123abcd-cp-lb"));
  EXPECT_EQ(fixture_.ClusterId(), "");
}

TEST_F(ClusterTakeOverTest, WhatElseChangesIsReported) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(Message(), HasSubstr("; nothing else changes"));
  fixture_.network.official().Plan(kId, {"makes L4Route a", "makes L4Route b"},
                                   "there is no room");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
  EXPECT_THAT(Message(),
              HasSubstr("; after that: makes L4Route a, makes L4Route b; not "
                        "all that is asked for can be had: there is no room"));
}

TEST_F(ClusterTakeOverTest, ADeletionThatGoesOnIsReported) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(Message(), HasSubstr("its deletion goes on"));
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
}

// A plan that failed does not count as one without changes.
TEST_F(ClusterTakeOverTest, WithoutAPlanItIsLookedAtAgain) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  fixture_.network.faults().Fail("PlanClusterNetwork",
                                 absl::UnavailableError("away"), 1);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_NE(Condition(kTakenOver), "False/Proven");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
}

// A cloud that did not answer does not spoil the report for good.
TEST_F(ClusterTakeOverTest, ThePauseIsLookedAtAgain) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  fixture_.network.faults().Fail("TakeOverClusterNetwork",
                                 absl::UnavailableError("away"), 1);
  const ReconcileResult first = fixture_.ReconcileCluster();
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(std::holds_alternative<RetryAfter>(*first));
  EXPECT_NE(Condition(kTakenOver), "False/Proven");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
}

TEST_F(ClusterTakeOverTest, TheEndOfThePauseTakesItOver) {
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(fixture_.network.official().IsTaken(kId, "c-0123abcd-cp-lb"));
  EXPECT_EQ(fixture_.ClusterId(), kId);
  EXPECT_EQ(Annotation("evroc.com/resource-prefix"), kPrefix);
  EXPECT_EQ(Condition(kTakenOver), "True/TakenOver");
  EXPECT_THAT(fixture_.changes(), Contains("TakenOver"));
  fixture_.MakeNetwork();
  const auto network = fixture_.network.Network(kId);
  ASSERT_TRUE(network.has_value());
  EXPECT_EQ(network->owner().resource_prefix(), kPrefix);
  EXPECT_TRUE(network->security_groups().without_built_in());
  EXPECT_EQ(Condition(kTakenOver), "True/TakenOver");
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterTakeOverTest, ATakingThatFailsSaysSo) {
  MakeOfficial("true");
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven");
  Pause("false");
  fixture_.network.faults().Fail("TakeOverClusterNetwork",
                                 absl::PermissionDeniedError("may only read"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_NE(Condition(kTakenOver), "False/Proven");
  EXPECT_THAT(Message(), HasSubstr("may only read"));
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "True/TakenOver");
}

// The official provider ignores that a port is removed from the spec; nobody
// has asked this one to do it.
TEST_F(ClusterTakeOverTest, PortsThatTheSpecDoesNotHaveAreKept) {
  MakeOfficial("true");
  Leave("L4Route", "c-0123abcd-cp-lb-route");
  Leave("L4Route", "c-0123abcd-cp-lb-route-80");
  Leave("L4Route", "c-0123abcd-cp-lb-route-9345");
  const auto set_ports = [&](const char* ports) {
    fixture_.Change(
        kEvrocClusterType, "c",
        absl::StrCat(R"({"spec": {"controlPlaneConfig": {"loadBalancer":
                         {"additionalPorts": )",
                     ports, "}}}}"));
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  };
  const auto ports = [&] {
    std::string all;
    const auto network = fixture_.network.Network(kId);
    for (const auto& port : network->control_plane_endpoint().ports()) {
      absl::StrAppend(&all, port.port(), " ");
    }
    return all;
  };
  set_ports("[9345]");
  EXPECT_THAT(Message(), HasSubstr("does not ask for the ports 80, which"));
  Pause("false");
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/kept-ports": null}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Annotation("evroc.com/kept-ports"), "80") << "it was lost";
  set_ports("[443]");
  EXPECT_EQ(ports(), "6443 443 80 ");
  set_ports("[80]");
  EXPECT_EQ(Annotation("evroc.com/kept-ports"), "");
  EXPECT_EQ(ports(), "6443 80 ");
  set_ports("[]");
  EXPECT_EQ(ports(), "6443 ");
}

TEST_F(ClusterTakeOverTest, ACopyIsLeftAside) {
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  AddCopy();
  for (const char* paused : {"true", "false"}) {
    fixture_.Change(kClusterType, "d",
                    absl::StrCat(R"({"spec": {"paused": )", paused, "}}"));
    ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
    const Json copy = fixture_.EvrocCluster("d");
    EXPECT_EQ(ReconcileFixture::ConditionOf(copy, kTakenOver), "False/CopyOf");
    EXPECT_THAT(ReconcileFixture::MessageOf(copy, kTakenOver),
                HasSubstr("EvrocCluster ns/c"));
  }
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster("d"), "Ready"),
            "Unknown/CopyOf");
  EXPECT_EQ(fixture_.ClusterId("d"), "");
}

TEST_F(ClusterTakeOverTest, TheDeletionOfACopyHarmsNobody) {
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  AddCopy();
  fixture_.Delete(kEvrocClusterType, "d");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_FALSE(fixture_.HasEvrocCluster("d"));
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
}

// It would take what the original has in the cloud from it.
TEST_F(ClusterTakeOverTest, ACopyGivesNothingBack) {
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.AddCluster("d");
  Json patch = Json::Object();
  patch.SetAt("metadata.annotations",
              Json(fixture_.EvrocCluster().At("metadata.annotations")));
  fixture_.Change(kEvrocClusterType, "d", patch.Dump());
  fixture_.Change(
      kEvrocClusterType, "d",
      R"({"metadata": {"annotations": {"evroc.com/give-back": "true"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster("d").ok());
  EXPECT_TRUE(fixture_.network.official().IsTaken(kId, "c-0123abcd-cp-lb"));
  EXPECT_EQ(fixture_.ClusterId("d"), kId);
}

TEST_F(ClusterTakeOverTest, WithoutAProofNothingIsDone) {
  MakeOfficial();
  Leave("BackendPool", "c-0123abcd-cp-lb-pool");
  Leave("LoadBalancer", "c-0123abcd-cp-lb",
        common::v1::TakeOverObject::NOT_PROVEN);
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/NotProven");
  EXPECT_EQ(Condition("Ready"), "Unknown/NotProven");
  EXPECT_THAT(Message(), HasSubstr("LoadBalancer c-0123abcd-cp-lb"));
  EXPECT_EQ(fixture_.ClusterId(), "");
  fixture_.Delete(kEvrocClusterType, "c");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_TRUE(fixture_.HasEvrocCluster());
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 0);
  EXPECT_FALSE(
      fixture_.network.official().IsTaken(kId, "c-0123abcd-cp-lb-pool"));
}

// A Secret that leads elsewhere, where nothing of it is.
TEST_F(ClusterTakeOverTest, AnotherCloudIsNotAnEmptyOne) {
  MakeOfficial();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"status": {"network": {"vpcId": "vpc"}}})", "status");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("CloudIdentityMatched"), "False/OtherCloud");
  EXPECT_EQ(fixture_.ClusterId(), "");
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), 0);
  // What proves whose it is proves the cloud as well.
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), kId);
}

TEST_F(ClusterTakeOverTest, WhatIsBeingDeletedIsTakenOverAndDeleted) {
  fixture_.network.SetInstant(true);
  fixture_.compute.SetInstant(true);
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  fixture_.Delete(kEvrocClusterType, "c");
  for (int i = 0; i < 3 && fixture_.HasEvrocCluster(); ++i) {
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }
  EXPECT_FALSE(fixture_.HasEvrocCluster());
  EXPECT_EQ(fixture_.network.faults().calls("DeleteClusterNetwork"), 1);
}

// The official provider takes such a name, and its cloud refuses all that would
// be made by it.
TEST_F(ClusterTakeOverTest, OneWhosePrefixIsNoLabelIsMade) {
  MakeOfficial("true");
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": {
          "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix":
          "c.eu-0123abcd"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/Proven") << Message();
  Pause("false");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "True/TakenOver") << Message();
  fixture_.MakeNetwork();
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterTakeOverTest, OneWhosePrefixIsNoLabelIsDeleted) {
  fixture_.network.SetInstant(true);
  fixture_.compute.SetInstant(true);
  MakeOfficial();
  fixture_.Change(kEvrocClusterType, "c",
                  R"({"metadata": {"annotations": {
          "evroccluster.infrastructure.cluster.x-k8s.io/resource-prefix":
          "c.eu-0123abcd"}}})");
  fixture_.Delete(kEvrocClusterType, "c");
  for (int i = 0; i < 3 && fixture_.HasEvrocCluster(); ++i) {
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  }
  EXPECT_FALSE(fixture_.HasEvrocCluster());
}

// It may come with a manifest, as of an export.
TEST_F(ClusterTakeOverTest, ANewOneWithTheAnnotationIsMade) {
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/give-back": "true"}}})");
  fixture_.MakeNetwork();
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

TEST_F(ClusterTakeOverTest, ItGoesBackOnceItsMachinesHave) {
  MakeOfficial();
  Leave("LoadBalancer", "c-0123abcd-cp-lb");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.MakeNetwork();
  EXPECT_EQ(SecretFinalizers(), 1);
  fixture_.AddMachine("m", false);
  fixture_.MakeMachine("m");
  fixture_.Change(
      kEvrocClusterType, "c",
      R"({"metadata": {"annotations": {"evroc.com/give-back": "true"}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "True/GivingBack");
  EXPECT_THAT(Message(), HasSubstr("m-infra"));
  ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  EXPECT_EQ(
      ReconcileFixture::ConditionOf(fixture_.EvrocMachine("m"), kTakenOver),
      "False/NotTheirs");
  fixture_.compute.SetInstant(true);
  fixture_.Delete(kEvrocMachineType, "m-infra");
  for (int i = 0; i < 3 && fixture_.HasEvrocMachine("m"); ++i) {
    ASSERT_TRUE(fixture_.ReconcileMachine("m").ok());
  }
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition(kTakenOver), "False/GivenBack");
  EXPECT_EQ(fixture_.ClusterId(), "");
  EXPECT_EQ(Annotation("evroc.com/resource-prefix"), "");
  EXPECT_EQ(
      Annotation("evroccluster.infrastructure.cluster.x-k8s.io/ownership-id"),
      kId);
  EXPECT_FALSE(fixture_.network.official().IsTaken(kId, "c-0123abcd-cp-lb"));
  // Nothing takes it over again, or makes a machine in it.
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(fixture_.ClusterId(), "");
  const int applies = fixture_.compute.faults().calls("ApplyVirtualMachine");
  fixture_.AddMachine("n", false);
  ASSERT_TRUE(fixture_.ReconcileMachine("n").ok());
  EXPECT_EQ(fixture_.MachineId("n"), "");
  EXPECT_EQ(fixture_.compute.faults().calls("ApplyVirtualMachine"), applies);
  EXPECT_EQ(SecretFinalizers(), 0);
}

}  // namespace
}  // namespace evroc::shim
