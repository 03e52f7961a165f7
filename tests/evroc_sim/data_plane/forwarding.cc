#include "tests/evroc_sim/data_plane/forwarding.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/net/cidr.h"
#include "tests/evroc_sim/cloud/load_balancer_life.h"

namespace evroc::sim {
namespace {

ObjectPtr SubnetOf(const Object& machine, const Store& store) {
  return store.FindRef(machine.spec.At("networking.subnetRef").String());
}

ObjectPtr VpcOf(const Object& machine, const Store& store) {
  const ObjectPtr subnet = SubnetOf(machine, store);
  return subnet == nullptr ? nullptr
                           : store.FindRef(subnet->spec["vpcRef"].String());
}

bool CoversPort(JsonView rule, int port) {
  const absl::string_view protocol = rule["protocol"].String("All");
  if (protocol != "All" && protocol != "TCP") return false;
  const int64_t first = rule["port"].Integer();
  const int64_t last = std::max(first, rule["endPort"].Integer());
  return first == 0 || (first <= port && port <= last);
}

// Whether the remote of a rule includes addresses of the VPC.
bool TakesInVpc(JsonView remote, const Object& vpc, const Store& store) {
  if (remote["vpcRef"].String() == FqidOf(vpc.key)) return true;
  if (const ObjectPtr subnet = store.FindRef(remote["subnetRef"].String())) {
    return subnet->spec["vpcRef"].String() == FqidOf(vpc.key);
  }
  const auto block = Cidr::Parse(remote.At("address.ipAddressOrCIDR").String());
  if (!block.ok()) return false;
  const JsonView own = vpc.spec["ipv4CidrBlocks"];
  for (size_t i = 0; i < own.size(); ++i) {
    if (block->Overlaps(*Cidr::Parse(own[i].String()))) return true;
  }
  return false;
}

// Calls `visit` for each ingress rule that applies to the machine.
void ForEachIngressRule(const Object& machine, const Store& store,
                        absl::FunctionRef<void(JsonView)> visit) {
  const JsonView groups =
      machine.status.At("networking.securityGroupActiveMembershipRefs");
  for (size_t i = 0; i < groups.size(); ++i) {
    const ObjectPtr group = store.FindRef(groups[i].String());
    if (group == nullptr) continue;
    const JsonView rules = group->spec["rules"];
    for (size_t j = 0; j < rules.size(); ++j) {
      if (rules[j]["direction"].String() == "Ingress") visit(rules[j]);
    }
  }
}

bool IsInNetworkOf(const Object& balancer, const Object& machine,
                   const Store& store) {
  const ObjectPtr vpc = VpcOf(machine, store);
  if (vpc == nullptr) return false;
  const JsonView wanted = balancer.spec.At("backendNetwork.vpcRef");
  if (wanted.exists()) return wanted.String() == FqidOf(vpc->key);
  return vpc->key.id == absl::StrCat("default-", balancer.key.region);
}

absl::Duration DurationOf(JsonView text, absl::Duration otherwise) {
  absl::Duration duration;
  return absl::ParseDuration(std::string(text.String()), &duration) ? duration
                                                                    : otherwise;
}

Probe ProbeOf(JsonView check) {
  Probe probe;
  if (!check.exists()) return probe;
  probe.enabled = true;
  probe.port = static_cast<int>(check["targetPort"].Integer());
  probe.interval = DurationOf(check["interval"], probe.interval);
  probe.timeout = DurationOf(check["timeout"], probe.timeout);
  probe.healthy = static_cast<int>(check["healthyThreshold"].Integer(1));
  probe.unhealthy = static_cast<int>(check["unhealthyThreshold"].Integer(3));
  return probe;
}

using Admits = bool (*)(const Object& machine, int port, const Store& store);

// What a backend's groups have to admit.
Admits AdmissionBy(const Settings& settings) {
  if (settings.Choice("data_plane_security_groups") == "ignored") {
    return [](const Object&, int, const Store&) { return true; };
  }
  return settings.Choice("load_balancer_source") == "client"
             ? AdmitsFromAnywhere
             : AdmitsFromVpc;
}

Forward ForwardOf(const Object& balancer, JsonView listener, const Store& store,
                  Admits admits) {
  Forward forward;
  const ObjectPtr route = store.FindRef(listener["routeRefs"].size() > 0
                                            ? listener["routeRefs"][0].String()
                                            : "");
  if (route == nullptr) return forward;
  const ObjectPtr service =
      store.FindRef(route->spec["defaultBackendServiceRef"].String());
  if (service == nullptr) return forward;
  forward.probe = ProbeOf(service->spec["healthCheck"]);
  const int port = static_cast<int>(service->spec["port"].Integer());
  const ObjectPtr pool =
      store.FindRef(service->spec["backendPoolRef"].String());
  if (pool == nullptr) return forward;
  for (const ObjectPtr& machine : MembersOf(*pool, store)) {
    if (machine->phase != "Running" || machine->data_plane_address.empty() ||
        !IsInNetworkOf(balancer, *machine, store) ||
        !admits(*machine, port, store)) {
      continue;
    }
    forward.backends.push_back({machine->data_plane_address, port});
  }
  return forward;
}

void AddBalancer(const Object& balancer, const Store& store, Admits admits,
                 ForwardingTable& table) {
  const std::string address(
      balancer.status.At("networking.publicIPv4Address").String());
  if (address.empty() || balancer.deleting) return;
  const JsonView listeners = balancer.spec["listeners"];
  for (size_t i = 0; i < listeners.size(); ++i) {
    const int port = static_cast<int>(listeners[i]["port"].Integer());
    table[{address, port}] = ForwardOf(balancer, listeners[i], store, admits);
  }
}

void AddMachine(const Object& machine, const Store& store,
                ForwardingTable& table) {
  const std::string address(
      machine.status.At("networking.publicIPv4Address").String());
  if (address.empty() || machine.phase != "Running") return;
  ForEachIngressRule(machine, store, [&](JsonView rule) {
    const int port = static_cast<int>(rule["port"].Integer());
    if (port == 0 || !CoversPort(rule, port) ||
        !rule["remote"]["address"].exists()) {
      return;
    }
    table[{address, port}].backends = {{machine.data_plane_address, port}};
  });
}

}  // namespace

bool AdmitsFromVpc(const Object& machine, int port, const Store& store) {
  const ObjectPtr vpc = VpcOf(machine, store);
  if (vpc == nullptr) return false;
  bool admitted = false;
  ForEachIngressRule(machine, store, [&](JsonView rule) {
    admitted |=
        CoversPort(rule, port) && TakesInVpc(rule["remote"], *vpc, store);
  });
  return admitted;
}

bool AdmitsFromAnywhere(const Object& machine, int port, const Store& store) {
  bool admitted = false;
  ForEachIngressRule(machine, store, [&](JsonView rule) {
    const auto block =
        Cidr::Parse(rule.At("remote.address.ipAddressOrCIDR").String());
    admitted |= CoversPort(rule, port) && block.ok() && block->prefix() == 0;
  });
  return admitted;
}

ForwardingTable ForwardingOf(const Store& store, const Settings& settings) {
  const Admits admits = AdmissionBy(settings);
  ForwardingTable table;
  store.ForEach([&](const ObjectPtr& object) {
    if (object->key.kind == Kind::kLoadBalancer) {
      AddBalancer(*object, store, admits, table);
    } else if (object->key.kind == Kind::kVirtualMachine) {
      AddMachine(*object, store, table);
    }
  });
  return table;
}

}  // namespace evroc::sim
