#include "shim/node/workload_client.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc::shim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A kubeconfig with these lines about its cluster and its user.
std::string Config(absl::string_view cluster, absl::string_view user) {
  return absl::StrCat(R"(apiVersion: v1
kind: Config
current-context: c
contexts:
- {name: c, context: {cluster: c, user: c}}
clusters:
- {name: c, cluster: {)",
                      cluster, R"(}}
users:
- {name: c, user: {)",
                      user, "}}\n");
}

absl::Status Make(absl::string_view kubeconfig) {
  FakeClock clock;
  return MakeWorkloadClient(kubeconfig, nullptr, clock).status();
}

TEST(WorkloadClientTest, TakesAKubeconfigWithAToken) {
  EXPECT_TRUE(
      Make(Config("server: 'https://10.0.0.1:6443'", "token: secret")).ok());
}

TEST(WorkloadClientTest, RefusesWhatWouldGiveTheCredentialsAway) {
  const char* const clusters[] = {
      "server: 'http://10.0.0.1:6443'",
      "server: 'https://10.0.0.1:6443', insecure-skip-tls-verify: true",
      "server: ''",
  };
  for (const char* cluster : clusters) {
    const absl::Status error = Make(Config(cluster, "token: secret"));
    EXPECT_TRUE(absl::IsInvalidArgument(error)) << cluster << error;
    EXPECT_THAT(std::string(error.message()), Not(HasSubstr("secret")));
  }
}

TEST(WorkloadClientTest, RefusesCommandsAndFiles) {
  const char* const users[] = {
      "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/id}",
      "tokenFile: /etc/passwd",
      "client-certificate: /a, client-key: /b",
  };
  for (const char* user : users) {
    const absl::Status error = Make(Config("server: 'https://h'", user));
    EXPECT_TRUE(absl::IsInvalidArgument(error)) << user << error;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(
      Make(Config("server: 'https://h', certificate-authority: /etc/passwd",
                  "token: secret"))));
}

TEST(WorkloadClientTest, RefusesAnythingElse) {
  for (const char* bytes : {"", "rubbish", "{", "[1]", "kind: Pod"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Make(bytes))) << bytes;
  }
}

}  // namespace
}  // namespace evroc::shim
