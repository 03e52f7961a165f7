// Creates the token source for a credential. A pure function.

#ifndef SERVICES_EVROC_AUTH_MAKE_TOKEN_SOURCE_H_
#define SERVICES_EVROC_AUTH_MAKE_TOKEN_SOURCE_H_

#include <memory>

#include "common/auth/token_source.h"
#include "common/http/http_client.h"
#include "common/time/clock.h"
#include "services/evroc/credentials/credential.h"

namespace evroc::cloud {

// `http` calls the token endpoint; it and `clock` must outlive the source.
std::unique_ptr<TokenSource> MakeTokenSource(const TokenConfig& config,
                                             HttpClient& http, Clock& clock);

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_AUTH_MAKE_TOKEN_SOURCE_H_
