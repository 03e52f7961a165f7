#include "shim/cache/core_objects.h"

#include <cstddef>

#include "absl/strings/string_view.h"
#include "shim/cache/json_fields.h"

namespace evroc::shim {
namespace {

std::vector<std::string> InnerBlocksOf(JsonView network) {
  std::vector<std::string> blocks = ReadTexts(network.At("pods.cidrBlocks"));
  const std::vector<std::string> services =
      ReadTexts(network.At("services.cidrBlocks"));
  blocks.insert(blocks.end(), services.begin(), services.end());
  return blocks;
}

}  // namespace

ClusterObject DecodeCluster(JsonView object) {
  const JsonView reference = object.At("spec.infrastructureRef");
  const JsonView initialization = object.At("status.initialization");
  return {.meta = DecodeMeta(object),
          .paused = object.At("spec.paused").Bool(),
          .infrastructure_kind = reference["kind"].String(),
          .infrastructure_name = reference["name"].String(),
          .api_server_port = static_cast<int>(
              object.At("spec.clusterNetwork.apiServerPort").Integer()),
          .inner_blocks = InnerBlocksOf(object.At("spec.clusterNetwork")),
          .infrastructure_provisioned =
              initialization["infrastructureProvisioned"].Bool(),
          .control_plane_initialized =
              initialization["controlPlaneInitialized"].Bool()};
}

namespace {

// A condition that is absent says nothing.
bool IsNodeInDoubt(JsonView conditions) {
  for (size_t i = 0; i < conditions.size(); ++i) {
    const absl::string_view type = conditions[i]["type"].String();
    const bool about_node =
        type == "Ready" || type == "NodeReady" || type == "NodeHealthy";
    if (about_node && conditions[i]["status"].String() != "True") return true;
  }
  return false;
}

}  // namespace

MachineObject DecodeMachine(JsonView object) {
  const JsonView spec = object["spec"];
  const JsonView reference = spec["infrastructureRef"];
  const JsonView labels = object.At("metadata.labels");
  return {
      .meta = DecodeMeta(object),
      .cluster_name = spec["clusterName"].String(),
      .failure_domain = spec["failureDomain"].String(),
      .data_secret_name = spec.At("bootstrap.dataSecretName").String(),
      .infrastructure_kind = reference["kind"].String(),
      .infrastructure_name = reference["name"].String(),
      .deployment_name = labels["cluster.x-k8s.io/deployment-name"].String(),
      .set_name = labels["cluster.x-k8s.io/set-name"].String(),
      .node_in_doubt = IsNodeInDoubt(object.At("status.conditions"))};
}

}  // namespace evroc::shim
