#include "common/crypto/rsa_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "glog/logging.h"

namespace evroc {
namespace {

struct Deleter {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const {
    OSSL_PARAM_BLD_free(builder);
  }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

using Number = Owned<BIGNUM>;

// The parts of a private key other than n and e, as JWK and OpenSSL call them.
struct Part {
  const char* jwk;
  const char* openssl;
};
constexpr Part kPrivateParts[] = {{"d", OSSL_PKEY_PARAM_RSA_D},
                                  {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                  {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                  {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                  {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                  {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};

Number Decode(JsonView text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text.String(), &bytes) || bytes.empty()) {
    return nullptr;
  }
  return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size()), nullptr));
}

std::string Encode(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  CHECK_EQ(EVP_PKEY_get_bn_param(key, name, &raw), 1) << name;
  const Number number(raw);
  std::string bytes(BN_num_bytes(number.get()), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return absl::WebSafeBase64Escape(bytes);
}

// Returns d mod (prime - 1).
Number ExponentFor(const BIGNUM* d, const BIGNUM* prime, BN_CTX* context) {
  const Number less(BN_dup(prime));
  Number result(BN_new());
  if (!BN_sub_word(less.get(), 1) || BN_is_zero(less.get()) ||
      !BN_mod(result.get(), d, less.get(), context)) {
    return nullptr;
  }
  return result;
}

// Returns the numbers of a private key in the order of kPrivateParts; fewer if
// they are invalid.
std::vector<Number> PrivateNumbers(JsonView jwk) {
  std::vector<Number> numbers;
  for (const char* name : {"d", "p", "q"}) {
    numbers.push_back(Decode(jwk[name]));
    if (numbers.back() == nullptr ||
        BN_num_bits(numbers.back().get()) > RsaKey::kMaxBits) {
      return {};
    }
  }
  const Owned<BN_CTX> context(BN_CTX_new());
  for (const int prime : {1, 2}) {
    numbers.push_back(
        ExponentFor(numbers[0].get(), numbers[prime].get(), context.get()));
    if (numbers.back() == nullptr) return {};
  }
  numbers.emplace_back(BN_mod_inverse(nullptr, numbers[2].get(),
                                      numbers[1].get(), context.get()));
  if (numbers.back() == nullptr) return {};
  return numbers;
}

std::shared_ptr<EVP_PKEY> Build(OSSL_PARAM_BLD* builder, int selection) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

// Whether the modulus can be used at a cost that one credential may have.
// OpenSSL itself takes any number, and fails when it signs.
bool IsUsableModulus(const BIGNUM* n) {
  const int bits = BN_num_bits(n);
  return bits >= RsaKey::kMinBits && bits <= RsaKey::kMaxBits && BN_is_odd(n);
}

}  // namespace

RsaKey RsaKey::Generate(int bits) {
  EVP_PKEY* key = EVP_RSA_gen(bits);
  CHECK(key != nullptr) << "no RSA key of " << bits << " bits";
  return RsaKey(std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free));
}

absl::StatusOr<RsaKey> RsaKey::FromJwk(JsonView jwk) {
  const absl::Status malformed =
      absl::InvalidArgumentError("not the JWK of an RSA key");
  if (jwk["kty"].String("RSA") != "RSA") return malformed;
  const Number n = Decode(jwk["n"]);
  const Number e = Decode(jwk["e"]);
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || !IsUsableModulus(n.get()) ||
      !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) ||
      !OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get())) {
    return malformed;
  }
  const bool is_private = jwk["d"].exists();
  std::vector<Number> numbers;
  if (is_private) {
    numbers = PrivateNumbers(jwk);
    if (numbers.size() != std::size(kPrivateParts)) return malformed;
    for (size_t i = 0; i < numbers.size(); ++i) {
      OSSL_PARAM_BLD_push_BN(builder.get(), kPrivateParts[i].openssl,
                             numbers[i].get());
    }
  }
  std::shared_ptr<EVP_PKEY> key =
      Build(builder.get(), is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
  if (key == nullptr) return malformed;
  RsaKey result(std::move(key));
  if (is_private && !result.SignsVerifiably()) return malformed;
  result.id_ = std::string(jwk["kid"].String());
  return result;
}

Json RsaKey::PublicJwk() const {
  Json jwk = Json::Object({{"kty", "RSA"},
                           {"n", Encode(key_.get(), OSSL_PKEY_PARAM_RSA_N)},
                           {"e", Encode(key_.get(), OSSL_PKEY_PARAM_RSA_E)}});
  if (!id_.empty()) jwk.Set("kid", id_);
  return jwk;
}

Json RsaKey::PrivateJwk() const {
  Json jwk = PublicJwk();
  for (const Part& part : kPrivateParts) {
    jwk.Set(part.jwk, Encode(key_.get(), part.openssl));
  }
  return jwk;
}

absl::StatusOr<std::string> RsaKey::Sign(absl::string_view data) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::string signature(EVP_PKEY_get_size(key_.get()), '\0');
  size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                         key_.get()) != 1 ||
      EVP_DigestSign(context.get(),
                     reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, data.size()) != 1) {
    return absl::InternalError("the RSA key can't sign");
  }
  signature.resize(size);
  return signature;
}

bool RsaKey::SignsVerifiably() const {
  constexpr absl::string_view kText = "evroc";
  const absl::StatusOr<std::string> signature = Sign(kText);
  return signature.ok() && Verify(kText, *signature);
}

bool RsaKey::Verify(absl::string_view data, absl::string_view signature) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                              key_.get()) == 1 &&
         EVP_DigestVerify(
             context.get(),
             reinterpret_cast<const unsigned char*>(signature.data()),
             signature.size(),
             reinterpret_cast<const unsigned char*>(data.data()),
             data.size()) == 1;
}

}  // namespace evroc
