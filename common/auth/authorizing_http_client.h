// Adds the bearer token to each request, and after a 401 tries once more with a
// new one. Answers that refuse a request carry its secrets, for RedactAnswer.
// Thread-safe.

#ifndef COMMON_AUTH_AUTHORIZING_HTTP_CLIENT_H_
#define COMMON_AUTH_AUTHORIZING_HTTP_CLIENT_H_

#include "common/auth/caching_token_source.h"
#include "common/http/http_client.h"

namespace evroc {

class AuthorizingHttpClient : public HttpClient {
 public:
  // Both must outlive the client.
  AuthorizingHttpClient(HttpClient& inner, CachingTokenSource& tokens)
      : inner_(inner), tokens_(tokens) {}

  // Errors of the token source are returned unchanged.
  using HttpClient::Send;
  absl::StatusOr<HttpResponse> Send(const CallContext& context,
                                    const HttpRequest& request,
                                    const BodySink& sink) override;

 private:
  HttpClient& inner_;
  CachingTokenSource& tokens_;
};

}  // namespace evroc

#endif  // COMMON_AUTH_AUTHORIZING_HTTP_CLIENT_H_
