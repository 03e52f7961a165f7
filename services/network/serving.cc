#include "services/network/serving.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/identity/owner_labels.h"
#include "services/network/condition_states.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Known;

ConditionState Not(std::string reason, std::string message) {
  return {.holds = false,
          .reason = std::move(reason),
          .message = std::move(message)};
}

// The network that the endpoint's machines are in.
ConditionState BaseState(const NetworkResources& resources,
                         const NetworkSpec* spec) {
  if (!resources.vpc.has_value()) return VpcState(resources, spec);
  if (resources.subnets.empty()) return SubnetsState(resources, spec);
  return {};
}

// One that was made for the cluster has its labels as long as it is the
// cluster's.
ConditionState AddressState(const NetworkResources& resources,
                            const NetworkSpec* spec) {
  const bool chosen = spec != nullptr && !spec->existing_public_ip.empty();
  if (!resources.address.has_value()) return EndpointState(resources, spec);
  const cloud::PublicIp& address = resources.address->object;
  if (address.status.address.empty()) return EndpointState(resources, spec);
  if (spec == nullptr || chosen ||
      cloud::BelongsTo(address.metadata.labels, cloud::KeyOf(spec->owner))) {
    return {};
  }
  return Not(
      "Blocked",
      absl::StrCat("public IP ", address.metadata.id.value(), " belongs to ",
                   cloud::DescribeOwner(address.metadata.labels)));
}

// Of the conditions only those count that say so: a load balancer that takes a
// change may not be ready for a moment.
ConditionState FrontState(const Known<cloud::LoadBalancer>& balancer) {
  ConditionState state =
      cloud::StateOf(balancer, balancer.object.metadata.id.value());
  const bool counts = balancer.deleting ||
                      absl::StrContains(state.reason, "Fail") ||
                      absl::StrContains(state.reason, "Error");
  return counts ? state : ConditionState();
}

// Whether a listener that leads to a service reaches machines.
ConditionState PoolState(const NetworkResources& resources,
                         const NetworkSpec* spec,
                         const cloud::LoadBalancer::Listener& listener) {
  if (resources.pools.empty()) {
    return Not("NoBackendPool", "the cluster has no backend pool");
  }
  for (const Id<cloud::L4Route>& id : listener.routes) {
    const cloud::L4Route& route = FindById(resources.routes, id)->object;
    const cloud::BackendService& service =
        FindById(resources.services, route.default_service)->object;
    const auto* pool = FindById(resources.pools, service.pool);
    if (pool == nullptr) {
      return Not(
          "OtherBackendPool",
          absl::StrCat("port ", listener.port, " leads to backend pool ",
                       service.pool.value(), ", which is not the cluster's"));
    }
    if (pool->object.backends.empty() && spec != nullptr &&
        !spec->backends.empty()) {
      return Not("NoBackends",
                 absl::StrCat("backend pool ", service.pool.value(),
                              " has no machines"));
    }
  }
  return {};
}

ConditionState ListenerState(const NetworkResources& resources,
                             const NetworkSpec* spec,
                             const cloud::LoadBalancer& balancer) {
  const int port = spec == nullptr ? 0 : spec->ports[0].port;
  const auto listener = std::find_if(
      balancer.listeners.begin(), balancer.listeners.end(),
      [&](const auto& each) { return port == 0 || each.port == port; });
  if (listener == balancer.listeners.end()) {
    return Not("Repairing",
               absl::StrCat("the load balancer has no port ", port));
  }
  ConditionState state = LeadsSomewhere(resources, *listener);
  return state.holds ? PoolState(resources, spec, *listener) : state;
}

ConditionState BalancerState(const NetworkResources& resources,
                             const NetworkSpec* spec) {
  if (resources.balancers.empty()) {
    return Not("Creating", "the load balancer does not exist yet");
  }
  const cloud::LoadBalancer& balancer = resources.balancers[0].object;
  const cloud::PublicIp& address = resources.address->object;
  if (balancer.public_ip != address.metadata.id) {
    return Not("Updating", absl::StrCat("the load balancer has public IP ",
                                        balancer.public_ip.value(), ", not ",
                                        address.metadata.id.value()));
  }
  ConditionState state = HolderState(address, balancer);
  if (state.holds) state = FrontState(resources.balancers[0]);
  return state.holds ? ListenerState(resources, spec, balancer) : state;
}

// The address is attached while the first machine is made.
ConditionState MachineState(const cloud::PublicIp& address,
                            const NetworkSpec* spec) {
  if (address.status.used_by.empty() && AsksForMachines(spec)) {
    return Not("NotAttached",
               absl::StrCat("public IP ", address.metadata.id.value(),
                            " is attached to no machine"));
  }
  return MachineHolderState(address, spec);
}

}  // namespace

ConditionState ServingState(const NetworkResources& resources,
                            const NetworkSpec* spec) {
  ConditionState state = BaseState(resources, spec);
  if (state.holds) state = AddressState(resources, spec);
  if (!state.holds) return state;
  return HasBalancer(resources, spec)
             ? BalancerState(resources, spec)
             : MachineState(resources.address->object, spec);
}

bool IsOfAnotherNetwork(const NetworkResources& resources,
                        const NetworkSpec& spec) {
  if (resources.vpc.has_value() &&
      resources.vpc->object.metadata.id != spec.vpc.id) {
    return true;
  }
  if (resources.address.has_value() &&
      (resources.address->object.metadata.id != AddressId(spec) ||
       HasBalancer(resources, nullptr) != spec.load_balancer)) {
    return true;
  }
  return std::any_of(resources.balancers.begin(), resources.balancers.end(),
                     [&](const auto& balancer) {
                       return !spec.load_balancer ||
                              balancer.object.metadata.id != BalancerId(spec) ||
                              balancer.object.public_ip != AddressId(spec);
                     });
}

}  // namespace evroc::network
