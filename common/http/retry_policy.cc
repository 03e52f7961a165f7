#include "common/http/retry_policy.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"

namespace evroc {
namespace {

constexpr int64_t kLongestRetryAfterSeconds = int64_t{24} * 3600;

bool IsTransient(int status) {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace

bool MayRepeat(const HttpRequest& request,
               const absl::StatusOr<HttpResponse>& outcome) {
  if (!outcome.ok()) {
    return request.repeatable && absl::IsUnavailable(outcome.status());
  }
  if (outcome->status == 429) return true;
  return request.repeatable && IsTransient(outcome->status);
}

absl::Duration RetryAfterOf(const HttpHeaders& headers) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(FindHeader(headers, "Retry-After"), &seconds) ||
      seconds < 0) {
    return absl::ZeroDuration();
  }
  return absl::Seconds(std::min(seconds, kLongestRetryAfterSeconds));
}

std::optional<absl::Duration> DelayBefore(
    int next, const absl::StatusOr<HttpResponse>& outcome,
    const RetryPolicy& policy) {
  if (next > policy.max_attempts) return std::nullopt;
  if (outcome.ok()) {
    const absl::Duration asked = RetryAfterOf(outcome->headers);
    if (asked > policy.max_retry_after) return std::nullopt;
    if (asked > absl::ZeroDuration()) return asked;
  }
  return BackoffDelay(policy.backoff, next - 1);
}

}  // namespace evroc
