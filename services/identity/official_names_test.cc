#include "services/identity/official_names.h"

#include "gtest/gtest.h"
#include "services/identity/object_name.h"

namespace evroc::cloud {
namespace {

TEST(OfficialNamesTest, OfAMachine) {
  const Owner owner{"id", "prod", "mid", "worker", "worker-0"};
  EXPECT_EQ(ObjectName(owner, "VirtualMachine", ""), "worker-0");
  EXPECT_EQ(ObjectName(owner, "Disk", "boot"), "worker-0-boot-disk");
  EXPECT_EQ(ObjectName(owner, "Disk", "data/etcd"), "worker-0-etcd");
  EXPECT_EQ(ObjectName(owner, "PublicIP", ""), "worker-0-public-ip");
}

TEST(OfficialNamesTest, OfACluster) {
  const Owner owner{"id", "prod", "", "", "prod-0123abcd"};
  EXPECT_EQ(ObjectName(owner, "PublicIP", "endpoint"),
            "prod-0123abcd-cp-lb-ip");
  EXPECT_EQ(ObjectName(owner, "LoadBalancer", "endpoint"),
            "prod-0123abcd-cp-lb");
  EXPECT_EQ(ObjectName(owner, "BackendPool", "control-plane"),
            "prod-0123abcd-cp-lb-pool");
  EXPECT_EQ(ObjectName(owner, "BackendService", kApiPortName),
            "prod-0123abcd-cp-lb-svc");
  EXPECT_EQ(ObjectName(owner, "L4Route", "port-9345"),
            "prod-0123abcd-cp-lb-route-9345");
}

// What the official provider does not make has a name of ours.
TEST(OfficialNamesTest, OfOtherKindsAreOurs) {
  const Owner owner{"id", "prod", "mid", "worker", "worker-0"};
  Owner without_prefix = owner;
  without_prefix.resource_prefix = "";
  EXPECT_EQ(ObjectName(owner, "HotswapDiskAttachment", "etcd"),
            ObjectName(without_prefix, "HotswapDiskAttachment", "etcd"));
  const Owner cluster{"id", "prod", "", "", "prod-0123abcd"};
  EXPECT_NE(ObjectName(cluster, "PlacementGroup", "control-plane/a/1")
                .find("prod-control-plane"),
            std::string::npos);
}

}  // namespace
}  // namespace evroc::cloud
