#include "shim/cache/credential_secret.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

constexpr size_t kMostKeysTold = 5;

absl::Status Invalid(absl::string_view verb, absl::string_view key,
                     absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(verb, " key \"", key, "\"", what));
}

// The value of a key; empty where there is none.
absl::StatusOr<std::string> ReadValue(JsonView data, absl::string_view key) {
  std::string value;
  if (!absl::Base64Unescape(data[key].String(), &value)) {
    return Invalid("has a", key, " that is not base64");
  }
  return value;
}

// Files end in a newline, which `kubectl create secret --from-file` keeps.
absl::StatusOr<std::string> ReadMember(JsonView data, absl::string_view key) {
  EVROC_ASSIGN_OR_RETURN(std::string value, ReadValue(data, key));
  absl::StripAsciiWhitespace(&value);
  const bool printable =
      std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return absl::ascii_isprint(c) || absl::ascii_isspace(c);
      });
  if (!printable) {
    return Invalid("has a", key, " with characters that are not printable");
  }
  return value;
}

absl::StatusOr<std::string> ReadRequired(JsonView data, absl::string_view key) {
  EVROC_ASSIGN_OR_RETURN(std::string value, ReadMember(data, key));
  if (value.empty()) {
    return Invalid("has no", key,
                   data[key].exists() ? " with a value in it"
                                      : ", which a service account needs");
  }
  return value;
}

absl::StatusOr<SecretCredential> DecodeServiceAccount(JsonView data) {
  SecretCredential credential{.form = CredentialForm::kServiceAccount};
  EVROC_ASSIGN_OR_RETURN(credential.service_account_id,
                         ReadRequired(data, kServiceAccountIdKey));
  EVROC_ASSIGN_OR_RETURN(credential.service_account_secret,
                         ReadRequired(data, kServiceAccountSecretKey));
  EVROC_ASSIGN_OR_RETURN(credential.organization,
                         ReadMember(data, kOrganizationKey));
  const std::string& id = credential.service_account_id;
  if (std::any_of(id.begin(), id.end(), absl::ascii_isspace)) {
    return Invalid("has a", kServiceAccountIdKey, " with white space in it");
  }
  return credential;
}

// The keys of a Secret without a credential where it is looked for, since it
// may be under another one.
std::string KeysIn(JsonView data) {
  std::vector<std::string> keys;
  data.ForEachMember([&](absl::string_view key, JsonView) {
    keys.push_back(absl::StrCat("\"", key, "\""));
  });
  if (keys.empty()) return "; it has no keys";
  const bool more = keys.size() > kMostKeysTold;
  if (more) keys.resize(kMostKeysTold);
  return absl::StrCat("; it has the keys ", absl::StrJoin(keys, ", "),
                      more ? " and others" : "");
}

}  // namespace

CredentialForm FormOf(JsonView data) {
  return data[kServiceAccountIdKey].exists() ||
                 data[kServiceAccountSecretKey].exists()
             ? CredentialForm::kServiceAccount
             : CredentialForm::kConfig;
}

absl::StatusOr<SecretCredential> DecodeCredential(JsonView data) {
  if (FormOf(data) == CredentialForm::kServiceAccount) {
    return DecodeServiceAccount(data);
  }
  SecretCredential credential{.form = CredentialForm::kConfig};
  EVROC_ASSIGN_OR_RETURN(credential.config, ReadValue(data, kConfigKey));
  if (credential.config.empty()) {
    return Invalid("has no", kConfigKey,
                   absl::StrCat(" with a credential in it, nor the keys \"",
                                kServiceAccountIdKey, "\" and \"",
                                kServiceAccountSecretKey,
                                "\" of a service account", KeysIn(data)));
  }
  return credential;
}

std::string CredentialText(const SecretCredential& credential,
                           absl::string_view project) {
  if (credential.form == CredentialForm::kConfig) return credential.config;
  Json context = Json::Object({{"project", project}});
  SetText(context, "organization", credential.organization);
  // JSON is also YAML.
  return Json::Object(
             {{"auth", Json::Object({{"service_account_id",
                                      credential.service_account_id},
                                     {"service_account_secret",
                                      credential.service_account_secret}})},
              {"context", std::move(context)}})
      .Dump();
}

}  // namespace evroc::shim
