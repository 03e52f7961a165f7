#include "services/network/spec/valid_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::network {
namespace {

using ::testing::ElementsAre;

const cloud::Place kPlace = {.capabilities = {.load_balancers = true,
                                              .zones = true,
                                              .vpc_in_security_groups = true},
                             .project = "p",
                             .region = "se-sto"};

v1::ClusterNetwork Request() {
  v1::ClusterNetwork request;
  request.mutable_owner()->set_cluster_id("c1");
  request.mutable_owner()->set_cluster_name("prod");
  request.mutable_vpc()->set_name("net");
  v1::Subnet& subnet = *request.add_subnets();
  subnet.set_name("net-a");
  subnet.set_zone("a");
  subnet.set_ipv4_cidr_block("10.0.10.0/24");
  return request;
}

v1::SecurityRule Rule(const char* cidr) {
  v1::SecurityRule rule;
  rule.set_name("in");
  rule.set_direction(v1::SecurityRule::DIRECTION_INGRESS);
  rule.set_cidr(cidr);
  return rule;
}

std::optional<NetworkSpec> Valid(const v1::ClusterNetwork& request,
                                 const v1::ClusterNetwork& measured = {}) {
  return ValidRequest(*ReadClusterNetwork(request, kPlace), measured, kPlace);
}

TEST(ValidRequestTest, OfLabelsAndGroupsOnlyWhatIsRefusedIsLeftOut) {
  v1::ClusterNetwork request = Request();
  (*request.mutable_labels())["a/b"] = "c";
  (*request.mutable_labels())["team"] = "x";
  v1::SecurityGroups& groups = *request.mutable_security_groups();
  groups.mutable_worker()->add_existing_ids("mine");
  *groups.mutable_worker()->add_rules() = Rule("many");
  for (const char* name : {"good", "bad"}) {
    groups.add_additional()->set_name(name);
  }
  *groups.mutable_additional(0)->add_rules() = Rule("10.0.0.0/8");
  *groups.mutable_additional(1)->add_rules() = Rule("many");
  const auto valid = Valid(request);
  ASSERT_TRUE(valid.has_value());
  EXPECT_EQ(valid->request.labels_size(), 1);
  EXPECT_TRUE(valid->request.labels().contains("team"));
  EXPECT_THAT(valid->worker.existing_ids, ElementsAre("mine"));
  EXPECT_TRUE(valid->worker.rules.empty());
  ASSERT_EQ(valid->additional.size(), 2);
  EXPECT_EQ(valid->additional[0].rules.size(), 1);
  EXPECT_TRUE(valid->additional[1].rules.empty()) << "it is asked for";
}

TEST(ValidRequestTest, WhatIsRefusedOfTheEndpointIsAsItIs) {
  v1::ClusterNetwork request = Request();
  v1::ControlPlaneEndpoint& endpoint =
      *request.mutable_control_plane_endpoint();
  endpoint.add_ports()->set_port(-1);
  endpoint.add_member_ids("No Id");
  endpoint.set_existing_public_ip_id(
      "/networking/projects/q/regions/se-sto/publicIPs/ip");
  EXPECT_FALSE(Valid(request).has_value()) << "its address is not known";
  v1::ClusterNetwork measured;
  v1::ControlPlaneEndpointStatus& status =
      *measured.mutable_control_plane_endpoint_status();
  status.set_port(7443);
  status.add_member_ids("m1");
  status.set_public_ip_id("theirs");
  const auto valid = Valid(request, measured);
  ASSERT_TRUE(valid.has_value());
  EXPECT_EQ(valid->ports[0].port, 7443);
  EXPECT_THAT(valid->backends, ElementsAre(Id<cloud::VirtualMachine>("m1")));
  EXPECT_EQ(valid->existing_public_ip, Id<cloud::PublicIp>("theirs"));
}

TEST(ValidRequestTest, ARefusedNetworkIsAsItIs) {
  v1::ClusterNetwork request = Request();
  request.mutable_vpc()->set_name("No Name");
  request.mutable_subnets(0)->set_zone("d");
  EXPECT_FALSE(Valid(request).has_value()) << "nothing is there";
  v1::ClusterNetwork measured;
  measured.set_vpc_id("net");
  measured.add_subnet_statuses()->set_id("net-b");
  const auto valid = Valid(request, measured);
  ASSERT_TRUE(valid.has_value());
  EXPECT_EQ(valid->vpc.id, Id<cloud::Vpc>("net"));
  ASSERT_EQ(valid->subnets.size(), 1);
  EXPECT_EQ(valid->subnets[0].id, Id<cloud::Subnet>("net-b"));
}

}  // namespace
}  // namespace evroc::network
