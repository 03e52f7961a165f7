// The OIDC server's routes under /realms/evroc-customer: token endpoint,
// discovery and keys (evroc-api.md B.2). Thread-safe.

#ifndef TESTS_EVROC_SIM_IAM_TOKEN_ENDPOINT_H_
#define TESTS_EVROC_SIM_IAM_TOKEN_ENDPOINT_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/time/clock.h"
#include "tests/evroc_sim/cloud/cloud.h"
#include "tests/evroc_sim/iam/accounts.h"
#include "tests/evroc_sim/iam/token_issuer.h"
#include "tests/evroc_sim/server/exchange.h"

namespace evroc::sim {

inline constexpr absl::string_view kRealm = "/realms/evroc-customer";
inline constexpr absl::string_view kTokenPath =
    "/realms/evroc-customer/protocol/openid-connect/token";

class TokenEndpoint {
 public:
  // All must outlive the endpoint. `cloud` supplies the settings.
  TokenEndpoint(Cloud& cloud, Accounts& accounts, TokenIssuer& issuer,
                Clock& clock)
      : cloud_(cloud), accounts_(accounts), issuer_(issuer), clock_(clock) {}

  // Sets the listener's address: `aud` of an assertion may name it under any
  // host.
  void set_listener(absl::string_view scheme, int port) {
    scheme_ = std::string(scheme);
    port_ = port;
  }

  // Answers a path that starts with kRealm.
  Response Handle(const Request& request);

 private:
  using Fields = std::map<std::string, std::string>;

  Response Token(const Request& request);
  Response Grant(const Request& request, const Fields& form,
                 const std::string& client_id);
  Response ServiceAccountToken(const Request& request, const Fields& form,
                               const std::string& client_id);
  Response Success(const Request& request, const Accounts::SignIn& sign_in,
                   const std::string& refresh_token);
  Response Discovery(const Request& request) const;
  std::string IssuerOf(const Request& request) const;
  bool IsTokenUrl(const Request& request, absl::string_view url) const;

  Cloud& cloud_;
  Accounts& accounts_;
  TokenIssuer& issuer_;
  Clock& clock_;
  std::string scheme_ = "http";
  int port_ = 0;
};

}  // namespace evroc::sim

#endif  // TESTS_EVROC_SIM_IAM_TOKEN_ENDPOINT_H_
