#include "shim/reconcile/crd_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc::shim {
namespace {

struct Mapping {
  absl::string_view field;      // of a service
  absl::string_view crd_field;  // what it is made from
};

// A longer field comes before its own prefix.
constexpr Mapping kMappings[] = {
    {"cluster_network.control_plane_endpoint.existing_public_ip_id",
     "spec.controlPlaneConfig.loadBalancer.existingPublicIPID"},
    {"cluster_network.control_plane_endpoint.ports",
     "spec.controlPlaneConfig.loadBalancer.ports"},
    {"cluster_network.control_plane_endpoint",
     "spec.controlPlaneConfig.loadBalancer"},
    {"cluster_network.security_groups.control_plane",
     "spec.securityGroups.controlPlane"},
    {"cluster_network.security_groups.additional", "inlineSecurityGroups"},
    {"cluster_network.security_groups", "spec.securityGroups"},
    {"cluster_network.subnets", "spec.network.subnets"},
    {"cluster_network.vpc.stack_type", "spec.network.stackType"},
    // A created one's name has been checked at admission.
    {"cluster_network.vpc.name", "spec.network.vpcRef"},
    {"cluster_network.vpc", "spec.network.vpc"},
    {"cluster_network.labels", "spec.additionalLabels"},
    {"cluster_network.inner_cidr_blocks", "spec.clusterNetwork of the Cluster"},
    {"virtual_machine.compute_profile", "spec.computeProfile"},
    {"virtual_machine.boot_disk.size_gb", "spec.rootDiskSize"},
    {"virtual_machine.boot_disk.image", "spec.image"},
    {"virtual_machine.boot_disk", "spec.image"},
    {"virtual_machine.boot_mode", "spec.bootMode"},
    {"virtual_machine.data_disks", "spec.additionalDisks"},
    {"virtual_machine.stack_type",
     "spec.network.stackType of the EvrocCluster"},
    {"virtual_machine.zone", "spec.failureDomain of the Machine"},
    {"virtual_machine.subnet_id", "spec.subnetName"},
    {"virtual_machine.security_group_ids",
     "spec.networkingConfig.securityGroups"},
    {"virtual_machine.public_ip_id", "spec.networkingConfig.publicIP"},
    {"virtual_machine.placement_group_id",
     "spec.placementConfig.existingGroupID"},
    {"virtual_machine.spread_group", "spec.placementConfig.strategy"},
    {"virtual_machine.user_data", "bootstrap data (user data)"},
    {"virtual_machine.ssh_authorized_keys", "spec.sshKey"},
    {"virtual_machine.labels", "spec.additionalLabels"},
    {"public_ip.labels", "spec.additionalLabels"},
    {"scope.project", "spec.project"},
    {"scope.region", "spec.region"},
    {"scope.endpoints.api_base_url", "spec.endpoints.apiBaseURL"},
    {"scope.endpoints.issuer_url", "spec.endpoints.issuerURL"},
    {"scope.endpoints.client_id", "spec.endpoints.clientID"},
    {"scope.endpoints", "spec.endpoints"},
};

constexpr absl::string_view kCredentials[] = {"scope.credentials",
                                              "credentials"};

// Members of a credential that a Secret holds under keys of their own.
constexpr Mapping kSecretKeys[] = {
    {"auth.service_account_id", kServiceAccountIdKey},
    {"auth.service_account_secret", kServiceAccountSecretKey},
    {"context.organization", kOrganizationKey},
};

// Names that differ by more than their case.
constexpr Mapping kNames[] = {
    {"ipv4_cidr_block", "cidrBlock"},
    {"existing_ids", "existingIDs"},
    {"size_gb", "sizeGB"},
    {"cidr", "remoteCIDR"},
    {"security_group_id", "remoteSecurityGroup"},
    {"subnet_id", "subnetID"},
};

constexpr struct {
  absl::string_view crd_field;
  absl::string_view condition;
} kConditions[] = {
    {"spec.network.subnets", "SubnetsReady"},
    {"spec.network.subnetRefs", "SubnetsReady"},
    {"spec.network.vpc", "VPCReady"},
    {"spec.network.vpcRef", "VPCReady"},
    {"spec.securityGroups", "SecurityGroupsReady"},
    {"inlineSecurityGroups", "SecurityGroupsReady"},
    {"spec.controlPlaneConfig", "ControlPlaneEndpointReady"},
    {"spec.controlPlaneEndpoint", "ControlPlaneEndpointReady"},
};

// Takes `prefix`, which ends where a name ends, off the front of `field`.
bool ConsumeField(absl::string_view prefix, absl::string_view& field) {
  if (!absl::StartsWith(field, prefix)) return false;
  const absl::string_view rest = field.substr(prefix.size());
  if (!rest.empty() && rest[0] != '.' && rest[0] != '[') return false;
  field = rest;
  return true;
}

std::string CrdName(absl::string_view name) {
  for (const Mapping& mapping : kNames) {
    if (name == mapping.field) return std::string(mapping.crd_field);
  }
  std::string camel;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel += upper ? absl::ascii_toupper(c) : c;
    upper = false;
  }
  return camel;
}

// ".ports[0].target_port" is ".ports[0].targetPort". What stands in brackets is
// a name of the user's or an index.
std::string CrdPath(absl::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path[0] == '[') {
      const size_t end = path.find(']');
      const size_t length =
          end == absl::string_view::npos ? path.size() : end + 1;
      absl::StrAppend(&out, path.substr(0, length));
      path.remove_prefix(length);
      continue;
    }
    const bool dot = absl::ConsumePrefix(&path, ".");
    const absl::string_view name = path.substr(0, path.find_first_of(".["));
    absl::StrAppend(&out, dot ? "." : "", CrdName(name));
    path.remove_prefix(name.size());
  }
  return out;
}

// Names the field `member` of a credential; empty: all of it.
std::string SecretFieldOf(absl::string_view member,
                          const CredentialSource& source) {
  std::string secret = absl::StrCat("Secret ", source.secret);
  if (source.form == CredentialForm::kConfig) {
    return absl::StrCat(secret, " key ", kConfigKey, member.empty() ? "" : ": ",
                        member);
  }
  if (member == "context.project") return "spec.project";
  for (const Mapping& mapping : kSecretKeys) {
    if (member == mapping.field) {
      return absl::StrCat(secret, " key ", mapping.crd_field);
    }
  }
  return secret;
}

}  // namespace

bool IsCredentialField(absl::string_view field) {
  for (const absl::string_view prefix : kCredentials) {
    absl::string_view rest = field;
    if (ConsumeField(prefix, rest)) return true;
  }
  return false;
}

std::string CrdFieldOf(absl::string_view field,
                       const CredentialSource& source) {
  for (const absl::string_view prefix : kCredentials) {
    absl::string_view rest = field;
    if (!ConsumeField(prefix, rest)) continue;
    return SecretFieldOf(absl::StripPrefix(rest, "."), source);
  }
  for (const Mapping& mapping : kMappings) {
    absl::string_view rest = field;
    if (ConsumeField(mapping.field, rest)) {
      return absl::StrCat(mapping.crd_field, CrdPath(rest));
    }
  }
  return std::string(field);
}

absl::string_view ConditionOfField(absl::string_view crd_field) {
  for (const auto& [field, condition] : kConditions) {
    absl::string_view rest = crd_field;
    if (ConsumeField(field, rest)) return condition;
  }
  return "";
}

}  // namespace evroc::shim
