// The HTTP layers beneath a HttpKubeClient: repeats, rate limit, bearer token,
// metrics, over one pool of connections: as many as there are calls and watches
// at a time. Thread-safe.

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
  // Of all calls together, watches too; per_second 0 or less: no limit.
  RateLimiter::Rate rate{.per_second = 50, .burst = 100};
  RetryPolicy retry;
  // For metrics; may be empty.
  ObservedHttpClient::Observer on_call;
};

class KubeTransport {
 public:
  // INVALID_ARGUMENT for a user that is not supported. `clock` must outlive the
  // transport. Makes no call yet.
  static absl::StatusOr<std::unique_ptr<KubeTransport>> Make(
      const Kubeconfig& config, const KubeTransportOptions& options,
      Clock& clock);

  HttpClient& calls() { return stack_.retrying(); }
  // Not repeated: who watches goes on from where it was.
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
