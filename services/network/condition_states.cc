#include "services/network/condition_states.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/evroc/api/spec.h"
#include "services/identity/owner_labels.h"
#include "services/network/desired.h"
#include "services/network/security_rules.h"
#include "services/network/spec/inner_blocks.h"

namespace evroc::network {
namespace {

using cloud::Known;

constexpr const char* kRoles[] = {kCommonRole, kControlPlaneRole, kWorkerRole};

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

template <typename T>
ConditionState StateOf(const Known<T>& known) {
  return cloud::StateOf(known, known.object.metadata.id.value());
}

ConditionState InUse(const cloud::PublicIp& address) {
  return Not("InUse", absl::StrCat("public IP ", address.metadata.id.value(),
                                   " is used by ", address.status.used_by));
}

// `user`: ".../virtualMachines/x", or "VirtualMachine/x" in the KCP dialect.
bool IsAskedFor(const std::string& user, const NetworkSpec& spec) {
  if (absl::StartsWith(user, "LoadBalancer/")) return false;
  const Id<cloud::VirtualMachine> id(user.substr(user.rfind('/') + 1));
  return spec.undecided.contains(id) ||
         std::find(spec.backends.begin(), spec.backends.end(), id) !=
             spec.backends.end();
}

ConditionState NotAsRequested(const std::string& what) {
  return Not("Updating", absl::StrCat(what, " is not as requested yet"));
}

// The labels of the object are not as requested, which keeps nobody from using
// it. Additional ones are no reason to write at once: a program that adds them
// may them again and again.
ConditionState LabelsNotAsRequested(const std::string& what) {
  ConditionState state = NotAsRequested(what);
  state.usable = true;
  return state;
}

// The state of an object that may be the cluster's own: somebody else may have
// changed its labels.
template <typename T>
ConditionState StateOf(const Known<T>& known, const T& wanted,
                       const NetworkSpec& spec) {
  ConditionState state = StateOf(known);
  const cloud::Labels& labels = known.object.metadata.labels;
  const bool own = cloud::BelongsTo(labels, cloud::KeyOf(spec.owner));
  if (!state.holds || !own ||
      cloud::HasLabels(labels, wanted.metadata.labels)) {
    return state;
  }
  return LabelsNotAsRequested(known.object.metadata.id.value());
}

// Whether all subnets exist that the cluster can't do without.
ConditionState MissingSubnets(const NetworkResources& resources,
                              const NetworkSpec& spec) {
  for (const NetworkSpec::Subnet& subnet : spec.subnets) {
    if (subnet.optional && !resources.subnets.empty()) continue;
    if (FindById(resources.subnets, subnet.id) != nullptr) continue;
    const std::string missing =
        absl::StrCat("subnet ", subnet.id.value(), " does not exist");
    if (subnet.existing) return Hopeless("SubnetNotFound", missing);
    return Not("Creating", absl::StrCat(missing, " yet"));
  }
  return {};
}

// Says which subnets the cluster does without.
std::string LeftOut(const NetworkResources& resources,
                    const NetworkSpec& spec) {
  std::string missing;
  for (const NetworkSpec::Subnet& subnet : spec.subnets) {
    if (FindById(resources.subnets, subnet.id) != nullptr) continue;
    absl::StrAppend(&missing, missing.empty() ? "" : ", ", subnet.id.value());
  }
  return missing.empty() ? ""
                         : absl::StrCat("the VPC has no subnet ", missing,
                                        "; its zone is left out");
}

// Whether the subnets that are there are as requested; those that are not are
// used all the same.
ConditionState SubnetDifferences(const NetworkResources& resources,
                                 const NetworkSpec& spec) {
  std::vector<cloud::Subnet> existing;
  for (const NetworkSpec::Subnet& requested : spec.subnets) {
    const auto* known = FindById(resources.subnets, requested.id);
    if (known == nullptr) continue;
    const cloud::Subnet& subnet = known->object;
    existing.push_back(subnet);
    const auto differs = [&](absl::string_view what, absl::string_view is,
                             absl::string_view wanted) {
      ConditionState state =
          Not("Changed", absl::StrCat("subnet ", requested.id.value(), what, is,
                                      ", not ", wanted));
      state.usable = true;
      return state;
    };
    if (!requested.zone.empty() && !subnet.zone.str().empty() &&
        subnet.zone != requested.zone) {
      return differs(" is in zone ", subnet.zone.str(), requested.zone);
    }
    if (!requested.existing && !requested.ipv4_cidr_block.empty() &&
        subnet.ipv4_cidr_block != requested.ipv4_cidr_block) {
      return differs(" has the block ", subnet.ipv4_cidr_block.str(),
                     requested.ipv4_cidr_block);
    }
  }
  const auto overlap = FindInnerOverlap(spec, existing);
  if (!overlap.has_value()) return {};
  ConditionState state = Not("BlocksOverlap", *overlap);
  state.usable = true;
  return state;
}

// Whether the cluster's own subnets, which all exist, have their labels.
ConditionState SubnetLabels(const NetworkResources& resources,
                            const NetworkSpec& spec) {
  for (const NetworkSpec::Subnet& subnet : spec.subnets) {
    if (subnet.existing) continue;
    ConditionState state = StateOf(*FindById(resources.subnets, subnet.id),
                                   DesiredSubnet(spec, subnet), spec);
    if (!state.holds) return state;
  }
  return {};
}

// Without a spec, what Apply makes after the groups of the roles shows it.
bool IsWithoutBuiltIn(const NetworkResources& resources,
                      const NetworkSpec* spec) {
  if (spec != nullptr) return spec->without_built_in;
  const bool any = std::any_of(
      std::begin(kRoles), std::end(kRoles),
      [&](const char* role) { return FindRole(resources, role) != nullptr; });
  return !any && !(resources.groups.empty() && resources.balancers.empty());
}

ConditionState RoleGroupsState(const NetworkResources& resources) {
  for (const char* role : kRoles) {
    const Known<cloud::SecurityGroup>* group = FindRole(resources, role);
    if (group == nullptr) {
      return Not("Creating",
                 absl::StrCat("the group for ", role, " does not exist yet"));
    }
    ConditionState state = StateOf(*group);
    if (!state.holds) return state;
  }
  return {};
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

// Without labels.
template <typename T>
bool IsAsRequested(const T& is, T wanted) {
  wanted.metadata.labels = is.metadata.labels;
  return cloud::SameSpec(is, wanted);
}
bool IsAsRequested(const cloud::BackendPool& is,
                   const cloud::BackendPool& wanted) {
  return SameBackends(is.backends, wanted.backends);
}

template <typename T>
bool AreAsRequested(const std::vector<Known<T>>& existing,
                    const std::vector<T>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const T& each) {
    const auto* known = FindById(existing, each.metadata.id);
    return known != nullptr && IsAsRequested(known->object, each);
  });
}

// Whether those of `wanted`, which exist, have their labels.
template <typename T>
bool HaveLabels(const std::vector<Known<T>>& existing,
                const std::vector<T>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const T& each) {
    return cloud::HasLabels(
        FindById(existing, each.metadata.id)->object.metadata.labels,
        each.metadata.labels);
  });
}

// The backend network is only requested at creation.
bool FrontIsAsRequested(const NetworkResources& resources,
                        cloud::LoadBalancer wanted) {
  const auto* known = FindById(resources.balancers, wanted.metadata.id);
  if (known == nullptr) return false;
  wanted.backend_network = known->object.backend_network;
  if (SameListeners(known->object.listeners, wanted.listeners)) {
    wanted.listeners = known->object.listeners;
  }
  return IsAsRequested(known->object, std::move(wanted));
}

Balancer DesiredFor(const NetworkResources& resources,
                    const NetworkSpec& spec) {
  std::vector<cloud::Subnet> subnets;
  for (const auto& subnet : resources.subnets) subnets.push_back(subnet.object);
  Balancer desired = DesiredBalancer(spec, subnets);
  if (const auto* pool = FindById(resources.pools, desired.pool.metadata.id);
      pool != nullptr) {
    desired.pool.backends = DesiredBackends(spec, pool->object.backends);
  }
  for (cloud::BackendService& service : desired.services) {
    const auto* known = FindById(resources.services, service.metadata.id);
    if (known == nullptr) continue;
    service = RequestedService(spec, std::move(service), known->object);
  }
  return desired;
}

// Whether each listener leads to a service.
ConditionState RoutesState(const NetworkResources& resources,
                           const cloud::LoadBalancer& balancer) {
  for (const auto& listener : balancer.listeners) {
    ConditionState state = LeadsSomewhere(resources, listener);
    if (!state.holds) return state;
  }
  return {};
}

// Whether the balancer's resources exist and refer to the right targets.
ConditionState BalancerState(const NetworkResources& resources,
                             const NetworkSpec* spec) {
  if (resources.balancers.empty()) {
    return Not("Creating", "the load balancer does not exist yet");
  }
  constexpr char kBalancer[] = "the load balancer";
  const Balancer wanted =
      spec == nullptr ? Balancer() : DesiredFor(resources, *spec);
  if (spec != nullptr && (!AreAsRequested(resources.pools, {wanted.pool}) ||
                          !FrontIsAsRequested(resources, wanted.balancer))) {
    return NotAsRequested(kBalancer);
  }
  for (const auto& balancer : resources.balancers) {
    ConditionState state = RoutesState(resources, balancer.object);
    if (state.holds) {
      state = HolderState(resources.address->object, balancer.object);
    }
    if (state.holds) state = StateOf(balancer);
    if (!state.holds) return state;
  }
  if (!AreAsRequested(resources.services, wanted.services) ||
      !AreAsRequested(resources.routes, wanted.routes)) {
    return NotAsRequested(kBalancer);
  }
  if (spec == nullptr || (HaveLabels(resources.pools, {wanted.pool}) &&
                          HaveLabels(resources.balancers, {wanted.balancer}) &&
                          HaveLabels(resources.services, wanted.services) &&
                          HaveLabels(resources.routes, wanted.routes))) {
    return {};
  }
  return LabelsNotAsRequested(kBalancer);
}

}  // namespace

ConditionState LeadsSomewhere(const NetworkResources& resources,
                              const cloud::LoadBalancer::Listener& listener) {
  for (const Id<cloud::L4Route>& id : listener.routes) {
    const auto* route = FindById(resources.routes, id);
    if (route == nullptr ||
        FindById(resources.services, route->object.default_service) ==
            nullptr) {
      return Not("Repairing",
                 absl::StrCat("port ", listener.port, " leads nowhere"));
    }
  }
  return {};
}

ConditionState HolderState(const cloud::PublicIp& address,
                           const cloud::LoadBalancer& balancer) {
  // No source shows what the reference to a load balancer looks like: only one
  // that names something else for certain counts.
  const std::string& user = address.status.used_by;
  const bool by_machine = absl::StrContains(user, "/virtualMachines/");
  const bool by_balancer = absl::StrContains(user, "/loadBalancers/");
  if (by_machine ||
      (by_balancer &&
       !absl::EndsWith(user,
                       absl::StrCat("/", balancer.metadata.id.value())))) {
    return InUse(address);
  }
  const std::string& served = balancer.status.public_address;
  if (served.empty() || served == address.status.address) return {};
  return Not("Updating",
             absl::StrCat("the load balancer has the address ", served,
                          ", not ", address.status.address));
}

ConditionState MachineHolderState(const cloud::PublicIp& address,
                                  const NetworkSpec* spec) {
  const std::string& user = address.status.used_by;
  if (absl::StrContains(user, "/loadBalancers/")) return InUse(address);
  if (user.empty() || !AsksForMachines(spec) || IsAskedFor(user, *spec)) {
    return {};
  }
  return InUse(address);
}

bool AsksForMachines(const NetworkSpec* spec) {
  return spec != nullptr && !spec->backends.empty() && !spec->backends_refused;
}

bool HasBalancer(const NetworkResources& resources, const NetworkSpec* spec) {
  if (spec != nullptr) return spec->load_balancer;
  if (!resources.balancers.empty()) return true;
  return resources.address.has_value() &&
         cloud::LabelOf(resources.address->object.metadata.labels,
                        cloud::kPartLabel) == kForLoadBalancer;
}

ConditionState VpcState(const NetworkResources& resources,
                        const NetworkSpec* spec) {
  if (resources.vpc.has_value()) {
    return spec == nullptr || spec->vpc.existing
               ? StateOf(*resources.vpc)
               : StateOf(*resources.vpc, DesiredVpc(*spec), *spec);
  }
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
    ConditionState state = MissingSubnets(resources, *spec);
    if (!state.holds) return state;
  }
  for (const auto& subnet : resources.subnets) {
    ConditionState state = StateOf(subnet);
    if (!state.holds) return state;
  }
  if (spec == nullptr) return {};
  ConditionState state = SubnetDifferences(resources, *spec);
  cloud::Add(SubnetLabels(resources, *spec), state);
  if (state.holds) state.message = LeftOut(resources, *spec);
  return state;
}

ConditionState GroupsState(const NetworkResources& resources,
                           const NetworkSpec* spec,
                           const cloud::Capabilities& capabilities) {
  if (!IsWithoutBuiltIn(resources, spec)) {
    ConditionState state = RoleGroupsState(resources);
    if (!state.holds) return state;
  }
  if (spec == nullptr) return {};
  const std::vector<cloud::SecurityGroup> desired =
      DesiredGroups(*spec, capabilities);
  ConditionState sum;
  for (const cloud::SecurityGroup& wanted : desired) {
    const auto* group = FindById(resources.groups, wanted.metadata.id);
    if (group == nullptr || !HasRules(*spec, group->object, wanted)) {
      return NotAsRequested(wanted.metadata.id.value());
    }
    if (!cloud::HasLabels(group->object.metadata.labels,
                          wanted.metadata.labels)) {
      cloud::Add(LabelsNotAsRequested(wanted.metadata.id.value()), sum);
    }
  }
  cloud::Add(ReleaseState(resources, desired), sum);
  return sum;
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
  ConditionState sum;
  if (spec != nullptr && spec->existing_public_ip.empty()) {
    sum = StateOf(*resources.address, DesiredAddress(*spec), *spec);
  }
  if (HasBalancer(resources, spec)) {
    cloud::Add(BalancerState(resources, spec), sum);
  } else {
    cloud::Add(MachineHolderState(resources.address->object, spec), sum);
  }
  return sum;
}

bool IsReady(const Known<cloud::Subnet>& subnet) {
  return StateOf(subnet).holds;
}

bool SameBackends(const std::vector<Id<cloud::VirtualMachine>>& a,
                  const std::vector<Id<cloud::VirtualMachine>>& b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

bool SameListeners(const std::vector<cloud::LoadBalancer::Listener>& a,
                   const std::vector<cloud::LoadBalancer::Listener>& b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace evroc::network
