#include "shim/kube/kube_transport.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "common/auth/exec_token_source.h"
#include "common/auth/simple_token_sources.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

constexpr double kUnlimited = 1e9;

// A busy or starting server asks for seconds; a longer pause, perhaps a
// proxy's, would stop all reads, writes and watches.
constexpr absl::Duration kLongestPause = absl::Minutes(1);

// Of an answer that is no list: the API server stores no object of 2 MB.
constexpr size_t kMaxAnswerBytes = size_t{4} << 20;

RateLimiter::Rate RateOf(const KubeTransportOptions& options) {
  RateLimiter::Rate rate = options.rate;
  if (rate.per_second <= 0) rate.per_second = rate.burst = kUnlimited;
  rate.max_pause = std::min(rate.max_pause, kLongestPause);
  return rate;
}

CurlOptions ConnectionOptionsOf(const Kubeconfig& config,
                                const KubeTransportOptions& options) {
  CurlOptions curl;
  curl.loop = options.loop;
  curl.max_body_bytes = kMaxAnswerBytes;
  curl.ca_certificates = config.ca_pem;
  curl.client_certificate = config.client_certificate_pem;
  curl.client_key = config.client_key_pem;
  curl.insecure_skip_tls_verify = config.insecure_skip_tls_verify;
  curl.proxy_url = config.proxy_url;
  curl.tls_server_name = config.tls_server_name;
  curl.user_agent = "evroc-shim";
  curl.max_connections_per_host = 0;
  return curl;
}

absl::StatusOr<std::unique_ptr<TokenSource>> TokensOf(const Kubeconfig& config,
                                                      Clock& clock) {
  std::unique_ptr<TokenSource> source;
  if (const auto* token = std::get_if<StaticToken>(&config.user)) {
    source = std::make_unique<StaticTokenSource>(token->token, clock);
  } else if (const auto* file = std::get_if<TokenFile>(&config.user)) {
    source = std::make_unique<FileTokenSource>(file->path, clock);
  } else if (const auto* plugin = std::get_if<ExecPlugin>(&config.user)) {
    source = std::make_unique<ExecTokenSource>(*plugin, clock);
  } else if (std::holds_alternative<OidcProvider>(config.user)) {
    return InvalidField("users.user.auth-provider",
                        "is not supported by this program: use exec");
  } else {
    source = std::make_unique<NoTokenSource>();
  }
  return source;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KubeTransport>> KubeTransport::Make(
    const Kubeconfig& config, const KubeTransportOptions& options,
    Clock& clock) {
  EVROC_ASSIGN_OR_RETURN(std::unique_ptr<TokenSource> tokens,
                         TokensOf(config, clock));
  return std::unique_ptr<KubeTransport>(
      new KubeTransport(config, options, std::move(tokens), clock));
}

KubeTransport::KubeTransport(const Kubeconfig& config,
                             const KubeTransportOptions& options,
                             std::unique_ptr<TokenSource> tokens, Clock& clock)
    : tokens_(std::move(tokens), nullptr, clock),
      limiter_(RateOf(options), clock),
      connections_(ConnectionOptionsOf(config, options)),
      stack_(connections_, tokens_, limiter_,
             {.retry = options.retry,
              .on_call = options.on_call,
              .on_wait = nullptr},
             clock) {}

}  // namespace evroc::shim
