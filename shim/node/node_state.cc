#include "shim/node/node_state.h"

#include "absl/strings/str_cat.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

std::string Text(absl::string_view what, const absl::Status& error) {
  return absl::StrCat(what, ": ", error.message());
}

}  // namespace

NodeState NodeNotLookedAt() {
  return {Phase::kPending, kNodeNotLookedAt,
          "the workload cluster has not been looked at yet"};
}

NodeState NodeNotFound(const std::string& vm_id, const std::string& note) {
  return {Phase::kPending, kNodeNotFound,
          absl::StrCat("no Node of VM \"", vm_id, "\" has registered",
                       note.empty() ? "" : "; ", note)};
}

NodeState NodeInitialized(const std::string& name) {
  return {.phase = Phase::kInitialized,
          .reason = kNodeInitialized,
          .message = absl::StrCat("Node \"", name, "\""),
          .node_name = name};
}

NodeState NodeLinked(const std::string& name, const std::string& provider_id) {
  return {.phase = Phase::kInitialized,
          .reason = kNodeLinked,
          .message =
              absl::StrCat("Node \"", name, "\" has provider ID ", provider_id),
          .provider_id = provider_id,
          .node_name = name};
}

NodeState NodeWithoutProviderId(const std::string& name) {
  return {Phase::kPending, kNodeWithoutProviderId,
          absl::StrCat("Node \"", name,
                       "\" has no provider ID yet: a cloud "
                       "controller manager in the cluster has to set it")};
}

NodeState NodeWithoutAddress(const std::string& name) {
  return {Phase::kPending, kNodeWithoutAddress,
          absl::StrCat("Node \"", name,
                       "\" has no InternalIP yet, which would prove that it is "
                       "the machine's")};
}

NodeState NodePatchRefused(const std::string& name, const absl::Status& error) {
  return {Phase::kFailed, kNodePatchRefused,
          Text(absl::StrCat("Node \"", name, "\" can't be changed"), error)};
}

NodeState StateWithoutAccess(const absl::Status& error,
                             const ObjectKey& cluster) {
  const std::string name =
      absl::StrCat("Secret \"", ToString(cluster), "-kubeconfig\"");
  switch (error.code()) {
    case absl::StatusCode::kNotFound:
      return {Phase::kPending, kNodeNoKubeconfig,
              absl::StrCat(name, " does not exist yet")};
    case absl::StatusCode::kInvalidArgument:
      return {Phase::kFailed, kNodeBadKubeconfig, std::string(error.message())};
    default:
      return {Phase::kPending, kNodeNoKubeconfig,
              Text(absl::StrCat(name, " can't be read"), error)};
  }
}

NodeState StateAfterRefusal(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return {
          Phase::kFailed, kNodeAccessRefused,
          Text("the workload cluster refuses the kubeconfig's user", error)};
    case absl::StatusCode::kInvalidArgument:
      return {Phase::kFailed, kNodeBadKubeconfig,
              Text("the kubeconfig can't be used", error)};
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
      return {Phase::kPending, kNodeUnreachable,
              "the workload cluster's API server did not answer in time"};
    default:
      return {
          Phase::kPending, kNodeUnreachable,
          Text("the workload cluster's API server can't be reached", error)};
  }
}

bool IsFaultOfNode(const NodeState& state) {
  const absl::string_view reason = state.reason;
  return state.phase == Phase::kFailed && reason != kNodeBadKubeconfig &&
         reason != kNodeAccessRefused;
}

}  // namespace evroc::shim
