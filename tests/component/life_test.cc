// The life cycle of a network and machines with the real programs, in both
// dialects.

#include <algorithm>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using sim::Kind;

class LifeTest : public testing::TestWithParam<std::string> {
 protected:
  ServicesFixture services_{{.credential = GetParam()}};
};

TEST_P(LifeTest, FromNothingToNothing) {
  const ClusterNetwork network =
      services_.MakeNetwork(services_.DesiredNetwork("c1"));
  ASSERT_EQ(network.state(), ClusterNetwork::STATE_READY)
      << network.DebugString();
  EXPECT_FALSE(network.control_plane_endpoint_status().host().empty());
  const VirtualMachine machine =
      services_.MakeMachine(services_.DesiredMachine("c1", "m1", &network));
  ASSERT_EQ(machine.state(), VirtualMachine::STATE_RUNNING)
      << machine.DebugString();
  EXPECT_FALSE(machine.private_ipv4_address().empty());
  EXPECT_EQ(services_.CountOf(Kind::kVirtualMachine, "c1"), 1);
  EXPECT_TRUE(services_.DeleteMachine("c1", "m1"));
  EXPECT_EQ(services_.CountOf(Kind::kDisk, "c1"), 0);
  EXPECT_TRUE(services_.DeleteNetwork("c1"));
  EXPECT_EQ(services_.CountAll("c1"), 0);
}

TEST_P(LifeTest, TwoClientsAtOnceMakeOneOfEach) {
  const ClusterNetwork desired = services_.DesiredNetwork("c1");
  std::thread other([&] { services_.MakeNetwork(desired); });
  const ClusterNetwork network = services_.MakeNetwork(desired);
  other.join();
  ASSERT_EQ(network.state(), ClusterNetwork::STATE_READY);
  const VirtualMachine machine = services_.DesiredMachine("c1", "m1", &network);
  std::thread second([&] { services_.MakeMachine(machine); });
  EXPECT_EQ(services_.MakeMachine(machine).state(),
            VirtualMachine::STATE_RUNNING);
  second.join();
  EXPECT_EQ(services_.CountOf(Kind::kVirtualMachine, "c1"), 1);
  EXPECT_EQ(services_.CountOf(Kind::kDisk, "c1"), 1);
  EXPECT_EQ(services_.CountOf(Kind::kSecurityGroup, "c1"), 3);
}

TEST_P(LifeTest, AMachineChangesInPlace) {
  const ClusterNetwork network =
      services_.MakeNetwork(services_.DesiredNetwork("c1"));
  VirtualMachine desired = services_.DesiredMachine("c1", "m1", nullptr);
  const VirtualMachine before = services_.MakeMachine(desired);
  (*desired.mutable_labels())["team"] = "blue";
  compute::v1::DataDisk* disk = desired.add_data_disks();
  disk->set_name("data");
  disk->set_size_gb(10);
  const VirtualMachine after = services_.MakeMachine(desired);
  EXPECT_EQ(after.uid(), before.uid());
  ASSERT_EQ(after.disks_size(), 2) << after.DebugString();
  EXPECT_TRUE(after.disks(1).attached());
  EXPECT_EQ(services_.CountOf(Kind::kHotswapAttachment, "c1"), 1);
  EXPECT_TRUE(services_.DeleteMachine("c1", "m1"));
  EXPECT_EQ(services_.CountOf(Kind::kHotswapAttachment, "c1"), 0);
}

INSTANTIATE_TEST_SUITE_P(Dialects, LifeTest,
                         testing::Values("profile.yaml", "service-account.json",
                                         "kubeconfig.yaml"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](char c) { return c == '.' || c == '-'; },
                               '_');
                           return name;
                         });

}  // namespace
}  // namespace evroc
