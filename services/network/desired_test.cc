#include "services/network/desired.h"

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/identity/object_name.h"
#include "services/identity/owner_labels.h"
#include "services/network/security_rules.h"

namespace evroc::network {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr cloud::Capabilities kRest = {
    .load_balancers = true, .zones = true, .vpc_in_security_groups = true};
constexpr cloud::Capabilities kKcp = {};

NetworkSpec Spec() {
  NetworkSpec spec;
  spec.owner = {.cluster_id = "c1", .cluster_name = "cluster"};
  spec.labels = {{"team", "one"}};
  spec.vpc.id = Id<cloud::Vpc>("vpc");
  spec.load_balancer = true;
  spec.ports = {{.port = 443, .target_port = 6443, .health_check_port = 6444}};
  return spec;
}

cloud::Labels LabelsOf(const NetworkSpec& spec, const char* role = nullptr,
                       const char* part = nullptr) {
  cloud::Labels labels = cloud::OwnerLabels(spec.owner);
  labels["team"] = "one";
  if (role != nullptr) labels[cloud::kRoleLabel] = role;
  if (part != nullptr) labels[cloud::kPartLabel] = part;
  return labels;
}

TEST(DefaultVpcBlocksTest, AreTheSmallestThatHoldAllSubnets) {
  struct Case {
    std::vector<std::string> subnets;
    std::vector<std::string> blocks;
  };
  for (const auto& [subnets, blocks] : std::vector<Case>{
           {{}, {"10.0.0.0/16"}},
           {{"10.0.1.0/24", "10.0.2.0/24"}, {"10.0.0.0/16"}},
           {{"10.0.1.0/24", "10.1.0.0/24"}, {"10.0.0.0/8"}},
           {{"172.16.4.0/24"}, {"172.16.0.0/12"}},
           {{"192.168.1.0/24"}, {"192.168.0.0/16"}},
           {{"192.168.1.0/24", "10.0.1.0/24"},
            {"10.0.0.0/16", "192.168.0.0/16"}},
           {{"203.0.113.0/24", "no block"}, {"10.0.0.0/16"}},
       }) {
    EXPECT_EQ(DefaultVpcBlocks(subnets), blocks)
        << ::testing::PrintToString(subnets);
  }
}

TEST(DesiredVpcTest, HasBlocksForItsSubnetsUnlessTheyAreChosen) {
  NetworkSpec spec = Spec();
  spec.subnets = {{.ipv4_cidr_block = "172.16.0.0/24"}, {}};
  cloud::Vpc expected;
  expected.metadata.id = Id<cloud::Vpc>("vpc");
  expected.metadata.labels = LabelsOf(spec);
  expected.ipv4_cidr_blocks = {"172.16.0.0/12"};
  EXPECT_EQ(DesiredVpc(spec), expected);
  spec.vpc.ipv4_cidr_blocks = {"172.16.0.0/20"};
  EXPECT_THAT(DesiredVpc(spec).ipv4_cidr_blocks, ElementsAre("172.16.0.0/20"));
}

TEST(DesiredVpcTest, WithoutIpv4HasNoBlocks) {
  NetworkSpec spec = Spec();
  spec.vpc.stack_type = cloud::StackType::kIpv6Only;
  EXPECT_THAT(DesiredVpc(spec).ipv4_cidr_blocks, IsEmpty());
}

TEST(DesiredSubnetTest, TakesTheStackTypeOfItsVpcUnlessItHasOne) {
  NetworkSpec spec = Spec();
  spec.vpc.stack_type = cloud::StackType::kDualStack;
  NetworkSpec::Subnet subnet = {.id = Id<cloud::Subnet>("s1"),
                                .zone = "a",
                                .ipv4_cidr_block = "10.0.1.0/24"};
  cloud::Subnet expected;
  expected.metadata.id = Id<cloud::Subnet>("s1");
  expected.metadata.labels = LabelsOf(spec);
  expected.vpc = Id<cloud::Vpc>("vpc");
  expected.zone = "a";
  expected.ipv4_cidr_block = "10.0.1.0/24";
  expected.stack_type = cloud::StackType::kDualStack;
  EXPECT_EQ(DesiredSubnet(spec, subnet), expected);
  subnet.stack_type = cloud::StackType::kIpv6Only;
  EXPECT_EQ(DesiredSubnet(spec, subnet).stack_type,
            cloud::StackType::kIpv6Only);
}

TEST(DesiredGroupsTest, AreTheRolesAndThenTheAdditionalOnes) {
  NetworkSpec spec = Spec();
  const cloud::SecurityRule own = {.name = "own", .port = 80};
  spec.worker.rules = {{.rule = own, .from_vpc = true}};
  spec.additional = {{.name = "extra", .rules = {{.rule = own}}}};
  const Id<cloud::Vpc> vpc("vpc");
  const auto groups = DesiredGroups(spec, kRest);
  ASSERT_EQ(groups.size(), 4);
  EXPECT_EQ(groups[0].metadata.labels, LabelsOf(spec, kCommonRole));
  EXPECT_EQ(groups[1].metadata.labels, LabelsOf(spec, kControlPlaneRole));
  EXPECT_EQ(groups[2].metadata.labels, LabelsOf(spec, kWorkerRole));
  EXPECT_EQ(groups[3].metadata.labels,
            LabelsOf(spec, kAdditionalRole, "extra"));
  for (const cloud::SecurityGroup& group : groups) EXPECT_EQ(group.vpc, vpc);

  EXPECT_EQ(groups[0].rules, CommonRules(groups[0].metadata.id));
  EXPECT_EQ(groups[1].rules,
            ControlPlaneRules(spec, groups[1].metadata.id, vpc));
  std::vector<cloud::SecurityRule> worker = WorkerRules(vpc);
  worker.push_back(own);
  worker.back().remote.vpc = vpc;
  EXPECT_EQ(groups[2].rules, worker);
  EXPECT_THAT(groups[3].rules, ElementsAre(own));
}

TEST(DesiredGroupsTest, AreTheAdditionalOnesAloneIfThatIsRequested) {
  NetworkSpec spec = Spec();
  spec.without_built_in = true;
  EXPECT_THAT(DesiredGroups(spec, kRest), IsEmpty());
  spec.additional = {{.name = "web", .id = Id<cloud::SecurityGroup>("theirs")}};
  const auto groups = DesiredGroups(spec, kRest);
  ASSERT_EQ(groups.size(), 1);
  EXPECT_EQ(groups[0].metadata.id, Id<cloud::SecurityGroup>("theirs"));
  EXPECT_EQ(groups[0].metadata.labels,
            LabelsOf(spec, kAdditionalRole, "theirs"));
}

TEST(DesiredGroupsTest, NameNoVpcWhereTheApiCannot) {
  for (const cloud::SecurityGroup& group : DesiredGroups(Spec(), kKcp)) {
    EXPECT_TRUE(group.vpc.empty());
    for (const cloud::SecurityRule& rule : group.rules) {
      EXPECT_TRUE(rule.remote.vpc.empty()) << rule.name.str();
    }
  }
}

TEST(DesiredAddressTest, SaysWhatItIsFor) {
  NetworkSpec spec = Spec();
  cloud::PublicIp expected;
  expected.metadata.id = AddressId(spec);
  expected.metadata.labels = LabelsOf(spec, kEndpointRole, kForLoadBalancer);
  EXPECT_EQ(DesiredAddress(spec), expected);
  spec.load_balancer = false;
  expected.metadata.labels = LabelsOf(spec, kEndpointRole, kForMachine);
  EXPECT_EQ(DesiredAddress(spec), expected);
}

TEST(AddressIdTest, IsTheExistingOneWhereThereIsOne) {
  NetworkSpec spec = Spec();
  EXPECT_EQ(AddressId(spec), Id<cloud::PublicIp>(cloud::ObjectName(
                                 spec.owner, "PublicIP", kEndpointRole)));
  spec.existing_public_ip = Id<cloud::PublicIp>("mine");
  EXPECT_EQ(AddressId(spec), Id<cloud::PublicIp>("mine"));
}

TEST(DesiredBalancerTest, ChainsListenerRouteServiceAndPool) {
  NetworkSpec spec = Spec();
  spec.ports.push_back(
      {.port = 9345, .target_port = 9345, .health_check_port = 9345});
  spec.backends = {Id<cloud::VirtualMachine>("vm1")};
  const Balancer desired = DesiredBalancer(spec, {});
  EXPECT_EQ(desired.pool.backends, spec.backends);
  EXPECT_EQ(desired.balancer.public_ip, AddressId(spec));
  ASSERT_EQ(desired.services.size(), 2);
  ASSERT_EQ(desired.routes.size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    const cloud::BackendService& service = desired.services[i];
    EXPECT_EQ(service.pool, desired.pool.metadata.id);
    EXPECT_EQ(service.port, spec.ports[i].target_port);
    EXPECT_EQ(service.health_check->target_port,
              spec.ports[i].health_check_port);
    EXPECT_EQ(desired.routes[i].default_service, service.metadata.id);
    EXPECT_EQ(desired.balancer.listeners[i].port, spec.ports[i].port);
    EXPECT_THAT(desired.balancer.listeners[i].routes,
                ElementsAre(desired.routes[i].metadata.id));
  }
  EXPECT_EQ(desired.balancer.listeners[0].name, "port-443");
  EXPECT_EQ(desired.services[0].metadata.labels,
            LabelsOf(spec, kEndpointRole, "port-443"));
}

TEST(DesiredBalancerTest, HasTheOfficialProvidersNamesIfItMadeTheCluster) {
  NetworkSpec spec = Spec();
  spec.owner.resource_prefix = "prod-0123abcd";
  spec.ports.push_back({.port = 9345});
  const Balancer desired = DesiredBalancer(spec, {});
  EXPECT_EQ(desired.balancer.listeners[0].name, "kube-apiserver");
  EXPECT_EQ(desired.services[0].metadata.id.value(), "prod-0123abcd-cp-lb-svc");
  EXPECT_EQ(desired.balancer.listeners[1].name, "port-9345");
  EXPECT_EQ(desired.routes[1].metadata.id.value(),
            "prod-0123abcd-cp-lb-route-9345");
}

TEST(RequestedServiceTest, KeepsTheOfficialProvidersHealthCheck) {
  NetworkSpec spec = Spec();
  cloud::BackendService existing;
  existing.ip_protocol = cloud::IpProtocol::kIpv6;
  existing.health_check = {.interval = absl::Seconds(9)};
  const auto requested = [&] {
    const auto wanted = DesiredBalancer(spec, {}).services[0];
    return RequestedService(spec, wanted, existing) == wanted;
  };
  EXPECT_TRUE(requested());
  spec.owner.resource_prefix = "prod-0123abcd";
  const auto wanted = DesiredBalancer(spec, {}).services[0];
  auto kept = wanted;
  kept.health_check = existing.health_check;
  kept.ip_protocol = existing.ip_protocol;
  EXPECT_EQ(RequestedService(spec, wanted, existing), kept);
  spec.ports[0].health_check_chosen = true;
  EXPECT_TRUE(requested());
}

TEST(DesiredBalancerTest, ReachesMachinesWithoutIpv4ByIpv6) {
  using cloud::StackType;
  const auto protocol = [](StackType vpc,
                           const std::vector<StackType>& of_subnets) {
    NetworkSpec spec = Spec();
    spec.vpc.stack_type = vpc;
    std::vector<cloud::Subnet> subnets;
    for (const StackType each : of_subnets) {
      subnets.emplace_back().stack_type = each;
    }
    return DesiredBalancer(spec, subnets).services[0].ip_protocol;
  };
  const StackType unset = StackType::kUnset;
  const StackType dual = StackType::kDualStack;
  const StackType ipv6 = StackType::kIpv6Only;
  EXPECT_EQ(protocol(unset, {}), cloud::IpProtocol::kIpv4);
  EXPECT_EQ(protocol(dual, {dual}), cloud::IpProtocol::kIpv4);
  EXPECT_EQ(protocol(unset, {ipv6, dual}), cloud::IpProtocol::kIpv4);
  EXPECT_EQ(protocol(unset, {ipv6, ipv6}), cloud::IpProtocol::kIpv6);
  EXPECT_EQ(protocol(ipv6, {dual}), cloud::IpProtocol::kIpv6);
}

// traps.md B19: without it the load balancer sits in the default VPC.
TEST(DesiredBalancerTest, ReachesMachinesThroughTheFirstSubnetOfEachZone) {
  constexpr const char* kNames[] = {"x", "y", "z"};
  std::vector<cloud::Subnet> subnets(3);
  for (int i = 0; i < 3; ++i) {
    subnets[i].metadata.id = Id<cloud::Subnet>(std::string(kNames[i]));
    subnets[i].zone = i == 2 ? "b" : "a";
  }
  const cloud::LoadBalancer balancer =
      DesiredBalancer(Spec(), subnets).balancer;
  using Network = cloud::LoadBalancer::BackendNetwork;
  EXPECT_EQ(
      balancer.backend_network,
      (Network{.vpc = Id<cloud::Vpc>("vpc"),
               .subnets = {{.zone = "a", .subnet = Id<cloud::Subnet>("x")},
                           {.zone = "b", .subnet = Id<cloud::Subnet>("z")}}}));
}

TEST(DesiredBalancerTest, ReachesEveryZoneOfTheDefaultNetwork) {
  NetworkSpec spec = Spec();
  spec.default_network = true;
  EXPECT_FALSE(DesiredBalancer(spec, std::vector<cloud::Subnet>(1))
                   .balancer.backend_network.has_value());
}

}  // namespace
}  // namespace evroc::network
