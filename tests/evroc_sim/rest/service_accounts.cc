#include "tests/evroc_sim/rest/service_accounts.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/rest/iam_object.h"

namespace evroc::sim {
namespace {

constexpr int kKeyBits = 2048;

// The service account that a credential belongs to.
IamPlace AccountOf(const IamPlace& credential) {
  std::vector<std::string> words = SplitPath(credential.collection);
  words.pop_back();
  return IamPlaceOf(words);
}

absl::StatusOr<absl::Time> ExpiryOf(JsonView spec) {
  absl::Time expiry;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full,
                       std::string(spec["expiresAt"].String()), &expiry,
                       &error)) {
    return Invalid("spec.expiresAt: must be an RFC 3339 time");
  }
  return expiry;
}

absl::StatusOr<std::string> ReasonIn(absl::string_view body) {
  if (body.empty()) return std::string();
  const absl::StatusOr<Json> json = Json::Parse(body);
  if (!json.ok() || !json->view().is_object()) {
    return Invalid("the body is no JSON object");
  }
  return std::string((*json)["reason"].String());
}

}  // namespace

void ServiceAccounts::Apply(const IamPlace& place, Json& account) {
  if (!account.At("spec.enabled").exists()) {
    account.SetAt("spec.enabled", true);
  }
  account.SetAt("status.oauthClientId", ClientIdOf(place.scope.id, place.id));
  accounts_.PutServiceAccount(place.scope.id, place.id,
                              account.At("spec.enabled").Bool());
}

absl::Status ServiceAccounts::CheckCredential(const IamPlace& place,
                                              JsonView spec) const {
  const IamPlace account = AccountOf(place);
  EVROC_RETURN_IF_ERROR(store_.Get(account.Path()).status());
  const std::string fqid =
      ServiceAccountPrincipal(account.scope.id, account.id);
  if (spec.At("accountRef.fqid").String() != fqid) {
    return Invalid(absl::StrCat("spec.accountRef.fqid: must be ", fqid));
  }
  EVROC_ASSIGN_OR_RETURN(const absl::Time expiry, ExpiryOf(spec));
  if (expiry <= clock_.Now()) {
    return Invalid("spec.expiresAt: must be in the future");
  }
  if (spec.At("rs256Jwt.accessTokenLifetime").Integer() < 0) {
    return Invalid("spec.rs256Jwt.accessTokenLifetime: must be positive");
  }
  return absl::OkStatus();
}

Json ServiceAccounts::IssueKey(const IamPlace& place, JsonView spec) {
  RsaKey key = RsaKey::Generate(kKeyBits);
  key.set_id(place.id);
  Json private_jwk = key.PrivateJwk();
  const IamPlace account = AccountOf(place);
  accounts_.PutCredential(
      ClientIdOf(account.scope.id, account.id), place.id,
      {std::move(key), ExpiryOf(spec).value_or(absl::InfiniteFuture()),
       absl::Seconds(spec.At("rs256Jwt.accessTokenLifetime").Integer())});
  return private_jwk;
}

absl::StatusOr<Json> ServiceAccounts::Revoke(const IamPlace& place,
                                             absl::string_view body) {
  EVROC_ASSIGN_OR_RETURN(const std::string reason, ReasonIn(body));
  const IamPlace account = AccountOf(place);
  const std::string now = FormatTimestamp(clock_.Now());
  bool revoked_before = false;
  EVROC_ASSIGN_OR_RETURN(
      Json credential,
      store_.Write(place.Path(), [&](Json& object) -> absl::Status {
        if (object.view().is_null()) {
          return NotFound(absl::StrCat(place.Path(), " not found"));
        }
        revoked_before = object.At("status.revokedAt").exists();
        if (revoked_before) return absl::OkStatus();
        const Json before = object;
        object.SetAt("spec.revocationRequest.requested", true);
        SetText(object, "spec.revocationRequest.reason", reason);
        object.SetAt("status.revokedAt", now);
        BumpIamVersion(before, object);
        return absl::OkStatus();
      }));
  if (revoked_before) return credential;
  accounts_.RemoveCredential(ClientIdOf(account.scope.id, account.id),
                             place.id);
  EVROC_RETURN_IF_ERROR(store_
                            .Write(account.Path(),
                                   [&](Json& object) {
                                     if (object.view().is_null()) {
                                       return absl::OkStatus();
                                     }
                                     const Json before = object;
                                     object.SetAt("status.lastRevocationTime",
                                                  now);
                                     BumpIamVersion(before, object);
                                     return absl::OkStatus();
                                   })
                            .status());
  return credential;
}

void ServiceAccounts::Forget(const IamPlace& place) {
  if (place.kind->name == "ServiceAccount") {
    accounts_.RemoveServiceAccount(ClientIdOf(place.scope.id, place.id));
  }
  if (place.kind->name == "ServiceAccountCredential") {
    const IamPlace account = AccountOf(place);
    accounts_.RemoveCredential(ClientIdOf(account.scope.id, account.id),
                               place.id);
  }
}

}  // namespace evroc::sim
