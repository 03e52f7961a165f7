// Makes each request wait for its turn, and everybody for a Retry-After.
// Thread-safe.

#ifndef SERVICES_EVROC_HTTP_RATE_LIMITED_HTTP_CLIENT_H_
#define SERVICES_EVROC_HTTP_RATE_LIMITED_HTTP_CLIENT_H_

#include "common/http/http_client.h"
#include "services/evroc/http/cloud_metrics.h"
#include "services/evroc/http/rate_limiter.h"

namespace evroc::cloud {

class RateLimitedHttpClient : public HttpClient {
 public:
  // All must outlive the client.
  RateLimitedHttpClient(HttpClient& inner, RateLimiter& limiter,
                        CloudMetrics& metrics)
      : inner_(inner), limiter_(limiter), metrics_(metrics) {}

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  RateLimiter& limiter_;
  CloudMetrics& metrics_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_RATE_LIMITED_HTTP_CLIENT_H_
