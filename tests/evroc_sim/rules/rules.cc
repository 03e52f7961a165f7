#include "tests/evroc_sim/rules/rules.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/catalogue.h"
#include "tests/evroc_sim/rules/compute_rules.h"
#include "tests/evroc_sim/rules/disk_rules.h"
#include "tests/evroc_sim/rules/load_balancer_rules.h"
#include "tests/evroc_sim/rules/network_rules.h"
#include "tests/evroc_sim/rules/storage_rules.h"

namespace evroc::sim {
namespace {

// B.5.2: the limit on the whole stored object.
constexpr size_t kMaxObjectBytes = 1 << 20;

// Members of a spec that can't change after creation.
std::vector<absl::string_view> ImmutablePaths(Kind kind) {
  switch (kind) {
    case Kind::kSubnet:
      return {"vpcRef", "ipv4CidrBlock", "stackType", "placement"};
    case Kind::kSecurityGroup:
      return {"vpcRef"};
    case Kind::kVirtualMachine:
      return {"placement.zone", "networking.subnetRef", "osSettings"};
    case Kind::kDisk:
      return {"source", "placement"};
    case Kind::kSnapshot:
      return {"diskRef"};
    case Kind::kPlacementGroup:
      return {"placement", "strategy"};
    case Kind::kHotswapAttachment:
      return {"diskRef", "virtualMachineRef"};
    case Kind::kLoadBalancer:
      return {"backendNetwork"};
    case Kind::kCustomDiskImage:
      return {"architecture", "defaultDiskSize", "source"};
    default:
      return {};
  }
}

absl::Status CheckImmutable(const ChangeRequest& change) {
  if (change.current == nullptr) return absl::OkStatus();
  for (const absl::string_view path : ImmutablePaths(change.wanted.key.kind)) {
    if (!(change.wanted.spec.At(path) == change.current->spec.At(path))) {
      return Unprocessable(
          absl::StrCat("spec.", path, ": Invalid value: field is immutable"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSize(const ChangeRequest& change) {
  const size_t size = change.wanted.spec.Dump().size();
  if (size <= kMaxObjectBytes) return absl::OkStatus();
  const absl::string_view choice = change.settings.Choice("oversize_status");
  const int status = choice == "413" ? 413 : choice == "422" ? 422 : 400;
  return ApiError(
      status, "FieldValueInvalid",
      absl::StrCat("the object of ", size, " bytes is over the limit of ",
                   kMaxObjectBytes));
}

void DefaultBackendService(const Settings& settings, Json& spec) {
  if (!spec["ipProtocolSelection"].exists()) {
    spec.Set("ipProtocolSelection", "IPv4");
  }
  if (!spec["healthCheck"].exists()) return;
  const int64_t port = spec["port"].Integer();
  const bool zero = settings.Choice("health_check_target_port") == "zero";
  const std::pair<const char*, Json> defaults[] = {
      {"interval", "5s"},
      {"timeout", "3s"},
      {"healthyThreshold", 1},
      {"unhealthyThreshold", 3},
      {"targetPort", zero ? 0 : port},
  };
  for (const auto& [name, value] : defaults) {
    if (spec["healthCheck"][name].exists()) continue;
    spec.SetAt(absl::StrCat("healthCheck.", name), value);
  }
  const JsonView http = spec["healthCheck"]["http"];
  if (http.exists() && !http["expectedStatuses"].exists()) {
    spec.SetAt("healthCheck.http.expectedStatuses", Json::Array({200}));
  }
}

// Without a size a disk has that of its source (B.5.3).
void DefaultDiskSize(const Store& store, Json& spec) {
  if (spec["diskSize"].exists()) return;
  const ObjectPtr snapshot =
      store.FindRef(spec.At("source.snapshotRef").String());
  if (snapshot != nullptr) {
    spec.Set("diskSize", Json(snapshot->status["restoreSize"]));
    return;
  }
  const JsonView image = spec.At("source.diskImageRef");
  if (!image.exists()) return;
  if (const ObjectPtr custom = store.FindRef(image.String())) {
    spec.Set("diskSize", Json(custom->spec["defaultDiskSize"]));
  } else {
    spec.Set("diskSize",
             Json::Object({{"amount", kDefaultImageGb}, {"unit", "GB"}}));
  }
}

// A lower-case "all" is accepted, and stored as the enum's "All" (B.6.2).
void NormaliseProtocols(Json& spec) {
  if (!spec["rules"].is_array()) return;
  Json rules = Json::Array();
  for (size_t i = 0; i < spec["rules"].size(); ++i) {
    Json rule(spec["rules"][i]);
    if (absl::EqualsIgnoreCase(rule["protocol"].String(), "all")) {
      rule.Set("protocol", "All");
    }
    rules.Push(std::move(rule));
  }
  spec.Set("rules", std::move(rules));
}

}  // namespace

absl::Status CheckSpec(const ChangeRequest& change) {
  EVROC_RETURN_IF_ERROR(CheckSize(change));
  EVROC_RETURN_IF_ERROR(CheckImmutable(change));
  const Kind kind = change.wanted.key.kind;
  if (kind == Kind::kDisk) return CheckDiskSpec(change);
  const absl::string_view service = InfoOf(kind).service;
  if (service == "storage" || kind == Kind::kCustomDiskImage) {
    return CheckStorageSpec(change);
  }
  if (service == "networking") return CheckNetworkSpec(change);
  if (service == "compute") return CheckComputeSpec(change);
  return CheckLoadBalancerSpec(change);
}

void ApplyDefaults(const Store& store, const Settings& settings,
                   Object& object) {
  Json& spec = object.spec;
  switch (object.key.kind) {
    case Kind::kVpc:
      if (!spec["ipv4CidrBlocks"].exists()) {
        spec.Set("ipv4CidrBlocks", Json::Array({"10.0.0.0/16"}));
      }
      [[fallthrough]];
    case Kind::kSubnet:
      if (!spec["stackType"].exists()) spec.Set("stackType", "dual-stack");
      return;
    case Kind::kVirtualMachine:
      if (!spec["running"].exists()) spec.Set("running", true);
      if (const ObjectPtr subnet =
              store.FindRef(spec.At("networking.subnetRef").String());
          subnet != nullptr && !spec.At("networking.stackType").exists()) {
        spec.SetAt("networking.stackType", Json(subnet->spec["stackType"]));
      }
      return;
    case Kind::kSecurityGroup:
      NormaliseProtocols(spec);
      return;
    case Kind::kDisk:
      DefaultDiskSize(store, spec);
      return;
    case Kind::kBackendService:
      DefaultBackendService(settings, spec);
      return;
    default:
      return;
  }
}

std::vector<Kind> BlockingUsers(Kind kind) {
  switch (kind) {
    case Kind::kVpc:
      return {Kind::kSubnet, Kind::kSecurityGroup, Kind::kLoadBalancer};
    case Kind::kSubnet:
    case Kind::kPublicIp:
      return {Kind::kVirtualMachine, Kind::kLoadBalancer};
    case Kind::kSecurityGroup:
    case Kind::kPlacementGroup:
      return {Kind::kVirtualMachine};
    case Kind::kDisk:
      return {Kind::kVirtualMachine, Kind::kHotswapAttachment};
    case Kind::kBackendPool:
      return {Kind::kBackendService};
    case Kind::kBackendService:
      return {Kind::kL4Route};
    case Kind::kL4Route:
      return {Kind::kLoadBalancer};
    default:
      return {};
  }
}

}  // namespace evroc::sim
