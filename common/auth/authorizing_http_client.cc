#include "common/auth/authorizing_http_client.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

// The credentials in the headers, which are secret in each form.
void AddCredentials(const HttpHeaders& headers,
                    std::vector<std::string>& secrets) {
  for (const auto& [name, value] : headers) {
    if (!absl::EqualsIgnoreCase(name, "Authorization")) continue;
    secrets.emplace_back(absl::string_view(value).substr(value.find(' ') + 1));
  }
}

// What the request says beside its secrets; nothing of a body in which they
// can't be told from the rest.
std::string Shown(const HttpRequest& request) {
  std::string body = request.body;
  for (const std::string& secret : request.secrets) {
    const std::string encoded = absl::Base64Escape(secret);
    if (!absl::StrContains(body, encoded)) return request.url;
    body = absl::StrReplaceAll(body, {{encoded, ""}});
  }
  return absl::StrCat(request.url, "\n", body);
}

// An answer that refuses the request may repeat it.
void NoteSecrets(const HttpRequest& request,
                 absl::StatusOr<HttpResponse>& response) {
  if (!response.ok() || IsSuccess(*response)) return;
  response->secrets = request.secrets;
  AddCredentials(request.headers, response->secrets);
  response->shown = Shown(request);
}

}  // namespace

absl::StatusOr<HttpResponse> AuthorizingHttpClient::Send(
    const CallContext& context, const HttpRequest& request,
    const BodySink& sink) {
  for (int attempt = 1;; ++attempt) {
    EVROC_ASSIGN_OR_RETURN(const std::string token, tokens_.Get(context));
    HttpRequest authorized = request;
    if (!token.empty()) {
      authorized.headers.emplace_back("Authorization",
                                      absl::StrCat("Bearer ", token));
    }
    absl::StatusOr<HttpResponse> response =
        inner_.Send(context, authorized, sink);
    NoteSecrets(authorized, response);
    if (token.empty() || attempt == 2 || !response.ok() ||
        response->status != 401) {
      return response;
    }
    tokens_.Invalidate(token);
  }
}

}  // namespace evroc
