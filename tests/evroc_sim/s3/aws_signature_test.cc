#include "tests/evroc_sim/s3/aws_signature.h"

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "gtest/gtest.h"

namespace evroc::sim {
namespace {

// The examples of "Signature Calculations for the Authorization Header" in
// Amazon's S3 API reference.
constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

Request Example(const char* method, const char* path, const char* body = "") {
  Request request{.method = method, .path = path, .body = body};
  request.headers = {{"Host", "examplebucket.s3.amazonaws.com"},
                     {"x-amz-date", "20130524T000000Z"},
                     {"x-amz-content-sha256", Sha256Hex(body)}};
  return request;
}

AwsAuthorization With(std::vector<std::string> headers) {
  return {.date = "20130524",
          .region = "us-east-1",
          .service = "s3",
          .signed_headers = std::move(headers)};
}

TEST(AwsSignatureTest, GivesTheKnownSignatures) {
  Request get = Example("GET", "/test.txt");
  get.headers.emplace_back("Range", "bytes=0-9");
  EXPECT_EQ(
      AwsSignature(
          get, With({"host", "range", "x-amz-content-sha256", "x-amz-date"}),
          kSecret),
      "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");

  Request put = Example("PUT", "/test$file.text", "Welcome to Amazon S3.");
  put.headers.emplace_back("Date", "Fri, 24 May 2013 00:00:00 GMT");
  put.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  EXPECT_EQ(AwsSignature(put,
                         With({"date", "host", "x-amz-content-sha256",
                               "x-amz-date", "x-amz-storage-class"}),
                         kSecret),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");

  Request list = Example("GET", "/");
  list.query = {{"max-keys", "2"}, {"prefix", "J"}};
  const AwsAuthorization usual =
      With({"host", "x-amz-content-sha256", "x-amz-date"});
  EXPECT_EQ(AwsSignature(list, usual, kSecret),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  list.query = {{"lifecycle", ""}};
  EXPECT_EQ(AwsSignature(list, usual, kSecret),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST(AwsSignatureTest, ParsesTheHeader) {
  for (const char* separator : {",", ", "}) {
    const auto parsed = ParseAwsAuthorization(absl::StrCat(
        "AWS4-HMAC-SHA256 Credential=AK/20130524/se-sto/s3/aws4_request",
        separator, "SignedHeaders=host;x-amz-date", separator,
        "Signature=abc"));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->access_key_id, "AK");
    EXPECT_EQ(parsed->date, "20130524");
    EXPECT_EQ(parsed->region, "se-sto");
    EXPECT_EQ(parsed->service, "s3");
    EXPECT_EQ(parsed->signed_headers.size(), 2u);
    EXPECT_EQ(parsed->signature, "abc");
  }
  for (const char* header :
       {"", "Bearer x", "AWS4-HMAC-SHA256 Credential=AK",
        "AWS4-HMAC-SHA256 Credential=AK/d/r/s3/aws4_request, Signature=a",
        "AWS4-HMAC-SHA256 Credential=AK/d/r/s3/other, SignedHeaders=host, "
        "Signature=a"}) {
    EXPECT_FALSE(ParseAwsAuthorization(header).has_value()) << header;
  }
}

}  // namespace
}  // namespace evroc::sim
