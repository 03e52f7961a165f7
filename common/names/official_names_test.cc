#include "common/names/official_names.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

TEST(OfficialNamesTest, OfAMachine) {
  EXPECT_EQ(OfficialMachineName("worker-0", "VirtualMachine", ""), "worker-0");
  EXPECT_EQ(OfficialMachineName("worker-0", "Disk", "boot"),
            "worker-0-boot-disk");
  EXPECT_EQ(OfficialMachineName("worker-0", "Disk", "data/etcd"),
            "worker-0-etcd");
  EXPECT_EQ(OfficialDiskPart("worker-0", "worker-0-etcd"), "etcd");
  EXPECT_EQ(OfficialMachineName("worker-0", "PublicIP", ""),
            "worker-0-public-ip");
  EXPECT_EQ(OfficialMachineName("worker-0", "HotswapDiskAttachment", "etcd"),
            std::nullopt);
}

TEST(OfficialNamesTest, OfACluster) {
  const auto name = [](const char* kind, const char* part) {
    return OfficialClusterName("prod-0123abcd", kind, part).value_or("");
  };
  EXPECT_EQ(name("PublicIP", "endpoint"), "prod-0123abcd-cp-lb-ip");
  EXPECT_EQ(name("LoadBalancer", "endpoint"), "prod-0123abcd-cp-lb");
  EXPECT_EQ(name("BackendPool", "control-plane"), "prod-0123abcd-cp-lb-pool");
  EXPECT_EQ(name("BackendService", kApiPortName), "prod-0123abcd-cp-lb-svc");
  EXPECT_EQ(name("L4Route", "port-9345"), "prod-0123abcd-cp-lb-route-9345");
  EXPECT_EQ(name("PlacementGroup", "control-plane/a/1"), "");
}

TEST(OfficialNamesTest, OfAGroupThatTheCloudTakes) {
  EXPECT_EQ(OfficialGroupName("worker-0", "web"), "worker-0-web");
  EXPECT_EQ(OfficialGroupName("worker-0", "Web Server"), "");
  EXPECT_EQ(OfficialGroupName("", "web"), "");
}

TEST(OfficialNamesTest, AreRead) {
  EXPECT_EQ(OfficialPrefixOfBalancer("prod-0123abcd-cp-lb"), "prod-0123abcd");
  EXPECT_EQ(OfficialPrefixOfBalancer("front"), std::nullopt);
  const auto port = [](const char* route) {
    return OfficialRoutePort("prod-0123abcd", route);
  };
  EXPECT_EQ(port("prod-0123abcd-cp-lb-route-9345"), 9345);
  EXPECT_EQ(port("prod-0123abcd-cp-lb-route"), std::nullopt);
  EXPECT_EQ(port("prod-9999abcd-cp-lb-route-9345"), std::nullopt);
  EXPECT_TRUE(IsOfficialEndpointAddress("prod-0123abcd-cp-lb-ip"));
  EXPECT_FALSE(IsOfficialEndpointAddress("worker-0-public-ip"));
  EXPECT_FALSE(IsOfficialEndpointAddress(
      OfficialAddressWithoutBalancer("prod-0123abcd")));
}

}  // namespace
}  // namespace evroc
