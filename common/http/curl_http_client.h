// HTTP/1.1 client over libcurl; ADR 4 says why not HTTP/2.
//
// An event-loop thread, of this client or of several, moves all transfers.
// Connections are the client's own: they are kept alive and reused for its
// requests only, and closed when it sends none for a while. Deadlines and
// cancellation take effect at once. Redirects are not followed. Thread-safe.

#ifndef COMMON_HTTP_CURL_HTTP_CLIENT_H_
#define COMMON_HTTP_CURL_HTTP_CLIENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "common/http/curl_options.h"
#include "common/http/http_client.h"

namespace evroc {

class CurlConnections;

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
  const std::shared_ptr<CurlLoop> loop_;
  const std::unique_ptr<CurlConnections> connections_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_CURL_HTTP_CLIENT_H_
