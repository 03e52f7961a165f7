#include "tests/evroc_sim/iam/accounts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/jwt.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "tests/evroc_sim/iam/principal.h"

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

std::string ClientIdOf(absl::string_view project, absl::string_view id) {
  return absl::StrCat(id, "_", project);
}

void Accounts::AddUser(const std::string& name, const std::string& password) {
  absl::MutexLock lock(&mutex_);
  users_[name] = {password, RandomUuid()};
}

Identity Accounts::IdentityOf(const std::string& user) const {
  absl::MutexLock lock(&mutex_);
  const auto found = users_.find(user);
  CHECK(found != users_.end()) << user;
  return {.subject = user, .principal = UserPrincipal(found->second.uuid)};
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
  const auto found = users_.find(user);
  if (found == users_.end() || found->second.password != password) {
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

void Accounts::PutServiceAccount(const std::string& project,
                                 const std::string& id, bool enabled) {
  const std::string client_id = ClientIdOf(project, id);
  absl::MutexLock lock(&mutex_);
  ServiceAccount& account = service_accounts_[client_id];
  account.identity = {.subject = client_id,
                      .project = project,
                      .principal = ServiceAccountPrincipal(project, id)};
  account.enabled = enabled;
}

void Accounts::RemoveServiceAccount(const std::string& client_id) {
  absl::MutexLock lock(&mutex_);
  service_accounts_.erase(client_id);
}

void Accounts::PutCredential(const std::string& client_id,
                             const std::string& id, Credential credential) {
  absl::MutexLock lock(&mutex_);
  const auto found = service_accounts_.find(client_id);
  if (found == service_accounts_.end()) return;
  found->second.credentials.insert_or_assign(id, std::move(credential));
}

void Accounts::RemoveCredential(const std::string& client_id,
                                const std::string& id) {
  absl::MutexLock lock(&mutex_);
  const auto found = service_accounts_.find(client_id);
  if (found != service_accounts_.end()) found->second.credentials.erase(id);
}

absl::StatusOr<Accounts::Verified> Accounts::VerifyLocked(
    const ServiceAccount& account, absl::string_view assertion,
    absl::Time now) const {
  for (const auto& [id, credential] : account.credentials) {
    absl::StatusOr<Json> claims = VerifyJwt(credential.public_key, assertion);
    if (!claims.ok()) continue;
    if (credential.expires <= now) return Denied("the credential has expired");
    return Verified{*std::move(claims), &credential};
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

absl::StatusOr<Accounts::SignIn> Accounts::CheckAssertion(
    const std::string& client_id, absl::string_view assertion, absl::Time now,
    const std::function<bool(absl::string_view)>& is_token_url) {
  absl::MutexLock lock(&mutex_);
  const auto found = service_accounts_.find(client_id);
  if (found == service_accounts_.end() || !found->second.enabled) {
    return Denied("Invalid client or Invalid client credentials");
  }
  EVROC_ASSIGN_OR_RETURN(const Verified verified,
                         VerifyLocked(found->second, assertion, now));
  const Json& claims = verified.claims;
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
  return SignIn{found->second.identity, verified.credential->token_lifetime};
}

Json Accounts::SaveState() const {
  absl::MutexLock lock(&mutex_);
  Json users = Json::Object();
  for (const auto& [name, user] : users_) {
    users.Set(name,
              Json::Object({{"password", user.password}, {"uuid", user.uuid}}));
  }
  Json tokens = Json::Object();
  for (const auto& [token, user] : refresh_tokens_) tokens.Set(token, user);
  Json accounts = Json::Object();
  for (const auto& [client_id, account] : service_accounts_) {
    accounts.Set(client_id, SavedAccount(account));
  }
  return Json::Object({{"users", std::move(users)},
                       {"refreshTokens", std::move(tokens)},
                       {"serviceAccounts", std::move(accounts)}});
}

Json Accounts::SavedAccount(const ServiceAccount& account) {
  Json credentials = Json::Object();
  for (const auto& [id, credential] : account.credentials) {
    credentials.Set(
        id, Json::Object({{"jwk", credential.public_key.PublicJwk()},
                          {"expires", absl::ToUnixSeconds(credential.expires)},
                          {"tokenLifetime",
                           absl::ToInt64Seconds(credential.token_lifetime)}}));
  }
  return Json::Object({{"project", account.identity.project},
                       {"principal", account.identity.principal},
                       {"enabled", account.enabled},
                       {"credentials", std::move(credentials)}});
}

absl::StatusOr<Accounts::ServiceAccount> Accounts::RestoredAccount(
    absl::string_view client_id, JsonView saved) {
  ServiceAccount account{
      .identity = {.subject = std::string(client_id),
                   .project = std::string(saved["project"].String()),
                   .principal = std::string(saved["principal"].String())},
      .enabled = saved["enabled"].Bool()};
  absl::Status status;
  saved["credentials"].ForEachMember(
      [&](absl::string_view id, JsonView credential) {
        absl::StatusOr<RsaKey> key = RsaKey::FromJwk(credential["jwk"]);
        status.Update(key.status());
        if (!key.ok()) return;
        account.credentials.insert_or_assign(
            std::string(id),
            Credential{*std::move(key),
                       absl::FromUnixSeconds(credential["expires"].Integer()),
                       absl::Seconds(credential["tokenLifetime"].Integer())});
      });
  EVROC_RETURN_IF_ERROR(status);
  return account;
}

absl::Status Accounts::LoadState(JsonView state) {
  absl::MutexLock lock(&mutex_);
  state["users"].ForEachMember([this](absl::string_view name, JsonView user) {
    mutex_.AssertHeld();
    users_[std::string(name)] = {std::string(user["password"].String()),
                                 std::string(user["uuid"].String())};
  });
  state["refreshTokens"].ForEachMember(
      [this](absl::string_view token, JsonView user) {
        mutex_.AssertHeld();
        refresh_tokens_[std::string(token)] = std::string(user.String());
      });
  absl::Status status;
  state["serviceAccounts"].ForEachMember([&](absl::string_view client_id,
                                             JsonView saved) {
    mutex_.AssertHeld();
    absl::StatusOr<ServiceAccount> account = RestoredAccount(client_id, saved);
    status.Update(account.status());
    if (account.ok()) {
      service_accounts_.insert_or_assign(std::string(client_id),
                                         *std::move(account));
    }
  });
  return status;
}

}  // namespace evroc::sim
