#include "common/cloud/cloud_identity.h"

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"

namespace evroc {

using common::v1::CloudIdentity;

common::v1::CloudProof ProofOf(const CloudIdentity& recorded,
                               const CloudIdentity& seen) {
  const bool same_region = recorded.region() == seen.region();
  const bool same_uid = recorded.project_uid() == seen.project_uid();
  if (!recorded.principal().empty() &&
      recorded.principal() == seen.principal() &&
      recorded.endpoint() == seen.endpoint() &&
      recorded.project() == seen.project() && same_region &&
      (same_uid || recorded.project_uid().empty())) {
    return common::v1::CLOUD_PROOF_PRINCIPAL;
  }
  if (!recorded.project_uid().empty() && same_uid && same_region) {
    return common::v1::CLOUD_PROOF_PROJECT;
  }
  return common::v1::CLOUD_PROOF_NONE;
}

std::string PlaceName(const CloudIdentity& identity) {
  return absl::StrCat(identity.endpoint(), "/projects/", identity.project(),
                      "/regions/", identity.region(), "#",
                      identity.project_uid().empty() ? identity.principal()
                                                     : identity.project_uid());
}

absl::Status OtherCloudError(const CloudIdentity& recorded,
                             const CloudIdentity& seen) {
  const bool known = !recorded.endpoint().empty();
  return MakeError(
      absl::StatusCode::kFailedPrecondition,
      known ? absl::StrCat("the credential leads to ", PlaceName(seen),
                           ", which is not proven to be the cloud of what "
                           "exists already: ",
                           PlaceName(recorded))
            : absl::StrCat("the credential leads to ", PlaceName(seen),
                           ", where nothing is found of what exists already; "
                           "its cloud was never written down"),
      {.reason = std::string(kOtherCloud),
       .metadata = {{"condition", std::string(kCloudIdentityMatched)}}});
}

bool IsOtherCloud(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) &&
         DetailsOf(status).reason == kOtherCloud;
}

}  // namespace evroc
