#include "shim/reconcile/reconcile_error.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

// Longer names stand before their own beginnings: StrReplaceAll takes the
// longest match.
using Names = std::vector<std::pair<absl::string_view, absl::string_view>>;
const Names& FieldNames() {
  static const auto& names = *new Names{
      {"cluster_network.control_plane_endpoint.existing_public_ip_id",
       "spec.controlPlaneConfig.loadBalancer.existingPublicIPID"},
      {"cluster_network.control_plane_endpoint.ports",
       "spec.controlPlaneConfig.loadBalancer.additionalPorts"},
      {"cluster_network.control_plane_endpoint",
       "spec.controlPlaneConfig.loadBalancer"},
      {"cluster_network.security_groups.common", "spec.securityGroups.common"},
      {"cluster_network.security_groups.control_plane",
       "spec.securityGroups.controlPlane"},
      {"cluster_network.security_groups.worker", "spec.securityGroups.worker"},
      {"cluster_network.security_groups.additional", "inlineSecurityGroups"},
      {"cluster_network.security_groups", "spec.securityGroups"},
      {"cluster_network.subnets", "spec.network.subnets"},
      {"cluster_network.vpc.stack_type", "spec.network.stackType"},
      {"cluster_network.vpc", "spec.network.vpc"},
      {"cluster_network.labels", "spec.additionalLabels"},
      {"ipv4_cidr_block", "cidrBlock"},
      {"existing_ids", "existingIDs"},
      {"end_port", "endPort"},
      {"target_port", "targetPort"},
      {"health_check_port", "healthCheckPort"},
      {"virtual_machine.compute_profile", "spec.computeProfile"},
      {"virtual_machine.boot_disk.image", "spec.image"},
      {"virtual_machine.boot_disk.size_gb", "spec.rootDiskSize"},
      {"virtual_machine.boot_disk", "spec.image"},
      {"virtual_machine.data_disks", "spec.additionalDisks"},
      {"virtual_machine.zone", "spec.failureDomain of the Machine"},
      {"virtual_machine.subnet_id", "spec.subnetName"},
      {"virtual_machine.security_group_ids",
       "spec.networkingConfig.securityGroups"},
      {"virtual_machine.public_ip_id", "spec.networkingConfig.publicIP"},
      {"virtual_machine.placement_group_id",
       "spec.placementConfig.existingGroupID"},
      {"virtual_machine.user_data", "bootstrap data (user data)"},
      {"virtual_machine.ssh_authorized_keys", "spec.sshKey"},
      {"virtual_machine.labels", "spec.additionalLabels"},
      {"size_gb", "sizeGB"},
      {"public_ip.labels", "spec.additionalLabels"},
      {"scope.project", "spec.project"},
      {"scope.region", "spec.region"},
      {"scope.endpoints.api_base_url", "spec.endpoints.apiBaseURL"},
      {"scope.endpoints.issuer_url", "spec.endpoints.issuerURL"},
      {"scope.endpoints.client_id", "spec.endpoints.clientID"},
      {"scope.endpoints", "spec.endpoints"},
  };
  return names;
}

// CredentialSecrets' own errors name the Secret.
bool AboutCredentials(const absl::Status& status, absl::string_view secret) {
  if (status.code() == absl::StatusCode::kUnauthenticated) return true;
  if (absl::StartsWith(status.message(), absl::StrCat("Secret ", secret))) {
    return true;
  }
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    if (absl::StartsWith(violation.field, "credentials") ||
        absl::StartsWith(violation.field, "scope.credentials")) {
      return true;
    }
  }
  return false;
}

constexpr absl::Duration kSlow = absl::Minutes(2);

ReconcileError Lasting(absl::string_view reason) {
  return {.reason = std::string(reason), .message = {}, .retry_after = kSlow};
}

// Somebody else has to let go: that can be soon.
ReconcileError Blocked() {
  return {.reason = "Blocked", .message = {}, .retry_after = absl::Seconds(15)};
}

ReconcileError Transient(const ErrorDetails& details) {
  return {.transient = true,
          .reason = "CloudUnavailable",
          .message = {},
          .retry_after = details.retry_after};
}

ReconcileError Classify(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  // Of the Kubernetes API, not of the cloud: it says nothing of the object.
  if (details.metadata.contains("kube_reason")) return Transient(details);
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return Lasting("CredentialsRefused");
    case absl::StatusCode::kPermissionDenied:
      return Lasting("PermissionDenied");
    case absl::StatusCode::kInvalidArgument:
      return Lasting("InvalidConfiguration");
    case absl::StatusCode::kUnimplemented:
      return Lasting("NotSupported");
    case absl::StatusCode::kFailedPrecondition:
      return Blocked();
    case absl::StatusCode::kNotFound:
      return Lasting("NotFound");
    case absl::StatusCode::kResourceExhausted:
      if (details.reason == kQuotaExceeded) return Lasting("QuotaExceeded");
      break;
    default:
      break;
  }
  return Transient(details);
}

}  // namespace

std::string InCrdTerms(absl::string_view text, absl::string_view secret) {
  std::string said = absl::StrReplaceAll(text, FieldNames());
  const std::string place = absl::StrCat("Secret ", secret, " key config: ");
  return absl::StrReplaceAll(
      said, {{"scope.credentials.", place}, {"credentials.", place}});
}

ReconcileError ReconcileErrorOf(const absl::Status& status,
                                absl::string_view secret) {
  ReconcileError error = Classify(status);
  error.credentials = !error.transient && AboutCredentials(status, secret);
  error.message = InCrdTerms(status.message(), secret);
  if (!error.credentials) return error;
  if (error.reason == "InvalidConfiguration") {
    error.reason = "CredentialsInvalid";
  }
  if (error.reason == "NotFound") error.reason = "CredentialsMissing";
  if (!absl::StrContains(error.message, secret)) {
    error.message = absl::StrCat("Secret ", secret, ": ", error.message);
  }
  return error;
}

}  // namespace evroc::shim
