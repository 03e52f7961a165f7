#include "common/http/curl_transfer.h"

#include <dlfcn.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/http/testing/loopback_server.h"
#include "gtest/gtest.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "openssl/x509.h"

namespace evroc {
namespace {

// What this test's system trusts: a file, and a folder beside it.
std::string BundleOfSystem() { return testing::TempDir() + "/bundle.pem"; }
std::string FolderOfSystem() { return testing::TempDir(); }

}  // namespace
}  // namespace evroc

// Stands before libcurl's own, for this whole program: what libcurl was built
// to trust is that of the machine, which may be nothing.
extern "C" CURL* curl_easy_init() {
  static const auto init =
      reinterpret_cast<CURL* (*)()>(dlsym(RTLD_NEXT, "curl_easy_init"));
  CURL* const easy = init();
  curl_easy_setopt(easy, CURLOPT_CAINFO, evroc::BundleOfSystem().c_str());
  curl_easy_setopt(easy, CURLOPT_CAPATH, evroc::FolderOfSystem().c_str());
  return easy;
}

namespace evroc {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate MakeAuthority(const std::string& name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_EC_gen("P-256"), &EVP_PKEY_free);
  Certificate made(X509_new(), &X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  X509_set_pubkey(made.get(), key.get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  return made;
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
  CurlTransferTest() {
    std::ofstream(BundleOfSystem()) << PemOf(in_bundle_.get());
    std::ofstream(absl::StrFormat("%s/%08x.0", FolderOfSystem(),
                                  X509_subject_name_hash(in_folder_.get())))
        << PemOf(in_folder_.get());
  }

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

  const Certificate in_bundle_ = MakeAuthority("in the bundle");
  const Certificate in_folder_ = MakeAuthority("in the folder");
  const Certificate given_ = MakeAuthority("given");
};

TEST_F(CurlTransferTest, TheSystemsAuthoritiesAreTrustedIfNoneAreGiven) {
  EXPECT_TRUE(IsTrusted({}, in_bundle_.get()));
  EXPECT_TRUE(IsTrusted({}, in_folder_.get()));
  EXPECT_FALSE(IsTrusted({}, given_.get()));
}

TEST_F(CurlTransferTest, BesideGivenAuthoritiesNoOthersAreTrusted) {
  const CurlOptions options{.ca_certificates = PemOf(given_.get())};
  EXPECT_TRUE(IsTrusted(options, given_.get()));
  EXPECT_FALSE(IsTrusted(options, in_bundle_.get()));
  EXPECT_FALSE(IsTrusted(options, in_folder_.get()));
}

}  // namespace
}  // namespace evroc
