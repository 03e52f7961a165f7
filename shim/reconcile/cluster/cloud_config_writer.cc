#include "shim/reconcile/cluster/cloud_config_writer.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/cluster/cloud_config.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/rpc/cloud_conditions.h"

namespace evroc::shim {
namespace {

ObjectKey ConfigMapOf(const EvrocClusterObject& cluster) {
  return {cluster.meta.key.name_space,
          cluster.spec.cloud_config.config_map_name};
}

// Whether what is handed out of the network is there: machines use it already,
// and something else of it is missing.
bool IsUsable(const network::v1::ClusterNetwork& network,
              const EvrocClusterStatus& status) {
  if (network.state() == network::v1::ClusterNetwork::STATE_READY) return true;
  const CloudConditions reported = ConditionsOf(network.conditions());
  const CloudCondition* const subnets = FindCondition(reported, "SubnetsReady");
  return status.provisioned && subnets != nullptr &&
         subnets->status == common::v1::Condition::STATUS_TRUE;
}

absl::string_view ReasonOf(const absl::Status& status) {
  if (IsRefusedWrite(status)) return "ConfigMapRefused";
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return "ConfigMapNotFound";
    case absl::StatusCode::kFailedPrecondition:
      return "ConfigMapNotLabelled";
    case absl::StatusCode::kInvalidArgument:
      return "InvalidConfiguration";
    case absl::StatusCode::kPermissionDenied:
      return "ConfigMapRefused";
    default:
      return "";
  }
}

}  // namespace

absl::Status CloudConfigWriter::WriteConfigMap(
    const CallContext& context, const EvrocClusterObject& cluster,
    const std::string& manifests) {
  const ObjectKey key = ConfigMapOf(cluster);
  EVROC_ASSIGN_OR_RETURN(const Json object,
                         kube_.Get(context, kConfigMapType, key));
  const std::string& name = cluster.meta.key.name;
  if (object.At("metadata.labels")[kCloudConfigLabel].String() != name) {
    return absl::FailedPreconditionError(absl::StrCat(
        "it has no label ", kCloudConfigLabel, " with the value ", name));
  }
  if (object["data"][kCloudConfigKey].String() == manifests) {
    return absl::OkStatus();
  }
  Json data = Json::Object();
  data.Set(kCloudConfigKey, manifests);
  Json patch = Json::Object();
  patch.Set("data", std::move(data));
  patch.SetAt("metadata.resourceVersion",
              object.At("metadata.resourceVersion").String());
  return kube_.Patch(context, kConfigMapType, key, "", patch).status();
}

absl::Status CloudConfigWriter::Write(
    const CallContext& context, const EvrocClusterObject& cluster,
    const network::v1::ClusterNetwork& network,
    const common::v1::CredentialCheck& check, EvrocClusterStatus& status) {
  if (cluster.spec.cloud_config.config_map_name.empty()) {
    status.conditions.Remove(kCloudConfigReady);
    return absl::OkStatus();
  }
  const auto set = [&](ConditionStatus state, absl::string_view reason,
                       absl::string_view message) {
    status.conditions.Set(kCloudConfigReady, state, reason, message,
                          cluster.meta.generation, clock_.Now());
  };
  if (!IsUsable(network, status)) {
    if (status.conditions.Find(kCloudConfigReady) == nullptr) {
      set(ConditionStatus::kFalse, "WaitingForNetwork",
          "the cluster's network is not ready yet");
    }
    return absl::OkStatus();
  }
  const absl::StatusOr<std::string> manifests =
      CloudConfigManifests(cluster, network, check);
  absl::Status written = manifests.ok()
                             ? WriteConfigMap(context, cluster, *manifests)
                             : manifests.status();
  if (written.ok()) {
    set(ConditionStatus::kTrue, "Available", "");
    return absl::OkStatus();
  }
  const absl::string_view reason = ReasonOf(written);
  if (reason.empty()) return written;
  set(ConditionStatus::kFalse, reason,
      manifests.ok()
          ? absl::StrCat(
                "ConfigMap ", ToString(ConfigMapOf(cluster)),
                " (spec.cloudConfig.configMapName): ", written.message())
          : std::string(written.message()));
  return written;
}

}  // namespace evroc::shim
