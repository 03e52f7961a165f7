#include "services/evroc/credentials/principal.h"

#include "common/crypto/jwt.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::cloud {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Of two people by one authority; the first has two.
constexpr char kCertAnn[] = R"(-----BEGIN CERTIFICATE-----
MIIBFDCBugIBATAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAgFw0yNjExMzAx
NDMwNTVaGA8yMTI2MTEwNjE0MzA1NVowHTENMAsGA1UECgwEdGVhbTEMMAoGA1UE
AwwDYW5uMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAWXAfDEyPKfBrB2Ec/bF
0f92yUSb9wvAy22fOc2FnRgDPRnX8mqyQxtNp4vV9xrUTQb/WHTqWG520oD0bWdB
tzAKBggqhkjOPQQDAgNJADBGAiEAgKm2O4mkDbm7QEUBYwM34aPDTU1EOpeGc8Is
h9fDYKwCIQDbV1r6NGkWkixuXZMtdRkm1oB2At6SU40Wzod01HMw9g==
-----END CERTIFICATE-----
)";
constexpr char kCertAnnRenewed[] = R"(-----BEGIN CERTIFICATE-----
MIIBEjCBugIBAjAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAgFw0yNjExMzAx
NDMwNTVaGA8yMTI2MTEwNjE0MzA1NVowHTENMAsGA1UECgwEdGVhbTEMMAoGA1UE
AwwDYW5uMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEg+bNMKqHsS5BBL2oqQNO
wH8itex2tvfLR8mlI0Xb6HRidtM/Zu1D3WJx8Fk5D5PFiA0YXuvB7iLz44VQb8Cy
7DAKBggqhkjOPQQDAgNHADBEAiAeBem0fLTyERzX24ytHMLbbqPqprvNMDEJh3WY
fTvKNAIgL5X5gysHuqPFwCdgC8Ca/Ilz4ZKn0zlKFvkTyHqL4m0=
-----END CERTIFICATE-----
)";
constexpr char kCertBob[] = R"(-----BEGIN CERTIFICATE-----
MIIBFDCBugIBAzAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAgFw0yNjExMzAx
NDMwNTZaGA8yMTI2MTEwNjE0MzA1NlowHTENMAsGA1UECgwEdGVhbTEMMAoGA1UE
AwwDYm9iMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9wOUVnTO/C+jozzzVSjA
S+z3e9z3S4vBUpneTvBo/Az9OzA/86UkyjVJcDAB+c/mwOnex1em16EkGdpJamgW
WTAKBggqhkjOPQQDAgNJADBGAiEAn3BCSnd9ZYlFQ1kHu1GW+WTWtsW/tV1emPzR
zyDdWdUCIQCjF58VQXr6ziyjrbkoaLRtgkzP+xmVuEbx91fqHyzKKg==
-----END CERTIFICATE-----
)";

Credential With(Grant grant, const std::string& client_id = "robot_p") {
  Credential credential;
  credential.token.grant = std::move(grant);
  credential.token.client_id = client_id;
  credential.token.token_url =
      "https://authn/realms/r/protocol/openid-connect/token";
  return credential;
}

std::string TokenOf(absl::string_view issuer, absl::string_view subject,
                    int number) {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return SignJwt(
             *key,
             Json::Object({{"iss", issuer}, {"sub", subject}, {"jti", number}}))
      .value();
}

TEST(PrincipalTest, AnotherKeyOfTheAccountIsTheSame) {
  const std::string principal =
      PrincipalOf(With(AssertionGrant{RsaKey::Generate(2048)}));
  EXPECT_EQ(principal.size(), 32);
  EXPECT_EQ(PrincipalOf(With(AssertionGrant{RsaKey::Generate(2048)})),
            principal);
  EXPECT_NE(
      PrincipalOf(With(AssertionGrant{RsaKey::Generate(2048)}, "other_p")),
      principal);
}

TEST(PrincipalTest, TheSameNameOfAnotherIssuerIsSomebodyElse) {
  Credential credential = With(AssertionGrant{RsaKey::Generate(2048)});
  const std::string principal = PrincipalOf(credential);
  credential.token.token_url = "https://other/protocol/openid-connect/token";
  EXPECT_NE(PrincipalOf(credential), principal);
}

TEST(PrincipalTest, ATokenIsItsSubjects) {
  const std::string principal =
      PrincipalOf(With(StaticToken{TokenOf("i", "s", 1)}));
  EXPECT_FALSE(principal.empty());
  EXPECT_EQ(PrincipalOf(With(StaticToken{TokenOf("i", "s", 2)})), principal);
  EXPECT_EQ(PrincipalOf(
                With(RefreshTokenGrant{.refresh_token = TokenOf("i", "s", 3)})),
            principal);
  EXPECT_NE(PrincipalOf(With(StaticToken{TokenOf("i", "t", 1)})), principal);
  EXPECT_NE(PrincipalOf(With(StaticToken{TokenOf("j", "s", 1)})), principal);
}

TEST(PrincipalTest, AUserIsKnownByNameWhateverProvesIt) {
  const std::string principal =
      PrincipalOf(With(PasswordGrant{.username = "ann", .password = "secret"}));
  EXPECT_FALSE(principal.empty());
  EXPECT_THAT(principal, Not(HasSubstr("secret")));
  EXPECT_EQ(PrincipalOf(
                With(PasswordGrant{.username = "ann", .password = "another"})),
            principal);
  Credential profile = With(RefreshTokenGrant{.refresh_token = "opaque"});
  profile.username = "ann";
  EXPECT_EQ(PrincipalOf(profile), principal);
}

TEST(PrincipalTest, ACertificateIsItsSubjects) {
  const auto principal_of = [](const char* pem) {
    Credential credential = With(NoToken{});
    credential.client_certificate_pem = pem;
    return PrincipalOf(credential);
  };
  EXPECT_FALSE(principal_of(kCertAnn).empty());
  EXPECT_EQ(principal_of(kCertAnn), principal_of(kCertAnnRenewed));
  EXPECT_NE(principal_of(kCertAnn), principal_of(kCertBob));
}

TEST(PrincipalTest, NobodyIsAskedForAPassphrase) {
  Credential credential = With(NoToken{});
  credential.client_certificate_pem =
      "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
      "MIIBFDCBugIBATAKBggqhkjOPQQDAjANMQswCQYDVQQDDAJjYTAgFw0yNjExMzAx\n"
      "-----END CERTIFICATE-----\n";
  testing::internal::CaptureStderr();
  EXPECT_EQ(PrincipalOf(credential), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(PrincipalTest, WhatDoesNotTellIsUnknown) {
  EXPECT_EQ(PrincipalOf(With(StaticToken{"opaque"})), "");
  EXPECT_EQ(PrincipalOf(With(RefreshTokenGrant{.refresh_token = "opaque"})),
            "");
  EXPECT_EQ(PrincipalOf(With(TokenFile{"/token"})), "");
  EXPECT_EQ(PrincipalOf(With(NoToken{})), "");
}

}  // namespace
}  // namespace evroc::cloud
