#include "shim/kube/kube_config.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

std::string Text(const std::string& user) {
  return absl::StrCat(
      "{kind: Config, current-context: x, "
      "contexts: [{name: x, context: {cluster: c, user: u}}], "
      "clusters: [{name: c, cluster: {server: 'https://api'}}], "
      "users: [{name: u, user: {",
      user, "}}]}");
}

class KubeConfigTest : public testing::Test {
 protected:
  KubeConfigTest()
      : folder_(absl::StrCat(
            testing::TempDir(), "/",
            testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_ + "/.kube");
  }
  std::string Write(const std::string& name, const std::string& text) const {
    std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << text;
    return path;
  }
  static std::string TokenOf(const absl::StatusOr<Kubeconfig>& config) {
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() ? std::get<StaticToken>(config->user).token : "";
  }

  const std::string folder_;
};

TEST_F(KubeConfigTest, TheFlagCountsBeforeTheEnvironment) {
  const std::string flag = Write("flag", Text("token: a"));
  const std::string variable = Write("variable", Text("token: b"));
  EXPECT_EQ(TokenOf(LoadKubeConfig(flag, {.kubeconfig = variable})), "a");
  EXPECT_EQ(TokenOf(LoadKubeConfig(
                "", {.kubeconfig = absl::StrCat(folder_, "/none:", variable),
                     .service_host = "10.0.0.1"})),
            "b");
}

TEST_F(KubeConfigTest, TheHomeFolderIsLast) {
  Write(".kube/config", Text("token: h"));
  EXPECT_EQ(TokenOf(LoadKubeConfig("", {.home = folder_})), "h");
  EXPECT_EQ(LoadKubeConfig("", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(KubeConfigTest, APodUsesItsServiceAccount) {
  Write("ca.crt", "PEM");
  Write("namespace", "evroc-system\n");
  KubeEnvironment pod{.service_host = "10.0.0.1",
                      .service_port = "6443",
                      .service_account_folder = folder_};
  const auto config = LoadKubeConfig("", pod);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->server, "https://10.0.0.1:6443");
  EXPECT_EQ(config->ca_pem, "PEM");
  EXPECT_EQ(config->name_space, "evroc-system");
  EXPECT_EQ(std::get<TokenFile>(config->user).path, folder_ + "/token");
  pod.service_host = "fd00::1";
  EXPECT_EQ(LoadKubeConfig("", pod)->server, "https://[fd00::1]:6443");
  std::filesystem::remove(folder_ + "/ca.crt");
  EXPECT_FALSE(LoadKubeConfig("", pod).ok());
}

TEST_F(KubeConfigTest, ASecretsKubeconfigReadsNoFilesAndRunsNothing) {
  EXPECT_EQ(TokenOf(ParseKubeConfig(Text("token: t"))), "t");
  for (const char* user : {"exec: {command: rm}", "tokenFile: /etc/passwd",
                           "client-certificate: /etc/passwd"}) {
    EXPECT_EQ(ParseKubeConfig(Text(user)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << user;
  }
  EXPECT_FALSE(ParseKubeConfig("a: [").ok());
}

}  // namespace
}  // namespace evroc::shim
