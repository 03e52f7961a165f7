#include "tests/evroc_sim/iam/accounts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/jwt.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"

namespace evroc::sim {
namespace {

constexpr absl::Duration kSkew = absl::Seconds(60);
constexpr absl::Duration kLongestAssertion = absl::Hours(1);

absl::Status Denied(const char* why) {
  return absl::PermissionDeniedError(why);
}

bool NamesTokenUrl(JsonView audience,
                   const std::function<bool(absl::string_view)>& is_token_url) {
  if (audience.is_string()) return is_token_url(audience.String());
  for (size_t i = 0; i < audience.size(); ++i) {
    if (is_token_url(audience[i].String())) return true;
  }
  return false;
}

absl::Status CheckTimes(JsonView claims, absl::Time now) {
  const absl::Time expiry = absl::FromUnixSeconds(claims["exp"].Integer());
  if (expiry <= now) return Denied("the assertion has expired");
  if (expiry > now + kLongestAssertion) {
    return Denied("the assertion lives too long");
  }
  for (const char* name : {"iat", "nbf"}) {
    if (absl::FromUnixSeconds(claims[name].Integer()) > now + kSkew) {
      return Denied("the assertion is not valid yet");
    }
  }
  return absl::OkStatus();
}

}  // namespace

void Accounts::AddUser(const std::string& name, const std::string& password) {
  absl::MutexLock lock(&mutex_);
  passwords_[name] = password;
}

std::string Accounts::IssueRefreshToken(const std::string& user) {
  std::string token = absl::StrCat(RandomUuid(), RandomUuid());
  absl::MutexLock lock(&mutex_);
  refresh_tokens_[token] = user;
  return token;
}

absl::StatusOr<std::string> Accounts::CheckPassword(
    const std::string& user, const std::string& password) const {
  absl::MutexLock lock(&mutex_);
  const auto found = passwords_.find(user);
  if (found == passwords_.end() || found->second != password) {
    return Denied("Invalid user credentials");
  }
  return user;
}

absl::StatusOr<std::string> Accounts::CheckRefreshToken(
    const std::string& token) const {
  absl::MutexLock lock(&mutex_);
  const auto found = refresh_tokens_.find(token);
  if (found == refresh_tokens_.end()) return Denied("Invalid refresh token");
  return found->second;
}

void Accounts::PutServiceAccount(const std::string& client_id,
                                 const std::string& project, bool enabled) {
  absl::MutexLock lock(&mutex_);
  ServiceAccount& account = service_accounts_[client_id];
  account.project = project;
  account.enabled = enabled;
}

void Accounts::RemoveServiceAccount(const std::string& client_id) {
  absl::MutexLock lock(&mutex_);
  service_accounts_.erase(client_id);
}

void Accounts::PutCredential(const std::string& client_id,
                             const std::string& id, Credential credential) {
  absl::MutexLock lock(&mutex_);
  service_accounts_[client_id].credentials.insert_or_assign(
      id, std::move(credential));
}

void Accounts::RemoveCredential(const std::string& client_id,
                                const std::string& id) {
  absl::MutexLock lock(&mutex_);
  service_accounts_[client_id].credentials.erase(id);
}

absl::StatusOr<Json> Accounts::VerifiedClaimsLocked(
    const ServiceAccount& account, absl::string_view assertion,
    absl::Time now) const {
  for (const auto& [id, credential] : account.credentials) {
    absl::StatusOr<Json> claims = VerifyJwt(credential.public_key, assertion);
    if (!claims.ok()) continue;
    if (credential.expires <= now) return Denied("the credential has expired");
    return claims;
  }
  return Denied("the assertion's signature is not that of a credential");
}

bool Accounts::IsReplayLocked(const std::string& id, absl::Time expiry,
                              absl::Time now) {
  for (auto it = used_.begin(); it != used_.end();) {
    it = it->second <= now ? used_.erase(it) : std::next(it);
  }
  return !used_.emplace(id, expiry).second;
}

absl::StatusOr<Identity> Accounts::CheckAssertion(
    const std::string& client_id, absl::string_view assertion, absl::Time now,
    const std::function<bool(absl::string_view)>& is_token_url) {
  absl::MutexLock lock(&mutex_);
  const auto found = service_accounts_.find(client_id);
  if (found == service_accounts_.end() || !found->second.enabled) {
    return Denied("Invalid client or Invalid client credentials");
  }
  EVROC_ASSIGN_OR_RETURN(const Json claims,
                         VerifiedClaimsLocked(found->second, assertion, now));
  if (claims["iss"].String() != client_id ||
      claims["sub"].String() != client_id) {
    return Denied("iss and sub of the assertion are not the client id");
  }
  if (!NamesTokenUrl(claims["aud"], is_token_url)) {
    return Denied("aud of the assertion is not the token URL");
  }
  EVROC_RETURN_IF_ERROR(CheckTimes(claims, now));
  const std::string id(claims["jti"].String());
  if (id.empty()) return Denied("the assertion has no jti");
  if (IsReplayLocked(id, absl::FromUnixSeconds(claims["exp"].Integer()), now)) {
    return Denied("the assertion was used before");
  }
  return Identity{.subject = client_id, .project = found->second.project};
}

Json Accounts::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json users = Json::Object();
  for (const auto& [user, password] : passwords_) users.Set(user, password);
  Json tokens = Json::Object();
  for (const auto& [token, user] : refresh_tokens_) tokens.Set(token, user);
  Json accounts = Json::Object();
  for (const auto& [client_id, account] : service_accounts_) {
    Json credentials = Json::Object();
    for (const auto& [id, credential] : account.credentials) {
      credentials.Set(
          id,
          Json::Object({{"jwk", credential.public_key.PublicJwk()},
                        {"expires", absl::ToUnixSeconds(credential.expires)}}));
    }
    accounts.Set(client_id, Json::Object({{"project", account.project},
                                          {"enabled", account.enabled},
                                          {"credentials", credentials}}));
  }
  return Json::Object({{"users", std::move(users)},
                       {"refreshTokens", std::move(tokens)},
                       {"serviceAccounts", std::move(accounts)}});
}

absl::Status Accounts::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  state["users"].ForEachMember([this](absl::string_view user, JsonView word) {
    mutex_.AssertHeld();
    passwords_[std::string(user)] = std::string(word.String());
  });
  state["refreshTokens"].ForEachMember(
      [this](absl::string_view token, JsonView user) {
        mutex_.AssertHeld();
        refresh_tokens_[std::string(token)] = std::string(user.String());
      });
  absl::Status status;
  state["serviceAccounts"].ForEachMember(
      [&](absl::string_view client_id, JsonView saved) {
        mutex_.AssertHeld();
        ServiceAccount& account = service_accounts_[std::string(client_id)];
        account.project = std::string(saved["project"].String());
        account.enabled = saved["enabled"].Bool();
        saved["credentials"].ForEachMember(
            [&](absl::string_view id, JsonView credential) {
              absl::StatusOr<RsaKey> key = RsaKey::FromJwk(credential["jwk"]);
              status.Update(key.status());
              if (!key.ok()) return;
              const absl::Time expires =
                  absl::FromUnixSeconds(credential["expires"].Integer());
              account.credentials.insert_or_assign(
                  std::string(id), Credential{*std::move(key), expires});
            });
      });
  return status;
}

}  // namespace evroc::sim
