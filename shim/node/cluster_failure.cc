#include "shim/node/cluster_failure.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/error_details.h"

namespace evroc::shim {
namespace {

using Phase = NodeState::Phase;

std::string Text(absl::string_view what, const absl::Status& error) {
  return absl::StrCat(what, ": ", error.message());
}

}  // namespace

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

bool ConcernsOneNode(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return true;
    default:
      return false;
  }
}

bool IsMissing(const absl::Status& error) {
  if (absl::IsNotFound(error)) return true;
  const ErrorDetails details = DetailsOf(error);
  const auto http = details.metadata.find("http_status");
  return http != details.metadata.end() && http->second == "404";
}

}  // namespace evroc::shim
