#include "tests/evroc_sim/iam/token_issuer.h"

#include <utility>

#include "common/crypto/jwt.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"

namespace evroc::sim {
namespace {

constexpr size_t kMaxVerified = 10'000;

absl::Status Refused(const char* why) {
  return absl::UnauthenticatedError(why);
}

}  // namespace

TokenIssuer::TokenIssuer(RsaKey key, Clock& clock)
    : key_(std::move(key)), clock_(clock) {}

std::string TokenIssuer::Issue(const Identity& identity,
                               absl::string_view issuer,
                               absl::Duration lifetime) const {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  return *SignJwt(key_,
                  Json::Object({{"iss", issuer},
                                {"sub", identity.subject},
                                {"typ", "Bearer"},
                                {"jti", RandomUuid()},
                                {"iat", absl::ToUnixSeconds(now)},
                                {"exp", absl::ToUnixSeconds(now + lifetime)},
                                {"evroc_project", identity.project},
                                {"evroc_principal", identity.principal},
                                {"evroc_epoch", epoch_}}));
}

absl::StatusOr<TokenIssuer::Verified> TokenIssuer::Verify(
    const std::string& token) const {
  const absl::StatusOr<Json> claims = VerifyJwt(key_, token);
  if (!claims.ok()) return Refused("the access token is not one of ours");
  return Verified{
      .identity = {.subject = std::string((*claims)["sub"].String()),
                   .project = std::string((*claims)["evroc_project"].String()),
                   .principal =
                       std::string((*claims)["evroc_principal"].String())},
      .expiry = absl::FromUnixSeconds((*claims)["exp"].Integer()),
      .epoch = (*claims)["evroc_epoch"].Integer()};
}

absl::StatusOr<Identity> TokenIssuer::Check(absl::string_view token) {
  const std::string text(token);
  absl::MutexLock lock(&mutex_);
  auto found = verified_.find(text);
  if (found == verified_.end()) {
    EVROC_ASSIGN_OR_RETURN(Verified verified, Verify(text));
    if (verified_.size() >= kMaxVerified) verified_.clear();
    found = verified_.emplace(text, std::move(verified)).first;
  }
  if (found->second.expiry <= clock_.Now() || found->second.epoch < epoch_) {
    return Refused("the access token has expired");
  }
  return found->second.identity;
}

void TokenIssuer::ExpireAll() {
  absl::MutexLock lock(&mutex_);
  ++epoch_;
}

}  // namespace evroc::sim
