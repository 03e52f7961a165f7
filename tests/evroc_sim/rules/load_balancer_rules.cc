#include "tests/evroc_sim/rules/load_balancer_rules.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/rules/usage.h"

namespace evroc::sim {
namespace {

bool IsPort(JsonView port) {
  return port.Integer() >= 1 && port.Integer() <= 65535;
}

// References among load-balancer objects may have absent targets, since Ready
// only shows that they resolve (B.7); a setting refuses them.
absl::Status CheckSiblingRef(const ChangeRequest& change,
                             absl::string_view field, Kind kind,
                             absl::string_view fqid) {
  const absl::StatusOr<Key> key = ParseFqid(fqid);
  if (!key.ok() || key->kind != kind) {
    return Invalid(absl::StrCat(field, ": Invalid value: \"", fqid, "\""));
  }
  if (change.settings.Choice("load_balancer_dangling_refs") == "accept") {
    return absl::OkStatus();
  }
  return CheckRef(change, field, kind, fqid);
}

absl::Status CheckListener(const ChangeRequest& change, const std::string& path,
                           JsonView listener) {
  if (!IsPort(listener["port"])) {
    return Invalid(absl::StrCat(path, ".port: must be between 1 and 65535"));
  }
  if (const JsonView name = listener["name"]; name.exists()) {
    if (!CheckId(name.String()).ok()) {
      return Invalid(
          absl::StrCat(path, ".name: Invalid value: must be a DNS label"));
    }
  }
  const JsonView routes = listener["routeRefs"];
  for (size_t i = 0; i < routes.size(); ++i) {
    EVROC_RETURN_IF_ERROR(
        CheckSiblingRef(change, absl::StrCat(path, ".routeRefs[", i, "]"),
                        Kind::kL4Route, routes[i].String()));
  }
  return absl::OkStatus();
}

absl::Status CheckBackendNetwork(const ChangeRequest& change) {
  const JsonView network = change.wanted.spec["backendNetwork"];
  if (!network.exists()) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(CheckRef(change, "spec.backendNetwork.vpcRef",
                                 Kind::kVpc, network["vpcRef"].String()));
  const JsonView subnets = network["subnets"];
  if (subnets.size() == 0) {
    return Invalid("spec.backendNetwork.subnets: Required value");
  }
  std::set<std::string> zones;
  for (size_t i = 0; i < subnets.size(); ++i) {
    const std::string path =
        absl::StrCat("spec.backendNetwork.subnets[", i, "]");
    const std::string ref(subnets[i]["subnetRef"].String());
    EVROC_RETURN_IF_ERROR(
        CheckRef(change, absl::StrCat(path, ".subnetRef"), Kind::kSubnet, ref));
    const ObjectPtr subnet = change.store.FindRef(ref);
    if (ZoneOf(*subnet) != subnets[i]["zone"].String()) {
      return Invalid(
          absl::StrCat(path, ".zone: the subnet is in another zone"));
    }
    if (!(subnet->spec["vpcRef"] == network["vpcRef"])) {
      return Invalid(
          absl::StrCat(path, ".subnetRef: the subnet is in another VPC"));
    }
    if (!zones.insert(ZoneOf(*subnet)).second) {
      return Invalid(absl::StrCat(path, ".zone: Duplicate value"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckQuota(const ChangeRequest& change) {
  const int64_t limit = change.settings.Quota("load_balancers");
  if (change.current != nullptr || limit < 0) return absl::OkStatus();
  const int64_t count =
      UsageOf(change.store, change.now, &change.wanted.key).load_balancers;
  if (count < limit) return absl::OkStatus();
  return Forbidden(absl::StrCat(
      "admission webhook \"loadbalancer-webhook.evroc.com\" denied the "
      "request: ",
      kNotEnoughQuota, "no load balancers left (out of ", limit, ")"));
}

absl::Status CheckLoadBalancer(const ChangeRequest& change) {
  const Json& spec = change.wanted.spec;
  const std::string address(spec["publicIPRef"].String());
  EVROC_RETURN_IF_ERROR(
      CheckRef(change, "spec.publicIPRef", Kind::kPublicIp, address));
  EVROC_RETURN_IF_ERROR(CheckAddressIsFree(change, address));
  std::set<std::string> names;
  std::set<int64_t> ports;
  const JsonView listeners = spec["listeners"];
  for (size_t i = 0; i < listeners.size(); ++i) {
    const std::string path = absl::StrCat("spec.listeners[", i, "]");
    EVROC_RETURN_IF_ERROR(CheckListener(change, path, listeners[i]));
    const std::string name(listeners[i]["name"].String());
    if (!ports.insert(listeners[i]["port"].Integer()).second ||
        (!name.empty() && !names.insert(name).second)) {
      return Invalid(absl::StrCat(path, ": Duplicate value"));
    }
  }
  EVROC_RETURN_IF_ERROR(CheckBackendNetwork(change));
  return CheckQuota(change);
}

// ^([0-9]{1,5}(h|m|s|ms)){1,4}$, as the schema has it (B.7).
bool IsDuration(absl::string_view text) {
  int parts = 0;
  while (!text.empty()) {
    size_t digits = 0;
    while (digits < text.size() &&
           absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
      ++digits;
    }
    if (digits < 1 || digits > 5) return false;
    text.remove_prefix(digits);
    if (!absl::ConsumePrefix(&text, "ms") && !absl::ConsumePrefix(&text, "h") &&
        !absl::ConsumePrefix(&text, "m") && !absl::ConsumePrefix(&text, "s")) {
      return false;
    }
    ++parts;
  }
  return parts >= 1 && parts <= 4;
}

absl::Status CheckHealthCheck(JsonView check) {
  if (!check.exists()) return absl::OkStatus();
  for (const char* name : {"interval", "timeout"}) {
    if (!IsDuration(check[name].String())) {
      return Invalid(absl::StrCat("spec.healthCheck.", name,
                                  ": Invalid value: must be a duration"));
    }
  }
  if (check["tcp"].exists() == check["http"].exists()) {
    return Invalid("spec.healthCheck: exactly one of tcp and http");
  }
  return absl::OkStatus();
}

absl::Status CheckBackendService(const ChangeRequest& change) {
  const Json& spec = change.wanted.spec;
  if (!IsPort(spec["port"])) {
    return Invalid("spec.port: must be between 1 and 65535");
  }
  if (const JsonView pool = spec["backendPoolRef"]; pool.exists()) {
    EVROC_RETURN_IF_ERROR(CheckSiblingRef(change, "spec.backendPoolRef",
                                          Kind::kBackendPool, pool.String()));
  }
  return CheckHealthCheck(spec["healthCheck"]);
}

absl::Status CheckBackendPool(const ChangeRequest& change) {
  const JsonView backends = change.wanted.spec["backendRefs"];
  for (size_t i = 0; i < backends.size(); ++i) {
    EVROC_RETURN_IF_ERROR(
        CheckSiblingRef(change, absl::StrCat("spec.backendRefs[", i, "]"),
                        Kind::kVirtualMachine, backends[i].String()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckLoadBalancerSpec(const ChangeRequest& change) {
  switch (change.wanted.key.kind) {
    case Kind::kLoadBalancer:
      return CheckLoadBalancer(change);
    case Kind::kBackendService:
      return CheckBackendService(change);
    case Kind::kBackendPool:
      return CheckBackendPool(change);
    default:
      return CheckSiblingRef(
          change, "spec.defaultBackendServiceRef", Kind::kBackendService,
          change.wanted.spec["defaultBackendServiceRef"].String());
  }
}

}  // namespace evroc::sim
