#include "common/http/retrying_http_client.h"

#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "common/time/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

// Returns scripted answers, one after the other.
class ScriptedHttpClient : public HttpClient {
 public:
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext&, const HttpRequest&,
                                    const BodySink& sink) override {
    ++calls;
    absl::StatusOr<HttpResponse> next = script.front();
    script.erase(script.begin());
    if (sink != nullptr && next.ok()) {
      (void)sink("part");
      return absl::UnavailableError("cut");
    }
    return next;
  }

  std::vector<absl::StatusOr<HttpResponse>> script;
  int calls = 0;
};

class RetryingHttpClientTest : public testing::Test {
 protected:
  // Sends on another thread while this one advances the clock.
  absl::StatusOr<HttpResponse> Send(const CallContext& context, int waits) {
    absl::StatusOr<HttpResponse> result = HttpResponse{};
    std::thread sender([&] { result = client_.Send(context, request_); });
    for (int i = 0; i < waits; ++i) {
      clock_.AwaitWaiters(1);
      clock_.Advance(absl::Seconds(10));
    }
    sender.join();
    return result;
  }

  FakeClock clock_;
  ScriptedHttpClient inner_;
  RetryingHttpClient client_{inner_, {}, clock_};
  HttpRequest request_{.method = "GET", .repeatable = true};
};

TEST_F(RetryingHttpClientTest, RepeatsUntilItWorks) {
  inner_.script = {absl::UnavailableError("cut"), HttpResponse{.status = 503},
                   HttpResponse{.status = 200}};
  EXPECT_EQ(Send({}, 2)->status, 200);
  EXPECT_EQ(inner_.calls, 3);
}

TEST_F(RetryingHttpClientTest, GivesTheLastOutcomeWhenItGivesUp) {
  inner_.script.assign(9, HttpResponse{.status = 503});
  EXPECT_EQ(Send({}, 3)->status, 503);
  EXPECT_EQ(inner_.calls, 4);
}

TEST_F(RetryingHttpClientTest, DoesNotWaitBeyondTheDeadline) {
  inner_.script.assign(9, HttpResponse{.status = 503});
  EXPECT_EQ(Send({.deadline = clock_.Now() + absl::Milliseconds(1)}, 0)->status,
            503);
  EXPECT_EQ(inner_.calls, 1);
}

TEST_F(RetryingHttpClientTest, StopsWaitingWhenCancelled) {
  inner_.script.assign(9, HttpResponse{.status = 503});
  std::stop_source source;
  std::thread sender([&] {
    EXPECT_EQ(client_.Send({.cancel = source.get_token()}, request_)->status,
              503);
  });
  clock_.AwaitWaiters(1);
  source.request_stop();
  sender.join();
  EXPECT_EQ(inner_.calls, 1);
}

TEST_F(RetryingHttpClientTest, DoesNotRepeatWhatTheSinkHasSeen) {
  inner_.script.assign(9, HttpResponse{.status = 200});
  const auto result = client_.Send(
      {}, request_, [](absl::string_view) { return absl::OkStatus(); });
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(inner_.calls, 1);
}

}  // namespace
}  // namespace evroc
