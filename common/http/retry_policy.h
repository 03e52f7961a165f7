// What is repeated, how often and after how long: a policy, apart from the
// loop that follows it.
//
// Values and pure functions, but for the randomness of the delays.

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
  // A longer Retry-After is not waited for: the error goes to the caller, who
  // comes back by himself.
  absl::Duration max_retry_after = absl::Seconds(10);
};

// Whether `request` may be sent again after `outcome`: after 429 always; after
// 500, 502, 503, 504 or no answer at all only if request.repeatable.
bool MayRepeat(const HttpRequest& request,
               const absl::StatusOr<HttpResponse>& outcome);

// How long to wait before attempt number `next` (2 is the first repeat);
// nothing: give up. Retry-After counts, else what the policy's backoff gives.
std::optional<absl::Duration> DelayBefore(
    int next, const absl::StatusOr<HttpResponse>& outcome,
    const RetryPolicy& policy);

// Retry-After in whole seconds; zero if there is none.
absl::Duration RetryAfterOf(const HttpHeaders& headers);

}  // namespace evroc

#endif  // COMMON_HTTP_RETRY_POLICY_H_
