#include "shim/reconcile/credential_secrets.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {
namespace {

constexpr char kKey[] = "config";
constexpr int kMaxConflicts = 5;

bool HasOurFinalizer(JsonView secret) {
  const std::vector<std::string> finalizers =
      ReadTexts(secret.At("metadata.finalizers"));
  return std::find(finalizers.begin(), finalizers.end(), kSecretFinalizer) !=
         finalizers.end();
}

absl::Status SecretError(absl::StatusCode code, const ObjectKey& secret,
                         absl::string_view what) {
  return MakeError(code,
                   absl::StrCat("Secret ", ToString(secret),
                                " (spec.identitySecretName) ", what),
                   {.reason = std::string(kCredentialsSecret)});
}

// What tells apart the scopes that clusters make of the same Secret.
std::string PlaceOf(const EvrocClusterSpec& spec) {
  return absl::StrJoin({spec.project, spec.region, spec.api_base_url,
                        spec.issuer_url, spec.client_id},
                       "\n");
}

common::v1::CloudScope ScopeFor(const EvrocClusterSpec& spec,
                                const std::string& content) {
  common::v1::CloudScope scope;
  scope.set_project(spec.project);
  scope.set_region(spec.region);
  scope.mutable_credentials()->set_content(content);
  if (!spec.api_base_url.empty() || !spec.issuer_url.empty() ||
      !spec.client_id.empty()) {
    scope.mutable_endpoints()->set_api_base_url(spec.api_base_url);
    scope.mutable_endpoints()->set_issuer_url(spec.issuer_url);
    scope.mutable_endpoints()->set_client_id(spec.client_id);
  }
  return scope;
}

Json FinalizerPatch(JsonView secret, bool wanted) {
  std::vector<std::string> finalizers =
      ReadTexts(secret.At("metadata.finalizers"));
  std::erase(finalizers, kSecretFinalizer);
  if (wanted) finalizers.emplace_back(kSecretFinalizer);
  Json patch = Json::Object();
  patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  patch.SetAt("metadata.resourceVersion",
              secret.At("metadata.resourceVersion").String());
  return patch;
}

}  // namespace

ObjectKey SecretOf(const EvrocClusterObject& cluster) {
  return {cluster.meta.key.name_space, cluster.spec.secret_name};
}

absl::StatusOr<CredentialSecrets::Entry> CredentialSecrets::Read(
    const CallContext& context, const ObjectKey& secret) {
  const absl::StatusOr<Json> object = client_.Get(context, kSecretType, secret);
  if (absl::IsNotFound(object.status())) {
    Cache(secret, Entry());
    return SecretError(absl::StatusCode::kNotFound, secret, "does not exist");
  }
  EVROC_RETURN_IF_ERROR(object.status());
  Entry entry{
      .content = {},
      .version = std::string(object->At("metadata.resourceVersion").String()),
      .held = HasOurFinalizer(*object)};
  Cache(secret, entry);
  const JsonView data = (*object)["data"][kKey];
  if (!data.is_string() || data.String().empty()) {
    return SecretError(absl::StatusCode::kInvalidArgument, secret,
                       "has no key \"config\" with a credential in it");
  }
  if (!absl::Base64Unescape(data.String(), &entry.content)) {
    return SecretError(absl::StatusCode::kInvalidArgument, secret,
                       "has a key \"config\" that is not base64");
  }
  entry.read = clock_.Now();
  Cache(secret, entry);
  return entry;
}

void CredentialSecrets::Cache(const ObjectKey& secret, const Entry& entry) {
  const absl::MutexLock lock(&mutex_);
  entries_[secret] = entry;
}

ScopePtr CredentialSecrets::CachedScope(const ObjectKey& secret,
                                        const std::string& place) const {
  const absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(secret);
  if (entry == entries_.end() || !IsFresh(entry->second)) return nullptr;
  const auto scope = entry->second.scopes.find(place);
  return scope == entry->second.scopes.end() ? nullptr : scope->second;
}

bool CredentialSecrets::IsFresh(const Entry& entry) const {
  return clock_.Now() < entry.read + keep_;
}

absl::StatusOr<CredentialSecrets::Entry> CredentialSecrets::Lookup(
    const CallContext& context, const ObjectKey& secret) {
  {
    const absl::MutexLock lock(&mutex_);
    const auto it = entries_.find(secret);
    if (it != entries_.end() && IsFresh(it->second)) {
      return it->second;
    }
  }
  return Read(context, secret);
}

absl::StatusOr<ScopePtr> CredentialSecrets::ScopeOf(
    const CallContext& context, const EvrocClusterObject& cluster) {
  const ObjectKey secret = SecretOf(cluster);
  const std::string place = PlaceOf(cluster.spec);
  if (ScopePtr known = CachedScope(secret, place)) return known;
  EVROC_ASSIGN_OR_RETURN(const Entry entry, Lookup(context, secret));
  auto scope =
      std::make_shared<const Scope>(ScopeFor(cluster.spec, entry.content));
  const absl::MutexLock lock(&mutex_);
  const auto known = entries_.find(secret);
  if (known != entries_.end() && known->second.content == entry.content) {
    known->second.scopes[place] = scope;
  }
  return scope;
}

absl::Status CredentialSecrets::SetFinalizer(const CallContext& context,
                                             const ObjectKey& secret,
                                             bool wanted) {
  absl::Status status;
  for (int i = 0; i < kMaxConflicts; ++i) {
    const absl::StatusOr<Json> object =
        client_.Get(context, kSecretType, secret);
    EVROC_RETURN_IF_ERROR(object.status());
    if (HasOurFinalizer(*object) == wanted) return absl::OkStatus();
    status = client_
                 .Patch(context, kSecretType, secret, "",
                        FinalizerPatch(*object, wanted))
                 .status();
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::Status CredentialSecrets::Hold(const CallContext& context,
                                     const ObjectKey& secret) {
  EVROC_ASSIGN_OR_RETURN(const Entry entry, Lookup(context, secret));
  if (entry.held) return absl::OkStatus();
  EVROC_RETURN_IF_ERROR(SetFinalizer(context, secret, true));
  const absl::MutexLock lock(&mutex_);
  if (const auto it = entries_.find(secret); it != entries_.end()) {
    it->second.held = true;
  }
  return absl::OkStatus();
}

absl::Status CredentialSecrets::Release(const CallContext& context,
                                        const ObjectKey& secret) {
  const absl::Status status = SetFinalizer(context, secret, false);
  Forget(secret);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

void CredentialSecrets::Forget(const ObjectKey& secret) {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return;
  it->second.content.clear();
  it->second.scopes.clear();
  it->second.read = absl::InfinitePast();
}

std::string CredentialSecrets::VersionOf(const ObjectKey& secret) const {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  return it == entries_.end() ? std::string() : it->second.version;
}

}  // namespace evroc::shim
