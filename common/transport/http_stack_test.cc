#include "common/transport/http_stack.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/auth/simple_token_sources.h"
#include "common/http/testing/fake_http_client.h"
#include "common/time/call_context.h"
#include "common/time/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace evroc {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class HttpStackTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakeHttpClient transport_;
  CachingTokenSource tokens_{std::make_unique<StaticTokenSource>("t", clock_),
                             nullptr, clock_};
  RateLimiter limiter_{{.per_second = 1000, .burst = 1000}, clock_};
  std::vector<std::string> codes_;
  int waits_ = 0;
  const HttpRequest request_{.method = "GET", .url = "u", .repeatable = true};
  HttpStack stack_{
      transport_,
      tokens_,
      limiter_,
      {.retry = {.max_attempts = 2, .backoff = {.initial = {}, .max = {}}},
       .on_call = [this](const HttpCall& call) { codes_.push_back(call.code); },
       .on_wait = [this](absl::Duration) { ++waits_; }},
      clock_};
};

TEST_F(HttpStackTest, EachRepeatPassesLimitTokenAndMetrics) {
  transport_.Expect("GET", "u", HttpResponse{.status = 503});
  transport_.Expect("GET", "u", HttpResponse{.status = 200});
  EXPECT_EQ(stack_.retrying().Send({}, request_)->status, 200);
  EXPECT_THAT(codes_, ElementsAre("503", "200"));
  EXPECT_EQ(waits_, 2);
  for (const HttpRequest& sent : transport_.requests()) {
    EXPECT_EQ(FindHeader(sent.headers, "authorization"), "Bearer t");
  }
}

TEST_F(HttpStackTest, OnceDoesNotRepeat) {
  transport_.Expect("GET", "u", HttpResponse{.status = 503});
  EXPECT_EQ(stack_.once().Send({}, request_)->status, 503);
  EXPECT_THAT(codes_, ElementsAre("503"));
  EXPECT_EQ(waits_, 1);
  EXPECT_THAT(transport_.requests(), SizeIs(1));
}

}  // namespace
}  // namespace evroc
