// The life of a network and of machines through the real programs, in both
// dialects.

#include <algorithm>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/component/stand.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using sim::Kind;

class LifeTest : public testing::TestWithParam<std::string> {
 protected:
  Stand stand_{{.credential = GetParam()}};
};

TEST_P(LifeTest, FromNothingToNothing) {
  const ClusterNetwork network = stand_.MakeNetwork(stand_.NetworkWish("c1"));
  ASSERT_EQ(network.state(), ClusterNetwork::STATE_READY)
      << network.DebugString();
  EXPECT_FALSE(network.control_plane_endpoint_status().host().empty());
  const VirtualMachine machine =
      stand_.MakeMachine(stand_.MachineWish("c1", "m1", &network));
  ASSERT_EQ(machine.state(), VirtualMachine::STATE_RUNNING)
      << machine.DebugString();
  EXPECT_FALSE(machine.private_ipv4_address().empty());
  EXPECT_EQ(stand_.CountOf(Kind::kVirtualMachine, "c1"), 1);
  EXPECT_TRUE(stand_.DeleteMachine("c1", "m1"));
  EXPECT_EQ(stand_.CountOf(Kind::kDisk, "c1"), 0);
  EXPECT_TRUE(stand_.DeleteNetwork("c1"));
  EXPECT_EQ(stand_.CountAll("c1"), 0);
}

TEST_P(LifeTest, TwoClientsAtOnceMakeOneOfEach) {
  const ClusterNetwork wish = stand_.NetworkWish("c1");
  std::thread other([&] { stand_.MakeNetwork(wish); });
  const ClusterNetwork network = stand_.MakeNetwork(wish);
  other.join();
  ASSERT_EQ(network.state(), ClusterNetwork::STATE_READY);
  const VirtualMachine machine = stand_.MachineWish("c1", "m1", &network);
  std::thread second([&] { stand_.MakeMachine(machine); });
  EXPECT_EQ(stand_.MakeMachine(machine).state(), VirtualMachine::STATE_RUNNING);
  second.join();
  EXPECT_EQ(stand_.CountOf(Kind::kVirtualMachine, "c1"), 1);
  EXPECT_EQ(stand_.CountOf(Kind::kDisk, "c1"), 1);
  EXPECT_EQ(stand_.CountOf(Kind::kSecurityGroup, "c1"), 3);
}

TEST_P(LifeTest, AMachineChangesInPlace) {
  const ClusterNetwork network = stand_.MakeNetwork(stand_.NetworkWish("c1"));
  VirtualMachine wish = stand_.MachineWish("c1", "m1", nullptr);
  const VirtualMachine before = stand_.MakeMachine(wish);
  (*wish.mutable_labels())["team"] = "blue";
  compute::v1::DataDisk* disk = wish.add_data_disks();
  disk->set_name("data");
  disk->set_size_gb(10);
  const VirtualMachine after = stand_.MakeMachine(wish);
  EXPECT_EQ(after.uid(), before.uid());
  ASSERT_EQ(after.disks_size(), 2) << after.DebugString();
  EXPECT_TRUE(after.disks(1).attached());
  EXPECT_EQ(stand_.CountOf(Kind::kHotswapAttachment, "c1"), 1);
  EXPECT_TRUE(stand_.DeleteMachine("c1", "m1"));
  EXPECT_EQ(stand_.CountOf(Kind::kHotswapAttachment, "c1"), 0);
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
