// The HTTP layers of one credential: repeats, rate limit, bearer token, log and
// metrics, over connections that credentials share. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_
#define SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_

#include <memory>

#include "common/auth/authorizing_http_client.h"
#include "common/auth/caching_token_source.h"
#include "common/http/http_client.h"
#include "common/http/observed_http_client.h"
#include "common/http/rate_limited_http_client.h"
#include "common/http/rate_limiter.h"
#include "common/http/retry_policy.h"
#include "common/http/retrying_http_client.h"
#include "common/time/clock.h"
#include "services/evroc/credentials/credential.h"
#include "services/evroc/http/cloud_metrics.h"

namespace evroc::cloud {

struct TransportOptions {
  RateLimiter::Rate rate;
  RetryPolicy retry;
};

class CloudTransport {
 public:
  // The clients beneath: for calls, for watches, which keep their connections
  // to themselves, and for the token endpoint.
  struct Wires {
    std::shared_ptr<HttpClient> calls;
    std::shared_ptr<HttpClient> watches;
    std::shared_ptr<HttpClient> tokens;
  };

  // `metrics` and `clock` must outlive the transport.
  CloudTransport(const TokenConfig& tokens, Wires wires,
                 const TransportOptions& options, CloudMetrics& metrics,
                 Clock& clock);

  HttpClient& calls() { return calls_.repeated; }
  HttpClient& watches() { return watches_.repeated; }

 private:
  struct Layers {
    Layers(HttpClient& wire, CloudTransport& transport,
           const RetryPolicy& policy, CloudMetrics& metrics, Clock& clock);
    ObservedHttpClient observed;
    AuthorizingHttpClient authorized;
    RateLimitedHttpClient limited;
    RetryingHttpClient repeated;
  };

  const Wires wires_;
  ObservedHttpClient token_wire_;
  CachingTokenSource tokens_;
  RateLimiter limiter_;
  Layers calls_;
  Layers watches_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_
