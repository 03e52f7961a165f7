// Repeats requests according to a RetryPolicy. Thread-safe.

#ifndef COMMON_HTTP_RETRYING_HTTP_CLIENT_H_
#define COMMON_HTTP_RETRYING_HTTP_CLIENT_H_

#include "common/http/http_client.h"
#include "common/http/retry_policy.h"
#include "common/time/clock.h"

namespace evroc {

class RetryingHttpClient : public HttpClient {
 public:
  // `inner` and `clock` must outlive the client.
  RetryingHttpClient(HttpClient& inner, const RetryPolicy& policy, Clock& clock)
      : inner_(inner), policy_(policy), clock_(clock) {}

  // Returns the last outcome. A request is not repeated once its sink has
  // received a part of a body, nor if its deadline would pass while waiting.
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  const RetryPolicy policy_;
  Clock& clock_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_RETRYING_HTTP_CLIENT_H_
