#include "common/crypto/rsa_key.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

const RsaKey& Key() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

TEST(RsaKeyTest, SignsAndVerifies) {
  const std::string signature = Key().Sign("data");
  EXPECT_EQ(signature.size(), 256u);
  EXPECT_TRUE(Key().Verify("data", signature));
  EXPECT_FALSE(Key().Verify("date", signature));
  EXPECT_FALSE(RsaKey::Generate(2048).Verify("data", signature));
}

TEST(RsaKeyTest, PublicJwkVerifiesOnly) {
  const auto key = RsaKey::FromJwk(Key().PublicJwk());
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(key->Verify("data", Key().Sign("data")));
}

TEST(RsaKeyTest, PrivateJwkSigns) {
  Json jwk = Key().PrivateJwk();
  jwk.Set("kid", "k1");
  const auto key = RsaKey::FromJwk(jwk);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->id(), "k1");
  EXPECT_TRUE(Key().Verify("data", key->Sign("data")));
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

}  // namespace
}  // namespace evroc
