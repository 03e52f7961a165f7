// RSA keys as JSON Web Keys (RFC 7517), and RS256 signatures with them.
//
// A value that is cheap to copy. Thread-safe.

#ifndef COMMON_CRYPTO_RSA_KEY_H_
#define COMMON_CRYPTO_RSA_KEY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/json/json.h"

struct evp_pkey_st;

namespace evroc {

class RsaKey {
 public:
  // Generates a private key.
  static RsaKey Generate(int bits);
  // The sizes of RS256 keys: RFC 7518, section 3.3, asks for 2048 bits, and
  // longer ones than these cost seconds for each signature.
  static constexpr int kMinBits = 2048;
  static constexpr int kMaxBits = 8192;

  // Returns the private key if the JWK holds d, else the public one. p and q
  // are required with d; dp, dq and qi are computed. A private key has signed
  // once, so that its numbers fit each other. INVALID_ARGUMENT, which never
  // quotes the JWK, for anything else.
  static absl::StatusOr<RsaKey> FromJwk(JsonView jwk);

  // "kid" of the JWK; empty if absent.
  const std::string& id() const { return id_; }
  void set_id(absl::string_view id) { id_ = std::string(id); }

  // {"kty", "n", "e"}, and "kid" if there is one.
  Json PublicJwk() const;
  // As PublicJwk, plus d, p, q, dp, dq and qi. Only of private keys.
  Json PrivateJwk() const;

  // Returns the RS256 signature of `data`, raw bytes. INTERNAL if OpenSSL makes
  // none, as with a public key.
  absl::StatusOr<std::string> Sign(absl::string_view data) const;
  bool Verify(absl::string_view data, absl::string_view signature) const;

 private:
  bool SignsVerifiably() const;

  explicit RsaKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

}  // namespace evroc

#endif  // COMMON_CRYPTO_RSA_KEY_H_
