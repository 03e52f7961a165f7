#include "tests/evroc_sim/s3/s3_api.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/crypto/sha256.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/s3/s3_access.h"
#include "tests/evroc_sim/s3/s3_error.h"

namespace evroc::sim {
namespace {

constexpr char kVersionHeader[] = "x-amz-version-id";
constexpr size_t kEtagLength = 32;

bool KeepsVersions(const Object& bucket) {
  const absl::string_view mode = bucket.spec["objectRetentionMode"].String();
  return mode == "Versioned" || mode == "Locking";
}

std::string NewVersion() {
  return absl::StrReplaceAll(RandomUuid(), {{"-", ""}});
}

HttpHeaders HeadersOf(const BucketObject& object) {
  const std::string etag = Sha256Hex(object.bytes).substr(0, kEtagLength);
  return {{kVersionHeader, object.version},
          {"ETag", absl::StrCat("\"", etag, "\"")},
          {"Last-Modified",
           absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", object.modified,
                            absl::UTCTimeZone())}};
}

absl::Status NotImplemented(absl::string_view what) {
  return ApiError(501, "NotImplemented",
                  absl::StrCat(what, " is not simulated"));
}

// The AWS SDKs name the operation in x-id.
absl::Status CheckQuery(const Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name != "versionId" && name != "x-id") {
      return NotImplemented(absl::StrCat("the parameter ", name));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Response S3Api::Handle(const Request& request) {
  const absl::StatusOr<Response> response = Answer(request);
  return response.ok() ? *response : S3Error(response.status(), request.path);
}

absl::StatusOr<Response> S3Api::Answer(const Request& request) {
  EVROC_ASSIGN_OR_RETURN(const ObjectPtr account,
                         AuthenticateS3(request, cloud_));
  absl::string_view path = request.path;
  absl::ConsumePrefix(&path, "/");
  const size_t slash = path.find('/');
  const std::string name(path.substr(0, slash));
  EVROC_ASSIGN_OR_RETURN(const ObjectPtr bucket,
                         FindBucket(*account, name, cloud_));
  if (slash == absl::string_view::npos || slash + 1 == path.size()) {
    return NotImplemented("an operation on a bucket");
  }
  EVROC_RETURN_IF_ERROR(CheckQuery(request));
  const BucketContents::Address address{bucket->uid,
                                        std::string(path.substr(slash + 1))};
  if (request.method == "PUT") return Put(request, *bucket, address);
  if (request.method == "DELETE") return Delete(request, *bucket, address);
  if (request.method == "GET" || request.method == "HEAD") {
    return Get(request, address);
  }
  return NotImplemented(request.method);
}

absl::StatusOr<Response> S3Api::Put(const Request& request,
                                    const Object& bucket,
                                    const BucketContents::Address& address) {
  if (!FindHeader(request.headers, "x-amz-copy-source").empty()) {
    return NotImplemented("a copy");
  }
  EVROC_ASSIGN_OR_RETURN(
      const BucketObjectPtr object,
      cloud_.contents().Put(address,
                            {.version = NewVersion(),
                             .bytes = request.body,
                             .modified = cloud_.clock().Now()},
                            KeepsVersions(bucket),
                            cloud_.settings().S3MaxBytes()));
  return Response{.headers = HeadersOf(*object)};
}

absl::StatusOr<Response> S3Api::Get(
    const Request& request, const BucketContents::Address& address) const {
  const std::string version = FieldOf(request.query, "versionId");
  const BucketObjectPtr object = cloud_.contents().Find(address, version);
  if (object == nullptr) {
    return ApiError(404, version.empty() ? "NoSuchKey" : "NoSuchVersion",
                    "the object does not exist");
  }
  return Response{.content_type = "application/octet-stream",
                  .body = object->bytes,
                  .headers = HeadersOf(*object)};
}

// Without a version, a bucket that keeps them gets a marker that hides them.
absl::StatusOr<Response> S3Api::Delete(const Request& request,
                                       const Object& bucket,
                                       const BucketContents::Address& address) {
  const std::string version = FieldOf(request.query, "versionId");
  Response response{.status = 204};
  if (!version.empty()) {
    cloud_.contents().Delete(address, version);
    response.headers.emplace_back(kVersionHeader, version);
  } else if (KeepsVersions(bucket)) {
    EVROC_ASSIGN_OR_RETURN(
        const BucketObjectPtr marker,
        cloud_.contents().Put(address,
                              {.version = NewVersion(),
                               .modified = cloud_.clock().Now(),
                               .deleted = true},
                              /*keeps_versions=*/true,
                              cloud_.settings().S3MaxBytes()));
    response.headers.emplace_back(kVersionHeader, marker->version);
    response.headers.emplace_back("x-amz-delete-marker", "true");
  } else {
    cloud_.contents().DeleteAll(address);
  }
  return response;
}

}  // namespace evroc::sim
