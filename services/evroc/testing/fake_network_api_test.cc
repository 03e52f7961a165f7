#include "services/evroc/testing/fake_network_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace evroc::cloud {
namespace {

using Code = absl::StatusCode;

class FakeNetworkApiTest : public testing::Test {
 protected:
  FakeNetworkApiTest() { api_.AddDefaultNetwork(); }

  PublicIp CreateAddress(const std::string& id) {
    PublicIp address;
    address.metadata.id = Id<PublicIp>(id);
    return *api_.public_ips().Create({}, address);
  }

  absl::StatusOr<LoadBalancer> CreateBalancer(const std::string& id,
                                              const std::string& address) {
    LoadBalancer balancer;
    balancer.metadata.id = Id<LoadBalancer>(id);
    balancer.public_ip = Id<PublicIp>(address);
    return api_.load_balancers().Create({}, balancer);
  }

  FakeNetworkApi api_;
  const Id<Vpc> vpc_{"default-se-sto"};
};

TEST_F(FakeNetworkApiTest, APublicIpGetsItsAddressWhenSettled) {
  EXPECT_EQ(CreateAddress("ip1").status.address, "");
  api_.Settle();
  const PublicIp address = *api_.public_ips().Find(Id<PublicIp>("ip1"));
  EXPECT_NE(address.status.address, "");
  EXPECT_TRUE(IsReady(address.status.conditions));
  EXPECT_EQ(address.status.used_by, "");
}

TEST_F(FakeNetworkApiTest, ReferencesMustExist) {
  Subnet subnet;
  subnet.metadata.id = Id<Subnet>("s1");
  subnet.vpc = Id<Vpc>("nowhere");
  subnet.zone = "a";
  subnet.ipv4_cidr_block = "10.0.9.0/24";
  EXPECT_EQ(api_.subnets().Create({}, subnet).status().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(CreateBalancer("lb1", "nowhere").status().code(),
            Code::kInvalidArgument);
}

TEST_F(FakeNetworkApiTest, AnAddressHasOneUserAndStaysWhileUsed) {
  CreateAddress("ip1");
  ASSERT_TRUE(CreateBalancer("lb1", "ip1").ok());
  ASSERT_TRUE(CreateBalancer("lb2", "ip1").ok());
  api_.Settle();
  EXPECT_TRUE(IsReady(
      api_.load_balancers().Find(Id<LoadBalancer>("lb1"))->status.conditions));
  EXPECT_FALSE(IsReady(
      api_.load_balancers().Find(Id<LoadBalancer>("lb2"))->status.conditions));
  ASSERT_TRUE(api_.public_ips().Delete({}, Id<PublicIp>("ip1"), "").ok());
  api_.Settle();
  EXPECT_TRUE(api_.public_ips().Find(Id<PublicIp>("ip1")));
  ASSERT_TRUE(
      api_.load_balancers().Delete({}, Id<LoadBalancer>("lb1"), "").ok());
  ASSERT_TRUE(
      api_.load_balancers().Delete({}, Id<LoadBalancer>("lb2"), "").ok());
  api_.Settle();
  EXPECT_FALSE(api_.public_ips().Find(Id<PublicIp>("ip1")));
}

TEST_F(FakeNetworkApiTest, AVpcWaitsForItsSubnets) {
  ASSERT_TRUE(api_.vpcs().Delete({}, vpc_, "").ok());
  api_.Settle();
  EXPECT_TRUE(api_.vpcs().Find(vpc_));
  for (const Subnet& subnet : api_.subnets().All()) {
    ASSERT_TRUE(api_.subnets().Delete({}, subnet.metadata.id, "").ok());
  }
  for (const SecurityGroup& group : api_.security_groups().All()) {
    ASSERT_TRUE(api_.security_groups().Delete({}, group.metadata.id, "").ok());
  }
  api_.Settle();
  EXPECT_FALSE(api_.vpcs().Find(vpc_));
}

TEST_F(FakeNetworkApiTest, ARuleHasOneRemote) {
  SecurityGroup group;
  group.metadata.id = Id<SecurityGroup>("g1");
  group.vpc = vpc_;
  group.rules = {{.name = "r"}};
  EXPECT_EQ(api_.security_groups().Create({}, group).status().code(),
            Code::kInvalidArgument);
  group.rules[0].remote.vpc = vpc_;
  EXPECT_TRUE(api_.security_groups().Create({}, group).ok());
}

TEST_F(FakeNetworkApiTest, CountsCallsOfAllCollections) {
  api_.ResetCalls();
  CreateAddress("ip1");
  ASSERT_TRUE(api_.vpcs().Get({}, vpc_).ok());
  EXPECT_EQ(api_.writes(), 1);
  EXPECT_EQ(api_.reads(), 1);
}

TEST(FakeKcpNetworkApiTest, HasNoLoadBalancersButWatches) {
  FakeNetworkApi api(FakeDialect::kKcp);
  EXPECT_EQ(api.capabilities(), Capabilities());
  EXPECT_TRUE(api.public_ips().can_watch());
  EXPECT_THAT(std::string(api.load_balancers().List({}, "").status().message()),
              testing::HasSubstr("KCP"));
}

}  // namespace
}  // namespace evroc::cloud
