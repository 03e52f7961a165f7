// Assembles the HTTP layers beneath an HttpKubeClient: retries, rate limit,
// bearer token and metrics, over one pool with a connection for each concurrent
// call and watch. Thread-safe.

#ifndef SHIM_KUBE_KUBE_TRANSPORT_H_
#define SHIM_KUBE_KUBE_TRANSPORT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/auth/caching_token_source.h"
#include "common/http/curl_http_client.h"
#include "common/http/http_client.h"
#include "common/http/observed_http_client.h"
#include "common/http/rate_limiter.h"
#include "common/http/retry_policy.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/time/clock.h"
#include "common/transport/http_stack.h"

namespace evroc::shim {

struct KubeTransportOptions {
  // Limits all calls together, watches too; per_second 0 or less: no limit.
  RateLimiter::Rate rate{.per_second = 50, .burst = 100};
  RetryPolicy retry;
  // Observes each call, for metrics; may be empty.
  ObservedHttpClient::Observer on_call;
  // CurlOptions::loop.
  std::shared_ptr<CurlLoop> loop;
};

class KubeTransport {
 public:
  // INVALID_ARGUMENT for an unsupported kind of user. Makes no call yet.
  // `clock` must outlive the transport.
  static absl::StatusOr<std::unique_ptr<KubeTransport>> Make(
      const Kubeconfig& config, const KubeTransportOptions& options,
      Clock& clock);

  HttpClient& calls() { return stack_.retrying(); }
  // Without retries: a watch is resumed by its caller.
  HttpClient& watches() { return stack_.once(); }

 private:
  KubeTransport(const Kubeconfig& config, const KubeTransportOptions& options,
                std::unique_ptr<TokenSource> tokens, Clock& clock);

  CachingTokenSource tokens_;
  RateLimiter limiter_;
  CurlHttpClient connections_;
  HttpStack stack_;
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_TRANSPORT_H_
