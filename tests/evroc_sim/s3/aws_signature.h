// AWS Signature Version 4 of S3 requests: the Authorization header, and the
// signature that a secret key gives. Pure functions.

#ifndef TESTS_EVROC_SIM_S3_AWS_SIGNATURE_H_
#define TESTS_EVROC_SIM_S3_AWS_SIGNATURE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

struct AwsAuthorization {
  std::string access_key_id;
  std::string date;  // "20261129"
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;  // hexadecimal
};

// Parses "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…"; nullopt
// for anything else.
std::optional<AwsAuthorization> ParseAwsAuthorization(absl::string_view header);

// The signature of the request by `secret_access_key` under the date, region,
// service and headers of `authorization`.
std::string AwsSignature(const Request& request,
                         const AwsAuthorization& authorization,
                         absl::string_view secret_access_key);

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_S3_AWS_SIGNATURE_H_
