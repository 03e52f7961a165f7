#include "tests/evroc_sim/model/schema.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

// Sources: evroc-api.md B.5, B.6, B.7, B.11.
constexpr char kSchemas[] = R"json({
  "VirtualPrivateCloud": {
    "ipv4CidrBlocks": ["string"], "stackType": "enum:dual-stack|ipv6-only"},
  "Subnet": {
    "vpcRef!": "string", "ipv4CidrBlock": "string",
    "stackType": "enum:dual-stack|ipv6-only", "placement!": {"zone": "string"}},
  "SecurityGroup": {
    "vpcRef!": "string",
    "rules": [{
      "name": "string", "direction!": "enum:Ingress|Egress",
      "protocol": "string", "port": "int", "endPort": "int",
      "remote!": {
        "address": {"ipAddressOrCIDR!": "string"},
        "securityGroupRef": "string", "subnetRef": "string",
        "vpcRef": "string"}}]},
  "PublicIP": {},
  "VirtualMachine": {
    "computeProfileRef!": "string",
    "disks": [{"diskRef!": "string", "bootFrom": "bool"}],
    "placement!": {"zone": "string", "placementGroupRef": "string"},
    "networking!": {
      "subnetRef!": "string",
      "stackType": "enum:dual-stack|ipv6-only|ipv4-only",
      "publicIPv4Address": {"static": {"publicIPRef": "string"}},
      "securityGroupSettings": {"securityGroupMemberRefs": ["string"]}},
    "osSettings": {
      "cloudInitUserData": "string",
      "ssh": {"authorizedKeys": [{"value!": "string"}]}},
    "running": "bool"},
  "Disk": {
    "diskSize": {"amount!": "int", "unit!": "enum:KB|MB|GB|TB"},
    "placement!": {"zone": "string"},
    "source": {
      "type!": "enum:blank|image|snapshot", "diskImageRef": "string",
      "snapshotRef": "string"}},
  "Snapshot": {"diskRef": "string"},
  "PlacementGroup": {
    "placement!": {"zone": "string"},
    "strategy!": {"type": "enum:spread|cluster"}},
  "HotswapDiskAttachment": {
    "diskRef!": "string", "virtualMachineRef!": "string"},
  "LoadBalancer": {
    "publicIPRef!": "string",
    "listeners": [{
      "port!": "int", "protocol!": "enum:TCP", "name": "string",
      "routeRefs": ["string"]}],
    "backendNetwork": {
      "vpcRef!": "string",
      "subnets!": [{"zone!": "enum:a|b|c", "subnetRef!": "string"}]}},
  "BackendPool": {"backendRefs": ["string"]},
  "BackendService": {
    "port!": "int", "backendPoolRef": "string", "proxyProtocol": "bool",
    "ipProtocolSelection": "enum:IPv4|IPv6",
    "healthCheck": {
      "interval": "string", "timeout": "string", "healthyThreshold": "int",
      "unhealthyThreshold": "int", "targetPort": "int",
      "tcp": {"send": "string", "receive": "string"},
      "http": {
        "path!": "string", "method": "enum:GET|HEAD", "host": "string",
        "expectedStatuses": ["int"]}}},
  "L4Route": {"defaultBackendServiceRef!": "string"},
  "Bucket": {
    "objectRetentionMode": "enum:Disabled|Suspended|Versioned|Locking",
    "defaultObjectLocking": {
      "durationDays!": "int", "mode!": "enum:Soft|Immutable"},
    "lifecyclePolicy": "any"},
  "BucketServiceAccount": {"buckets": ["string"]},
  "CustomDiskImage": {
    "architecture!": "enum:amd64",
    "defaultDiskSize!": {"amount!": "int", "unit!": "enum:KB|MB|GB|TB"},
    "source!": {
      "bucketRef!": "string", "serviceAccountRef!": "string",
      "path!": "string", "version": "string"},
    "description": "string", "osName": "string", "osVersion": "string",
    "imageVersion": "string"}
})json";

bool IsEmpty(JsonView value) {
  return value.is_null() || (value.is_object() && value == Json::Object());
}

// Walks schema and value in parallel. The depth of the recursion is limited by
// kSchemas.
class Walk {
 public:
  explicit Walk(std::vector<std::string>* dropped) : dropped_(dropped) {}

  absl::Status Visit(const std::string& path, JsonView schema, Json& value) {
    if (schema.is_object()) return VisitObject(path, schema, value);
    if (schema.is_array()) return VisitArray(path, schema[0], value);
    return VisitScalar(path, schema.String(), value);
  }

 private:
  absl::Status VisitObject(const std::string& path, JsonView schema,
                           Json& value) {
    if (!value.view().is_object()) return Wrong(path, "an object");
    Json result = Json::Object();
    absl::Status status;
    schema.ForEachMember([&](absl::string_view name, JsonView member) {
      const bool required = absl::ConsumeSuffix(&name, "!");
      const std::string below = absl::StrCat(path, ".", name);
      const JsonView given = value[name];
      if (!given.exists() || given.is_null()) {
        if (required && status.ok()) {
          status = Invalid(absl::StrCat(below, ": Required value"));
        }
        return;
      }
      Json copy(given);
      if (status.ok()) status = Visit(below, member, copy);
      result.Set(name, std::move(copy));
    });
    EVROC_RETURN_IF_ERROR(status);
    NoteDropped(path, value, schema);
    value = std::move(result);
    return absl::OkStatus();
  }

  absl::Status VisitArray(const std::string& path, JsonView schema,
                          Json& value) {
    const JsonView given = value.view();
    if (!given.is_array()) return Wrong(path, "an array");
    Json result = Json::Array();
    for (size_t i = 0; i < given.size(); ++i) {
      const std::string entry = absl::StrCat(path, "[", i, "]");
      // A rule of a security group without content is refused as malformed, not
      // as incomplete (B.6.2).
      if (path == "spec.rules" && IsEmpty(given[i])) {
        return Unprocessable(absl::StrCat(entry, ": Invalid value: is empty"));
      }
      Json copy(given[i]);
      EVROC_RETURN_IF_ERROR(Visit(entry, schema, copy));
      result.Push(std::move(copy));
    }
    value = std::move(result);
    return absl::OkStatus();
  }

  static absl::Status VisitScalar(const std::string& path,
                                  absl::string_view type, const Json& value) {
    const JsonView given = value.view();
    if (type == "any") return absl::OkStatus();
    if (type == "int") {
      return given.is_integer() ? absl::OkStatus() : Wrong(path, "an integer");
    }
    if (type == "bool") {
      return given.is_bool() ? absl::OkStatus() : Wrong(path, "a boolean");
    }
    if (!given.is_string()) return Wrong(path, "a string");
    if (!absl::ConsumePrefix(&type, "enum:")) return absl::OkStatus();
    for (const absl::string_view allowed : absl::StrSplit(type, '|')) {
      if (given.String() == allowed) return absl::OkStatus();
    }
    return Invalid(
        absl::StrCat(path, ": Unsupported value: supported are ", type));
  }

  void NoteDropped(const std::string& path, JsonView value, JsonView schema) {
    value.ForEachMember([&](absl::string_view name, JsonView) {
      if (!schema[name].exists() && !schema[absl::StrCat(name, "!")].exists()) {
        dropped_->push_back(absl::StrCat(path, ".", name));
      }
    });
  }

  static absl::Status Wrong(const std::string& path, absl::string_view wanted) {
    return Invalid(absl::StrCat(path, ": Invalid value: must be ", wanted));
  }

  std::vector<std::string>* const dropped_;
};

}  // namespace

JsonView SpecSchema(Kind kind) {
  static const Json* const schemas = [] {
    absl::StatusOr<Json> parsed = Json::Parse(kSchemas);
    CHECK(parsed.ok()) << parsed.status();
    return new Json(*std::move(parsed));
  }();
  const JsonView schema = (*schemas)[InfoOf(kind).name];
  CHECK(schema.exists()) << InfoOf(kind).name;
  return schema;
}

absl::Status ApplySchema(JsonView schema, Json& value,
                         std::vector<std::string>* dropped) {
  return Walk(dropped).Visit("spec", schema, value);
}

}  // namespace evroc::sim
