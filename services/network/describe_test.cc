#include "services/network/describe.h"

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"
#include "services/network/testing/existing_network.h"

namespace evroc::network {
namespace {

using cloud::ConditionStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Network = v1::ClusterNetwork;

Network Describe(const NetworkResources& resources,
                 const NetworkHistory& history,
                 const cloud::Capabilities& capabilities = kRestCapabilities) {
  return DescribeNetwork(resources, "c1", history, capabilities);
}

template <typename Message>
common::v1::Condition ConditionOf(const Message& message, const char* type) {
  for (const common::v1::Condition& condition : message.conditions()) {
    if (condition.type() == type) return condition;
  }
  return {};
}

template <typename T>
void SetNotReady(cloud::Known<T>& known) {
  known.object.status.conditions = {{.type = "Ready",
                                     .status = ConditionStatus::kFalse,
                                     .reason = "Pending"}};
}

TEST(DescribeNetworkTest, TheStateSumsUp) {
  const struct {
    const char* name;
    std::function<void(NetworkResources&, NetworkHistory&)> change;
    Network::State state;
    const char* reason;
  } cases[] = {
      {"as requested", [](auto&, auto&) {}, Network::STATE_READY, "Ready"},
      {"without a spec",
       [](auto&, NetworkHistory& history) { history.spec.reset(); },
       Network::STATE_READY, "Ready"},
      {"without public IP",
       [](NetworkResources& resources, auto&) { resources.address.reset(); },
       Network::STATE_PROVISIONING, "Creating"},
      {"the first condition says why",
       [](NetworkResources& resources, auto&) {
         SetNotReady(*resources.vpc);
         resources.subnets.clear();
       },
       Network::STATE_PROVISIONING, "Pending"},
      {"what can't recover comes before what is on its way",
       [](NetworkResources& resources, NetworkHistory& history) {
         SetNotReady(*resources.vpc);
         resources.subnets.clear();
         history.spec->subnets[0].existing = true;
       },
       Network::STATE_FAILED, "Pending"},
      {"deletion was requested",
       [](auto&, NetworkHistory& history) { history.deleting = true; },
       Network::STATE_DELETING, "Deleting"},
      {"an object of ours is being deleted",
       [](NetworkResources& resources, auto&) {
         resources.routes[0].deleting = true;
       },
       Network::STATE_DELETING, "Deleting"},
      {"deletion comes before failure",
       [](NetworkResources& resources, NetworkHistory& history) {
         resources.vpc.reset();
         history.spec->vpc.existing = true;
         history.deleting = true;
       },
       Network::STATE_DELETING, "Deleting"},
      {"somebody else's VPC is being deleted",
       [](NetworkResources& resources, auto&) {
         resources.vpc->object.metadata.labels.clear();
         resources.vpc->deleting = true;
       },
       Network::STATE_PROVISIONING, "Deleting"},
  };
  for (const auto& each : cases) {
    NetworkHistory history = {.spec = TestSpec()};
    NetworkResources resources = ExistingResources(*history.spec);
    each.change(resources, history);
    const Network network = Describe(resources, history);
    EXPECT_EQ(network.state(), each.state) << each.name;
    const common::v1::Condition ready = ConditionOf(network, "Ready");
    EXPECT_EQ(ready.reason(), each.reason) << each.name;
    EXPECT_EQ(ready.status() == common::v1::Condition::STATUS_TRUE,
              each.state == Network::STATE_READY)
        << each.name;
  }
}

TEST(DescribeNetworkTest, DeletionNamesWhatIsStillThereOfOurs) {
  const NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  resources.subnets[1].object.metadata.labels.clear();
  resources.vpc->object.metadata.labels =
      cloud::OwnerLabels({.cluster_id = "c2", .cluster_name = "other"});
  const std::string text =
      ConditionOf(Describe(resources, {.spec = spec, .deleting = true}),
                  "Ready")
          .message();
  EXPECT_THAT(text, HasSubstr("LoadBalancer "));
  EXPECT_THAT(text, HasSubstr("PublicIP "));
  EXPECT_THAT(text, HasSubstr("Subnet s-a"));
  EXPECT_THAT(text, Not(HasSubstr("Subnet s-b")));
  EXPECT_THAT(text, Not(HasSubstr("VirtualPrivateCloud")));
}

// Takes away parts and breaks others at random: whatever is there, the state
// and the summary say the same, and the parts follow from the resources.
TEST(DescribeNetworkTest, AlwaysAgreesWithItself) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&] { return random() % 4 == 0; };
    NetworkHistory history = {.spec = TestSpec(), .deleting = chance()};
    if (chance()) history.spec->load_balancer = false;
    NetworkResources resources = ExistingResources(*history.spec);
    if (chance()) history.spec->vpc.existing = true;
    if (chance()) history.spec.reset();
    if (chance()) SetNotReady(*resources.vpc);
    if (chance()) resources.vpc.reset();
    if (chance()) resources.subnets[0].deleting = true;
    if (chance()) resources.subnets.pop_back();
    if (chance()) resources.groups.pop_back();
    if (chance()) resources.routes.clear();
    if (chance()) resources.address->object.status.address = "";
    if (chance()) resources.address.reset();

    const Network network = Describe(resources, history);
    bool all_hold = true;
    for (const char* type : {"VPCReady", "SubnetsReady", "SecurityGroupsReady",
                             "ControlPlaneEndpointReady"}) {
      const auto status = ConditionOf(network, type).status();
      EXPECT_NE(status, common::v1::Condition::STATUS_UNSPECIFIED) << seed;
      all_hold = all_hold && status == common::v1::Condition::STATUS_TRUE;
    }
    const bool is_deleting = network.state() == Network::STATE_DELETING;
    const bool is_ready = network.state() == Network::STATE_READY;
    EXPECT_EQ(is_ready, all_hold && !is_deleting) << seed;
    EXPECT_EQ(ConditionOf(network, "Ready").status() ==
                  common::v1::Condition::STATUS_TRUE,
              is_ready)
        << seed;
    if (history.deleting) EXPECT_TRUE(is_deleting) << seed;
    EXPECT_EQ(network.vpc_id().empty(), !resources.vpc.has_value()) << seed;
    EXPECT_EQ(network.control_plane_endpoint_status().public_ip_id().empty(),
              !resources.address.has_value())
        << seed;
    EXPECT_EQ(network.etag(), Describe(resources, history).etag()) << seed;
  }
}

TEST(DescribeNetworkTest, TellsTheStateOfEachSubnetOfTheSpec) {
  const NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  resources.subnets.erase(resources.subnets.begin());
  resources.subnets[0].object.metadata.labels.clear();
  SetNotReady(resources.subnets[0]);
  const Network network = Describe(resources, {.spec = spec});
  ASSERT_EQ(network.subnet_statuses_size(), 2);
  const v1::SubnetStatus& missing = network.subnet_statuses(0);
  EXPECT_EQ(missing.id(), "s-a");
  EXPECT_EQ(missing.zone(), "");
  EXPECT_FALSE(missing.ready());
  const v1::SubnetStatus& existing = network.subnet_statuses(1);
  EXPECT_EQ(existing.id(), "s-b");
  EXPECT_EQ(existing.zone(), "b");
  EXPECT_EQ(existing.ipv4_cidr_block(), "10.0.2.0/24");
  EXPECT_FALSE(existing.ready());
  EXPECT_FALSE(existing.owned());
  const Network usual = Describe(ExistingResources(spec), {.spec = spec});
  EXPECT_TRUE(usual.subnet_statuses(0).ready());
  EXPECT_TRUE(usual.subnet_statuses(0).owned());
}

TEST(DescribeNetworkTest, FailureDomainsAreTheZonesOfExistingSubnets) {
  NetworkSpec spec = TestSpec();
  spec.subnets.insert(spec.subnets.begin(),
                      {.id = Id<cloud::Subnet>("s-b2"), .zone = "b"});
  NetworkResources resources = ExistingResources(spec);
  Network network = Describe(resources, {.spec = spec});
  ASSERT_EQ(network.failure_domains_size(), 2);
  EXPECT_EQ(network.failure_domains(0).name(), "a");
  EXPECT_TRUE(network.failure_domains(0).control_plane());
  EXPECT_THAT(network.failure_domains(0).subnet_ids(), ElementsAre("s-a"));
  EXPECT_EQ(network.failure_domains(1).name(), "b");
  EXPECT_THAT(network.failure_domains(1).subnet_ids(),
              ElementsAre("s-b2", "s-b"));
  resources.subnets[1].deleting = true;
  network = Describe(resources, {.spec = spec});
  ASSERT_EQ(network.failure_domains_size(), 1);
  EXPECT_EQ(network.failure_domains(0).name(), "b");
  EXPECT_THAT(Describe(resources, {.spec = spec}, {}).failure_domains(),
              IsEmpty());
}

// Its load balancer was made without it, and stays so.
TEST(DescribeNetworkTest, AZoneThatTheBalancerLacksIsForWorkers) {
  const NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  auto& backend_network = resources.balancers[0].object.backend_network;
  std::erase_if(backend_network->subnets,
                [](const auto& each) { return each.zone == "b"; });
  Network network = Describe(resources, {.spec = spec});
  ASSERT_EQ(network.failure_domains_size(), 2);
  EXPECT_TRUE(network.failure_domains(0).control_plane());
  EXPECT_FALSE(network.failure_domains(1).control_plane());
  backend_network.reset();
  network = Describe(resources, {.spec = spec});
  EXPECT_TRUE(network.failure_domains(1).control_plane());
}

TEST(DescribeNetworkTest, GroupsAreOursAndThenTheExistingOnes) {
  NetworkSpec spec = TestSpec();
  spec.common.existing_ids = {"theirs"};
  spec.worker.existing_ids = {"w1", "w2"};
  const auto groups = DesiredGroups(spec, kRestCapabilities);
  const auto id_of = [&](int i) { return groups[i].metadata.id.value(); };
  NetworkResources resources = ExistingResources(spec);
  const v1::SecurityGroupIds ids =
      Describe(resources, {.spec = spec}).security_group_ids();
  EXPECT_THAT(ids.common(), ElementsAre(id_of(0), "theirs"));
  EXPECT_THAT(ids.control_plane(), ElementsAre(id_of(1)));
  EXPECT_THAT(ids.worker(), ElementsAre(id_of(2), "w1", "w2"));
  ASSERT_EQ(ids.additional().size(), 1);
  EXPECT_EQ(ids.additional().at("extra"), id_of(3));
  resources.groups.clear();
  const v1::SecurityGroupIds rest =
      Describe(resources, {.spec = spec}).security_group_ids();
  EXPECT_THAT(rest.common(), ElementsAre("theirs"));
  EXPECT_THAT(rest.control_plane(), IsEmpty());
  EXPECT_THAT(rest.additional(), IsEmpty());
}

TEST(DescribeNetworkTest, GroupsWithoutBuiltInOnesAreTheExistingOnes) {
  NetworkSpec spec = TestSpec();
  spec.common.existing_ids = {"theirs"};
  const NetworkResources resources = ExistingResources(spec);
  spec.without_built_in = true;
  const v1::SecurityGroupIds ids =
      Describe(resources, {.spec = spec}).security_group_ids();
  EXPECT_THAT(ids.common(), ElementsAre("theirs"));
  EXPECT_THAT(ids.control_plane(), IsEmpty());
  EXPECT_THAT(ids.worker(), IsEmpty());
}

// A group of that name that is to go does not take its place.
TEST(DescribeNetworkTest, AGroupWithAnIdIsFoundByItsName) {
  NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  spec.additional[0].id = Id<cloud::SecurityGroup>("a-theirs");
  for (const bool first : {true, false}) {
    auto group = ExistingResources(spec).groups[3];
    resources.groups.insert(
        first ? resources.groups.begin() : resources.groups.end(), group);
    const v1::SecurityGroupIds ids =
        Describe(resources, {.spec = spec}).security_group_ids();
    EXPECT_EQ(ids.additional().at("extra"), "a-theirs");
    EXPECT_EQ(ids.additional_size(), 1);
    resources.groups = ExistingResources(TestSpec()).groups;
  }
  resources.groups = ExistingResources(spec).groups;
  EXPECT_TRUE(Describe(resources, {})
                  .security_group_ids()
                  .additional()
                  .contains("a-theirs"));
}

TEST(DescribeNetworkTest, TellsTheEndpoint) {
  NetworkSpec spec = TestSpec();
  const NetworkResources resources = ExistingResources(spec);
  for (const auto& history : {NetworkHistory{.spec = spec}, NetworkHistory{}}) {
    const v1::ControlPlaneEndpointStatus endpoint =
        Describe(resources, history).control_plane_endpoint_status();
    EXPECT_EQ(endpoint.type(), v1::ControlPlaneEndpoint::TYPE_LOAD_BALANCER);
    EXPECT_EQ(endpoint.host(), "198.18.0.1");
    EXPECT_EQ(endpoint.port(), 6443);
    EXPECT_EQ(endpoint.public_ip_id(),
              resources.address->object.metadata.id.value());
    EXPECT_EQ(endpoint.load_balancer_id(),
              resources.balancers[0].object.metadata.id.value());
    EXPECT_THAT(endpoint.member_ids(), ElementsAre("m1", "m2"));
  }
  spec.load_balancer = false;
  const v1::ControlPlaneEndpointStatus endpoint =
      Describe(ExistingResources(spec), {.spec = spec})
          .control_plane_endpoint_status();
  EXPECT_EQ(endpoint.type(), v1::ControlPlaneEndpoint::TYPE_PUBLIC_IP);
  EXPECT_EQ(endpoint.load_balancer_id(), "");
  EXPECT_THAT(endpoint.member_ids(), IsEmpty());
}

TEST(DescribeNetworkTest, ReturnsTheSpecAsItWasRequestedElseWhatItShows) {
  NetworkSpec spec = TestSpec();
  spec.request.mutable_vpc()->set_name("requested");
  const NetworkResources resources = ExistingResources(spec);
  const Network requested = Describe(resources, {.spec = spec});
  EXPECT_EQ(requested.vpc().name(), "requested");
  EXPECT_THAT(requested.subnets(), IsEmpty());
  const Network observed = Describe(resources, {});
  EXPECT_EQ(observed.owner().cluster_id(), "c1");
  EXPECT_EQ(observed.owner().cluster_name(), "cluster");
  ASSERT_EQ(observed.subnets_size(), 2);
  EXPECT_EQ(observed.subnets(0).name(), "s-a");
  EXPECT_EQ(observed.subnets(0).zone(), "a");
  EXPECT_EQ(observed.subnets(0).ipv4_cidr_block(), "10.0.1.0/24");
}

TEST(DescribeAddressTest, TellsTheStateOfAPublicIp) {
  const struct {
    const char* name;
    const char* address;
    bool deleting;
    v1::PublicIp::State state;
    const char* reason;
    const char* message;
  } cases[] = {
      {"ready", "198.18.0.1", false, v1::PublicIp::STATE_READY, "Ready", ""},
      {"allocating", "", false, v1::PublicIp::STATE_PROVISIONING, "Allocating",
       "it has no address yet"},
      {"deleting", "198.18.0.1", true, v1::PublicIp::STATE_DELETING, "Deleting",
       ""},
      {"deleting without an address", "", true, v1::PublicIp::STATE_DELETING,
       "Deleting", ""},
  };
  for (const auto& each : cases) {
    cloud::Known<cloud::PublicIp> known;
    known.object.status.address = each.address;
    known.deleting = each.deleting;
    const v1::PublicIp address = DescribeAddress(known);
    EXPECT_EQ(address.state(), each.state) << each.name;
    EXPECT_EQ(address.address(), each.address) << each.name;
    const common::v1::Condition ready = ConditionOf(address, "Ready");
    EXPECT_EQ(ready.status() == common::v1::Condition::STATUS_TRUE,
              each.state == v1::PublicIp::STATE_READY)
        << each.name;
    EXPECT_EQ(ready.reason(), each.reason) << each.name;
    EXPECT_EQ(ready.message(), each.message) << each.name;
  }
}

TEST(DescribeAddressTest, NamesItsOwnerItsUserAndTheUsersLabels) {
  cloud::Known<cloud::PublicIp> known;
  known.object.metadata.id = Id<cloud::PublicIp>("ip");
  known.object.metadata.labels = cloud::OwnerLabels({"c1", "n", "m1", "w-0"});
  known.object.metadata.labels["team"] = "one";
  const std::pair<const char*, const char*> users[] = {
      {"", ""},
      {"/compute/projects/p/regions/r/virtualMachines/vm", "vm"},
      {"virtualmachines/vm", "vm"}};
  for (const auto& [used_by, id] : users) {
    known.object.status.used_by = used_by;
    const v1::PublicIp address = DescribeAddress(known);
    EXPECT_EQ(address.used_by_id(), id);
    EXPECT_EQ(address.id(), "ip");
    EXPECT_EQ(address.owner().machine_id(), "m1");
    EXPECT_EQ(address.owner().machine_name(), "w-0");
    ASSERT_EQ(address.labels().size(), 1);
    EXPECT_EQ(address.labels().at("team"), "one");
  }
  known.object.metadata.labels.clear();
  EXPECT_FALSE(DescribeAddress(known).has_owner());
}

}  // namespace
}  // namespace evroc::network
