// What can't be asked for of a cluster that was made holds up nothing that it
// does not concern (ADR 29): a member that is added at the same time, a later
// security group, and machines.

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
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
