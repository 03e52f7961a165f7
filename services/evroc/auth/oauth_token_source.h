// Gets tokens from an OIDC token endpoint: by refresh token, password, or a
// service account's signed assertion (evroc-api.md B.2). Thread-safe.

#ifndef SERVICES_EVROC_AUTH_OAUTH_TOKEN_SOURCE_H_
#define SERVICES_EVROC_AUTH_OAUTH_TOKEN_SOURCE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/auth/token_source.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

class OAuthTokenSource : public TokenSource {
 public:
  // `config.grant` is one of the three OIDC grants. `http` and `clock` must
  // outlive the source.
  OAuthTokenSource(TokenConfig config, HttpClient& http, Clock& clock);

  // Requests a new token each time. Retries transient failures, with a new
  // assertion each time, since an assertion is valid for one use.
  absl::StatusOr<AccessToken> Fetch(const CallContext& context) override;

 private:
  using Form = std::vector<std::pair<std::string, std::string>>;

  absl::StatusOr<std::string> TokenUrl(const CallContext& context);
  absl::StatusOr<Form> MakeForm(const std::string& token_url);
  absl::StatusOr<AccessToken> FetchOnce(const CallContext& context,
                                        const std::string& token_url);

  const TokenConfig config_;
  HttpClient& http_;
  Clock& clock_;
  absl::Mutex mutex_;
  // The current one: the server may return a new one with each answer.
  std::string refresh_token_ ABSL_GUARDED_BY(mutex_);
  std::string discovered_url_ ABSL_GUARDED_BY(mutex_);
};

// Returns the token in an answer of the endpoint. UNAUTHENTICATED for 400, 401
// and 403, with `error` of the body; UNAVAILABLE for 429 and 5xx; INTERNAL for
// an invalid 200. The message never contains a token.
absl::StatusOr<AccessToken> ParseTokenResponse(const HttpResponse& response,
                                               const Clock& clock,
                                               std::string* refresh_token);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_AUTH_OAUTH_TOKEN_SOURCE_H_
