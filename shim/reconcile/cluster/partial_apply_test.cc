// What can't be asked for of a cluster that was made holds up nothing that it
// does not concern (ADR 29): a member that is added at the same time, a later
// security group, and machines.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/cache/object_meta.h"
#include "shim/testing/reconcile_fixture.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

struct Wrong {
  const char* patch;
  const char* field;
};

constexpr Wrong kOneNameForTwoGroups = {
    R"({"spec": {"securityGroups": {
      "common": {"inlineSecurityGroups": [{"name": "web", "rules": [
        {"name": "r", "direction": "Ingress", "port": 80}]}]},
      "worker": {"inlineSecurityGroups": [{"name": "web", "rules": [
        {"name": "r", "direction": "Ingress", "port": 81}]}]}}}})",
    "spec.securityGroups.worker.inlineSecurityGroups: "};
constexpr Wrong kNoPartForTheZone = {
    R"({"spec": {"failureDomains": ["a", "b", "c", "e"]}})",
    "spec.network.subnets[net]: there is no part for zone \"e\""};

constexpr Wrong kWrongs[] = {kOneNameForTwoGroups, kNoPartForTheZone};

class ClusterPartialApplyTest : public ::testing::Test {
 protected:
  ClusterPartialApplyTest() { MakeCluster(); }

  // A cluster with one machine behind its load balancer.
  void MakeCluster() {
    fixture_ = std::make_unique<ReconcileFixture>();
    fixture_->MakeNetwork();
    AddMember("m1");
    ASSERT_TRUE(fixture_->ReconcileCluster().ok());
    ASSERT_THAT(Backends(), SizeIs(1));
  }
  void AddMember(const std::string& name) {
    fixture_->AddMachine(name, /*control_plane=*/true);
    fixture_->MakeMachine(name);
  }
  void Make(const Wrong& wrong) {
    fixture_->Change(kEvrocClusterType, "c", wrong.patch);
  }
  std::vector<std::string> Backends() {
    const auto network = fixture_->network.Network(fixture_->ClusterId());
    const auto& ids = network->control_plane_endpoint_status().member_ids();
    return {ids.begin(), ids.end()};
  }
  // The names of the failure domains.
  std::string Domains() {
    const Json cluster = fixture_->EvrocCluster();
    const JsonView domains = cluster.At("status.failureDomains");
    std::vector<std::string> names;
    for (size_t i = 0; i < domains.size(); ++i) {
      names.emplace_back(domains[i]["name"].String());
    }
    return absl::StrJoin(names, " ");
  }
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_->EvrocCluster(), type);
  }

  std::unique_ptr<ReconcileFixture> fixture_;
};

TEST_F(ClusterPartialApplyTest, AMemberIsAddedAndTheFieldNamed) {
  for (const Wrong& wrong : kWrongs) {
    MakeCluster();
    AddMember("m2");
    Make(wrong);
    ASSERT_TRUE(fixture_->ReconcileCluster().ok());
    EXPECT_THAT(Backends(), SizeIs(2)) << wrong.field;
    EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
    EXPECT_THAT(
        ReconcileFixture::MessageOf(fixture_->EvrocCluster(), "SpecApplied"),
        HasSubstr(wrong.field));
    EXPECT_EQ(Condition("Ready"), "True/Ready");
  }
}

// What passes comes first: it is tried again soon.
TEST_F(ClusterPartialApplyTest, ACloudThatIsAwayIsToldFirst) {
  Make(kOneNameForTwoGroups);
  fixture_->network.faults().Fail("ApplyClusterNetwork",
                                  absl::UnavailableError("HTTP 503"));
  fixture_->ReconcileCluster().IgnoreError();
  EXPECT_EQ(Condition("SpecApplied"), "Unknown/CloudUnavailable");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
}

TEST_F(ClusterPartialApplyTest, MachinesAreMadeAfterARestartToo) {
  Make(kOneNameForTwoGroups);
  fixture_->Forget();
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  AddMember("m2");
  EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(2));
}

// Which a machine would be made without.
TEST_F(ClusterPartialApplyTest, AfterARestartMachinesWaitForAMissingGroup) {
  fixture_->network.FailNetwork(fixture_->ClusterId(), "SecurityGroupsReady",
                                "SecurityGroupNotFound", "there is no x");
  Make(kOneNameForTwoGroups);
  fixture_->Forget();
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  fixture_->AddMachine("m2", /*control_plane=*/false);
  ASSERT_TRUE(fixture_->ReconcileMachine("m2").ok());
  EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(1));
  fixture_->network.FinishNetwork(fixture_->ClusterId());
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  fixture_->MakeMachine("m2");
  EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(2));
}

// A wiped status, or a move, which takes it.
TEST_F(ClusterPartialApplyTest, WhatWasReadyIsKnownWithoutAStatus) {
  for (const Wrong& wrong : kWrongs) {
    MakeCluster();
    Make(wrong);
    fixture_->Change(kEvrocClusterType, "c", R"({"status": null})", "status");
    fixture_->Forget();
    ASSERT_TRUE(fixture_->ReconcileCluster().ok());
    EXPECT_EQ(Condition("Ready"), "True/Ready") << wrong.field;
    EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
    const Json status(fixture_->EvrocCluster()["status"]);
    EXPECT_TRUE(status.At("initialization.provisioned").Bool());
    EXPECT_EQ(Domains(), "a b c") << wrong.field;
    AddMember("m2");
    EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(2)) << wrong.field;
  }
}

// What it refers to is not there, which no Apply fails for.
TEST_F(ClusterPartialApplyTest, AMissingReferenceHoldsUpNoClusterThatWasReady) {
  fixture_->network.FailNetwork(fixture_->ClusterId(), "SecurityGroupsReady",
                                "SecurityGroupNotFound", "there is no x");
  fixture_->Change(kEvrocClusterType, "c", R"({"status": null})", "status");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_EQ(Condition("Ready"), "True/Ready");
  EXPECT_EQ(Condition("SpecApplied"), "False/SecurityGroupNotFound");
  EXPECT_EQ(Domains(), "a b c");
}

TEST_F(ClusterPartialApplyTest, AZoneThatWasAddedTakesMachines) {
  const char one_zone[] = R"({"spec": {"failureDomains": null, "network":
      {"subnets": [{"name": "net-a", "zone": "a", "cidrBlock": "10.0.1.0/26"}
      ]}}})";
  const char two_zones[] = R"({"spec": {"network": {"subnets": [
      {"name": "net-a", "zone": "a", "cidrBlock": "10.0.1.0/26"},
      {"name": "net-b", "zone": "b", "cidrBlock": "10.0.1.64/26"}]}}})";
  for (const bool restarted : {false, true}) {
    fixture_ = std::make_unique<ReconcileFixture>();
    fixture_->Change(kEvrocClusterType, "c", one_zone);
    fixture_->MakeNetwork();
    ASSERT_EQ(Domains(), "a");
    fixture_->Change(kEvrocClusterType, "c", two_zones);
    // Which can't be changed.
    fixture_->Change(kEvrocClusterType, "c",
                     R"({"spec": {"controlPlaneConfig": {"loadBalancer":
                         {"existingPublicIPID": "other"}}}})");
    if (restarted) fixture_->Forget();
    ASSERT_TRUE(fixture_->ReconcileCluster().ok());
    EXPECT_EQ(Condition("SpecApplied"), "False/Blocked");
    EXPECT_EQ(Domains(), "a b") << restarted;
    fixture_->AddMachine("m1", /*control_plane=*/false, "b");
    fixture_->MakeMachine("m1");
    EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(1)) << restarted;
  }
}

TEST_F(ClusterPartialApplyTest, AZoneIsToldBesideAMissingReference) {
  fixture_ = std::make_unique<ReconcileFixture>();
  fixture_->Change(kEvrocClusterType, "c",
                   R"({"spec": {"failureDomains": ["a", "b"]}})");
  fixture_->MakeNetwork();
  ASSERT_EQ(Domains(), "a b");
  fixture_->network.FailNetwork(fixture_->ClusterId(), "SecurityGroupsReady",
                                "SecurityGroupNotFound", "there is no x");
  fixture_->Change(kEvrocClusterType, "c",
                   R"({"spec": {"failureDomains": ["a", "b", "c"]}})");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_EQ(Domains(), "a b c");
}

TEST_F(ClusterPartialApplyTest, ConfigurationIsHandedOutAndTakenBack) {
  Make(kOneNameForTwoGroups);
  fixture_->Change(kEvrocClusterType, "c",
                   R"({"spec": {"cloudConfig": {"configMapName": "config",
                                                "organization": "org"}}})");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_EQ(Condition("CloudConfigReady"), "False/ConfigMapNotFound");
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
  fixture_->Change(kEvrocClusterType, "c",
                   R"({"spec": {"cloudConfig": null}})");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_EQ(Condition("CloudConfigReady"), "");
}

// By it the cloud is recognised.
TEST_F(ClusterPartialApplyTest, WhatIsMadeAgainIsRecorded) {
  Make(kOneNameForTwoGroups);
  fixture_->network.ChangeNetwork(fixture_->ClusterId(),
                                  [](network::v1::ClusterNetwork& network) {
                                    auto& object = *network.add_objects();
                                    object.set_kind("LoadBalancer");
                                    object.set_id("lb");
                                    object.set_uid("uid of lb");
                                  });
  fixture_->network.faults().Fail(
      "ApplyClusterNetwork",
      ImmutableField("cluster_network.subnets[0].zone", "can't be changed"));
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  EXPECT_THAT(
      std::string(
          DecodeMeta(fixture_->EvrocCluster()).Annotation(kCloudAnnotation)),
      HasSubstr("uid of lb"));
}

TEST_F(ClusterPartialApplyTest, ANewClusterIsNotBegun) {
  for (const Wrong& wrong : kWrongs) {
    MakeCluster();
    fixture_->AddCluster("d");
    fixture_->Change(kEvrocClusterType, "d", wrong.patch);
    const int calls = fixture_->network.faults().calls("ApplyClusterNetwork");
    fixture_->ReconcileCluster("d").IgnoreError();
    EXPECT_EQ(fixture_->network.faults().calls("ApplyClusterNetwork"), calls);
    EXPECT_EQ(
        ReconcileFixture::ConditionOf(fixture_->EvrocCluster("d"), "Ready"),
        "False/InvalidConfiguration");
  }
}

TEST_F(ClusterPartialApplyTest, AMachineGetsAGroupThatIsMadeMeanwhile) {
  Make(kOneNameForTwoGroups);
  fixture_->AddMachine("m2", /*control_plane=*/false);
  fixture_->Change(kEvrocMachineType, "m2-infra",
                   R"({"spec": {"networkingConfig": {"securityGroups":
                      {"inlineSecurityGroups": [{"name": "db", "rules": [
                        {"name": "r", "direction": "Ingress", "port": 1}]}]
                      }}}})");
  ASSERT_TRUE(fixture_->ReconcileCluster().ok());
  fixture_->MakeMachine("m2");
  EXPECT_THAT(fixture_->compute.MachineIds(), SizeIs(2));
}

}  // namespace
}  // namespace evroc::shim
