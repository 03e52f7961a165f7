// A service that ends, as by a crash, at each step of making and removing
// things: one of each at the end, and nothing left.

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/component/stand.h"

namespace evroc {
namespace {

using compute::v1::VirtualMachine;
using network::v1::ClusterNetwork;
using sim::Kind;

constexpr char kQuick[] = R"json({"latency_ms": {
  "network_create": 5, "public_ip_create": 5, "disk_create": 5,
  "vm_create": 20, "vm_start": 5, "load_balancer_create": 5,
  "other_create": 5, "vm_stop": 5, "vm_delete": 20, "disk_delete": 5,
  "public_ip_delete": 5, "other_delete": 5}})json";

class RestartTest : public testing::Test {
 protected:
  // The next write of that method but `skip` is refused, and all after it, in
  // a way that nobody repeats.
  void StopAfter(const char* method, int skip) {
    stand_.AddFault(absl::StrCat(R"({"method": ")", method,
                                 R"(", "path": "projects", "skip": )", skip,
                                 R"(, "count": 100000, "status": 402})"));
  }

  Stand stand_{{.settings = kQuick}};
};

TEST_F(RestartTest, OfTheNetworkServiceWhileItMakesANetwork) {
  int skip = 0;
  bool complete = false;
  for (; !complete; ++skip) {
    ASSERT_LT(skip, 20);
    const std::string cluster = absl::StrCat("c", skip);
    StopAfter("POST", skip);
    complete = stand_.Apply(stand_.NetworkWish(cluster)).ok();
    stand_.RestartNetwork();
    stand_.ClearFaults();
    EXPECT_EQ(stand_.MakeNetwork(stand_.NetworkWish(cluster)).state(),
              ClusterNetwork::STATE_READY);
    EXPECT_EQ(stand_.CountAll(cluster), 10) << "after " << skip << " writes";
    EXPECT_TRUE(stand_.DeleteNetwork(cluster));
    EXPECT_EQ(stand_.CountAll(cluster), 0);
  }
  EXPECT_EQ(skip, 11) << "VPC, subnet, 3 groups, address, 4 of the balancer";
}

TEST_F(RestartTest, OfTheNetworkServiceWhileItRemovesOne) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 20);
    const std::string cluster = absl::StrCat("c", skip);
    stand_.MakeNetwork(stand_.NetworkWish(cluster));
    StopAfter("DELETE", skip);
    while (true) {
      const absl::StatusOr<int> remaining = stand_.DeleteNetworkOnce(cluster);
      complete = remaining.ok() && *remaining == 0;
      if (!remaining.ok() || complete) break;
    }
    stand_.RestartNetwork();
    stand_.ClearFaults();
    EXPECT_TRUE(stand_.DeleteNetwork(cluster));
    EXPECT_EQ(stand_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

TEST_F(RestartTest, OfTheComputeServiceWhileItMakesAMachine) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 10);
    const std::string cluster = absl::StrCat("c", skip);
    VirtualMachine wish = stand_.MachineWish(cluster, "m", nullptr);
    wish.add_data_disks()->set_name("data");
    wish.mutable_data_disks(0)->set_size_gb(5);
    StopAfter("POST", skip);
    complete = stand_.Apply(wish).ok();
    stand_.RestartCompute();
    stand_.ClearFaults();
    EXPECT_EQ(stand_.MakeMachine(wish).state(), VirtualMachine::STATE_RUNNING);
    EXPECT_EQ(stand_.CountOf(Kind::kVirtualMachine, cluster), 1);
    EXPECT_EQ(stand_.CountOf(Kind::kDisk, cluster), 2);
    EXPECT_TRUE(stand_.DeleteMachine(cluster, "m"));
    EXPECT_EQ(stand_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

TEST_F(RestartTest, OfTheComputeServiceWhileItRemovesOne) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 10);
    const std::string cluster = absl::StrCat("c", skip);
    stand_.MakeMachine(stand_.MachineWish(cluster, "m", nullptr));
    StopAfter("DELETE", skip);
    while (true) {
      const absl::StatusOr<int> remaining =
          stand_.DeleteMachineOnce(cluster, "m");
      complete = remaining.ok() && *remaining == 0;
      if (!remaining.ok() || complete) break;
    }
    stand_.RestartCompute();
    stand_.ClearFaults();
    EXPECT_TRUE(stand_.DeleteMachine(cluster, "m"));
    EXPECT_EQ(stand_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

// The caller's word counts: a machine that he has seen is never made again.
TEST_F(RestartTest, B1AMachineThatVanishedMeanwhileIsLost) {
  const VirtualMachine wish = stand_.MachineWish("c", "m", nullptr);
  const VirtualMachine machine = stand_.MakeMachine(wish);
  stand_.Control("POST",
                 absl::StrCat("/sim/v1/vms/demo/", machine.id(), "/vanish"));
  stand_.RestartCompute();
  stand_.ForgetCalls();
  const auto lost = stand_.Apply(wish, /*provisioned_before=*/true);
  ASSERT_TRUE(lost.ok()) << lost.status();
  EXPECT_EQ(lost->state(), VirtualMachine::STATE_LOST);
  EXPECT_EQ(stand_.Calls("POST", "virtualMachines"), 0);
  EXPECT_EQ(stand_.CountOf(Kind::kDisk, "c"), 1);
}

}  // namespace
}  // namespace evroc
