#include "common/http/retry_policy.h"

#include "gtest/gtest.h"

namespace evroc {
namespace {

using Outcome = absl::StatusOr<HttpResponse>;

Outcome Answer(int status, const char* retry_after = "") {
  HttpResponse response{.status = status};
  if (*retry_after != '\0') {
    response.headers.emplace_back("retry-after", retry_after);
  }
  return response;
}

TEST(RetryPolicyTest, RepeatsWhatCanBeToldApartAfterwards) {
  const HttpRequest repeatable{.method = "GET", .repeatable = true};
  const HttpRequest once{.method = "POST", .repeatable = false};
  for (const int status : {500, 502, 503, 504}) {
    EXPECT_TRUE(MayRepeat(repeatable, Answer(status))) << status;
    EXPECT_FALSE(MayRepeat(once, Answer(status))) << status;
  }
  EXPECT_TRUE(MayRepeat(repeatable, absl::UnavailableError("cut")));
  EXPECT_FALSE(MayRepeat(once, absl::UnavailableError("cut")));
  // The server has not carried out the request.
  EXPECT_TRUE(MayRepeat(once, Answer(429)));
}

TEST(RetryPolicyTest, RepeatsNothingElse) {
  const HttpRequest request{.method = "GET", .repeatable = true};
  for (const int status : {200, 201, 204, 400, 401, 403, 404, 409, 422, 501}) {
    EXPECT_FALSE(MayRepeat(request, Answer(status))) << status;
  }
  EXPECT_FALSE(MayRepeat(request, absl::CancelledError("")));
  EXPECT_FALSE(MayRepeat(request, absl::DeadlineExceededError("")));
}

TEST(RetryPolicyTest, DelaysDoubleWithJitterUpToALimit) {
  const RetryPolicy policy{.max_attempts = 12};
  for (int next = 2; next <= 12; ++next) {
    const absl::Duration full = std::min(
        policy.backoff.max, policy.backoff.initial * (1 << (next - 2)));
    const absl::Duration delay = *DelayBefore(next, Answer(503), policy);
    EXPECT_GE(delay, full / 2);
    EXPECT_LE(delay, full);
  }
  EXPECT_FALSE(DelayBefore(13, Answer(503), policy).has_value());
}

TEST(RetryPolicyTest, HonoursRetryAfter) {
  const RetryPolicy policy;
  EXPECT_EQ(DelayBefore(2, Answer(429, "3"), policy), absl::Seconds(3));
  EXPECT_FALSE(DelayBefore(2, Answer(429, "3600"), policy).has_value());
  EXPECT_EQ(RetryAfterOf(Answer(429, "-1")->headers), absl::ZeroDuration());
  EXPECT_EQ(RetryAfterOf(Answer(429, "soon")->headers), absl::ZeroDuration());
}

}  // namespace
}  // namespace evroc
