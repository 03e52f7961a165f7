// Assembles the layers of the HTTP client, from the outside in: retry, rate
// limit, bearer token, metrics. Thread-safe.
//
// The order matters: each retry waits for the rate limit again, and the token
// is fetched after the wait, so that it does not expire meanwhile.

#ifndef COMMON_TRANSPORT_HTTP_STACK_H_
#define COMMON_TRANSPORT_HTTP_STACK_H_

#include "common/auth/authorizing_http_client.h"
#include "common/auth/caching_token_source.h"
#include "common/http/http_client.h"
#include "common/http/observed_http_client.h"
#include "common/http/rate_limited_http_client.h"
#include "common/http/rate_limiter.h"
#include "common/http/retry_policy.h"
#include "common/http/retrying_http_client.h"
#include "common/time/clock.h"

namespace evroc {

class HttpStack {
 public:
  struct Options {
    RetryPolicy retry;
    // For metrics; both may be empty.
    ObservedHttpClient::Observer on_call;
    RateLimitedHttpClient::Observer on_wait;
  };

  // `transport` sends the requests. All references must outlive the stack.
  HttpStack(HttpClient& transport, CachingTokenSource& tokens,
            RateLimiter& limiter, const Options& options, Clock& clock)
      : observed_(transport, options.on_call, clock),
        authorized_(observed_, tokens),
        limited_(authorized_, limiter, options.on_wait),
        retrying_(limited_, options.retry, clock) {}

  // All layers.
  HttpClient& retrying() { return retrying_; }
  // All layers but the retries, for a caller that resumes on its own.
  HttpClient& once() { return limited_; }

 private:
  ObservedHttpClient observed_;
  AuthorizingHttpClient authorized_;
  RateLimitedHttpClient limited_;
  RetryingHttpClient retrying_;
};

}  // namespace evroc

#endif  // COMMON_TRANSPORT_HTTP_STACK_H_
