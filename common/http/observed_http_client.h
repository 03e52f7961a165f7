// Reports each request that is actually sent to an observer and the log. It
// does not report bodies and headers, and of the URL only the route.
// Thread-safe.

#ifndef COMMON_HTTP_OBSERVED_HTTP_CLIENT_H_
#define COMMON_HTTP_OBSERVED_HTTP_CLIENT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"

namespace evroc {

// One request and its answer.
struct HttpCall {
  std::string method;
  std::string route;
  std::string code;  // the HTTP status, else the error's name
  absl::Duration took;
  size_t bytes = 0;  // of the answer's body
};

class ObservedHttpClient : public HttpClient {
 public:
  // Called on the thread that sent the request.
  using Observer = std::function<void(const HttpCall& call)>;

  // `inner` and `clock` must outlive the client. `observer` may be empty.
  ObservedHttpClient(HttpClient& inner, Observer observer, Clock& clock)
      : inner_(inner), observer_(std::move(observer)), clock_(clock) {}

  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  const Observer observer_;
  Clock& clock_;
};

}  // namespace evroc

#endif  // COMMON_HTTP_OBSERVED_HTTP_CLIENT_H_
