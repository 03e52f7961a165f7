#include "services/evroc/auth/make_token_source.h"

#include <variant>

#include "common/auth/exec_token_source.h"
#include "common/auth/simple_token_sources.h"
#include "services/evroc/auth/oauth_token_source.h"

namespace evroc::cloud {

std::unique_ptr<TokenSource> MakeTokenSource(const TokenConfig& config,
                                             HttpClient& http, Clock& clock) {
  if (const auto* grant = std::get_if<StaticToken>(&config.grant)) {
    return std::make_unique<StaticTokenSource>(grant->token, clock);
  }
  if (const auto* grant = std::get_if<TokenFile>(&config.grant)) {
    return std::make_unique<FileTokenSource>(grant->path, clock);
  }
  if (const auto* grant = std::get_if<ExecPlugin>(&config.grant)) {
    return std::make_unique<ExecTokenSource>(*grant, clock);
  }
  if (std::holds_alternative<NoToken>(config.grant)) {
    return std::make_unique<NoTokenSource>();
  }
  return std::make_unique<OAuthTokenSource>(config, http, clock);
}

}  // namespace evroc::cloud
