#include "services/network/network_aspects.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"

namespace evroc::network {
namespace {

using cloud::Known;

Aspect Not(std::string reason, std::string message) {
  return {.holds = false,
          .reason = std::move(reason),
          .message = std::move(message)};
}

Aspect Hopeless(std::string reason, std::string message) {
  Aspect aspect = Not(std::move(reason), std::move(message));
  aspect.hopeless = true;
  return aspect;
}

// An object that is there: is it ready, as far as the cloud says?
template <typename T>
Aspect AspectOf(const Known<T>& known) {
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

// A group that is not wished any more stays until no machine has it.
Aspect ReleaseAspect(const NetworkParts& parts,
                     const std::vector<cloud::SecurityGroup>& desired) {
  for (const auto& group : parts.groups) {
    const Id<cloud::SecurityGroup>& id = group.object.metadata.id;
    const bool wished = std::any_of(desired.begin(), desired.end(),
                                    [&](const cloud::SecurityGroup& each) {
                                      return each.metadata.id == id;
                                    });
    if (wished) continue;
    return Not("Releasing",
               absl::StrCat(id.value(),
                            " is not wished any more and goes once no machine "
                            "has it"));
  }
  return {};
}

// Whether the balancer's parts are there and lead where they should.
Aspect BalancerAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (parts.balancers.empty()) {
    return Not("Creating", "the load balancer does not exist yet");
  }
  if (wish != nullptr) {
    std::vector<cloud::Subnet> subnets;
    for (const auto& subnet : parts.subnets) subnets.push_back(subnet.object);
    const Balancer wanted = DesiredBalancer(*wish, subnets);
    const auto* pool = FindById(parts.pools, wanted.pool.metadata.id);
    const auto* balancer =
        FindById(parts.balancers, wanted.balancer.metadata.id);
    if (pool == nullptr || pool->object.backends != wanted.pool.backends ||
        balancer == nullptr ||
        balancer->object.listeners != wanted.balancer.listeners) {
      return Not("Updating", "the load balancer is not as wished yet");
    }
  }
  for (const auto& balancer : parts.balancers) {
    for (const auto& listener : balancer.object.listeners) {
      for (const Id<cloud::L4Route>& id : listener.routes) {
        const auto* route = FindById(parts.routes, id);
        if (route == nullptr ||
            FindById(parts.services, route->object.default_service) ==
                nullptr) {
          return Not("Repairing",
                     absl::StrCat("port ", listener.port, " leads nowhere"));
        }
      }
    }
    Aspect aspect = AspectOf(balancer);
    if (!aspect.holds) return aspect;
  }
  return {};
}

}  // namespace

bool HasBalancer(const NetworkParts& parts, const NetworkWish* wish) {
  if (wish != nullptr) return wish->load_balancer;
  if (!parts.balancers.empty()) return true;
  return parts.address.has_value() &&
         LabelOf(parts.address->object.metadata.labels, cloud::kPartLabel) ==
             kForLoadBalancer;
}

Aspect VpcAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (parts.vpc.has_value()) return AspectOf(*parts.vpc);
  if (wish != nullptr && wish->vpc.existing) {
    return Hopeless("VPCNotFound", absl::StrCat("VPC ", wish->vpc.id.value(),
                                                " does not exist"));
  }
  return Not("Creating", "the VPC does not exist yet");
}

Aspect SubnetsAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (wish == nullptr && parts.subnets.empty()) {
    return Not("Creating", "there is no subnet yet");
  }
  if (wish != nullptr) {
    for (const SubnetWish& subnet : wish->subnets) {
      if (FindById(parts.subnets, subnet.id) != nullptr) continue;
      const std::string missing =
          absl::StrCat("subnet ", subnet.id.value(), " does not exist");
      if (subnet.existing) return Hopeless("SubnetNotFound", missing);
      return Not("Creating", absl::StrCat(missing, " yet"));
    }
  }
  for (const auto& subnet : parts.subnets) {
    Aspect aspect = AspectOf(subnet);
    if (!aspect.holds) return aspect;
  }
  return {};
}

Aspect GroupsAspect(const NetworkParts& parts, const NetworkWish* wish,
                    const cloud::Capabilities& capabilities) {
  for (const char* role : {kCommonRole, kControlPlaneRole, kWorkerRole}) {
    const Known<cloud::SecurityGroup>* group = FindRole(parts, role);
    if (group == nullptr) {
      return Not("Creating",
                 absl::StrCat("the group for ", role, " does not exist yet"));
    }
    Aspect aspect = AspectOf(*group);
    if (!aspect.holds) return aspect;
  }
  if (wish == nullptr) return {};
  const std::vector<cloud::SecurityGroup> desired =
      DesiredGroups(*wish, capabilities);
  for (const cloud::SecurityGroup& wanted : desired) {
    const auto* group = FindById(parts.groups, wanted.metadata.id);
    if (group == nullptr || group->object.rules != wanted.rules) {
      return Not("Updating", absl::StrCat(wanted.metadata.id.value(),
                                          " is not as wished yet"));
    }
  }
  return ReleaseAspect(parts, desired);
}

Aspect EndpointAspect(const NetworkParts& parts, const NetworkWish* wish) {
  if (!parts.address.has_value()) {
    if (wish != nullptr && !wish->existing_public_ip.empty()) {
      return Hopeless(
          "PublicIPNotFound",
          absl::StrCat("public IP ", wish->existing_public_ip.value(),
                       " does not exist"));
    }
    return Not("Creating", "the public IP does not exist yet");
  }
  if (parts.address->deleting) return AspectOf(*parts.address);
  if (parts.address->object.status.address.empty()) {
    return Not("Allocating", "the public IP has no address yet");
  }
  return HasBalancer(parts, wish) ? BalancerAspect(parts, wish) : Aspect();
}

bool IsReady(const Known<cloud::Subnet>& subnet) {
  return AspectOf(subnet).holds;
}

}  // namespace evroc::network
