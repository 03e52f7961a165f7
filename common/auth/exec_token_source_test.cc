#include "common/auth/exec_token_source.h"

#include "absl/strings/match.h"
#include "common/time/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

absl::StatusOr<AccessToken> FetchBy(const std::string& script,
                                    const CallContext& context = {}) {
  ExecTokenSource source({.command = "sh",
                          .args = {"-c", script},
                          .env = {{"GREETING", "hello"}},
                          .api_version = "client.authentication.k8s.io/v1",
                          .cluster_info = R"({"server": "https://kcp"})"},
                         Clock::Real());
  return source.Fetch(context);
}

TEST(ExecTokenSourceTest, ReadsTokenAndExpiry) {
  const auto token = FetchBy(
      R"(echo '{"status": {"token": "abc",
                "expirationTimestamp": "2030-01-01T00:00:00Z"}}')");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->value, "abc");
  EXPECT_EQ(token->expiry,
            absl::FromCivil(absl::CivilDay(2030, 1, 1), absl::UTCTimeZone()));
}

TEST(ExecTokenSourceTest, GivesTheCommandItsEnvironment) {
  const auto token = FetchBy(
      R"(case "$KUBERNETES_EXEC_INFO" in
           *'"server":"https://kcp"'*)
             echo "{\"status\": {\"token\": \"$GREETING\"}}";;
         esac)");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->value, "hello");
  EXPECT_EQ(token->expiry, absl::InfiniteFuture());
}

TEST(ExecTokenSourceTest, RefusesWhatIsOfNoUseAndRepeatsNothing) {
  for (const char* script :
       {"exit 1", "echo SECRET", "echo '{}'", "kill -9 $$",
        R"(echo '{"status": {"token": "SECRET", "expirationTimestamp": "x"}}')",
        "yes SECRET"}) {
    const auto token = FetchBy(script);
    EXPECT_EQ(token.status().code(), absl::StatusCode::kUnauthenticated)
        << script;
    EXPECT_FALSE(absl::StrContains(token.status().message(), "SECRET"));
  }
}

TEST(ExecTokenSourceTest, NamesACommandThatIsNotThere) {
  ExecTokenSource source({.command = "/no/such/command"}, Clock::Real());
  EXPECT_EQ(source.Fetch({}).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(ExecTokenSourceTest, IsKilledWhenTheCallEnds) {
  CancelSource cancel;
  cancel.Cancel();
  EXPECT_EQ(FetchBy("sleep 1000", {.cancel = cancel.token()}).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace evroc
