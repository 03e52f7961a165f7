// Authenticates S3 requests by the credentials of bucket service accounts
// (evroc-api.md B.11). Thread-safe.

#ifndef TESTS_EVROC_SIM_S3_S3_ACCESS_H_
#define TESTS_EVROC_SIM_S3_S3_ACCESS_H_

#include "absl/status/statusor.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

// The account that signed the request; an error with S3's code if none did.
// Credentials that are too new do not work yet.
absl::StatusOr<ObjectPtr> AuthenticateS3(const Request& request,
                                         const Cloud& cloud);

// The bucket of that name in the account's project and region. NoSuchBucket, or
// AccessDenied if the account may not use it.
absl::StatusOr<ObjectPtr> FindBucket(const Object& account,
                                     const std::string& name,
                                     const Cloud& cloud);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_S3_S3_ACCESS_H_
