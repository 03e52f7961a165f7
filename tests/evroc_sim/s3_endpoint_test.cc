// The S3 endpoint over its socket, with TLS: what the Go SDK's test of a custom
// image does (evroc-api.md B.11).

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/files/read_file.h"
#include "common/http/curl_http_client.h"
#include "gtest/gtest.h"
#include "tests/evroc_sim/s3/aws_signature.h"
#include "tests/evroc_sim/simulator.h"

namespace evroc::sim {
namespace {

std::string TempFile(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "/", name);
}

// Writes a self-signed certificate of 127.0.0.1 and its key.
void WriteCertificate(const std::string& certificate, const std::string& key) {
  EVP_PKEY* const pair = EVP_RSA_gen(2048);
  X509* const x509 = X509_new();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(x509), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>("evroc-sim"), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  X509_EXTENSION* const name = X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(x509, name, -1);
  X509_EXTENSION_free(name);
  X509_set_pubkey(x509, pair);
  X509_sign(x509, pair, EVP_sha256());
  std::FILE* file = std::fopen(certificate.c_str(), "w");
  PEM_write_X509(file, x509);
  std::fclose(file);
  file = std::fopen(key.c_str(), "w");
  PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(x509);
  EVP_PKEY_free(pair);
}

class S3EndpointTest : public testing::Test {
 protected:
  S3EndpointTest() {
    WriteCertificate(options_.listener.tls_certificate = TempFile("s3.crt"),
                     options_.listener.tls_key = TempFile("s3.key"));
    options_.s3_listener.emplace();
    std::filesystem::remove(options_.state_file = TempFile("s3-state"));
    options_.settings = *Json::Parse(
        R"({"latency_ms": {"other_create": 1, "s3_credentials": 0,
                           "custom_image_create": 1, "disk_create": 4}})");
    client_ = std::make_unique<CurlHttpClient>(CurlOptions{
        .ca_certificates =
            ReadFile(options_.listener.tls_certificate).value_or("")});
    Restart();
  }

  void Restart() {
    simulator_.reset();
    auto simulator = Simulator::Start(options_);
    ASSERT_TRUE(simulator.ok()) << simulator.status();
    simulator_ = *std::move(simulator);
  }

  HttpResponse Send(const HttpRequest& request) {
    const auto response =
        client_->Send({.deadline = absl::Now() + absl::Seconds(30)}, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : HttpResponse();
  }

  HttpResponse Api(const char* method, const std::string& path,
                   const std::string& body = "") {
    const Json config = *Json::Parse(simulator_->Credential("token.yaml"));
    return Send({.method = method,
                 .url = absl::StrCat(simulator_->url(), path),
                 .headers = {{"Authorization",
                              absl::StrCat("Bearer ",
                                           config.At("auth.token").String())}},
                 .body = body});
  }

  void Post(const std::string& api, const char* collection, const char* kind,
            const std::string& spec) {
    const HttpResponse response = Api(
        "POST",
        absl::StrCat("/", api, "/projects/demo/regions/se-sto/", collection),
        absl::StrCat(R"({"apiVersion": ")", api, R"(", "kind": ")", kind,
                     R"(", "metadata": {"id": "x"}, "spec": )", spec, "}"));
    ASSERT_EQ(response.status, 201) << response.body;
  }

  void AwaitReady(Kind kind) {
    int64_t version = 1;
    std::vector<Change> changes;
    const auto phase = [&] {
      return (*simulator_->cloud().Get({kind, "demo", "se-sto", "x"}))->phase;
    };
    while (phase() != "Ready") {
      ASSERT_TRUE(simulator_->cloud().AwaitChanges({}, version, changes));
    }
  }

  // Reads the secret of the account x.
  void ReadCredentials() {
    const std::string base = "/storage/v1/projects/demo/regions/se-sto/";
    const Json account = *Json::Parse(
        Api("GET", absl::StrCat(base, "bucketServiceAccounts/x")).body);
    secret_ = *Json::Parse(
        Api("GET",
            absl::StrCat(base, "bucketServiceAccountSecrets/",
                         account.At("status.s3CredentialsSecretName").String()))
            .body);
  }

  HttpResponse S3(const char* method, const std::string& path,
                  const std::string& body = "",
                  const std::string& version = "") {
    const std::string time =
        absl::FormatTime("%Y%m%dT%H%M%SZ", absl::Now(), absl::UTCTimeZone());
    Request request{.method = method, .path = path};
    if (!version.empty()) request.query["versionId"] = version;
    request.headers = {{"Host", simulator_->s3_address()},
                       {"x-amz-date", time},
                       {"x-amz-content-sha256", Sha256Hex(body)}};
    const AwsAuthorization by{
        .date = time.substr(0, 8),
        .region = "se-sto",
        .service = "s3",
        .signed_headers = {"host", "x-amz-content-sha256", "x-amz-date"}};
    request.headers.emplace_back(
        "Authorization",
        absl::StrCat(
            "AWS4-HMAC-SHA256 Credential=",
            secret_.At("data.accessKeyID").String(), "/", by.date,
            "/se-sto/s3/aws4_request, SignedHeaders=host;x-amz-content"
            "-sha256;x-amz-date, Signature=",
            AwsSignature(request, by,
                         secret_.At("data.secretAccessKey").String())));
    // A body without a type is a form to libcurl, and those are limited.
    request.headers.emplace_back("Content-Type", "application/octet-stream");
    return Send(
        {.method = method,
         .url = absl::StrCat("https://", simulator_->s3_address(), path,
                             version.empty() ? "" : "?versionId=", version),
         .headers = request.headers,
         .body = body});
  }

  SimulatorOptions options_;
  std::unique_ptr<CurlHttpClient> client_;
  std::unique_ptr<Simulator> simulator_;
  Json secret_;
};

constexpr char kPath[] = "/x/images/x.raw";

TEST_F(S3EndpointTest, TheProfileNamesTheEndpoint) {
  EXPECT_NE(simulator_->Credential("profile.yaml")
                .find(absl::StrCat("s3URL: https://", simulator_->s3_address(),
                                   "\n")),
            std::string::npos);
}

TEST_F(S3EndpointTest, ACustomImageIsUploadedRegisteredAndUsed) {
  Post("storage/v1", "buckets", "Bucket",
       R"({"objectRetentionMode": "Versioned"})");
  Post("storage/v1", "bucketServiceAccounts", "BucketServiceAccount",
       R"({"buckets": ["x"]})");
  AwaitReady(Kind::kBucketServiceAccount);
  ReadCredentials();
  const std::string image(size_t{1} << 20, '\0');
  const HttpResponse put = S3("PUT", kPath, image);
  ASSERT_EQ(put.status, 200) << put.body;
  const std::string version(FindHeader(put.headers, "x-amz-version-id"));
  ASSERT_NE(version, "");
  Post("compute/v1beta2", "customDiskImages", "CustomDiskImage",
       absl::StrCat(R"({"architecture": "amd64",
           "defaultDiskSize": {"amount": 10, "unit": "GB"},
           "source": {"path": "images/x.raw", "version": ")",
                    version, R"(",
             "bucketRef": "/storage/projects/demo/regions/se-sto/buckets/x",
             "serviceAccountRef":
               "/storage/projects/demo/regions/se-sto/bucketServiceAccounts/x"
           }})"));
  Post("compute/v1beta2", "disks", "Disk",
       R"({"placement": {"zone": "a"}, "source": {"type": "image",
           "diskImageRef":
             "/compute/projects/demo/regions/se-sto/customDiskImages/x"}})");
  AwaitReady(Kind::kDisk);

  Restart();
  EXPECT_EQ(S3("GET", kPath).body, image);
  EXPECT_EQ(S3("DELETE", kPath, "", version).status, 204);
  const HttpResponse gone = S3("GET", kPath);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(FindHeader(gone.headers, "Content-Type"), "application/xml");
  EXPECT_NE(gone.body.find("<Code>NoSuchKey</Code>"), std::string::npos);
}

}  // namespace
}  // namespace evroc::sim
