#include "common/crypto/rsa_key.h"

#include <openssl/bn.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

const RsaKey& Key() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

Number NumberOf(JsonView text) {
  std::string bytes;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(text.String(), &bytes));
  return {BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()), nullptr),
          BN_free};
}

std::string TextOf(const Number& number) {
  std::string bytes(BN_num_bytes(number.get()), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(bytes.data()));
  return absl::WebSafeBase64Escape(bytes);
}

TEST(RsaKeyTest, SignsAndVerifies) {
  const std::string signature = *Key().Sign("data");
  EXPECT_EQ(signature.size(), 256u);
  EXPECT_TRUE(Key().Verify("data", signature));
  EXPECT_FALSE(Key().Verify("date", signature));
  EXPECT_FALSE(RsaKey::Generate(2048).Verify("data", signature));
}

TEST(RsaKeyTest, PublicJwkVerifiesOnly) {
  const auto key = RsaKey::FromJwk(Key().PublicJwk());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(key->Verify("data", *Key().Sign("data")));
}

TEST(RsaKeyTest, PrivateJwkSigns) {
  Json jwk = Key().PrivateJwk();
  jwk.Set("kid", "k1");
  const auto key = RsaKey::FromJwk(jwk);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->id(), "k1");
  EXPECT_TRUE(Key().Verify("data", *key->Sign("data")));
}

TEST(RsaKeyTest, WorksOutWhatIsOptional) {
  Json jwk = Key().PrivateJwk();
  for (const char* name : {"dp", "dq", "qi"}) jwk.Remove(name);
  const auto key = RsaKey::FromJwk(jwk);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->PrivateJwk(), Key().PrivateJwk());
}

TEST(RsaKeyTest, RefusesWhatIsNoKey) {
  Json mixed = Key().PrivateJwk();
  mixed.Set("n", RsaKey::Generate(2048).PublicJwk()["n"].String());
  Json no_primes = Key().PrivateJwk();
  no_primes.Remove("p");
  Json other_kind = Key().PublicJwk();
  other_kind.Set("kty", "EC");
  for (const Json& jwk :
       {Json(), Json::Object(), Json::Object({{"n", "!"}, {"e", "AQAB"}}),
        mixed, no_primes, other_kind}) {
    EXPECT_FALSE(RsaKey::FromJwk(jwk).ok());
  }
}

// OpenSSL takes a key of any size, and fails when it signs with one of less
// than 496 bits.
TEST(RsaKeyTest, RefusesKeysOfOtherSizes) {
  const absl::StatusOr<Json> tiny = Json::Parse(
      R"({"kty":"RSA","e":"AQAB",
      "n":"p-a3wE6v1v6YMXb7tZbPenwBNjRUI2g83l-Tu3Q8SmL3oge9bSo5w2CkP0h1au_26Vh2fNpiGXRpRZL5",
      "d":"DQesrvHsV4T-jqgrNJZ1l43UEj7RYMYQIznLnzqP6w_YwcF9k8fdmgZT6EGHSHQu13ykhLRWq_AxGUDh",
      "p":"zbhf_0SEZkDf7KS89wIbGHXmHGlnAkicyrkXDlaV",
      "q":"0PAQDinWaJaIJt6jM3b_uK6maRi8qVZOmv63hCXV"})");
  ASSERT_TRUE(tiny.ok()) << tiny.status();
  EXPECT_FALSE(RsaKey::FromJwk(*tiny).ok());
  EXPECT_FALSE(RsaKey::FromJwk(RsaKey::Generate(1024).PrivateJwk()).ok());
  Json huge = Key().PublicJwk();
  huge.Set("n", absl::WebSafeBase64Escape(std::string(1025, '\xff')));
  EXPECT_FALSE(RsaKey::FromJwk(huge).ok());
  Json even = Key().PublicJwk();
  even.Set("n", absl::WebSafeBase64Escape(std::string(256, '\xfe')));
  EXPECT_FALSE(RsaKey::FromJwk(even).ok());
}

// It signs as well, at a cost that grows with it.
TEST(RsaKeyTest, RefusesAPrivateExponentThatIsTooLong) {
  Json jwk = Key().PrivateJwk();
  const Number d = NumberOf(jwk["d"]);
  const Number p = NumberOf(jwk["p"]);
  const Number q = NumberOf(jwk["q"]);
  BN_sub_word(p.get(), 1);
  BN_sub_word(q.get(), 1);
  const Number period(BN_new(), BN_free);
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(),
                                                                BN_CTX_free);
  BN_mul(period.get(), p.get(), q.get(), context.get());
  BN_add(d.get(), d.get(), period.get());
  jwk.Set("d", TextOf(d));
  EXPECT_TRUE(RsaKey::FromJwk(jwk).ok());
  BN_lshift(period.get(), period.get(), RsaKey::kMaxBits);
  BN_add(d.get(), d.get(), period.get());
  jwk.Set("d", TextOf(d));
  EXPECT_FALSE(RsaKey::FromJwk(jwk).ok());
}

TEST(RsaKeyTest, APublicKeySignsNothingAndEndsNothing) {
  const auto key = RsaKey::FromJwk(Key().PublicJwk());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_FALSE(key->Sign("data").ok());
}

}  // namespace
}  // namespace evroc
