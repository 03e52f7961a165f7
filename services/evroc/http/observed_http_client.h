// Counts and logs each request that really goes out. Neither bodies nor
// headers are logged, and of the URL only the route. Thread-safe.

#ifndef SERVICES_EVROC_HTTP_OBSERVED_HTTP_CLIENT_H_
#define SERVICES_EVROC_HTTP_OBSERVED_HTTP_CLIENT_H_

#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "services/evroc/http/cloud_metrics.h"

namespace evroc::cloud {

class ObservedHttpClient : public HttpClient {
 public:
  // All must outlive the client.
  ObservedHttpClient(HttpClient& inner, CloudMetrics& metrics, Clock& clock)
      : inner_(inner), metrics_(metrics), clock_(clock) {}

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  CloudMetrics& metrics_;
  Clock& clock_;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_HTTP_OBSERVED_HTTP_CLIENT_H_
