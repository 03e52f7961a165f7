#include "shim/reconcile/cluster/network_wish.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/reconcile/stores.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

namespace v1 = network::v1;

EvrocClusterObject Cluster() {
  EvrocClusterObject cluster;
  cluster.spec.vpc_name = "vpc";
  cluster.spec.subnets = {
      {.name = "net", .cidr_block = "10.0.1.0/24", .zone = "b"}};
  return cluster;
}

absl::StatusOr<v1::ClusterNetwork> Wish(const EvrocClusterObject& cluster,
                                        const InlineGroups& groups = {},
                                        int api_server_port = 0) {
  return MakeNetworkWish({.cluster = cluster,
                          .cluster_id = "id",
                          .cluster_name = "c",
                          .api_server_port = api_server_port,
                          .zones = true,
                          .member_ids = {"vm-1", "vm-2"},
                          .inline_groups = groups});
}

TEST(NetworkWishTest, SaysWhoseItIsAndWhere) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.stack_type = "dual-stack";
  cluster.spec.labels = {{"team", "x"}};
  const v1::ClusterNetwork wish = Wish(cluster).value();
  EXPECT_EQ(wish.owner().cluster_id(), "id");
  EXPECT_EQ(wish.owner().cluster_name(), "c");
  EXPECT_EQ(wish.vpc().name(), "vpc");
  EXPECT_FALSE(wish.vpc().existing());
  EXPECT_EQ(wish.vpc().stack_type(), common::v1::STACK_TYPE_DUAL_STACK);
  ASSERT_EQ(wish.subnets_size(), 1);
  EXPECT_EQ(wish.subnets(0).zone(), "b");
  EXPECT_EQ(wish.subnets(0).ipv4_cidr_block(), "10.0.1.0/24");
  EXPECT_THAT(wish.labels(), ElementsAre(Pair("team", "x")));
  EXPECT_THAT(wish.control_plane_endpoint().member_ids(),
              ElementsAre("vm-1", "vm-2"));
}

TEST(NetworkWishTest, ExistingNetworksAreNamedAndNotDescribed) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.vpc_existing = true;
  cluster.spec.subnets.clear();
  cluster.spec.subnet_refs = {{"a", "theirs"}};
  const v1::ClusterNetwork wish = Wish(cluster).value();
  EXPECT_TRUE(wish.vpc().existing());
  EXPECT_TRUE(wish.subnets(0).existing());
  EXPECT_EQ(wish.subnets(0).name(), "theirs");
  EXPECT_THAT(wish.subnets(0).zone(), IsEmpty());
}

TEST(NetworkWishTest, TheEndpointIsWhatTheCloudHasUnlessItIsSaid) {
  using Endpoint = v1::ControlPlaneEndpoint;
  EvrocClusterObject cluster = Cluster();
  EXPECT_EQ(Wish(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_UNSPECIFIED);
  cluster.spec.load_balancer_said = true;
  EXPECT_EQ(Wish(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_LOAD_BALANCER);
  cluster.spec.load_balancer = false;
  EXPECT_EQ(Wish(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_PUBLIC_IP);
}

TEST(NetworkWishTest, D2TheApiComesFirstThenWhatElseIsServed) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.additional_ports = {
      {.port = 9345, .target_port = 0, .health_check_port = 6443}};
  const v1::ControlPlaneEndpoint endpoint =
      Wish(cluster)->control_plane_endpoint();
  ASSERT_EQ(endpoint.ports_size(), 2);
  EXPECT_EQ(endpoint.ports(0).port(), 6443);
  EXPECT_EQ(endpoint.ports(0).target_port(), 6443);
  EXPECT_EQ(endpoint.ports(1).port(), 9345);
  EXPECT_EQ(endpoint.ports(1).health_check_port(), 6443);
  // The Cluster says where API servers listen, the EvrocCluster where clients
  // connect.
  EXPECT_EQ(Wish(cluster, {}, 8443)->control_plane_endpoint().ports(0).port(),
            8443);
  cluster.spec.endpoint.port = 443;
  const auto ports = Wish(cluster, {}, 8443)->control_plane_endpoint().ports();
  EXPECT_EQ(ports[0].port(), 443);
  EXPECT_EQ(ports[0].target_port(), 8443);
}

TEST(NetworkWishTest, ExistingGroupsArePassedOn) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.common_groups.existing_ids = {"theirs"};
  EXPECT_THAT(Wish(cluster)->security_groups().common().existing_ids(),
              ElementsAre("theirs"));
}

TEST(NetworkWishTest, EveryRemoteOfARuleIsPassedOn) {
  EvrocClusterObject cluster = Cluster();
  SecurityGroupSpec group{.name = "g", .rules = {}};
  group.rules.push_back({.name = "a",
                         .direction = "egress",
                         .protocol = "udp",
                         .port = 1,
                         .end_port = 9,
                         .security_group_id = "sg"});
  group.rules.push_back(
      {.name = "b", .direction = "ingress", .subnet_id = "sn"});
  group.rules.push_back(
      {.name = "c", .direction = "ingress", .protocol = "icmp", .vpc = true});
  const v1::SecurityGroups groups =
      Wish(cluster, {{"g", group.rules}})->security_groups();
  EXPECT_EQ(groups.additional(0).name(), "g");
  const auto& rules = groups.additional(0).rules();
  EXPECT_EQ(rules[0].direction(), v1::SecurityRule::DIRECTION_EGRESS);
  EXPECT_EQ(rules[0].security_group_id(), "sg");
  EXPECT_EQ(rules[0].end_port(), 9);
  EXPECT_EQ(rules[1].subnet_id(), "sn");
  EXPECT_EQ(rules[1].protocol(), v1::SecurityRule::PROTOCOL_ALL);
  EXPECT_TRUE(rules[2].vpc());
  EXPECT_EQ(rules[2].protocol(), v1::SecurityRule::PROTOCOL_ICMP);
}

}  // namespace
}  // namespace evroc::shim
