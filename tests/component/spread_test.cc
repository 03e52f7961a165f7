// Placement groups of our own with the real program: made, filled and removed.

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using sim::Kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kQuick[] = R"json({"latency_ms": {
  "disk_create": 5, "vm_create": 20, "vm_start": 5, "other_create": 5,
  "vm_stop": 5, "vm_delete": 20, "disk_delete": 5, "other_delete": 5}})json";

class SpreadTest : public testing::TestWithParam<std::string> {
 protected:
  VirtualMachine Member(int number) {
    VirtualMachine desired =
        services_.DesiredMachine("c", absl::StrCat("m", number), nullptr);
    desired.set_spread_group("md-workers");
    return desired;
  }
  // The number of machines in each group of the cluster, in ascending order.
  std::vector<int> Groups() {
    std::vector<int> counts;
    const auto machines = services_.ObjectsOf(Kind::kVirtualMachine, "c");
    for (const auto& group : services_.ObjectsOf(Kind::kPlacementGroup, "c")) {
      counts.push_back(static_cast<int>(std::count_if(
          machines.begin(), machines.end(), [&](const auto& machine) {
            return absl::EndsWith(
                machine->spec.At("placement.placementGroupRef").String(),
                absl::StrCat("/", group->key.id));
          })));
    }
    std::sort(counts.begin(), counts.end());
    return counts;
  }
  // A machine's deletion does not wait for its group's.
  void DeleteCluster() {
    absl::StatusOr<int> remaining;
    do {
      remaining = services_.DeleteMachineOnce("c", "");
      ASSERT_TRUE(remaining.ok()) << remaining.status();
    } while (*remaining > 0);
  }

  ServicesFixture services_{{.credential = GetParam(), .settings = kQuick}};
};

TEST_P(SpreadTest, SevenMachinesFillTwoGroupsThatGoWithThem) {
  std::vector<std::thread> threads;
  for (int number = 1; number <= 7; ++number) {
    threads.emplace_back([&, number] {
      EXPECT_EQ(services_.MakeMachine(Member(number)).state(),
                VirtualMachine::STATE_RUNNING);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Groups(), ElementsAre(2, 5));
  services_.ForgetCalls();
  for (int number = 1; number <= 7; ++number) {
    EXPECT_TRUE(services_.DeleteMachine("c", absl::StrCat("m", number)));
  }
  EXPECT_EQ(services_.Calls("DELETE", "lacement"), 2);
  DeleteCluster();
  EXPECT_EQ(services_.CountAll("c"), 0);
}

TEST_P(SpreadTest, AGroupThatWasMadeBeforeACrashIsTaken) {
  services_.AddFault(
      R"({"method": "POST", "path": "irtual", "count": 1000, "status": 402})");
  EXPECT_FALSE(services_.Apply(Member(1)).ok());
  EXPECT_THAT(Groups(), ElementsAre(0));
  services_.RestartCompute();
  services_.ClearFaults();
  EXPECT_EQ(services_.MakeMachine(Member(2)).state(),
            VirtualMachine::STATE_RUNNING);
  EXPECT_THAT(Groups(), ElementsAre(1));
  DeleteCluster();
  EXPECT_EQ(services_.CountAll("c"), 0);
}

TEST_P(SpreadTest, AGroupThatCantBeMadeIsNamed) {
  services_.AddFault(R"({"method": "POST", "path": "lacement", "count": 1000,
                         "status": 403})");
  const absl::Status refused = services_.Apply(Member(1)).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("c-md-workers-"));
  EXPECT_THAT(Groups(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Dialects, SpreadTest,
                         testing::Values("profile.yaml", "kubeconfig.yaml"),
                         [](const auto& info) {
                           return std::string(info.param, 0,
                                              info.param.find('.'));
                         });

}  // namespace
}  // namespace evroc
