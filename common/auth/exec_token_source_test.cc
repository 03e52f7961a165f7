#include "common/auth/exec_token_source.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

absl::StatusOr<AccessToken> FetchBy(const std::string& script,
                                    const CallContext& context = {},
                                    Clock& clock = Clock::Real()) {
  ExecTokenSource source({.command = "sh",
                          .args = {"-c", script},
                          .env = {{"GREETING", "hello"}},
                          .api_version = "client.authentication.k8s.io/v1",
                          .cluster_info = R"({"server": "https://kcp"})"},
                         clock);
  return source.Fetch(context);
}

TEST(ExecTokenSourceTest, ReadsTokenAndExpiry) {
  const auto token = FetchBy(
      R"(echo '{"status": {"token": "abc",
                "expirationTimestamp": "2030-01-01T00:00:00Z"}}')");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->value, "abc");
  const absl::Time wall =
      absl::FromCivil(absl::CivilDay(2030, 1, 1), absl::UTCTimeZone());
  EXPECT_LT(absl::AbsDuration(token->expiry - FromWall(Clock::Real(), wall)),
            absl::Seconds(1));
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
  std::stop_source cancel;
  cancel.request_stop();
  EXPECT_EQ(
      FetchBy("sleep 1000", {.cancel = cancel.get_token()}).status().code(),
      absl::StatusCode::kCancelled);
}

TEST(ExecTokenSourceTest, IsKilledWhenItHasClosedItsOutputAndGoesOn) {
  const std::string fifo = absl::StrCat(testing::TempDir(), "/closed");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  std::stop_source cancel;
  std::thread canceller([&] {
    std::ifstream closed(fifo);  // blocks until the other side opens
    std::string line;
    std::getline(closed, line);  // without a reader the command ends
    cancel.request_stop();
  });
  const auto token = FetchBy(
      absl::StrCat("exec >&-; echo closed >", fifo, "; exec sleep 1000"),
      {.cancel = cancel.get_token()});
  EXPECT_EQ(token.status().code(), absl::StatusCode::kCancelled);
  canceller.join();
  unlink(fifo.c_str());
}

TEST(ExecTokenSourceTest, IsKilledAfterAWhileThoughNobodySetADeadline) {
  FakeClock clock;
  absl::Notification ended;
  std::thread fetcher([&] {
    const auto token = FetchBy("exec sleep 1000", {}, clock);
    EXPECT_EQ(token.status().code(), absl::StatusCode::kDeadlineExceeded);
    ended.Notify();
  });
  while (!ended.HasBeenNotified()) clock.Advance(absl::Seconds(1));
  fetcher.join();
}

}  // namespace
}  // namespace evroc
