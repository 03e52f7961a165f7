#include "common/http/rate_limited_http_client.h"

#include "common/http/retry_policy.h"
#include "common/status/status_macros.h"

namespace evroc {

absl::StatusOr<HttpResponse> RateLimitedHttpClient::Send(
    const CallContext& context, const HttpRequest& request,
    const BodySink& sink) {
  EVROC_ASSIGN_OR_RETURN(const absl::Duration waited,
                         limiter_.Acquire(context));
  if (observer_ != nullptr) observer_(waited);
  absl::StatusOr<HttpResponse> response = inner_.Send(context, request, sink);
  if (response.ok() && response->status == 429) {
    limiter_.PauseFor(RetryAfterOf(response->headers));
  }
  return response;
}

}  // namespace evroc
