#include "services/evroc/connection/cloud_dialer.h"

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/http/testing/loopback_server.h"
#include "gtest/gtest.h"
#include "services/evroc/credentials/parse_credential.h"

namespace evroc::cloud {
namespace {

// The credential in a request: the bearer token, or that of a form.
std::string CredentialIn(absl::string_view request) {
  for (absl::string_view line : absl::StrSplit(request, "\r\n")) {
    if (absl::ConsumePrefix(&line, "Authorization: Bearer ")) {
      return std::string(line);
    }
  }
  for (absl::string_view field :
       absl::StrSplit(request.substr(request.find("\r\n\r\n") + 4), '&')) {
    if (absl::ConsumePrefix(&field, "refresh_token=")) {
      return std::string(field);
    }
  }
  return "none";
}

class CloudDialerTest : public testing::Test {
 protected:
  // Issues "access-X" for the refresh token "X"; other answers are empty lists.
  void Serve(LoopbackServer::Connection& connection) {
    std::set<std::string> seen;
    while (const auto request = connection.ReadRequest()) {
      const std::string credential = CredentialIn(*request);
      seen.insert(credential);
      connection.Write(LoopbackServer::Ok(
          absl::StartsWith(*request, "POST")
              ? absl::StrCat(R"({"expires_in":300,"access_token":"access-)",
                             credential, "\"}")
              : std::string(R"({"items":[]})")));
    }
    absl::MutexLock lock(&mutex_);
    by_connection_.push_back(seen);
  }

  std::shared_ptr<Connection> Dial(const std::string& content) {
    absl::StatusOr<Credential> credential =
        ParseCredential(content, CredentialOrigin::kRequest);
    EXPECT_TRUE(credential.ok()) << credential.status();
    const absl::StatusOr<Target> target =
        ResolveTarget(*std::move(credential), {}, {});
    EXPECT_TRUE(target.ok()) << target.status();
    return dialer_->Dial(content, *target);
  }

  std::string Sdk(const std::string& auth) const {
    return absl::StrCat("auth: {token_url: '", server_->url(), "/token', ",
                        auth, "}\napi: {base_url: '", server_->url(),
                        "'}\ncontext: {project: p}\n");
  }

  static void CallOften(Connection& connection) {
    std::vector<std::thread> callers;
    callers.reserve(4);
    for (int i = 0; i < 4; ++i) {
      callers.emplace_back([&] {
        for (int n = 0; n < 5; ++n) {
          const auto listed = connection.network->vpcs().List({}, "");
          EXPECT_TRUE(listed.ok()) << listed.status();
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }

  absl::Mutex mutex_;
  std::vector<std::set<std::string>> by_connection_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<LoopbackServer> server_ = std::make_unique<LoopbackServer>(
      [this](LoopbackServer::Connection& connection) { Serve(connection); });
  std::shared_ptr<prometheus::Registry> registry_ =
      std::make_shared<prometheus::Registry>();
  CloudMetrics metrics_{*registry_};
  std::unique_ptr<CloudDialer> dialer_ = std::make_unique<CloudDialer>(
      TransportOptions{.rate = {.per_second = 1e6, .burst = 1e6}, .retry = {}},
      metrics_, Clock::Real());
};

TEST_F(CloudDialerTest, AConnectionCarriesOneCredential) {
  for (const char* auth : {"token: first", "token: second",
                           "refresh_token: third", "refresh_token: fourth"}) {
    CallOften(*Dial(Sdk(auth)));
  }
  // Also with connections that are there at the same time.
  const auto fifth = Dial(Sdk("token: fifth"));
  CallOften(*Dial(Sdk("token: sixth")));
  CallOften(*fifth);
  const auto kept = Dial(Sdk("token: first"));
  CallOften(*kept);
  CallOften(*Dial(Sdk("token: second")));
  CallOften(*kept);
  dialer_.reset();
  server_.reset();  // ends all connections
  absl::MutexLock lock(&mutex_);
  std::set<std::string> all;
  for (const std::set<std::string>& seen : by_connection_) {
    EXPECT_LE(seen.size(), 1u);
    all.insert(seen.begin(), seen.end());
  }
  EXPECT_EQ(
      all, (std::set<std::string>{"first", "second", "third", "fourth", "fifth",
                                  "sixth", "access-third", "access-fourth"}));
}

TEST_F(CloudDialerTest, ScopesOfOneCredentialShareIts) {
  const auto first = Dial(Sdk("token: first"));
  const auto again = Dial(Sdk("token: first"));
  EXPECT_EQ(first->transport, again->transport);
}

// Many calls of one credential at once hold no more memory than is known.
TEST_F(CloudDialerTest, AnAnswerThatIsTooLargeForAnObjectIsNotRead) {
  LoopbackServer huge([](LoopbackServer::Connection& connection) {
    connection.ReadRequest();
    connection.Write(LoopbackServer::Ok(
        absl::StrCat(R"({"x":")", std::string(8 << 20, 'x'), R"("})")));
  });
  const auto connection =
      Dial(absl::StrCat("auth: {token: t}\napi: {base_url: '", huge.url(),
                        "'}\ncontext: {project: p}\n"));
  const auto got = connection->network->vpcs().Get({}, Id<Vpc>("v"));
  EXPECT_TRUE(absl::IsResourceExhausted(got.status())) << got.status();
}

}  // namespace
}  // namespace evroc::cloud
