// The S3 credentials of bucket service accounts, and the secrets that hold them
// (evroc-api.md B.11). They follow from the account's UID, so nothing is
// stored. Pure functions.

#ifndef TESTS_EVROC_SIM_MODEL_BUCKET_CREDENTIALS_H_
#define TESTS_EVROC_SIM_MODEL_BUCKET_CREDENTIALS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {

struct BucketCredentials {
  std::string access_key_id;
  std::string secret_access_key;
};

BucketCredentials CredentialsOf(const Object& account);

// The name of an account's secret, and the id of the account that has a secret
// of that name; empty if none could.
std::string SecretNameOf(const Object& account);
std::string AccountOfSecret(absl::string_view secret);

// The secret as the API shows it.
Json SecretJson(const Object& account);

// Whether the account, which is not being deleted, may use the bucket.
bool MayUseBucket(const Object& account, absl::string_view bucket);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_MODEL_BUCKET_CREDENTIALS_H_
