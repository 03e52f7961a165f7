#include "services/evroc/kcp/kcp_compute_api.h"

#include "absl/strings/str_cat.h"

namespace evroc::cloud {
namespace {

absl::Status Missing(absl::string_view what) {
  return absl::UnimplementedError(
      absl::StrCat("the API that a kubeconfig leads to has no ", what));
}

}  // namespace

absl::StatusOr<std::vector<ComputeProfile>> KcpComputeApi::ListComputeProfiles(
    const CallContext& /*context*/) {
  return Missing("compute profiles to list");
}

absl::StatusOr<std::vector<DiskImage>> KcpComputeApi::ListDiskImages(
    const CallContext& /*context*/) {
  return Missing("disk images to list");
}

absl::StatusOr<std::vector<DiskImage>> KcpComputeApi::ListCustomImages(
    const CallContext& /*context*/) {
  return Missing("custom images");
}

absl::StatusOr<DiskImage> KcpComputeApi::GetCustomImage(
    const CallContext& /*context*/, absl::string_view /*name*/) {
  return Missing("custom images");
}

absl::StatusOr<std::vector<std::string>> KcpComputeApi::ListZones(
    const CallContext& /*context*/) {
  return Missing("zones");
}

}  // namespace evroc::cloud
