#include "services/network/condition_states.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Known;

ConditionState Not(std::string reason, std::string message) {
  return {.holds = false,
          .reason = std::move(reason),
          .message = std::move(message)};
}

ConditionState Hopeless(std::string reason, std::string message) {
  ConditionState state = Not(std::move(reason), std::move(message));
  state.hopeless = true;
  return state;
}

// Whether an existing object is ready, as far as the cloud reports it.
template <typename T>
ConditionState StateOf(const Known<T>& known) {
  const std::string& id = known.object.metadata.id.value();
  if (known.deleting) {
    return Not("Deleting", absl::StrCat(id, " is being deleted"));
  }
  const cloud::Condition* ready =
      cloud::FindCondition(known.object.status.conditions, "Ready");
  if (ready == nullptr || ready->status == cloud::ConditionStatus::kTrue) {
    return {};
  }
  return Not(
      ready->reason.empty() ? "NotReady" : ready->reason,
      absl::StrCat(id, " is not ready", ready->message.empty() ? "" : ": ",
                   ready->message.str()));
}

// A group that is no longer requested exists until no machine uses it.
ConditionState ReleaseState(const NetworkResources& resources,
                            const std::vector<cloud::SecurityGroup>& desired) {
  for (const auto& group : resources.groups) {
    const Id<cloud::SecurityGroup>& id = group.object.metadata.id;
    const bool requested = std::any_of(desired.begin(), desired.end(),
                                       [&](const cloud::SecurityGroup& each) {
                                         return each.metadata.id == id;
                                       });
    if (requested) continue;
    return Not(
        "Releasing",
        absl::StrCat(id.value(),
                     " is not requested any more and goes once no machine "
                     "has it"));
  }
  return {};
}

// Whether the balancer's resources exist and refer to the right targets.
ConditionState BalancerState(const NetworkResources& resources,
                             const NetworkSpec* spec) {
  if (resources.balancers.empty()) {
    return Not("Creating", "the load balancer does not exist yet");
  }
  if (spec != nullptr) {
    std::vector<cloud::Subnet> subnets;
    for (const auto& subnet : resources.subnets) {
      subnets.push_back(subnet.object);
    }
    const Balancer wanted = DesiredBalancer(*spec, subnets);
    const auto* pool = FindById(resources.pools, wanted.pool.metadata.id);
    const auto* balancer =
        FindById(resources.balancers, wanted.balancer.metadata.id);
    if (pool == nullptr || pool->object.backends != wanted.pool.backends ||
        balancer == nullptr ||
        balancer->object.listeners != wanted.balancer.listeners) {
      return Not("Updating", "the load balancer is not as requested yet");
    }
  }
  for (const auto& balancer : resources.balancers) {
    for (const auto& listener : balancer.object.listeners) {
      for (const Id<cloud::L4Route>& id : listener.routes) {
        const auto* route = FindById(resources.routes, id);
        if (route == nullptr ||
            FindById(resources.services, route->object.default_service) ==
                nullptr) {
          return Not("Repairing",
                     absl::StrCat("port ", listener.port, " leads nowhere"));
        }
      }
    }
    ConditionState state = StateOf(balancer);
    if (!state.holds) return state;
  }
  return {};
}

}  // namespace

bool HasBalancer(const NetworkResources& resources, const NetworkSpec* spec) {
  if (spec != nullptr) return spec->load_balancer;
  if (!resources.balancers.empty()) return true;
  return resources.address.has_value() &&
         LabelOf(resources.address->object.metadata.labels,
                 cloud::kPartLabel) == kForLoadBalancer;
}

ConditionState VpcState(const NetworkResources& resources,
                        const NetworkSpec* spec) {
  if (resources.vpc.has_value()) return StateOf(*resources.vpc);
  if (spec != nullptr && spec->vpc.existing) {
    return Hopeless("VPCNotFound", absl::StrCat("VPC ", spec->vpc.id.value(),
                                                " does not exist"));
  }
  return Not("Creating", "the VPC does not exist yet");
}

ConditionState SubnetsState(const NetworkResources& resources,
                            const NetworkSpec* spec) {
  if (spec == nullptr && resources.subnets.empty()) {
    return Not("Creating", "there is no subnet yet");
  }
  if (spec != nullptr) {
    for (const NetworkSpec::Subnet& subnet : spec->subnets) {
      if (FindById(resources.subnets, subnet.id) != nullptr) continue;
      const std::string missing =
          absl::StrCat("subnet ", subnet.id.value(), " does not exist");
      if (subnet.existing) return Hopeless("SubnetNotFound", missing);
      return Not("Creating", absl::StrCat(missing, " yet"));
    }
  }
  for (const auto& subnet : resources.subnets) {
    ConditionState state = StateOf(subnet);
    if (!state.holds) return state;
  }
  return {};
}

ConditionState GroupsState(const NetworkResources& resources,
                           const NetworkSpec* spec,
                           const cloud::Capabilities& capabilities) {
  for (const char* role : {kCommonRole, kControlPlaneRole, kWorkerRole}) {
    const Known<cloud::SecurityGroup>* group = FindRole(resources, role);
    if (group == nullptr) {
      return Not("Creating",
                 absl::StrCat("the group for ", role, " does not exist yet"));
    }
    ConditionState state = StateOf(*group);
    if (!state.holds) return state;
  }
  if (spec == nullptr) return {};
  const std::vector<cloud::SecurityGroup> desired =
      DesiredGroups(*spec, capabilities);
  for (const cloud::SecurityGroup& wanted : desired) {
    const auto* group = FindById(resources.groups, wanted.metadata.id);
    if (group == nullptr || group->object.rules != wanted.rules) {
      return Not("Updating", absl::StrCat(wanted.metadata.id.value(),
                                          " is not as requested yet"));
    }
  }
  return ReleaseState(resources, desired);
}

ConditionState EndpointState(const NetworkResources& resources,
                             const NetworkSpec* spec) {
  if (!resources.address.has_value()) {
    if (spec != nullptr && !spec->existing_public_ip.empty()) {
      return Hopeless(
          "PublicIPNotFound",
          absl::StrCat("public IP ", spec->existing_public_ip.value(),
                       " does not exist"));
    }
    return Not("Creating", "the public IP does not exist yet");
  }
  if (resources.address->deleting) return StateOf(*resources.address);
  if (resources.address->object.status.address.empty()) {
    return Not("Allocating", "the public IP has no address yet");
  }
  return HasBalancer(resources, spec) ? BalancerState(resources, spec)
                                      : ConditionState();
}

bool IsReady(const Known<cloud::Subnet>& subnet) {
  return StateOf(subnet).holds;
}

}  // namespace evroc::network
