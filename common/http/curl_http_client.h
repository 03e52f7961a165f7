// HTTP/1.1 client over libcurl; ADR 4 says why not HTTP/2.
//
// One event-loop thread moves all transfers of a client; connections are kept
// alive and reused. Deadlines and cancellation take effect at once. Redirects
// are not followed. Thread-safe.

#ifndef COMMON_HTTP_CURL_HTTP_CLIENT_H_
#define COMMON_HTTP_CURL_HTTP_CLIENT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/http/http_client.h"

namespace evroc {

class CurlLoop;

struct CurlOptions {
  std::string ca_certificates;     // PEM; empty: the system's
  std::string client_certificate;  // PEM; empty: none
  std::string client_key;          // PEM, goes with client_certificate
  bool insecure_skip_tls_verify = false;
  // Empty: HTTPS_PROXY, NO_PROXY and the like of the environment apply, but
  // never for loopback.
  std::string proxy_url;
  std::string tls_server_name;  // overrides the URL's host
  std::string user_agent = "cluster-api-provider-evroc";
  size_t max_body_bytes = size_t{64} << 20;  // of a body without a sink
  int max_connections_per_host = 16;         // 0: no limit
  absl::Duration connect_timeout = absl::Seconds(10);
};

class CurlHttpClient : public HttpClient {
 public:
  explicit CurlHttpClient(CurlOptions options = {});
  // Running calls end with CANCELLED.
  ~CurlHttpClient() override;

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  const CurlOptions options_;
  const std::unique_ptr<CurlLoop> loop_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_HTTP_CLIENT_H_
