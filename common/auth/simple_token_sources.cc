#include "common/auth/simple_token_sources.h"

#include <string>

#include "absl/strings/ascii.h"
#include "common/crypto/jwt.h"
#include "common/files/read_file.h"

namespace evroc {
namespace {

// A file that is just being replaced may be missing or empty for a moment.
constexpr absl::Duration kUsable = absl::Seconds(70);

}  // namespace

absl::StatusOr<AccessToken> NoTokenSource::Fetch(
    const CallContext& /*context*/) {
  return AccessToken{};
}

absl::StatusOr<AccessToken> StaticTokenSource::Fetch(
    const CallContext& /*context*/) {
  const absl::Time expiry =
      FromWall(clock_, JwtExpiry(token_).value_or(absl::InfiniteFuture()));
  if (expiry <= clock_.Now()) {
    return absl::UnauthenticatedError(
        "the token in the credential has expired");
  }
  return AccessToken{token_, expiry};
}

absl::StatusOr<AccessToken> FileTokenSource::Fetch(
    const CallContext& /*context*/) {
  std::string token(absl::StripAsciiWhitespace(ReadFile(path_).value_or("")));
  if (token.empty()) {
    return absl::UnauthenticatedError(
        "the token file of the credential is missing or empty");
  }
  const absl::Time now = clock_.Now();
  return AccessToken{.value = std::move(token),
                     .expiry = now + kUsable,
                     .renew_at = now + kReadAgain};
}

}  // namespace evroc
