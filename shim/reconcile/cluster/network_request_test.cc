#include "shim/reconcile/cluster/network_request.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "shim/reconcile/identity/cloud_record.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

namespace v1 = network::v1;

EvrocClusterObject Cluster() {
  EvrocClusterObject cluster;
  cluster.spec.vpc_name = "vpc";
  cluster.spec.subnets = {
      {.name = "net", .cidr_block = "10.0.1.0/24", .zone = "b"}};
  return cluster;
}

absl::StatusOr<v1::ClusterNetwork> Request(const EvrocClusterObject& cluster,
                                           const InlineGroups& groups = {},
                                           int api_server_port = 0) {
  if (const absl::Status refused = CheckNetworkRequest(cluster, true);
      !refused.ok()) {
    return refused;
  }
  return MakeNetworkRequest({.cluster = cluster,
                             .cluster_id = "id",
                             .cluster_name = "c",
                             .api_server_port = api_server_port,
                             .zones = true,
                             .backends = {.serving = {"vm-1", "vm-2"},
                                          .undecided = {"vm-3"},
                                          .leaving = {"vm-4"}},
                             .inline_groups = groups});
}

TEST(NetworkRequestTest, HasTheOwnerAndTheNetwork) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.stack_type = "dual-stack";
  cluster.spec.labels = {{"team", "x"}};
  const v1::ClusterNetwork request = Request(cluster).value();
  EXPECT_EQ(request.owner().cluster_id(), "id");
  EXPECT_EQ(request.owner().cluster_name(), "c");
  EXPECT_EQ(request.vpc().name(), "vpc");
  EXPECT_FALSE(request.vpc().existing());
  EXPECT_EQ(request.vpc().stack_type(), common::v1::STACK_TYPE_DUAL_STACK);
  ASSERT_EQ(request.subnets_size(), 1);
  EXPECT_EQ(request.subnets(0).zone(), "b");
  EXPECT_EQ(request.subnets(0).ipv4_cidr_block(), "10.0.1.0/24");
  EXPECT_THAT(request.labels(), ElementsAre(Pair("team", "x")));
  EXPECT_THAT(request.control_plane_endpoint().member_ids(),
              ElementsAre("vm-1", "vm-2"));
  EXPECT_THAT(request.control_plane_endpoint().undecided_ids(),
              ElementsAre("vm-3"));
}

TEST(NetworkRequestTest, ExistingNetworksAreNamedAndNotDescribed) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.vpc_existing = true;
  cluster.spec.subnets.clear();
  cluster.spec.subnet_refs = {{"a", "theirs"}};
  const v1::ClusterNetwork request = Request(cluster).value();
  EXPECT_TRUE(request.vpc().existing());
  EXPECT_TRUE(request.subnets(0).existing());
  EXPECT_EQ(request.subnets(0).name(), "theirs");
  EXPECT_EQ(request.subnets(0).zone(), "a") << "to compare";
  EXPECT_THAT(request.subnets(0).ipv4_cidr_block(), IsEmpty());
  EXPECT_FALSE(request.subnets(0).optional());
}

TEST(NetworkRequestTest, OneNameForTwoGroupsIsRefusedWithAndWithoutZones) {
  EvrocClusterObject cluster = Cluster();
  const auto group = [](int port) {
    return SecurityGroupSpec{
        .name = "web",
        .rules = {{.name = "r", .direction = "Ingress", .port = port}}};
  };
  cluster.spec.common_groups.inline_groups = {group(80)};
  cluster.spec.worker_groups.inline_groups = {group(81)};
  for (const bool zones : {true, false}) {
    EXPECT_THAT(CheckNetworkRequest(cluster, zones).message(),
                HasSubstr("one name stands for one group"))
        << zones;
  }
}

TEST(NetworkRequestTest, TheCloudDecidesAnEndpointThatTheSpecLeavesOpen) {
  using Endpoint = v1::ControlPlaneEndpoint;
  EvrocClusterObject cluster = Cluster();
  EXPECT_EQ(Request(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_UNSPECIFIED);
  cluster.spec.load_balancer_set = true;
  EXPECT_EQ(Request(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_LOAD_BALANCER);
  cluster.spec.load_balancer = false;
  EXPECT_EQ(Request(cluster)->control_plane_endpoint().type(),
            Endpoint::TYPE_PUBLIC_IP);
}

TEST(NetworkRequestTest, AnEndpointThatExistsStaysWhatItIs) {
  EvrocClusterObject cluster = Cluster();
  const auto type = [&] {
    return Request(cluster)->control_plane_endpoint().type();
  };
  cluster.status.endpoint_type = std::string(kPublicIpEndpoint);
  EXPECT_EQ(type(), v1::ControlPlaneEndpoint::TYPE_UNSPECIFIED);
  cluster.status.public_ip_id = "ip";
  EXPECT_EQ(type(), v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_THAT(Request(cluster)->control_plane_endpoint().undecided_ids(),
              ElementsAre("vm-3", "vm-4"))
      << "one that is being deleted may still have the address";
  cluster.spec.load_balancer_set = true;
  EXPECT_EQ(type(), v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
}

// A move takes the status away, and leaves the record of the cloud.
TEST(NetworkRequestTest, AnEndpointStaysWhatItIsAfterAMove) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.endpoint = {.host = "203.0.113.1", .port = 6443};
  CloudRecord record;
  record.mutable_identity()->set_project("p");
  const auto type_with = [&](const std::string& kind) {
    auto& object = *record.add_objects();
    object.set_kind(kind);
    object.set_id("x");
    cluster.meta.annotations[kCloudAnnotation] = EncodeCloudRecord(record);
    return Request(cluster)->control_plane_endpoint().type();
  };
  EXPECT_EQ(type_with("VirtualPrivateCloud"),
            v1::ControlPlaneEndpoint::TYPE_UNSPECIFIED);
  EXPECT_EQ(type_with("PublicIP"), v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  cluster.spec.endpoint.host.clear();
  EXPECT_EQ(Request(cluster)->control_plane_endpoint().type(),
            v1::ControlPlaneEndpoint::TYPE_UNSPECIFIED);
  cluster.spec.endpoint.host = "203.0.113.1";
  EXPECT_EQ(type_with("LoadBalancer"),
            v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER)
      << "also with a credential whose API shows none";
}

TEST(NetworkRequestTest, D2TheApiPortComesBeforeAdditionalPorts) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.additional_ports = {
      {.port = 9345, .target_port = 0, .health_check_port = 6443}};
  const v1::ControlPlaneEndpoint endpoint =
      Request(cluster)->control_plane_endpoint();
  ASSERT_EQ(endpoint.ports_size(), 2);
  EXPECT_EQ(endpoint.ports(0).port(), 6443);
  EXPECT_EQ(endpoint.ports(0).target_port(), 6443);
  EXPECT_EQ(endpoint.ports(1).port(), 9345);
  EXPECT_EQ(endpoint.ports(1).health_check_port(), 6443);
  // API servers listen on the Cluster's port, clients connect to the
  // EvrocCluster's.
  EXPECT_EQ(
      Request(cluster, {}, 8443)->control_plane_endpoint().ports(0).port(),
      8443);
  cluster.spec.endpoint.port = 443;
  const auto ports =
      Request(cluster, {}, 8443)->control_plane_endpoint().ports();
  EXPECT_EQ(ports[0].port(), 443);
  EXPECT_EQ(ports[0].target_port(), 8443);
}

// A user's endpoint leads to it from elsewhere, and the Cluster's port is
// ignored there.
TEST(NetworkRequestTest, TheOfficialProvidersBalancerServesItsOnePort) {
  EvrocClusterObject cluster = Cluster();
  cluster.meta.annotations[kResourcePrefixAnnotation] = "c-0123abcd";
  cluster.spec.endpoint = {.host = "api.example.com", .port = 443};
  cluster.spec.additional_ports = {{.port = 443}};
  const auto ports =
      Request(cluster, {}, 8443)->control_plane_endpoint().ports();
  ASSERT_EQ(ports.size(), 2);
  EXPECT_EQ(ports[0].port(), 6443);
  EXPECT_EQ(ports[0].target_port(), 6443);
  EXPECT_EQ(ports[1].port(), 443) << "one that the user has added";
  EXPECT_EQ(ports[1].target_port(), 0);
}

TEST(NetworkRequestTest, ExistingGroupsArePassedOn) {
  EvrocClusterObject cluster = Cluster();
  cluster.spec.common_groups.existing_ids = {"theirs"};
  EXPECT_THAT(Request(cluster)->security_groups().common().existing_ids(),
              ElementsAre("theirs"));
}

TEST(NetworkRequestTest, EveryRemoteOfARuleIsPassedOn) {
  EvrocClusterObject cluster = Cluster();
  SecurityGroupSpec group{.name = "g", .rules = {}};
  group.rules.push_back({.name = "a",
                         .direction = "Egress",
                         .protocol = "UDP",
                         .port = 1,
                         .end_port = 9,
                         .remote_security_group = "sg"});
  group.rules.push_back(
      {.name = "b", .direction = "Ingress", .subnet_id = "sn"});
  group.rules.push_back(
      {.name = "c", .direction = "Ingress", .protocol = "ICMP", .vpc = true});
  const v1::SecurityGroups groups =
      Request(cluster, {{"g", {group.rules, "", {}}}})->security_groups();
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

TEST(NetworkRequestTest, ABlockMayBeGivenByAnAddressInIt) {
  SecurityGroupSpec group;
  for (const char* remote : {"203.0.113.7/24", "2001:db8::1/32", "192.0.2.0/24",
                             "192.0.2.1", "home/24"}) {
    group.rules.push_back({.name = remote, .remote_cidr = remote});
  }
  const v1::SecurityGroups groups =
      Request(Cluster(), {{"g", {group.rules, "", {}}}})->security_groups();
  std::vector<std::string> remotes;
  for (const v1::SecurityRule& rule : groups.additional(0).rules()) {
    remotes.push_back(rule.cidr());
  }
  EXPECT_THAT(remotes, ElementsAre("203.0.113.0/24", "2001:db8::/32",
                                   "192.0.2.0/24", "192.0.2.1", "home/24"));
}

// Never for all addresses.
TEST(NetworkRequestTest, ARuleWithoutRemoteIsPassedOnAsItIs) {
  const SecurityGroupSpec group{
      .name = "g", .rules = {{.name = "a", .direction = "Ingress"}}};
  const v1::SecurityGroups groups =
      Request(Cluster(), {{"g", {group.rules, "", {}}}})->security_groups();
  EXPECT_EQ(groups.additional(0).rules(0).remote_case(),
            v1::SecurityRule::REMOTE_NOT_SET);
}

TEST(NetworkRequestTest, NamesOfRulesMayBeAnyText) {
  SecurityGroupSpec group;
  for (const char* name : {"Allow SSH", "http", "http", "capi-x", "capi-x",
                           "CAPI API server", "capi_ssh"}) {
    group.rules.push_back({.name = name, .direction = "Ingress", .vpc = true});
  }
  const v1::SecurityGroups groups =
      Request(Cluster(), {{"web", {group.rules, "", {}}}})->security_groups();
  EXPECT_EQ(groups.additional(0).name(), "web");
  std::set<std::string> names;
  for (const v1::SecurityRule& rule : groups.additional(0).rules()) {
    EXPECT_TRUE(IsDnsLabel(rule.name())) << rule.name();
    EXPECT_THAT(rule.name(), Not(StartsWith("capi-")));
    names.insert(rule.name());
  }
  EXPECT_EQ(names.size(), group.rules.size());
  EXPECT_TRUE(names.contains("http"));
}

TEST(NetworkRequestTest, WithoutANetworkTheProjectsDefaultOneIsUsed) {
  EvrocClusterObject cluster;
  cluster.spec.region = "se-sto";
  cluster.spec.vpc_name = "default-se-sto";
  cluster.spec.vpc_existing = true;
  cluster.spec.subnet_refs = {
      {"b", "/networking/projects/p/regions/se-sto/subnets/mine"}};
  const auto subnets = [&] {
    std::vector<std::string> texts;
    const v1::ClusterNetwork request = Request(cluster).value();
    for (const v1::Subnet& subnet : request.subnets()) {
      EXPECT_TRUE(subnet.existing());
      texts.push_back(
          absl::StrCat(subnet.name(), subnet.optional() ? "?" : ""));
    }
    return texts;
  };
  EXPECT_THAT(subnets(),
              ElementsAre("default-se-sto-a?", cluster.spec.subnet_refs["b"],
                          "default-se-sto-c?"));
  cluster.spec.failure_domains = {"c", "b"};
  EXPECT_THAT(subnets(),
              ElementsAre(cluster.spec.subnet_refs["b"], "default-se-sto-c?"));
}

}  // namespace
}  // namespace evroc::shim
