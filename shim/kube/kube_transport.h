// The HTTP layers beneath a HttpKubeClient: repeats, rate limit, bearer token,
// metrics, over connections of their own for reads, writes and watches.
//
// Reads and watches use HTTP/2 where the server offers it, so that many share
// one connection. Writes go over HTTP/1.1: over HTTP/2 libcurl 7.88 reports a
// broken stream instead of the answer when a server answers before it has read
// the body. Measured with kube-apiserver 1.36, 400 patches of 300 kB that it
// refuses at once (415), 8 in parallel: over HTTP/2 322 answers were lost, over
// HTTP/1.1 none, and that was not slower. Thread-safe.

#ifndef SHIM_KUBE_KUBE_TRANSPORT_H_
#define SHIM_KUBE_KUBE_TRANSPORT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/auth/authorizing_http_client.h"
#include "common/auth/caching_token_source.h"
#include "common/http/curl_http_client.h"
#include "common/http/http_client.h"
#include "common/http/observed_http_client.h"
#include "common/http/rate_limited_http_client.h"
#include "common/http/rate_limiter.h"
#include "common/http/retry_policy.h"
#include "common/http/retrying_http_client.h"
#include "common/kubeconfig/kubeconfig.h"
#include "common/time/clock.h"

namespace evroc::shim {

struct KubeTransportOptions {
  // Of all calls together, watches too; per_second 0 or less: no limit.
  RateLimiter::Rate rate{.per_second = 50, .burst = 100};
  RetryPolicy retry;
  int max_write_connections = 16;
  // False: one pool of HTTP/1.1 connections for everything, one thread instead
  // of three; for clients of which there are many, such as workload clusters'.
  bool http2 = true;
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

  HttpClient& reads() { return reads_->repeated; }
  HttpClient& writes() {
    return writes_ != nullptr ? writes_->repeated : reads();
  }
  // Not repeated: who watches goes on from where it was.
  HttpClient& watches() {
    return watches_ != nullptr ? watches_->limited : reads_->limited;
  }

 private:
  struct Layers {
    Layers(const CurlOptions& wire_options, KubeTransport& transport,
           const KubeTransportOptions& options, Clock& clock);
    CurlHttpClient wire;
    ObservedHttpClient observed;
    AuthorizingHttpClient authorized;
    RateLimitedHttpClient limited;
    RetryingHttpClient repeated;
  };

  KubeTransport(const Kubeconfig& config, const KubeTransportOptions& options,
                std::unique_ptr<TokenSource> tokens, Clock& clock);

  CachingTokenSource tokens_;
  RateLimiter limiter_;
  std::unique_ptr<Layers> reads_;
  std::unique_ptr<Layers> writes_;   // null: as reads
  std::unique_ptr<Layers> watches_;  // null: as reads
};

}  // namespace evroc::shim

#endif  // SHIM_KUBE_KUBE_TRANSPORT_H_
