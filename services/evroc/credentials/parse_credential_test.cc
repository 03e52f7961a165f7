#include "services/evroc/credentials/parse_credential.h"

#include <fstream>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "gtest/gtest.h"
#include "services/evroc/credentials/sdk_config.h"

namespace evroc::cloud {
namespace {

constexpr char kSecret[] = "s3cr3t-value";

const RsaKey& Key() {
  static const auto* const key = new RsaKey(RsaKey::Generate(2048));
  return *key;
}

absl::StatusOr<Credential> FromRequest(const std::string& content) {
  return ParseCredential(content, CredentialOrigin::kRequest);
}

absl::StatusOr<Credential> FromDirectory(const std::string& content) {
  return ParseCredential(content, CredentialOrigin::kDirectory);
}

// Returns the invalid field, which the error must name without any secret.
std::string FieldOf(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(absl::StrContains(status.message(), kSecret)) << status;
  const ErrorDetails details = DetailsOf(status);
  return details.field_violations.empty() ? ""
                                          : details.field_violations[0].field;
}

constexpr char kProfile[] =
    "formatVersion: v1\n"
    "currentProfile: main\n"
    "profiles:\n"
    "  main:\n"
    "    apiURL: https://api.example\n"
    "    issuerURL: https://issuer.example/realms/r/\n"
    "    organization: org\n"
    "    project: p\n"
    "    region: se-sto\n"
    "    user: {username: ada, refreshToken: s3cr3t-value}\n";

TEST(ParseCredentialTest, ReadsACliProfile) {
  const auto credential = FromRequest(kProfile);
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->dialect, Dialect::kRest);
  EXPECT_EQ(credential->api_url, "https://api.example");
  EXPECT_EQ(credential->token.token_url,
            "https://issuer.example/realms/r/protocol/openid-connect/token");
  EXPECT_EQ(credential->token.client_id, "evroc-cli");
  EXPECT_EQ(std::get<RefreshTokenGrant>(credential->token.grant).refresh_token,
            kSecret);
  EXPECT_EQ(credential->project, "p");
  EXPECT_EQ(credential->region, "se-sto");
  EXPECT_EQ(credential->organization, "org");
}

TEST(ParseCredentialTest, NamesWhatAProfileLacks) {
  EXPECT_EQ(FieldOf(FromRequest("profiles: {a: {}}").status()),
            "credentials.currentProfile");
  EXPECT_EQ(
      FieldOf(FromRequest("{currentProfile: b, profiles: {a: {}}}").status()),
      "credentials.profiles");
  EXPECT_EQ(
      FieldOf(FromRequest("{currentProfile: a, profiles: {a: {}}}").status()),
      "credentials.profiles.user.refreshToken");
  EXPECT_EQ(
      FieldOf(FromRequest("{formatVersion: v9, profiles: {a: {}}}").status()),
      "credentials.formatVersion");
}

TEST(ParseCredentialTest, RefusesWhatIsNoneOfThem) {
  for (const char* content : {"", "just text", "[]", "a: b", "a: [", "12"}) {
    EXPECT_EQ(FieldOf(FromRequest(content).status()), "credentials") << content;
  }
}

std::string ServiceAccount(const std::string& secret,
                           const char* project = "p") {
  return absl::StrCat(
      "auth:\n  token_url: https://t\n  service_account_id: robot\n"
      "  service_account_secret: '",
      secret, "'\ncontext: {project: ", project, ", region: se-sto}\n");
}

TEST(ParseCredentialTest, ReadsAServiceAccountInEveryAlphabet) {
  const std::string jwk = Key().PrivateJwk().Dump();
  std::string unpadded = absl::Base64Escape(jwk);
  while (unpadded.back() == '=') unpadded.pop_back();
  for (const std::string& secret :
       {absl::Base64Escape(jwk), absl::WebSafeBase64Escape(jwk), unpadded,
        jwk}) {
    const auto credential = FromRequest(ServiceAccount(secret));
    ASSERT_TRUE(credential.ok()) << credential.status();
    EXPECT_EQ(credential->token.client_id, "robot_p");
    EXPECT_TRUE(
        std::holds_alternative<AssertionGrant>(credential->token.grant));
  }
}

// As it is made of a Secret with a key for each member. Tools wrap lines of
// base64, and then the text has escapes.
TEST(ParseCredentialTest, ReadsAServiceAccountThatIsJson) {
  std::string secret = absl::Base64Escape(Key().PrivateJwk().Dump());
  secret.insert(76, "\n");
  const Json document = Json::Object(
      {{"auth", Json::Object({{"service_account_id", "12345"},
                              {"service_account_secret", secret}})},
       {"context", Json::Object({{"project", "p"}, {"organization", "org"}})}});
  const auto credential = FromRequest(document.Dump());
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->token.client_id, "12345_p");
  EXPECT_EQ(credential->organization, "org");
  EXPECT_TRUE(std::holds_alternative<AssertionGrant>(credential->token.grant));
}

// traps.md B17.
TEST(ParseCredentialTest, B17ClientIdHasTheProjectExactlyOnce) {
  EXPECT_EQ(*ServiceAccountClientId("robot", "p"), "robot_p");
  EXPECT_EQ(*ServiceAccountClientId("robot_p", "p"), "robot_p");
  EXPECT_EQ(FieldOf(ServiceAccountClientId("robot", "").status()),
            "credentials.context.project");
}

TEST(ParseCredentialTest, NamesWhatIsWrongWithAServiceAccount) {
  EXPECT_EQ(FieldOf(FromRequest(ServiceAccount("%%%")).status()),
            "credentials.auth.service_account_secret");
  EXPECT_EQ(FieldOf(FromRequest(ServiceAccount("e30=")).status()),
            "credentials.auth.service_account_secret");
  EXPECT_EQ(FieldOf(FromRequest(ServiceAccount("/etc/hostname")).status()),
            "credentials.auth.service_account_secret");
  EXPECT_EQ(FieldOf(FromRequest("auth: {username: ada}").status()),
            "credentials.auth");
}

TEST(ParseCredentialTest, ReadsAKeyFileForTheOperatorOnly) {
  const std::string path = absl::StrCat(testing::TempDir(), "/key.jwk");
  std::ofstream(path) << Key().PrivateJwk().Dump();
  EXPECT_TRUE(FromDirectory(ServiceAccount(path)).ok());
  EXPECT_FALSE(FromRequest(ServiceAccount(path)).ok());
}

TEST(ParseCredentialTest, ReadsPasswordsAndTokens) {
  const auto password =
      FromRequest("auth: {username: ada, password: 12345, scopes: [openid]}");
  ASSERT_TRUE(password.ok()) << password.status();
  EXPECT_EQ(std::get<PasswordGrant>(password->token.grant).password, "12345");
  const auto token = FromRequest("auth: {token: t}");
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(std::get<StaticToken>(token->token.grant).token, "t");
  const auto refresh = FromRequest("auth: {token: t, refresh_token: r}");
  EXPECT_TRUE(std::holds_alternative<RefreshTokenGrant>(refresh->token.grant));
}

std::string Kubeconfig(
    const std::string& user,
    const std::string& cluster = "server: https://kcp:6443") {
  return absl::StrCat(
      "apiVersion: v1\nkind: Config\ncurrent-context: two\n"
      "contexts:\n"
      "- {name: one, context: {cluster: other, user: other}}\n"
      "- {name: two, context: {cluster: c, user: u}}\n"
      "clusters:\n- {name: c, cluster: {",
      cluster, "}}\nusers:\n- {name: u, user: {", user, "}}\n");
}

TEST(ParseCredentialTest, ReadsTheCurrentContext) {
  const auto credential = FromRequest(Kubeconfig(
      "token: t", absl::StrCat("server: 'https://kcp/base', proxy-url: "
                               "'http://proxy:1', insecure-skip-tls-verify: "
                               "true, "
                               "certificate-authority-data: ",
                               absl::Base64Escape("PEM"))));
  ASSERT_TRUE(credential.ok()) << credential.status();
  EXPECT_EQ(credential->dialect, Dialect::kKcp);
  EXPECT_EQ(credential->api_url, "https://kcp/base");
  EXPECT_EQ(credential->proxy_url, "http://proxy:1");
  EXPECT_TRUE(credential->insecure_skip_tls_verify);
  EXPECT_EQ(credential->ca_pem, "PEM");
  EXPECT_EQ(std::get<StaticToken>(credential->token.grant).token, "t");
}

TEST(ParseCredentialTest, ReadsEveryUserStanza) {
  const std::string pem = absl::Base64Escape("PEM");
  const auto certificate = FromRequest(Kubeconfig(absl::StrCat(
      "client-certificate-data: ", pem, ", client-key-data: ", pem)));
  ASSERT_TRUE(certificate.ok()) << certificate.status();
  EXPECT_EQ(certificate->client_key_pem, "PEM");
  EXPECT_TRUE(std::holds_alternative<NoToken>(certificate->token.grant));

  const auto oidc = FromRequest(Kubeconfig(
      "auth-provider: {name: oidc, config: {refresh-token: s3cr3t-value, "
      "client-id: cli, idp-issuer-url: 'https://issuer'}}"));
  ASSERT_TRUE(oidc.ok()) << oidc.status();
  EXPECT_EQ(oidc->token.issuer_url, "https://issuer");
  EXPECT_EQ(oidc->token.client_id, "cli");

  const auto exec = FromDirectory(Kubeconfig(
      "exec: {command: evroc, args: [get-token], env: [{name: A, value: b}], "
      "apiVersion: client.authentication.k8s.io/v1, "
      "provideClusterInfo: true}"));
  ASSERT_TRUE(exec.ok()) << exec.status();
  const auto& plugin = std::get<ExecPlugin>(exec->token.grant);
  EXPECT_EQ(plugin.command, "evroc");
  EXPECT_EQ(plugin.env.at("A"), "b");
  EXPECT_TRUE(absl::StrContains(plugin.cluster_info, "https://kcp:6443"));

  const auto file = FromDirectory(Kubeconfig("tokenFile: /run/token"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(std::get<TokenFile>(file->token.grant).path, "/run/token");
}

struct Refusal {
  const char* user;
  const char* cluster;
  const char* field;
};

class KubeconfigRefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(KubeconfigRefusalTest, NamesTheField) {
  EXPECT_EQ(FieldOf(FromRequest(Kubeconfig(GetParam().user, GetParam().cluster))
                        .status()),
            GetParam().field);
}

constexpr char kServer[] = "server: https://kcp";

INSTANTIATE_TEST_SUITE_P(
    Stanzas, KubeconfigRefusalTest,
    testing::Values(
        Refusal{"token: s3cr3t-value", "server: ''",
                "credentials.clusters.cluster.server"},
        Refusal{"token: s3cr3t-value", "server: 'ftp://x'",
                "credentials.clusters.cluster.server"},
        Refusal{"token: t",
                "server: https://kcp, certificate-authority: /etc/hosts",
                "credentials.clusters.cluster.certificate-authority"},
        Refusal{"token: t",
                "server: https://kcp, certificate-authority-data: '%'",
                "credentials.clusters.cluster.certificate-authority-data"},
        Refusal{"username: ada", kServer, "credentials.users.user"},
        Refusal{"tokenFile: /etc/passwd", kServer,
                "credentials.users.user.tokenFile"},
        Refusal{"exec: {command: rm}", kServer, "credentials.users.user.exec"},
        Refusal{"client-certificate: /etc/hosts", kServer,
                "credentials.users.user.client-certificate"},
        Refusal{"client-certificate-data: UEVN", kServer,
                "credentials.users.user.client-certificate-data"},
        Refusal{"auth-provider: {name: gcp}", kServer,
                "credentials.users.user.auth-provider.name"},
        Refusal{"auth-provider: {name: oidc, config: {}}", kServer,
                "credentials.users.user.auth-provider.config.refresh-token"},
        Refusal{"auth-provider: {name: oidc, config: {refresh-token: "
                "s3cr3t-value}}",
                kServer,
                "credentials.users.user.auth-provider.config.idp-issuer-url"}));

TEST(ParseCredentialTest, NamesMissingEntriesOfAKubeconfig) {
  EXPECT_EQ(FieldOf(FromRequest("kind: Config").status()),
            "credentials.current-context");
  EXPECT_EQ(FieldOf(FromRequest("{kind: Config, current-context: x}").status()),
            "credentials.contexts");
}

}  // namespace
}  // namespace evroc::cloud
