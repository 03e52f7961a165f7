// What can't be asked for of a cluster that was made holds up nothing that it
// does not concern (ADR 29): a member that is added at the same time, a later
// security group, and machines.

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

class ClusterPartialApplyTest : public ::testing::TestWithParam<Wrong> {
 protected:
  void SetUp() override {
    fixture_.MakeNetwork();
    AddMember("m1");
    ASSERT_TRUE(fixture_.ReconcileCluster().ok());
    ASSERT_THAT(Members(), SizeIs(1));
  }

  void AddMember(const std::string& name) {
    fixture_.AddMachine(name, /*control_plane=*/true);
    fixture_.MakeMachine(name);
  }
  void MakeWrong() {
    fixture_.Change(kEvrocClusterType, "c", GetParam().patch);
  }
  std::vector<std::string> Members() {
    const auto network = fixture_.network.Network(fixture_.ClusterId());
    const auto& ids = network->control_plane_endpoint_status().member_ids();
    return {ids.begin(), ids.end()};
  }
  std::string Condition(const std::string& type) {
    return ReconcileFixture::ConditionOf(fixture_.EvrocCluster(), type);
  }

  ReconcileFixture fixture_;
};

INSTANTIATE_TEST_SUITE_P(Wrongs, ClusterPartialApplyTest,
                         ::testing::Values(kOneNameForTwoGroups,
                                           kNoPartForTheZone));

TEST_P(ClusterPartialApplyTest, AMemberIsAddedAndTheFieldNamed) {
  AddMember("m2");
  MakeWrong();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_THAT(Members(), SizeIs(2));
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
  EXPECT_THAT(
      ReconcileFixture::MessageOf(fixture_.EvrocCluster(), "SpecApplied"),
      HasSubstr(GetParam().field));
  EXPECT_EQ(Condition("Ready"), "True/Ready");
}

// What passes comes first: it is tried again soon.
TEST_P(ClusterPartialApplyTest, ACloudThatIsAwayIsToldFirst) {
  MakeWrong();
  fixture_.network.faults().Fail("ApplyClusterNetwork",
                                 absl::UnavailableError("HTTP 503"));
  EXPECT_FALSE(fixture_.ReconcileCluster().ok());
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  EXPECT_EQ(Condition("SpecApplied"), "False/InvalidConfiguration");
}

TEST_P(ClusterPartialApplyTest, MachinesAreMadeAfterARestartToo) {
  MakeWrong();
  fixture_.Forget();
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  AddMember("m2");
  EXPECT_THAT(fixture_.compute.MachineIds(), SizeIs(2));
}

TEST_P(ClusterPartialApplyTest, ANewClusterIsNotBegun) {
  fixture_.AddCluster("d");
  fixture_.Change(kEvrocClusterType, "d", GetParam().patch);
  const int calls = fixture_.network.faults().calls("ApplyClusterNetwork");
  fixture_.ReconcileCluster("d").IgnoreError();
  EXPECT_EQ(fixture_.network.faults().calls("ApplyClusterNetwork"), calls);
  EXPECT_EQ(ReconcileFixture::ConditionOf(fixture_.EvrocCluster("d"), "Ready"),
            "False/InvalidConfiguration");
}

using LaterGroupTest = ClusterPartialApplyTest;
INSTANTIATE_TEST_SUITE_P(Wrongs, LaterGroupTest,
                         ::testing::Values(kOneNameForTwoGroups));

TEST_P(LaterGroupTest, AMachineGetsAGroupThatIsMadeMeanwhile) {
  MakeWrong();
  fixture_.AddMachine("m2", /*control_plane=*/false);
  fixture_.Change(kEvrocMachineType, "m2-infra",
                  R"({"spec": {"networkingConfig": {"securityGroups":
                      {"inlineSecurityGroups": [{"name": "db", "rules": [
                        {"name": "r", "direction": "Ingress", "port": 1}]}]
                      }}}})");
  ASSERT_TRUE(fixture_.ReconcileCluster().ok());
  fixture_.MakeMachine("m2");
  EXPECT_THAT(fixture_.compute.MachineIds(), SizeIs(2));
}

}  // namespace
}  // namespace evroc::shim
