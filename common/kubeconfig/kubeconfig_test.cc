#include "common/kubeconfig/kubeconfig.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/kubeconfig/kubeconfig_files.h"
#include "common/status/error_details.h"
#include "common/yaml/yaml.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

std::string Text(const std::string& user,
                 const std::string& cluster = "server: https://api:6443") {
  return absl::StrCat(
      "kind: Config\ncurrent-context: x\n"
      "contexts: [{name: x, context: {cluster: c, user: u, namespace: ns}}]\n"
      "clusters: [{name: c, cluster: {",
      cluster, "}}]\nusers: [{name: u, user: {", user, "}}]\n");
}

absl::StatusOr<Kubeconfig> Parse(const std::string& text, bool trusted) {
  return ParseKubeconfig(*ParseUnambiguousYaml(text), {.trusted = trusted});
}

std::string FieldOf(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  return details.field_violations.empty() ? ""
                                          : details.field_violations[0].field;
}

TEST(KubeconfigTest, ReadsTheCurrentContext) {
  const auto config = Parse(
      Text("username: ada, password: secret",
           "server: 'https://api', tls-server-name: kubernetes, proxy-url: "
           "'http://proxy:1', insecure-skip-tls-verify: true"),
      false);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server, "https://api");
  EXPECT_EQ(config->tls_server_name, "kubernetes");
  EXPECT_EQ(config->proxy_url, "http://proxy:1");
  EXPECT_TRUE(config->insecure_skip_tls_verify);
  EXPECT_EQ(config->name_space, "ns");
  EXPECT_EQ(std::get<BasicAuth>(config->user).password, "secret");
}

TEST(KubeconfigTest, AnEmptyUserIsNobody) {
  const auto config = Parse(Text(""), false);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(std::holds_alternative<NoToken>(config->user));
}

TEST(KubeconfigTest, TellsAPluginAboutTheCluster) {
  const auto config =
      Parse(Text("exec: {command: get-token, provideClusterInfo: true}"), true);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(std::get<ExecPlugin>(config->user).cluster_info,
            R"({"server":"https://api:6443"})");
}

TEST(KubeconfigTest, UntrustedOnesReadNothingAndRunNothing) {
  EXPECT_EQ(FieldOf(Parse(Text("exec: {command: rm}"), false).status()),
            "users.user.exec");
  EXPECT_EQ(FieldOf(Parse(Text("tokenFile: /etc/passwd"), false).status()),
            "users.user.tokenFile");
  EXPECT_EQ(FieldOf(Parse(Text("client-key: /etc/passwd"), false).status()),
            "users.user.client-key");
}

TEST(KubeconfigTest, SaysWhatItDoesNotSupport) {
  EXPECT_EQ(FieldOf(Parse(Text("auth-provider: {name: gcp}"), true).status()),
            "users.user.auth-provider.name");
  for (const char* impersonation :
       {"as: somebody", "as-uid: '1'", "as-groups: [g]",
        "as-user-extra: {a: [b]}"}) {
    const std::string text = impersonation;
    EXPECT_EQ(FieldOf(Parse(Text(text), true).status()),
              absl::StrCat("users.user.", text.substr(0, text.find(':'))));
  }
}

// Other readers take the first or the last.
TEST(KubeconfigTest, RefusesANameThatIsThereTwice) {
  const std::string one = Text("username: ada, password: secret");
  for (const auto& [list, again] :
       {std::pair("contexts", "{name: x, context: {cluster: c}}"),
        std::pair("clusters", "{name: c, cluster: {server: 'https://b'}}"),
        std::pair("users", "{name: u, user: {token: t}}")}) {
    const std::string start = absl::StrCat(list, ": [");
    std::string text = one;
    text.insert(text.find(start) + start.size(), absl::StrCat(again, ", "));
    const absl::Status status = Parse(text, false).status();
    EXPECT_TRUE(absl::StrContains(status.message(), "has two entries"))
        << list << ": " << status;
  }
}

class KubeconfigFilesTest : public testing::Test {
 protected:
  KubeconfigFilesTest()
      : folder_(absl::StrCat(
            testing::TempDir(), "/",
            testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_ + "/sub");
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  const std::string folder_;
};

// Else the program would ask for a passphrase on its terminal, and wait.
TEST(KubeconfigTest, RefusesWhatIsEncrypted) {
  for (const char* pem :
       {"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"}) {
    const std::string data = absl::Base64Escape(pem);
    const std::string server = "server: 'https://api'";
    for (const auto& [user, cluster] :
         {std::pair<std::string, std::string>(
              absl::StrCat("client-certificate-data: eA==, client-key-data: ",
                           data),
              server),
          {absl::StrCat("client-certificate-data: ", data,
                        ", client-key-data: eA=="),
           server},
          {"token: t",
           absl::StrCat(server, ", certificate-authority-data: ", data)}}) {
      const absl::Status refused = Parse(Text(user, cluster), false).status();
      EXPECT_TRUE(absl::StrContains(refused.message(), "is encrypted"))
          << user << cluster << refused;
    }
  }
}

TEST_F(KubeconfigFilesTest, PathsAreRelativeToTheFile) {
  Write("sub/ca.crt", "PEM");
  const std::string path =
      Write("sub/config",
            Text("tokenFile: token",
                 "server: 'https://api', certificate-authority: ca.crt"));
  const auto config = LoadKubeconfigFiles({path});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ca_pem, "PEM");
  EXPECT_EQ(std::get<TokenFile>(config->user).path, folder_ + "/sub/token");
}

TEST_F(KubeconfigFilesTest, ACommandWithoutASlashIsLookedUpInPath) {
  const auto bare =
      LoadKubeconfigFiles({Write("a", Text("exec: {command: get-token}"))});
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_EQ(std::get<ExecPlugin>(bare->user).command, "get-token");
  const auto relative =
      LoadKubeconfigFiles({Write("b", Text("exec: {command: ./get-token}"))});
  ASSERT_TRUE(relative.ok()) << relative.status();
  EXPECT_EQ(std::get<ExecPlugin>(relative->user).command,
            folder_ + "/./get-token");
}

TEST_F(KubeconfigFilesTest, OfSeveralTheFirstCounts) {
  const std::string first =
      Write("first", "{kind: Config, users: [{name: u, user: {token: a}}]}");
  const std::string second = Write("second", Text("token: b"));
  const auto config =
      LoadKubeconfigFiles({first, folder_ + "/no-such-file", second});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(std::get<StaticToken>(config->user).token, "a");
  EXPECT_EQ(config->server, "https://api:6443");
}

TEST_F(KubeconfigFilesTest, SaysWhichFileIsAtFault) {
  const std::string bad = Write("bad", "a: [");
  EXPECT_TRUE(
      absl::StrContains(LoadKubeconfigFiles({bad}).status().message(), bad));
  const absl::Status none = LoadKubeconfigFiles({folder_ + "/none"}).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(none.message(), folder_ + "/none"));
}

}  // namespace
}  // namespace evroc
