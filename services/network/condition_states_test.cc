#include "services/network/condition_states.h"

#include <algorithm>
#include <functional>
#include <string>

#include "gtest/gtest.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"
#include "services/network/testing/existing_network.h"

namespace evroc::network {
namespace {

// "reason: message", with "+" before it if the condition holds and "!" if it is
// hopeless.
std::string Text(const ConditionState& state) {
  std::string text = state.holds ? "+" : "";
  if (state.hopeless) text += "!";
  text += state.reason;
  if (!state.message.empty()) text += ": " + state.message;
  return text;
}

constexpr char kGood[] = "+Available";

template <typename T>
void SetNotReady(cloud::Known<T>& known, const char* reason,
                 const char* message = "") {
  known.object.status.conditions = {{.type = "Ready",
                                     .status = cloud::ConditionStatus::kFalse,
                                     .reason = reason,
                                     .message = message}};
}

// A change of a network that exists as requested, and the state that follows.
struct Case {
  const char* name;
  std::function<void(NetworkResources&, NetworkSpec&)> change;
  std::string with_spec;
  std::string without_spec;
};

// Checks the states that `state_of` computes, with and without the spec.
template <size_t Count>
void CheckCases(const Case (&cases)[Count],
                const std::function<ConditionState(
                    const NetworkResources&, const NetworkSpec*)>& state_of) {
  for (const Case& each : cases) {
    NetworkSpec spec = TestSpec();
    NetworkResources resources = ExistingResources(spec);
    each.change(resources, spec);
    EXPECT_EQ(Text(state_of(resources, &spec)), each.with_spec) << each.name;
    EXPECT_EQ(Text(state_of(resources, nullptr)), each.without_spec)
        << each.name;
  }
}

TEST(VpcStateTest, TellsWhatTheVpcLacks) {
  const Case cases[] = {
      {"as requested", [](auto&, auto&) {}, kGood, kGood},
      {"absent",
       [](NetworkResources& resources, auto&) { resources.vpc.reset(); },
       "Creating: the VPC does not exist yet",
       "Creating: the VPC does not exist yet"},
      {"absent, and not ours to create",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.vpc.reset();
         spec.vpc.existing = true;
       },
       "!VPCNotFound: VPC vpc does not exist",
       "Creating: the VPC does not exist yet"},
      {"not ready",
       [](NetworkResources& resources, auto&) {
         SetNotReady(*resources.vpc, "QuotaExceeded", "no VPCs left");
       },
       "QuotaExceeded: vpc is not ready: no VPCs left",
       "QuotaExceeded: vpc is not ready: no VPCs left"},
      {"other labels",
       [](NetworkResources& resources, auto&) {
         resources.vpc->object.metadata.labels[cloud::kClusterNameLabel] = "b";
       },
       "Updating: vpc is not as requested yet", kGood},
      {"additional labels",
       [](NetworkResources& resources, auto&) {
         resources.vpc->object.metadata.labels["a"] = "b";
       },
       kGood, kGood},
      {"another owner",
       [](NetworkResources& resources, auto&) {
         resources.vpc->object.metadata.labels.clear();
       },
       kGood, kGood},
      {"deleting",
       [](NetworkResources& resources, auto&) {
         resources.vpc->deleting = true;
       },
       "Deleting: vpc is being deleted", "Deleting: vpc is being deleted"},
  };
  CheckCases(cases, VpcState);
}

TEST(SubnetsStateTest, TellsWhatTheFirstBadSubnetLacks) {
  const Case cases[] = {
      {"as requested", [](auto&, auto&) {}, kGood, kGood},
      {"all absent",
       [](NetworkResources& resources, auto&) { resources.subnets.clear(); },
       "Creating: subnet s-a does not exist yet",
       "Creating: there is no subnet yet"},
      {"one absent",
       [](NetworkResources& resources, auto&) { resources.subnets.pop_back(); },
       "Creating: subnet s-b does not exist yet", kGood},
      {"one absent, and not ours to create",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.subnets.pop_back();
         spec.subnets[1].existing = true;
       },
       "!SubnetNotFound: subnet s-b does not exist", kGood},
      {"one absent that the cluster can do without",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.subnets.pop_back();
         spec.subnets[1].existing = spec.subnets[1].optional = true;
       },
       "+Available: the VPC has no subnet s-b; its zone is left out", kGood},
      {"all absent, each of which the cluster could do without",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.subnets.clear();
         for (NetworkSpec::Subnet& subnet : spec.subnets) {
           subnet.existing = subnet.optional = true;
         }
       },
       "!SubnetNotFound: subnet s-a does not exist",
       "Creating: there is no subnet yet"},
      {"absent before not ready",
       [](NetworkResources& resources, auto&) {
         SetNotReady(resources.subnets[0], "Pending");
         resources.subnets.pop_back();
       },
       "Creating: subnet s-b does not exist yet", "Pending: s-a is not ready"},
      {"other labels",
       [](NetworkResources& resources, auto&) {
         resources.subnets[1].object.metadata.labels[cloud::kClusterNameLabel] =
             "b";
       },
       "Updating: s-b is not as requested yet", kGood},
      {"other labels, and not ours to change",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.subnets[1].object.metadata.labels[cloud::kClusterNameLabel] =
             "b";
         spec.subnets[1].existing = true;
       },
       kGood, kGood},
      {"deleting",
       [](NetworkResources& resources, auto&) {
         resources.subnets[1].deleting = true;
       },
       "Deleting: s-b is being deleted", "Deleting: s-b is being deleted"},
  };
  CheckCases(cases, SubnetsState);
}

TEST(GroupsStateTest, TellsWhatTheGroupsLack) {
  const auto groups = DesiredGroups(TestSpec(), kRestCapabilities);
  const std::string& common = groups[0].metadata.id.value();
  const std::string& extra = groups[3].metadata.id.value();
  const Case cases[] = {
      {"as requested", [](auto&, auto&) {}, kGood, kGood},
      {"all absent",
       [](NetworkResources& resources, auto&) { resources.groups.clear(); },
       "Creating: the group for common does not exist yet", kGood},
      {"all absent, and what is made after them",
       [](NetworkResources& resources, auto&) {
         resources.groups.clear();
         resources.balancers.clear();
       },
       "Creating: the group for common does not exist yet",
       "Creating: the group for common does not exist yet"},
      {"without the roles'",
       [](NetworkResources& resources, NetworkSpec& spec) {
         spec.without_built_in = true;
         resources.groups.erase(resources.groups.begin(),
                                resources.groups.begin() + 3);
       },
       kGood, kGood},
      {"without the roles' from now on",
       [](auto&, NetworkSpec& spec) { spec.without_built_in = true; },
       "Releasing: " + common +
           " is not requested any more and goes once no machine has it",
       kGood},
      {"a role's absent",
       [](NetworkResources& resources, auto&) {
         resources.groups.erase(resources.groups.begin() + 2);
       },
       "Creating: the group for worker does not exist yet",
       "Creating: the group for worker does not exist yet"},
      {"no longer an additional one",
       [](auto&, NetworkSpec& spec) { spec.additional.clear(); },
       "Releasing: " + extra +
           " is not requested any more and goes once no machine has it",
       kGood},
      {"an additional one absent",
       [](NetworkResources& resources, auto&) { resources.groups.pop_back(); },
       "Updating: " + extra + " is not as requested yet", kGood},
      {"other rules",
       [](NetworkResources& resources, auto&) {
         resources.groups[3].object.rules.emplace_back();
       },
       "Updating: " + extra + " is not as requested yet", kGood},
      {"other labels",
       [](NetworkResources& resources, auto&) {
         resources.groups[0].object.metadata.labels[cloud::kClusterNameLabel] =
             "b";
       },
       "Updating: " + common + " is not as requested yet", kGood},
      {"deleting",
       [](NetworkResources& resources, auto&) {
         resources.groups[0].deleting = true;
       },
       "Deleting: " + common + " is being deleted",
       "Deleting: " + common + " is being deleted"},
  };
  CheckCases(cases, [](const auto& resources, const NetworkSpec* spec) {
    return GroupsState(resources, spec, kRestCapabilities);
  });
}

TEST(EndpointStateTest, TellsWhatTheEndpointLacks) {
  const std::string ip = DesiredAddress(TestSpec()).metadata.id.value();
  const std::string balancer =
      DesiredBalancer(TestSpec(), {}).balancer.metadata.id.value();
  const Case cases[] = {
      {"as requested", [](auto&, auto&) {}, kGood, kGood},
      {"no public IP",
       [](NetworkResources& resources, auto&) { resources.address.reset(); },
       "Creating: the public IP does not exist yet",
       "Creating: the public IP does not exist yet"},
      {"no public IP, and it is not ours to create",
       [](NetworkResources& resources, NetworkSpec& spec) {
         resources.address.reset();
         spec.existing_public_ip = Id<cloud::PublicIp>("mine");
       },
       "!PublicIPNotFound: public IP mine does not exist",
       "Creating: the public IP does not exist yet"},
      {"no address yet",
       [](NetworkResources& resources, auto&) {
         resources.address->object.status.address = "";
       },
       "Allocating: the public IP has no address yet",
       "Allocating: the public IP has no address yet"},
      {"public IP deleting",
       [](NetworkResources& resources, auto&) {
         resources.address->deleting = true;
       },
       "Deleting: " + ip + " is being deleted",
       "Deleting: " + ip + " is being deleted"},
      {"no load balancer yet",
       [](NetworkResources& resources, auto&) { resources.balancers.clear(); },
       "Creating: the load balancer does not exist yet",
       "Creating: the load balancer does not exist yet"},
      {"other backends",
       [](auto&, NetworkSpec& spec) { spec.backends.pop_back(); },
       "Updating: the load balancer is not as requested yet", kGood},
      {"no pool",
       [](NetworkResources& resources, auto&) { resources.pools.clear(); },
       "Updating: the load balancer is not as requested yet", kGood},
      {"other ports",
       [](auto&, NetworkSpec& spec) {
         spec.ports.push_back({.port = 9345, .target_port = 9345});
       },
       "Updating: the load balancer is not as requested yet", kGood},
      {"no route",
       [](NetworkResources& resources, auto&) { resources.routes.clear(); },
       "Repairing: port 6443 leads nowhere",
       "Repairing: port 6443 leads nowhere"},
      {"no backend service",
       [](NetworkResources& resources, auto&) { resources.services.clear(); },
       "Repairing: port 6443 leads nowhere",
       "Repairing: port 6443 leads nowhere"},
      {"another service",
       [](NetworkResources& resources, auto&) {
         resources.services[0].object.port = 1;
       },
       "Updating: the load balancer is not as requested yet", kGood},
      {"a route with other labels",
       [](NetworkResources& resources, auto&) {
         resources.routes[0].object.metadata.labels[cloud::kClusterNameLabel] =
             "b";
       },
       "Updating: the load balancer is not as requested yet", kGood},
      {"another public IP",
       [](NetworkResources& resources, auto&) {
         resources.balancers[0].object.public_ip = Id<cloud::PublicIp>("x");
       },
       "Updating: the load balancer is not as requested yet", kGood},
      {"another backend network, which can't be changed",
       [](NetworkResources& resources, auto&) {
         resources.balancers[0].object.backend_network.reset();
       },
       kGood, kGood},
      {"public IP with other labels",
       [](NetworkResources& resources, auto&) {
         resources.address->object.metadata.labels[cloud::kClusterNameLabel] =
             "b";
       },
       "Updating: " + ip + " is not as requested yet", kGood},
      {"public IP in use elsewhere",
       [](NetworkResources& resources, auto&) {
         resources.address->object.status.used_by = "/x/virtualMachines/vm";
       },
       "InUse: public IP " + ip + " is used by /x/virtualMachines/vm",
       "InUse: public IP " + ip + " is used by /x/virtualMachines/vm"},
      {"public IP in use by something that no source names",
       [](NetworkResources& resources, auto&) {
         resources.address->object.status.used_by = "/internal/frontends/f1";
       },
       kGood, kGood},
      {"backends in another order",
       [](NetworkResources& resources, auto&) {
         auto& backends = resources.pools[0].object.backends;
         std::reverse(backends.begin(), backends.end());
       },
       kGood, kGood},
      {"another address",
       [](NetworkResources& resources, auto&) {
         resources.balancers[0].object.status.public_address = "198.18.0.2";
       },
       "Updating: the load balancer has the address 198.18.0.2, not 198.18.0.1",
       "Updating: the load balancer has the address 198.18.0.2, not "
       "198.18.0.1"},
      {"load balancer not ready",
       [](NetworkResources& resources, auto&) {
         SetNotReady(resources.balancers[0], "Provisioning", "soon");
       },
       "Provisioning: " + balancer + " is not ready: soon",
       "Provisioning: " + balancer + " is not ready: soon"},
  };
  CheckCases(cases, EndpointState);
}

TEST(EndpointStateTest, APublicIpNeedsNoBalancer) {
  NetworkSpec spec = TestSpec();
  spec.load_balancer = false;
  const NetworkResources resources = ExistingResources(spec);
  EXPECT_EQ(Text(EndpointState(resources, &spec)), kGood);
  EXPECT_EQ(Text(EndpointState(resources, nullptr)), kGood);
}

TEST(EndpointStateTest, APublicIpIsNoStrangersMachines) {
  NetworkSpec spec = TestSpec();
  spec.load_balancer = false;
  spec.backends = {Id<cloud::VirtualMachine>("vm")};
  NetworkResources resources = ExistingResources(spec);
  std::string& user = resources.address->object.status.used_by;
  EXPECT_EQ(Text(EndpointState(resources, &spec)), kGood);
  user = "/x/virtualMachines/vm";
  EXPECT_EQ(Text(EndpointState(resources, &spec)), kGood);
  user = "/x/virtualMachines/theirs";
  EXPECT_EQ(Text(EndpointState(resources, &spec)).substr(0, 6), "InUse:");
  EXPECT_EQ(Text(EndpointState(resources, nullptr)), kGood);
  spec.backends_refused = true;
  EXPECT_EQ(Text(EndpointState(resources, &spec)), kGood);
}

// Without a spec the resources alone show which kind of endpoint it is.
TEST(HasBalancerTest, IsKnownFromTheSpecElseFromTheResources) {
  NetworkSpec spec = TestSpec();
  NetworkResources resources = ExistingResources(spec);
  EXPECT_TRUE(HasBalancer(resources, &spec));
  EXPECT_TRUE(HasBalancer(resources, nullptr));
  resources.balancers.clear();
  EXPECT_TRUE(HasBalancer(resources, nullptr)) << "its public IP is for one";
  resources.address.reset();
  EXPECT_FALSE(HasBalancer(resources, nullptr));
  EXPECT_TRUE(HasBalancer(resources, &spec));
  spec.load_balancer = false;
  EXPECT_FALSE(HasBalancer(ExistingResources(spec), nullptr));
  EXPECT_FALSE(HasBalancer(ExistingResources(TestSpec()), &spec));
}

}  // namespace
}  // namespace evroc::network
