// The HTTP layers of one credential: retry, rate limit, bearer token, log and
// metrics, over connections that credentials share. Thread-safe.

#ifndef SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_
#define SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_

#include <memory>

#include "common/auth/caching_token_source.h"
#include "common/http/http_client.h"
#include "common/http/observed_http_client.h"
#include "common/http/rate_limiter.h"
#include "common/http/retry_policy.h"
#include "common/time/clock.h"
#include "common/transport/http_stack.h"
#include "services/evroc/credentials/credential.h"
#include "services/evroc/http/cloud_metrics.h"

namespace evroc::cloud {

struct TransportOptions {
  RateLimiter::Rate rate;
  RetryPolicy retry;
};

class CloudTransport {
 public:
  // The clients below: for calls, for watches, which have connections of their
  // own, and for the token endpoint.
  struct Transports {
    std::shared_ptr<HttpClient> calls;
    std::shared_ptr<HttpClient> watches;
    std::shared_ptr<HttpClient> tokens;
  };

  // `metrics` and `clock` must outlive the transport.
  CloudTransport(const TokenConfig& tokens, Transports transports,
                 const TransportOptions& options, CloudMetrics& metrics,
                 Clock& clock);

  HttpClient& calls() { return calls_.retrying(); }
  HttpClient& watches() { return watches_.retrying(); }

 private:
  const Transports transports_;
  ObservedHttpClient token_transport_;
  CachingTokenSource tokens_;
  RateLimiter limiter_;
  HttpStack calls_;
  HttpStack watches_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_CONNECTION_CLOUD_TRANSPORT_H_
