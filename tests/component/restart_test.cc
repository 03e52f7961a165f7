// Stops a service, as a crash would, at each step of creating and deleting:
// each object exists once at the end, and nothing is left over.

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/component/services_fixture.h"

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
  // Skips `skip` writes of that method, then refuses all further ones with an
  // error that is not retried.
  void StopAfter(const char* method, int skip) {
    services_.AddFault(absl::StrCat(R"({"method": ")", method,
                                    R"(", "path": "projects", "skip": )", skip,
                                    R"(, "count": 100000, "status": 402})"));
  }

  ServicesFixture services_{{.settings = kQuick}};
};

TEST_F(RestartTest, OfTheNetworkServiceWhileItMakesANetwork) {
  int skip = 0;
  bool complete = false;
  for (; !complete; ++skip) {
    ASSERT_LT(skip, 20);
    const std::string cluster = absl::StrCat("c", skip);
    StopAfter("POST", skip);
    complete = services_.Apply(services_.DesiredNetwork(cluster)).ok();
    services_.RestartNetwork();
    services_.ClearFaults();
    EXPECT_EQ(services_.MakeNetwork(services_.DesiredNetwork(cluster)).state(),
              ClusterNetwork::STATE_READY);
    EXPECT_EQ(services_.CountAll(cluster), 10) << "after " << skip << " writes";
    EXPECT_TRUE(services_.DeleteNetwork(cluster));
    EXPECT_EQ(services_.CountAll(cluster), 0);
  }
  EXPECT_EQ(skip, 11) << "VPC, subnet, 3 groups, address, 4 of the balancer";
}

TEST_F(RestartTest, OfTheNetworkServiceWhileItRemovesOne) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 20);
    const std::string cluster = absl::StrCat("c", skip);
    services_.MakeNetwork(services_.DesiredNetwork(cluster));
    StopAfter("DELETE", skip);
    while (true) {
      const absl::StatusOr<int> remaining =
          services_.DeleteNetworkOnce(cluster);
      complete = remaining.ok() && *remaining == 0;
      if (!remaining.ok() || complete) break;
    }
    services_.RestartNetwork();
    services_.ClearFaults();
    EXPECT_TRUE(services_.DeleteNetwork(cluster));
    EXPECT_EQ(services_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

TEST_F(RestartTest, OfTheComputeServiceWhileItMakesAMachine) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 10);
    const std::string cluster = absl::StrCat("c", skip);
    VirtualMachine desired = services_.DesiredMachine(cluster, "m", nullptr);
    desired.add_data_disks()->set_name("data");
    desired.mutable_data_disks(0)->set_size_gb(5);
    StopAfter("POST", skip);
    complete = services_.Apply(desired).ok();
    services_.RestartCompute();
    services_.ClearFaults();
    EXPECT_EQ(services_.MakeMachine(desired).state(),
              VirtualMachine::STATE_RUNNING);
    EXPECT_EQ(services_.CountOf(Kind::kVirtualMachine, cluster), 1);
    EXPECT_EQ(services_.CountOf(Kind::kDisk, cluster), 2);
    EXPECT_TRUE(services_.DeleteMachine(cluster, "m"));
    EXPECT_EQ(services_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

TEST_F(RestartTest, OfTheComputeServiceWhileItRemovesOne) {
  bool complete = false;
  for (int skip = 0; !complete; ++skip) {
    ASSERT_LT(skip, 10);
    const std::string cluster = absl::StrCat("c", skip);
    services_.MakeMachine(services_.DesiredMachine(cluster, "m", nullptr));
    StopAfter("DELETE", skip);
    while (true) {
      const absl::StatusOr<int> remaining =
          services_.DeleteMachineOnce(cluster, "m");
      complete = remaining.ok() && *remaining == 0;
      if (!remaining.ok() || complete) break;
    }
    services_.RestartCompute();
    services_.ClearFaults();
    EXPECT_TRUE(services_.DeleteMachine(cluster, "m"));
    EXPECT_EQ(services_.CountAll(cluster), 0) << "after " << skip << " writes";
  }
}

// The caller decides: a machine that it has seen is never created again.
TEST_F(RestartTest, B1AMachineThatVanishedMeanwhileIsLost) {
  const VirtualMachine desired = services_.DesiredMachine("c", "m", nullptr);
  const VirtualMachine machine = services_.MakeMachine(desired);
  services_.Control("POST",
                    absl::StrCat("/sim/v1/vms/demo/", machine.id(), "/vanish"));
  services_.RestartCompute();
  services_.ForgetCalls();
  const auto lost = services_.Apply(desired, /*provisioned_before=*/true);
  ASSERT_TRUE(lost.ok()) << lost.status();
  EXPECT_EQ(lost->state(), VirtualMachine::STATE_LOST);
  EXPECT_EQ(services_.Calls("POST", "virtualMachines"), 0);
  EXPECT_EQ(services_.CountOf(Kind::kDisk, "c"), 1);
}

}  // namespace
}  // namespace evroc
