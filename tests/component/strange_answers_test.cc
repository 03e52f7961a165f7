// The cloud, or a proxy before it, answers with the code 200 and something that
// is not what was asked for. It says nothing of what there is.

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using sim::Kind;

class StrangeAnswersTest : public testing::TestWithParam<const char*> {
 protected:
  // Each GET of a path with such an end; empty: of any.
  void AnswerStrangely(const std::string& path_end) {
    services_.AddFault(absl::StrCat(
        R"({"method": "GET", "path_end": ")", path_end,
        R"(", "count": 100000, "status": 200,)",
        R"( "body": "{\"message\": \"upstream connect error\"}"})"));
  }
  void AnswerListsStrangely() {
    for (const char* end :
         {"achines", "isks", "ttachments", "roups", "louds", "ubnets", "IPs",
          "ips", "lancers", "ools", "ervices", "outes"}) {
      AnswerStrangely(end);
    }
  }

  ServicesFixture services_{{.credential = GetParam()}};
};

TEST_P(StrangeAnswersTest, AMachineIsNotGoneBecauseAListIsNoList) {
  services_.MakeMachine(services_.DesiredMachine("c", "m", nullptr));
  // Nothing is known but what the cloud says.
  services_.RestartCompute();
  for (const bool lists_only : {true, false}) {
    if (lists_only) {
      AnswerListsStrangely();
    } else {
      AnswerStrangely("");
    }
    for (int i = 0; i < 3; ++i) {
      const auto remaining = services_.DeleteMachineOnce("c", "m");
      EXPECT_TRUE(!remaining.ok() || *remaining > 0);
      const auto of_cluster = services_.DeleteMachineOnce("c", "");
      EXPECT_TRUE(!of_cluster.ok() || *of_cluster > 0);
    }
    EXPECT_EQ(services_.CountOf(Kind::kVirtualMachine, "c"), 1);
    services_.ClearFaults();
  }
  EXPECT_TRUE(services_.DeleteMachine("c", "m"));
  EXPECT_EQ(services_.CountAll("c"), 0);
}

TEST_P(StrangeAnswersTest, ANetworkIsNotGoneBecauseAListIsNoList) {
  services_.MakeNetwork(services_.DesiredNetwork("c"));
  services_.RestartNetwork();
  AnswerListsStrangely();
  for (int i = 0; i < 3; ++i) {
    const auto remaining = services_.DeleteNetworkOnce("c");
    EXPECT_TRUE(!remaining.ok() || *remaining > 0);
  }
  EXPECT_GT(services_.CountAll("c"), 0);
  services_.ClearFaults();
  EXPECT_TRUE(services_.DeleteNetwork("c"));
  EXPECT_EQ(services_.CountAll("c"), 0);
}

// What is made meanwhile is not taken for lost, and is not made twice.
TEST_P(StrangeAnswersTest, AMachineThatRunsIsNotLost) {
  const auto desired = services_.DesiredMachine("c", "m", nullptr);
  services_.MakeMachine(desired);
  services_.RestartCompute();
  AnswerListsStrangely();
  AnswerStrangely("");
  const auto applied = services_.Apply(desired, /*provisioned_before=*/true);
  EXPECT_FALSE(applied.ok());
  services_.ClearFaults();
  const auto after = services_.Apply(desired, /*provisioned_before=*/true);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->state(), compute::v1::VirtualMachine::STATE_RUNNING);
}

INSTANTIATE_TEST_SUITE_P(Dialects, StrangeAnswersTest,
                         testing::Values("profile.yaml", "kubeconfig.yaml"),
                         [](const auto& info) {
                           return std::string(info.param) == "profile.yaml"
                                      ? "Rest"
                                      : "Kcp";
                         });

}  // namespace
}  // namespace evroc
