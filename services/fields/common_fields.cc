#include "services/fields/common_fields.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/names/dns_label.h"
#include "common/proto/serialize.h"
#include "services/identity/owner_labels.h"

namespace evroc::cloud {
namespace {

constexpr int kMaxLabels = 200;
constexpr size_t kMaxKey = 253;
constexpr size_t kMaxValue = 63;
constexpr size_t kMaxName = 253;
constexpr size_t kEtagLength = 16;

std::string Sub(absl::string_view field, absl::string_view member) {
  return absl::StrCat(field, ".", member);
}

void CheckId(absl::string_view id, const std::string& field,
             Violations& violations) {
  if (violations.Check(!id.empty(), field, "is required")) {
    violations.Check(IsLabelValue(id), field,
                     "is not 1 to 63 letters, digits, \"-\", \"_\" and \".\" "
                     "with a letter or digit at both ends");
  }
}

void CheckName(absl::string_view name, bool required, const std::string& field,
               Violations& violations) {
  violations.Check(!required || !name.empty(), field, "is required");
  violations.Check(name.size() <= kMaxName, field,
                   "has more than 253 characters");
}

}  // namespace

ScopeRequest FromProto(const common::v1::CloudScope& scope) {
  const common::v1::Endpoints& endpoints = scope.endpoints();
  return {.credential_content = scope.credentials().content(),
          .credential_name = scope.credentials().name(),
          .spec = {.project = scope.project(),
                   .region = scope.region(),
                   .endpoints = {.api_base_url = endpoints.api_base_url(),
                                 .issuer_url = endpoints.issuer_url(),
                                 .client_id = endpoints.client_id()}},
          .tenant = scope.tenant()};
}

void CheckClusterId(absl::string_view cluster_id, absl::string_view field,
                    Violations& violations) {
  CheckId(cluster_id, std::string(field), violations);
}

Owner CheckOwner(const common::v1::Owner& owner, OwnerKind kind, bool names,
                 absl::string_view field, Violations& violations) {
  CheckId(owner.cluster_id(), Sub(field, "cluster_id"), violations);
  CheckName(owner.cluster_name(), names, Sub(field, "cluster_name"),
            violations);
  if (kind == OwnerKind::kMachine) {
    CheckId(owner.machine_id(), Sub(field, "machine_id"), violations);
    CheckName(owner.machine_name(), names, Sub(field, "machine_name"),
              violations);
  } else {
    violations.Check(owner.machine_id().empty(), Sub(field, "machine_id"),
                     "is for machines only");
    violations.Check(owner.machine_name().empty(), Sub(field, "machine_name"),
                     "is for machines only");
  }
  violations.Check(
      owner.resource_prefix().empty() || IsDnsLabel(owner.resource_prefix()),
      Sub(field, "resource_prefix"), "is not an RFC 1123 label");
  return {.cluster_id = owner.cluster_id(),
          .cluster_name = owner.cluster_name(),
          .machine_id = owner.machine_id(),
          .machine_name = owner.machine_name(),
          .resource_prefix = owner.resource_prefix()};
}

common::v1::Owner ToProto(const Owner& owner) {
  common::v1::Owner proto;
  proto.set_cluster_id(owner.cluster_id);
  proto.set_cluster_name(owner.cluster_name);
  proto.set_machine_id(owner.machine_id);
  proto.set_machine_name(owner.machine_name);
  proto.set_resource_prefix(owner.resource_prefix);
  return proto;
}

Labels CheckLabels(
    const google::protobuf::Map<std::string, std::string>& labels,
    absl::string_view field, Violations& violations) {
  Labels checked;
  if (!violations.CheckSize(static_cast<int>(labels.size()), kMaxLabels,
                            field)) {
    return checked;
  }
  for (const auto& [key, value] : labels) {
    const std::string entry = absl::StrCat(field, "[", key.substr(0, 80), "]");
    const size_t before = violations.count();
    violations.Check(!key.empty() && key.size() <= kMaxKey, entry,
                     "the key is empty or longer than 253 characters");
    violations.Check(!absl::StrContains(key, '/'), entry,
                     "the key has a \"/\", which the cloud refuses");
    violations.Check(!absl::StartsWith(key, kLabelPrefix) &&
                         !absl::StartsWith(key, kOfficialLabelPrefix),
                     entry,
                     "keys that begin with \"capi-\" or \"capi_\" are kept for "
                     "owners");
    violations.Check(value.size() <= kMaxValue, entry,
                     "the value is longer than 63 characters");
    if (violations.count() == before) checked[key] = value;
  }
  return checked;
}

StackType FromProto(common::v1::StackType type) {
  switch (type) {
    case common::v1::STACK_TYPE_DUAL_STACK:
      return StackType::kDualStack;
    case common::v1::STACK_TYPE_IPV6_ONLY:
      return StackType::kIpv6Only;
    case common::v1::STACK_TYPE_IPV4_ONLY:
      return StackType::kIpv4Only;
    default:
      return StackType::kUnset;
  }
}

common::v1::CredentialCheck DescribeConnection(const Connection& connection) {
  const Capabilities capabilities = connection.network->capabilities();
  common::v1::CredentialCheck check;
  check.set_project(connection.project);
  check.set_region(connection.region);
  check.set_dialect(connection.dialect == Dialect::kRest
                        ? common::v1::CredentialCheck::DIALECT_REST
                        : common::v1::CredentialCheck::DIALECT_KCP);
  check.set_load_balancers(capabilities.load_balancers);
  check.set_zones(capabilities.zones);
  check.set_organization(connection.organization);
  return check;
}

std::string EtagOf(const google::protobuf::Message& message) {
  return Sha256Hex(SerializeDeterministically(message)).substr(0, kEtagLength);
}

}  // namespace evroc::cloud
