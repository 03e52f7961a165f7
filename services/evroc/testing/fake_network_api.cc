#include "services/evroc/testing/fake_network_api.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"
#include "services/evroc/api/spec.h"

namespace evroc::cloud {
namespace {

constexpr char kKcpName[] = "the kubeconfig (KCP) API";

template <typename T>
absl::Status CheckExists(const FakeCollection<T>& collection,
                         absl::string_view field, const Id<T>& id) {
  if (!id.empty() && collection.Find(id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": \"", id.value(), "\" does not exist"));
}

absl::Status CheckSame(bool same, absl::string_view field) {
  if (same) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is immutable"));
}

Conditions ReadyCondition(bool ready) {
  return {{.type = "Ready",
           .status = ready ? ConditionStatus::kTrue : ConditionStatus::kFalse,
           .reason = ready ? "Ready" : "Pending"}};
}

// Whether `matches` holds for any object of the collection.
template <typename T, typename Matches>
bool AnyOf(const FakeCollection<T>& collection, Matches matches) {
  const std::vector<T> all = collection.All();
  return std::any_of(all.begin(), all.end(), matches);
}

template <typename V>
bool Has(const std::vector<V>& values, const V& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool IsZone(absl::string_view zone) {
  return zone == "a" || zone == "b" || zone == "c";
}

}  // namespace

FakeNetworkApi::FakeNetworkApi(FakeDialect dialect, Clock& clock)
    : dialect_(dialect),
      vpcs_("VirtualPrivateCloud", VpcRules(), clock),
      subnets_("Subnet", SubnetRules(), clock),
      security_groups_("SecurityGroup", SecurityGroupRules(), clock),
      public_ips_("PublicIP", PublicIpRules(), clock),
      load_balancers_("LoadBalancer", LoadBalancerRules(), clock),
      backend_pools_("BackendPool", BackendPoolRules(), clock),
      backend_services_("BackendService", BackendServiceRules(), clock),
      l4_routes_("L4Route", L4RouteRules(), clock) {
  if (dialect == FakeDialect::kRest) return;
  vpcs_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  subnets_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  security_groups_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  public_ips_.set_behaviour(
      {.can_watch = true, .shows_deletion = true, .checks_uid = true});
  load_balancers_.set_behaviour({.missing_in = kKcpName});
  backend_pools_.set_behaviour({.missing_in = kKcpName});
  backend_services_.set_behaviour({.missing_in = kKcpName});
  l4_routes_.set_behaviour({.missing_in = kKcpName});
}

Capabilities FakeNetworkApi::capabilities() const {
  if (dialect_ == FakeDialect::kKcp) return {};
  return {
      .load_balancers = true, .zones = true, .vpc_in_security_groups = true};
}

void FakeNetworkApi::AddDefaultNetwork() {
  Vpc vpc;
  vpc.metadata.id = Id<Vpc>("default-se-sto");
  vpc.ipv4_cidr_blocks = {"10.0.0.0/16"};
  vpcs_.Put(vpc);
  for (int i = 0; i < 3; ++i) {
    Subnet subnet;
    subnet.zone = std::string(1, static_cast<char>('a' + i));
    subnet.metadata.id =
        Id<Subnet>(absl::StrCat("default-se-sto-", subnet.zone.str()));
    subnet.vpc = vpc.metadata.id;
    subnet.ipv4_cidr_block = absl::StrCat("10.0.", i + 1, ".0/24");
    subnet.stack_type = StackType::kDualStack;
    subnets_.Put(subnet);
  }
  for (const char* id : {"default-allow-egress", "default-allow-ssh"}) {
    SecurityGroup group;
    group.metadata.id = Id<SecurityGroup>(id);
    group.vpc = vpc.metadata.id;
    security_groups_.Put(group);
  }
  Settle();
}

void FakeNetworkApi::Settle() {
  bool changed = true;
  while (changed) {
    changed = load_balancers_.Settle();
    changed = l4_routes_.Settle() || changed;
    changed = backend_services_.Settle() || changed;
    changed = backend_pools_.Settle() || changed;
    changed = public_ips_.Settle() || changed;
    changed = security_groups_.Settle() || changed;
    changed = subnets_.Settle() || changed;
    changed = vpcs_.Settle() || changed;
  }
}

int FakeNetworkApi::reads() {
  return vpcs_.faults().reads() + subnets_.faults().reads() +
         security_groups_.faults().reads() + public_ips_.faults().reads() +
         load_balancers_.faults().reads() + backend_pools_.faults().reads() +
         backend_services_.faults().reads() + l4_routes_.faults().reads();
}

int FakeNetworkApi::writes() {
  return vpcs_.faults().writes() + subnets_.faults().writes() +
         security_groups_.faults().writes() + public_ips_.faults().writes() +
         load_balancers_.faults().writes() + backend_pools_.faults().writes() +
         backend_services_.faults().writes() + l4_routes_.faults().writes();
}

void FakeNetworkApi::ResetCalls() {
  vpcs_.faults().ResetCalls();
  subnets_.faults().ResetCalls();
  security_groups_.faults().ResetCalls();
  public_ips_.faults().ResetCalls();
  load_balancers_.faults().ResetCalls();
  backend_pools_.faults().ResetCalls();
  backend_services_.faults().ResetCalls();
  l4_routes_.faults().ResetCalls();
}

void FakeNetworkApi::set_machines(Machines machines) {
  absl::MutexLock lock(&mutex_);
  machines_ = std::move(machines);
}

std::vector<VirtualMachine> FakeNetworkApi::machines() const {
  Machines machines;
  {
    absl::MutexLock lock(&mutex_);
    machines = machines_;
  }
  return machines ? machines() : std::vector<VirtualMachine>();
}

FakeRules<Vpc> FakeNetworkApi::VpcRules() {
  return {
      .check_update =
          [](const Vpc& current, const Vpc& wanted) {
            return CheckSame(current.stack_type == wanted.stack_type,
                             "stackType");
          },
      .on_create =
          [this](Vpc& vpc) {
            if (dialect_ == FakeDialect::kKcp) {
              vpc.ipv4_cidr_blocks.clear();
            } else if (vpc.ipv4_cidr_blocks.empty()) {
              vpc.ipv4_cidr_blocks = {"10.0.0.0/16"};
            }
            vpc.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const Vpc& vpc) {
            const auto inside = [&](const auto& object) {
              return object.vpc == vpc.metadata.id;
            };
            return AnyOf(subnets_, inside) || AnyOf(security_groups_, inside);
          },
      .settle =
          [](Vpc& vpc) {
            vpc.status.conditions = ReadyCondition(true);
            vpc.status.assigned_ipv4_cidr_blocks = vpc.ipv4_cidr_blocks;
            vpc.status.assigned_ipv6_block = "2001:db8:0:100::/56";
          },
  };
}

FakeRules<Subnet> FakeNetworkApi::SubnetRules() {
  return {
      .check_create = [this](const Subnet& subnet) -> absl::Status {
        if (dialect_ == FakeDialect::kRest && !IsZone(subnet.zone)) {
          return absl::InvalidArgumentError("placement.zone: no such zone");
        }
        if (subnet.ipv4_cidr_block.empty() &&
            subnet.stack_type != StackType::kIpv6Only) {
          return absl::InvalidArgumentError("ipv4CidrBlock is required");
        }
        if (!subnet.ipv4_cidr_block.empty() &&
            !Cidr::Parse(subnet.ipv4_cidr_block).ok()) {
          return absl::InvalidArgumentError("ipv4CidrBlock: is no block");
        }
        return CheckExists(vpcs_, "vpcRef", subnet.vpc);
      },
      .check_update =
          [](const Subnet& current, const Subnet& wanted) {
            Subnet same = current;
            same.metadata.labels = wanted.metadata.labels;
            return CheckSame(SameSpec(same, wanted), "a subnet");
          },
      .on_create =
          [this](Subnet& subnet) {
            if (dialect_ == FakeDialect::kKcp) subnet.zone = "a";
            subnet.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const Subnet& subnet) {
            const std::vector<VirtualMachine> all = machines();
            return std::any_of(all.begin(), all.end(),
                               [&](const VirtualMachine& machine) {
                                 return machine.subnet == subnet.metadata.id;
                               });
          },
      .settle =
          [](Subnet& subnet) {
            subnet.status.conditions = ReadyCondition(true);
            subnet.status.assigned_ipv6_block = "2001:db8:0:100::/64";
          },
  };
}

absl::Status FakeNetworkApi::CheckRule(const SecurityGroup& group,
                                       const SecurityRule& rule) const {
  const SecurityRule::Remote& remote = rule.remote;
  const int set =
      (remote.cidr.empty() ? 0 : 1) + (remote.security_group.empty() ? 0 : 1) +
      (remote.subnet.empty() ? 0 : 1) + (remote.vpc.empty() ? 0 : 1);
  if (set != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "rule ", rule.name.str(), ": exactly one remote is needed"));
  }
  if (!remote.security_group.empty()) {
    return CheckExists(security_groups_, "securityGroupRef",
                       remote.security_group);
  }
  if (!remote.subnet.empty()) {
    return CheckExists(subnets_, "subnetRef", remote.subnet);
  }
  if (!remote.vpc.empty() && remote.vpc != group.vpc) {
    return absl::InvalidArgumentError("vpcRef: not the group's own VPC");
  }
  return absl::OkStatus();
}

FakeRules<SecurityGroup> FakeNetworkApi::SecurityGroupRules() {
  const auto check_rules = [this](const SecurityGroup& group) -> absl::Status {
    for (const SecurityRule& rule : group.rules) {
      absl::Status status = CheckRule(group, rule);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  };
  return {
      .check_create =
          [this, check_rules](const SecurityGroup& group) {
            if (dialect_ == FakeDialect::kRest) {
              absl::Status status = CheckExists(vpcs_, "vpcRef", group.vpc);
              if (!status.ok()) return status;
            }
            return check_rules(group);
          },
      .check_update =
          [check_rules](const SecurityGroup& current,
                        const SecurityGroup& wanted) {
            absl::Status status =
                CheckSame(current.vpc == wanted.vpc, "vpcRef");
            return status.ok() ? check_rules(wanted) : status;
          },
      .on_create =
          [this](SecurityGroup& group) {
            if (dialect_ == FakeDialect::kKcp) group.vpc = Id<Vpc>();
            group.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const SecurityGroup& group) {
            const Id<SecurityGroup>& id = group.metadata.id;
            const std::vector<VirtualMachine> all = machines();
            return !group.status.members.empty() ||
                   std::any_of(all.begin(), all.end(),
                               [&](const VirtualMachine& machine) {
                                 return Has(machine.security_groups, id);
                               });
          },
      .settle =
          [this](SecurityGroup& group) {
            group.status.conditions = ReadyCondition(true);
            group.status.members.clear();
            for (const VirtualMachine& machine : machines()) {
              if (Has(machine.security_groups, group.metadata.id)) {
                group.status.members.push_back(machine.metadata.id);
              }
            }
          },
  };
}

// The current user of the address keeps it, else the first that requests it
// gets it.
std::string FakeNetworkApi::UserOf(const PublicIp& address) const {
  const bool rest = dialect_ == FakeDialect::kRest;
  std::vector<std::string> users;
  for (const LoadBalancer& balancer : load_balancers_.All()) {
    if (balancer.public_ip != address.metadata.id) continue;
    users.push_back(
        absl::StrCat("/loadbalancer/projects/p/regions/se-sto/loadBalancers/",
                     balancer.metadata.id.value()));
  }
  for (const VirtualMachine& machine : machines()) {
    if (machine.public_ip != address.metadata.id) continue;
    users.push_back(absl::StrCat(
        rest ? "/compute/projects/p/regions/se-sto/virtualMachines/"
             : "VirtualMachine/",
        machine.metadata.id.value()));
  }
  if (users.empty()) return "";
  return Has(users, address.status.used_by) ? address.status.used_by
                                            : users.front();
}

std::string FakeNetworkApi::NextAddress() {
  absl::MutexLock lock(&mutex_);
  ++addresses_;
  return absl::StrCat("203.0.", 113 + addresses_ / 250, ".",
                      1 + addresses_ % 250);
}

FakeRules<PublicIp> FakeNetworkApi::PublicIpRules() {
  return {
      .on_create =
          [](PublicIp& address) {
            address.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const PublicIp& address) { return !UserOf(address).empty(); },
      .settle =
          [this](PublicIp& address) {
            address.status.conditions = ReadyCondition(true);
            if (address.status.address.empty()) {
              address.status.address = NextAddress();
            }
            address.status.used_by = UserOf(address);
          },
  };
}

FakeRules<LoadBalancer> FakeNetworkApi::LoadBalancerRules() {
  const auto check_references =
      [this](const LoadBalancer& balancer) -> absl::Status {
    absl::Status status =
        CheckExists(public_ips_, "publicIPRef", balancer.public_ip);
    for (const LoadBalancer::Listener& listener : balancer.listeners) {
      for (const Id<L4Route>& route : listener.routes) {
        status.Update(CheckExists(l4_routes_, "routeRefs", route));
      }
    }
    return status;
  };
  return {
      .check_create = check_references,
      .check_update =
          [check_references](const LoadBalancer& current,
                             const LoadBalancer& wanted) {
            absl::Status status =
                CheckSame(current.backend_network == wanted.backend_network,
                          "backendNetwork");
            return status.ok() ? check_references(wanted) : status;
          },
      .on_create =
          [](LoadBalancer& balancer) {
            balancer.status.conditions = ReadyCondition(false);
          },
      .settle =
          [this](LoadBalancer& balancer) {
            const std::optional<PublicIp> address =
                public_ips_.Find(balancer.public_ip);
            const bool held =
                address &&
                absl::EndsWith(address->status.used_by,
                               absl::StrCat("/loadBalancers/",
                                            balancer.metadata.id.value()));
            balancer.status.public_address =
                held ? address->status.address : "";
            balancer.status.conditions = ReadyCondition(held);
          },
  };
}

FakeRules<BackendPool> FakeNetworkApi::BackendPoolRules() {
  const auto check_members = [this](const BackendPool& pool) -> absl::Status {
    {
      absl::MutexLock lock(&mutex_);
      if (!machines_) return absl::OkStatus();
    }
    const std::vector<VirtualMachine> all = machines();
    for (const Id<VirtualMachine>& id : pool.backends) {
      if (std::none_of(all.begin(), all.end(), [&](const VirtualMachine& vm) {
            return vm.metadata.id == id;
          })) {
        return absl::InvalidArgumentError(
            absl::StrCat("backendRefs: \"", id.value(), "\" does not exist"));
      }
    }
    return absl::OkStatus();
  };
  return {
      .check_create = check_members,
      .check_update =
          [check_members](const BackendPool&, const BackendPool& wanted) {
            return check_members(wanted);
          },
      .in_use =
          [this](const BackendPool& pool) {
            return AnyOf(backend_services_, [&](const BackendService& service) {
              return service.pool == pool.metadata.id;
            });
          },
  };
}

FakeRules<BackendService> FakeNetworkApi::BackendServiceRules() {
  const auto check_pool = [this](const BackendService& service) {
    return service.pool.empty()
               ? absl::OkStatus()
               : CheckExists(backend_pools_, "backendPoolRef", service.pool);
  };
  return {
      .check_create = check_pool,
      .check_update =
          [check_pool](const BackendService&, const BackendService& wanted) {
            return check_pool(wanted);
          },
      .on_create =
          [](BackendService& service) {
            service.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const BackendService& service) {
            return AnyOf(l4_routes_, [&](const L4Route& route) {
              return route.default_service == service.metadata.id;
            });
          },
      .settle =
          [](BackendService& service) {
            service.status.conditions = ReadyCondition(true);
          },
  };
}

FakeRules<L4Route> FakeNetworkApi::L4RouteRules() {
  const auto check_service = [this](const L4Route& route) {
    return CheckExists(backend_services_, "defaultBackendServiceRef",
                       route.default_service);
  };
  return {
      .check_create = check_service,
      .check_update =
          [check_service](const L4Route&, const L4Route& wanted) {
            return check_service(wanted);
          },
      .on_create =
          [](L4Route& route) {
            route.status.conditions = ReadyCondition(false);
          },
      .in_use =
          [this](const L4Route& route) {
            return AnyOf(load_balancers_, [&](const LoadBalancer& balancer) {
              return std::any_of(
                  balancer.listeners.begin(), balancer.listeners.end(),
                  [&](const LoadBalancer::Listener& listener) {
                    return Has(listener.routes, route.metadata.id);
                  });
            });
          },
      .settle =
          [](L4Route& route) {
            route.status.conditions = ReadyCondition(true);
          },
  };
}

}  // namespace evroc::cloud
