// Decides which requests are repeated, how often and after how long. The loop
// that follows the policy is RetryingHttpClient.
//
// Values and pure functions, except for the randomness of the delays.

#ifndef COMMON_HTTP_RETRY_POLICY_H_
#define COMMON_HTTP_RETRY_POLICY_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/backoff.h"

namespace evroc {

struct RetryPolicy {
  int max_attempts = 4;
  BackoffOptions backoff = {.initial = absl::Milliseconds(250),
                            .max = absl::Seconds(8),
                            .jitter = 0.5};
  // A longer Retry-After is not waited for: the error is returned to the
  // caller, which retries later.
  absl::Duration max_retry_after = absl::Seconds(10);
};

// Whether `request` may be sent again after `outcome`: after 429 always; after
// 500, 502, 503, 504 or no answer at all only if request.repeatable.
bool MayRepeat(const HttpRequest& request,
               const absl::StatusOr<HttpResponse>& outcome);

// Returns how long to wait before attempt number `next` (2 is the first
// repeat), nullopt to give up. Retry-After takes precedence over the policy's
// backoff.
std::optional<absl::Duration> DelayBefore(
    int next, const absl::StatusOr<HttpResponse>& outcome,
    const RetryPolicy& policy);

// Returns Retry-After in whole seconds; zero if there is none.
absl::Duration RetryAfterOf(const HttpHeaders& headers);

}  // namespace evroc

#endif  // COMMON_HTTP_RETRY_POLICY_H_
