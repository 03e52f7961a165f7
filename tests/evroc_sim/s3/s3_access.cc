#include "tests/evroc_sim/s3/s3_access.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/bucket_credentials.h"
#include "tests/evroc_sim/s3/aws_signature.h"

namespace evroc::sim {
namespace {

constexpr absl::Duration kMaxSkew = absl::Minutes(15);

ObjectPtr FindAccount(const std::string& access_key_id, const Cloud& cloud) {
  ObjectPtr account;
  cloud.Read([&](const Store& store) {
    store.ForEach([&](const ObjectPtr& object) {
      if (object->key.kind == Kind::kBucketServiceAccount &&
          CredentialsOf(*object).access_key_id == access_key_id) {
        account = object;
      }
    });
  });
  return account;
}

bool Works(const Object& account, const Cloud& cloud) {
  return account.phase == "Ready" &&
         cloud.clock().Now() - account.phase_since >=
             cloud.settings().Latency("s3_credentials");
}

absl::Status Malformed(absl::string_view why) {
  return ApiError(400, "AuthorizationHeaderMalformed", why);
}

absl::Status CheckScope(const AwsAuthorization& authorization,
                        const Object& account) {
  if (authorization.service != "s3") {
    return Malformed("the credential's service must be s3");
  }
  if (authorization.region != account.key.region) {
    return Malformed(
        absl::StrCat("the credential's region must be ", account.key.region));
  }
  for (const char* name : {"host", "x-amz-content-sha256", "x-amz-date"}) {
    const auto& headers = authorization.signed_headers;
    if (std::find(headers.begin(), headers.end(), name) == headers.end()) {
      return ApiError(403, "AccessDenied",
                      absl::StrCat("the header ", name, " is not signed"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDate(absl::string_view date,
                       const AwsAuthorization& authorization, absl::Time now) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%E4Y%m%dT%H%M%SZ", date, &time, &error) ||
      !absl::StartsWith(date, authorization.date)) {
    return ApiError(403, "AccessDenied", "x-amz-date is not a valid date");
  }
  if (absl::AbsDuration(now - time) <= kMaxSkew) return absl::OkStatus();
  return ApiError(403, "RequestTimeTooSkewed",
                  "x-amz-date and the server's time differ too much");
}

absl::Status CheckContent(const Request& request) {
  const absl::string_view hash =
      FindHeader(request.headers, "x-amz-content-sha256");
  if (hash == "UNSIGNED-PAYLOAD") return absl::OkStatus();
  if (absl::StartsWith(hash, "STREAMING-")) {
    return ApiError(501, "NotImplemented", "chunked payloads are not served");
  }
  if (hash == Sha256Hex(request.body)) return absl::OkStatus();
  return ApiError(400, "XAmzContentSHA256Mismatch",
                  "x-amz-content-sha256 is not that of the body");
}

}  // namespace

absl::StatusOr<ObjectPtr> AuthenticateS3(const Request& request,
                                         const Cloud& cloud) {
  const absl::string_view header = FindHeader(request.headers, "Authorization");
  if (header.empty()) {
    return ApiError(403, "AccessDenied", "the request is not signed");
  }
  const auto authorization = ParseAwsAuthorization(header);
  if (!authorization.has_value()) {
    return Malformed("the Authorization header is no AWS4-HMAC-SHA256 one");
  }
  const ObjectPtr account = FindAccount(authorization->access_key_id, cloud);
  if (account == nullptr || !Works(*account, cloud)) {
    return ApiError(403, "InvalidAccessKeyId", "the access key is not known");
  }
  EVROC_RETURN_IF_ERROR(CheckScope(*authorization, *account));
  EVROC_RETURN_IF_ERROR(CheckDate(FindHeader(request.headers, "x-amz-date"),
                                  *authorization, cloud.clock().Now()));
  EVROC_RETURN_IF_ERROR(CheckContent(request));
  const std::string signature = AwsSignature(
      request, *authorization, CredentialsOf(*account).secret_access_key);
  if (signature == authorization->signature) return account;
  return ApiError(403, "SignatureDoesNotMatch",
                  "the signature is not that of the access key");
}

absl::StatusOr<ObjectPtr> FindBucket(const Object& account,
                                     const std::string& name,
                                     const Cloud& cloud) {
  ObjectPtr bucket;
  cloud.Read([&](const Store& store) {
    bucket = store.Find(
        {Kind::kBucket, account.key.project, account.key.region, name});
  });
  if (bucket == nullptr || bucket->deleting) {
    return ApiError(404, "NoSuchBucket", "the bucket does not exist");
  }
  if (MayUseBucket(account, name)) return bucket;
  return ApiError(403, "AccessDenied", "the account may not use the bucket");
}

}  // namespace evroc::sim
