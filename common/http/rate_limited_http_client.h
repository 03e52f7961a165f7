// Delays each request until the rate limiter allows it, and all of them for a
// Retry-After. Thread-safe.

#ifndef COMMON_HTTP_RATE_LIMITED_HTTP_CLIENT_H_
#define COMMON_HTTP_RATE_LIMITED_HTTP_CLIENT_H_

#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/http/rate_limiter.h"

namespace evroc {

class RateLimitedHttpClient : public HttpClient {
 public:
  // Called with how long a request waited, for metrics.
  using Observer = std::function<void(absl::Duration waited)>;

  // Both must outlive the client. `observer` may be empty.
  RateLimitedHttpClient(HttpClient& inner, RateLimiter& limiter,
                        Observer observer)
      : inner_(inner), limiter_(limiter), observer_(std::move(observer)) {}

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  RateLimiter& limiter_;
  const Observer observer_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_RATE_LIMITED_HTTP_CLIENT_H_
