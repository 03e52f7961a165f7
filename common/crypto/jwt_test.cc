#include "common/crypto/jwt.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

const RsaKey& Key() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

TEST(JwtTest, ReadsBackWhatItSigns) {
  const Json claims = Json::Object({{"sub", "me"}, {"exp", 1'800'000'000}});
  const std::string token = *SignJwt(Key(), claims);
  EXPECT_EQ(*VerifyJwt(Key(), token), claims);
  EXPECT_EQ(*ReadJwtUnverified(token), claims);
  EXPECT_EQ(JwtExpiry(token), absl::FromUnixSeconds(1'800'000'000));
}

TEST(JwtTest, RefusesAnotherKeyOrAChangedToken) {
  const std::string token = *SignJwt(Key(), Json::Object({{"sub", "me"}}));
  EXPECT_FALSE(VerifyJwt(RsaKey::Generate(2048), token).ok());
  std::string changed = token;
  changed[token.find('.') + 3] ^= 1;
  EXPECT_FALSE(VerifyJwt(Key(), changed).ok());
}

TEST(JwtTest, RefusesOtherAlgorithms) {
  const std::string none =
      absl::StrCat(absl::WebSafeBase64Escape(R"({"alg":"none"})"), ".",
                   absl::WebSafeBase64Escape(R"({"sub":"me"})"), ".");
  EXPECT_FALSE(VerifyJwt(Key(), none).ok());
}

TEST(JwtTest, HasNoExpiryWithoutOne) {
  for (const char* token : {"", "opaque", "a.b.c", "..", "a.e30.c"}) {
    EXPECT_EQ(JwtExpiry(token), std::nullopt) << token;
  }
}

}  // namespace
}  // namespace evroc
