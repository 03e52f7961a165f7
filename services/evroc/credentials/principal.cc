#include "services/evroc/credentials/principal.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/crypto/jwt.h"
#include "common/crypto/sha256.h"
#include "services/evroc/credentials/oidc_defaults.h"

namespace evroc::cloud {
namespace {

// As many hexadecimal digits as tell accounts apart.
constexpr size_t kLength = 32;

std::string Digest(absl::string_view issuer, absl::string_view account) {
  if (account.empty()) return "";
  return Sha256Hex(absl::StrCat(issuer, "\n", account)).substr(0, kLength);
}

// The issuer of a token endpoint is what its tokens name, too.
std::string IssuerOf(const TokenConfig& token) {
  if (!token.issuer_url.empty()) return token.issuer_url;
  absl::string_view url = token.token_url;
  absl::ConsumeSuffix(&url, kTokenPath);
  return std::string(url);
}

std::string OfToken(const std::string& token) {
  const absl::StatusOr<Json> claims = ReadJwtUnverified(token);
  if (!claims.ok()) return "";
  return Digest((*claims)["iss"].String(), (*claims)["sub"].String());
}

std::string NameText(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()),
                                                       BIO_free);
  if (text == nullptr ||
      X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return "";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);  // NOLINT: OpenSSL's
  return {data, static_cast<size_t>(size)};
}

// There is no passphrase, and nobody to ask for one.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writes*/,
                 void* /*user*/) {
  return -1;
}

std::string OfCertificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      text == nullptr
          ? nullptr
          : PEM_read_bio_X509(text.get(), nullptr, NoPassphrase, nullptr),
      X509_free);
  if (certificate == nullptr) return "";
  return Digest(NameText(X509_get_issuer_name(certificate.get())),
                NameText(X509_get_subject_name(certificate.get())));
}

}  // namespace

std::string PrincipalOf(const Credential& credential) {
  const TokenConfig& token = credential.token;
  if (std::holds_alternative<AssertionGrant>(token.grant)) {
    return Digest(IssuerOf(token), token.client_id);
  }
  if (const auto* grant = std::get_if<PasswordGrant>(&token.grant)) {
    return Digest(IssuerOf(token), grant->username);
  }
  if (const auto* grant = std::get_if<RefreshTokenGrant>(&token.grant)) {
    return credential.username.empty()
               ? OfToken(grant->refresh_token)
               : Digest(IssuerOf(token), credential.username);
  }
  if (const auto* grant = std::get_if<StaticToken>(&token.grant)) {
    return OfToken(grant->token);
  }
  if (std::holds_alternative<NoToken>(token.grant)) {
    return OfCertificate(credential.client_certificate_pem);
  }
  return "";
}

}  // namespace evroc::cloud
