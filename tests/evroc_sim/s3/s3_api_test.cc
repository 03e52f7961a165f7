#include "tests/evroc_sim/s3/s3_api.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/model/bucket_credentials.h"
#include "tests/evroc_sim/s3/aws_signature.h"

namespace evroc::sim {
namespace {

// A cloud with the buckets b and versions, which the account a may use, and the
// bucket other, which it may not.
class S3ApiTest : public testing::Test {
 protected:
  S3ApiTest() {
    Make(Kind::kBucket, "b", "{}");
    Make(Kind::kBucket, "other", "{}");
    Make(Kind::kBucket, "versions", R"({"objectRetentionMode": "Versioned"})");
    account_ = Make(Kind::kBucketServiceAccount, "a",
                    R"({"buckets": ["b", "versions", "none"]})");
    credentials_ = CredentialsOf(*account_);
    Pass(absl::Seconds(1));  // until the account is Ready
    Pass(absl::Seconds(1));  // until its credentials work
  }

  ObjectPtr Make(Kind kind, const char* id, const char* spec) {
    Draft draft;
    draft.spec = *Json::Parse(spec);
    const auto written =
        cloud_.Create({kind, "p", "se-sto", id}, std::move(draft));
    EXPECT_TRUE(written.ok()) << written.status();
    return written->object;
  }

  void Pass(absl::Duration time) {
    cloud_.AwaitDueSteps();
    clock_.Advance(time);
    cloud_.AwaitDueSteps();
  }

  Request Unsigned(const char* method, const std::string& path,
                   const std::string& body = "") {
    Request request{.method = method, .path = path, .body = body};
    request.headers = {
        {"Host", "s3.test"},
        {"X-Amz-Date",
         absl::FormatTime("%Y%m%dT%H%M%SZ", clock_.Now(), absl::UTCTimeZone())},
        {"X-Amz-Content-Sha256", Sha256Hex(body)}};
    return request;
  }

  void Sign(Request& request) {
    AwsAuthorization by{
        .access_key_id = credentials_.access_key_id,
        .date = absl::FormatTime("%Y%m%d", clock_.Now(), absl::UTCTimeZone()),
        .region = region_,
        .service = "s3",
        .signed_headers = {"host", "x-amz-content-sha256", "x-amz-date"}};
    by.signature = AwsSignature(request, by, credentials_.secret_access_key);
    request.headers.emplace_back(
        "Authorization",
        absl::StrCat("AWS4-HMAC-SHA256 Credential=", by.access_key_id, "/",
                     by.date, "/", by.region,
                     "/s3/aws4_request, SignedHeaders=host;x-amz-content-"
                     "sha256;x-amz-date, Signature=",
                     by.signature));
  }

  Response Call(const char* method, const std::string& path,
                const std::string& body = "", const std::string& version = "") {
    Request request = Unsigned(method, path, body);
    if (!version.empty()) request.query["versionId"] = version;
    Sign(request);
    return api_.Handle(request);
  }

  static std::string VersionOf(const Response& response) {
    return std::string(FindHeader(response.headers, "x-amz-version-id"));
  }

  // "200", or the status and S3's code of an error.
  static std::string Outcome(const Response& response) {
    const size_t start = response.body.find("<Code>");
    if (start == std::string::npos) return absl::StrCat(response.status);
    const size_t end = response.body.find("</Code>");
    return absl::StrCat(response.status, " ",
                        response.body.substr(start + 6, end - start - 6));
  }

  FakeClock clock_;
  Cloud cloud_{{}, clock_};
  S3Api api_{cloud_};
  ObjectPtr account_;
  BucketCredentials credentials_;
  std::string region_ = "se-sto";
};

TEST_F(S3ApiTest, AnObjectIsPutReadAndDeleted) {
  const std::string path = "/b/images/a b+c.raw";
  const Response put = Call("PUT", path, "bytes");
  EXPECT_EQ(Outcome(put), "200");
  EXPECT_NE(VersionOf(put), "");
  for (const char* method : {"GET", "HEAD"}) {
    const Response read = Call(method, path);
    EXPECT_EQ(read.body, "bytes");
    EXPECT_EQ(VersionOf(read), VersionOf(put));
  }
  EXPECT_EQ(Call("DELETE", path, "", VersionOf(put)).status, 204);
  EXPECT_EQ(Outcome(Call("GET", path)), "404 NoSuchKey");
  EXPECT_EQ(Call("DELETE", path).status, 204);
}

TEST_F(S3ApiTest, OnlySomeBucketsKeepVersions) {
  for (const auto& [path, outcome] : {std::pair("/b/x", "404 NoSuchVersion"),
                                      std::pair("/versions/x", "200")}) {
    const std::string first = VersionOf(Call("PUT", path, "1"));
    EXPECT_NE(VersionOf(Call("PUT", path, "2")), first);
    EXPECT_EQ(Outcome(Call("GET", path, "", first)), outcome);
    EXPECT_EQ(Call("DELETE", path).status, 204);
    EXPECT_EQ(Outcome(Call("GET", path)), "404 NoSuchKey");
    EXPECT_EQ(Outcome(Call("GET", path, "", first)), outcome);
  }
}

TEST_F(S3ApiTest, AnAccountUsesItsBucketsAlone) {
  EXPECT_EQ(Outcome(Call("PUT", "/other/x", "1")), "403 AccessDenied");
  EXPECT_EQ(Outcome(Call("PUT", "/none/x", "1")), "404 NoSuchBucket");
  EXPECT_EQ(Outcome(Call("GET", "/b")), "501 NotImplemented");
  ASSERT_TRUE(cloud_.Delete(account_->key).ok());
  EXPECT_EQ(Outcome(Call("GET", "/b/x")), "403 InvalidAccessKeyId");
}

TEST_F(S3ApiTest, SignaturesAreChecked) {
  Request request = Unsigned("PUT", "/b/x", "1");
  EXPECT_EQ(Outcome(api_.Handle(request)), "403 AccessDenied");
  Sign(request);
  request.path = "/b/y";
  EXPECT_EQ(Outcome(api_.Handle(request)), "403 SignatureDoesNotMatch");
  request.path = "/b/x";
  EXPECT_EQ(Outcome(api_.Handle(request)), "200");
  request.body = "2";
  EXPECT_EQ(Outcome(api_.Handle(request)), "400 XAmzContentSHA256Mismatch");
  request.body = "1";
  clock_.Advance(absl::Minutes(16));
  EXPECT_EQ(Outcome(api_.Handle(request)), "403 RequestTimeTooSkewed");
  region_ = "eu-xxx";
  EXPECT_EQ(Outcome(Call("GET", "/b/x")), "400 AuthorizationHeaderMalformed");
  region_ = "se-sto";
  credentials_.access_key_id = "UNKNOWN";
  EXPECT_EQ(Outcome(Call("GET", "/b/x")), "403 InvalidAccessKeyId");
}

TEST_F(S3ApiTest, AnUnsignedPayloadIsTaken) {
  Request request = Unsigned("PUT", "/b/x", "1");
  request.headers.back().second = "UNSIGNED-PAYLOAD";
  Sign(request);
  EXPECT_EQ(Outcome(api_.Handle(request)), "200");
}

TEST_F(S3ApiTest, CredentialsTakeAMomentToWork) {
  ASSERT_TRUE(cloud_
                  .UpdateSettings(*Json::Parse(
                      R"({"latency_ms": {"s3_credentials": 60000}})"))
                  .ok());
  EXPECT_EQ(Outcome(Call("PUT", "/b/x", "1")), "403 InvalidAccessKeyId");
  Pass(absl::Minutes(1));
  EXPECT_EQ(Outcome(Call("PUT", "/b/x", "1")), "200");
}

TEST_F(S3ApiTest, TheStorageIsLimited) {
  ASSERT_TRUE(
      cloud_.UpdateSettings(*Json::Parse(R"({"s3": {"max_bytes": 3}})")).ok());
  EXPECT_EQ(Outcome(Call("PUT", "/b/x", "1234")), "400 EntityTooLarge");
  EXPECT_EQ(Outcome(Call("PUT", "/b/x", "123")), "200");
}

}  // namespace
}  // namespace evroc::sim
