// Compares and names the places that credentials lead to (ADR 28). Pure
// functions, used by both sides of the services' API.

#ifndef COMMON_CLOUD_CLOUD_IDENTITY_H_
#define COMMON_CLOUD_CLOUD_IDENTITY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"

namespace evroc {

// ErrorInfo.reason where a credential does not lead to the expected cloud.
inline constexpr absl::string_view kOtherCloud = "OTHER_CLOUD";
// The condition of an object that such an error concerns.
inline constexpr absl::string_view kCloudIdentityMatched =
    "CloudIdentityMatched";

// What proves by itself, without a look into the cloud, that `seen` is the
// place that was `recorded`: PRINCIPAL, PROJECT or NONE. A project that had a
// UID is not known by its name alone.
common::v1::CloudProof ProofOf(const common::v1::CloudIdentity& recorded,
                               const common::v1::CloudIdentity& seen);

// Names the place, for people and for comparison:
// "https://api.evroc.com/projects/p/regions/se-sto#<the project's UID>".
// Without the UID the account is behind the "#".
std::string PlaceName(const common::v1::CloudIdentity& identity);

// FAILED_PRECONDITION, reason OTHER_CLOUD: `seen` is not proven to be the
// recorded place. `recorded` may be empty: it was never written down.
absl::Status OtherCloudError(const common::v1::CloudIdentity& recorded,
                             const common::v1::CloudIdentity& seen);

// Whether it is such an error.
bool IsOtherCloud(const absl::Status& status);

}  // namespace evroc

#endif  // COMMON_CLOUD_CLOUD_IDENTITY_H_
