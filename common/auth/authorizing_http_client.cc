#include "common/auth/authorizing_http_client.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"

namespace evroc {

absl::StatusOr<HttpResponse> AuthorizingHttpClient::Send(
    const CallContext& context, const HttpRequest& request,
    const BodySink& sink) {
  for (int attempt = 1;; ++attempt) {
    EVROC_ASSIGN_OR_RETURN(const std::string token, tokens_.Get(context));
    if (token.empty()) return inner_.Send(context, request, sink);
    HttpRequest authorized = request;
    authorized.headers.emplace_back("Authorization",
                                    absl::StrCat("Bearer ", token));
    absl::StatusOr<HttpResponse> response =
        inner_.Send(context, authorized, sink);
    if (attempt == 2 || !response.ok() || response->status != 401) {
      return response;
    }
    tokens_.Invalidate(token);
  }
}

}  // namespace evroc
