#include "common/http/curl_transfer.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/http/testing/loopback_server.h"
#include "gtest/gtest.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509.h"

namespace evroc {
namespace {

constexpr char kSystems[] = "/etc/ssl/certs/ca-certificates.crt";

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Takes the next certificate out of `bio`; null at the end.
Certificate Next(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

std::string PemOf(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()),
                                                      &BIO_free);
  PEM_write_bio_X509(bio.get(), certificate);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

// Keeps the context, whose store libcurl fills once it has greeted the server.
CURLcode Keep(CURL* /*easy*/, void* context, void* kept) {
  auto* const made = static_cast<SSL_CTX*>(context);
  SSL_CTX_up_ref(made);
  *static_cast<SSL_CTX**>(kept) = made;
  return CURLE_OK;
}

// Whether the store has the certificate, or finds it in a folder.
bool HasInStore(SSL_CTX* context, X509* certificate) {
  X509_STORE_CTX* const lookup = X509_STORE_CTX_new();
  X509_OBJECT* const found = X509_OBJECT_new();
  X509_STORE_CTX_init(lookup, SSL_CTX_get_cert_store(context), nullptr,
                      nullptr);
  const bool has =
      X509_STORE_CTX_get_by_subject(
          lookup, X509_LU_X509, X509_get_subject_name(certificate), found) == 1;
  X509_OBJECT_free(found);
  X509_STORE_CTX_free(lookup);
  return has;
}

class CurlTransferTest : public testing::Test {
 protected:
  void SetUp() override {
    bio_ = BIO_new_file(kSystems, "r");
    if (bio_ == nullptr) GTEST_SKIP() << "this system trusts nobody";
    given_ = Next(bio_);
    other_ = Next(bio_);
    ASSERT_NE(other_, nullptr);
  }
  ~CurlTransferTest() override { BIO_free(bio_); }

  static bool IsTrusted(const CurlOptions& options, X509* certificate) {
    LoopbackServer server(
        [](LoopbackServer::Connection& connection) { connection.ReadSome(); });
    const HttpRequest request{
        .method = "GET",
        .url = absl::StrCat("https://127.0.0.1:", server.port())};
    CurlTransfer transfer(options, request, /*streaming=*/false);
    SSL_CTX* context = nullptr;
    curl_easy_setopt(transfer.handle(), CURLOPT_SSL_CTX_FUNCTION, &Keep);
    curl_easy_setopt(transfer.handle(), CURLOPT_SSL_CTX_DATA, &context);
    curl_easy_perform(transfer.handle());
    if (context == nullptr) return false;
    const bool trusted = HasInStore(context, certificate);
    SSL_CTX_free(context);
    return trusted;
  }

  BIO* bio_ = nullptr;
  Certificate given_{nullptr, &X509_free};
  Certificate other_{nullptr, &X509_free};
};

TEST_F(CurlTransferTest, TheSystemsAuthoritiesAreTrustedIfNoneAreGiven) {
  EXPECT_TRUE(IsTrusted({}, given_.get()));
  EXPECT_TRUE(IsTrusted({}, other_.get()));
}

TEST_F(CurlTransferTest, BesideGivenAuthoritiesNoOthersAreTrusted) {
  const CurlOptions options{.ca_certificates = PemOf(given_.get())};
  EXPECT_TRUE(IsTrusted(options, given_.get()));
  EXPECT_FALSE(IsTrusted(options, other_.get()));
}

}  // namespace
}  // namespace evroc
