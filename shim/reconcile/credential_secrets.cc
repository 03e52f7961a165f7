#include "shim/reconcile/credential_secrets.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/cache/json_fields.h"
#include "shim/cache/object_meta.h"
#include "shim/reconcile/identity/kept_annotations.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {
namespace {

constexpr int kMaxConflicts = 5;

// What the official provider calls the copy, after the cluster.
constexpr absl::string_view kCopySuffix = "-evroc-credentials";

absl::Status SecretError(absl::StatusCode code, absl::string_view message) {
  return MakeError(code, message, {.reason = std::string(kCredentialsSecret)});
}

// The beginning of a sentence about a Secret that a cluster uses.
std::string Subject(const ObjectKey& secret,
                    const EvrocClusterObject& cluster) {
  return absl::StrCat(
      "Secret ", ToString(secret),
      secret == SecretOf(cluster)
          ? " (spec.credentialsRef or spec.identitySecretName) "
          : " (the EvrocCluster's own copy of the one that it names) ");
}

absl::Status Missing(const EvrocClusterObject& cluster,
                     absl::string_view also = "") {
  return SecretError(absl::StatusCode::kNotFound,
                     absl::StrCat(Subject(SecretOf(cluster), cluster),
                                  "does not exist", also));
}

common::v1::CloudScope ScopeFor(const EvrocClusterObject& cluster,
                                const SecretCredential& credential) {
  const EvrocClusterSpec& spec = cluster.spec;
  common::v1::CloudScope scope;
  scope.set_tenant(cluster.meta.key.name_space.str());
  scope.set_project(spec.project);
  scope.set_region(spec.region);
  scope.mutable_credentials()->set_content(
      CredentialText(credential, spec.project));
  if (!spec.api_base_url.empty() || !spec.issuer_url.empty() ||
      !spec.client_id.empty()) {
    scope.mutable_endpoints()->set_api_base_url(spec.api_base_url);
    scope.mutable_endpoints()->set_issuer_url(spec.issuer_url);
    scope.mutable_endpoints()->set_client_id(spec.client_id);
  }
  return scope;
}

bool HasLabel(JsonView secret) {
  return secret.At("metadata.labels")[kSecretLabel].exists();
}

bool IsHeld(JsonView secret) {
  return DecodeMeta(secret).HasFinalizer(kSecretFinalizer) && HasLabel(secret);
}

// Whether anything of a hold is on it.
bool IsMarked(JsonView secret) {
  return DecodeMeta(secret).HasFinalizer(kSecretFinalizer) || HasLabel(secret);
}

Json HoldPatch(JsonView secret, bool wanted) {
  std::vector<std::string> finalizers =
      ReadTexts(secret.At("metadata.finalizers"));
  std::erase(finalizers, kSecretFinalizer);
  if (wanted) finalizers.emplace_back(kSecretFinalizer);
  Json patch = Json::Object();
  patch.SetAt("metadata.finalizers", WriteTexts(finalizers));
  Json labels = Json::Object();
  labels.Set(kSecretLabel, wanted ? Json("") : Json());
  patch.SetAt("metadata.labels", std::move(labels));
  patch.SetAt("metadata.resourceVersion",
              secret.At("metadata.resourceVersion").String());
  return patch;
}

}  // namespace

std::string PlaceOf(const EvrocClusterSpec& spec) {
  return absl::StrJoin({spec.project, spec.region, spec.api_base_url,
                        spec.issuer_url, spec.client_id},
                       "\n");
}

ObjectKey SecretOf(const EvrocClusterObject& cluster) {
  return {cluster.meta.key.name_space, cluster.spec.secret_name};
}

ObjectKey ProvenSecretOf(const EvrocClusterObject& cluster) {
  return {cluster.meta.key.name_space,
          KeptAnnotation(cluster, kCredentialSecretAnnotation)};
}

std::vector<ObjectKey> HeldSecretsOf(const EvrocClusterObject& cluster) {
  std::vector<ObjectKey> held = {SecretOf(cluster),
                                 SecretCopyOf(cluster.meta.key)};
  const ObjectKey proven = ProvenSecretOf(cluster);
  if (!proven.name.empty()) held.push_back(proven);
  return held;
}

ObjectKey SecretCopyOf(const ObjectKey& cluster) {
  return {cluster.name_space, absl::StrCat(cluster.name.str(), kCopySuffix)};
}

ObjectKey ClusterOfCopy(const ObjectKey& secret) {
  absl::string_view name = secret.name.str();
  return {secret.name_space, absl::ConsumeSuffix(&name, kCopySuffix)
                                 ? std::string(name)
                                 : std::string()};
}

CredentialSecrets::Entry CredentialSecrets::DecodeEntry(JsonView secret,
                                                        absl::Time now) {
  const ObjectMeta meta = DecodeMeta(secret);
  Entry entry;
  entry.exists = true;
  entry.form = FormOf(secret["data"]);
  entry.version = meta.resource_version;
  entry.held = IsHeld(secret);
  for (const OwnerReference& owner : meta.owners) {
    if (owner.group.str() == kInfrastructureGroup &&
        owner.kind.str() == kEvrocClusterType.kind) {
      entry.owners.push_back(owner.uid.str());
    }
  }
  absl::StatusOr<SecretCredential> credential =
      DecodeCredential(secret["data"]);
  if (!credential.ok()) {
    entry.content = credential.status();
    return entry;
  }
  entry.credential = *std::move(credential);
  entry.read = now;
  return entry;
}

absl::StatusOr<CredentialSecrets::Entry> CredentialSecrets::Read(
    const CallContext& context, const ObjectKey& secret) {
  const absl::StatusOr<Json> object = client_.Get(context, kSecretType, secret);
  Entry entry;
  if (object.ok()) {
    entry = DecodeEntry(*object, clock_.Now());
  } else if (absl::IsPermissionDenied(object.status())) {
    return SecretError(absl::StatusCode::kPermissionDenied,
                       object.status().message());
  } else if (!absl::IsNotFound(object.status())) {
    return object.status();
  }
  const absl::MutexLock lock(&mutex_);
  entries_[secret] = entry;
  return entry;
}

bool CredentialSecrets::IsFresh(const Entry& entry) const {
  return clock_.Now() < entry.read + keep_;
}

std::optional<CredentialSecrets::Entry> CredentialSecrets::Fresh(
    const ObjectKey& secret) const {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  if (it == entries_.end() || !IsFresh(it->second)) return std::nullopt;
  return it->second;
}

bool CredentialSecrets::IsOwnedBy(const Entry& entry,
                                  const EvrocClusterObject& cluster) {
  return std::find(entry.owners.begin(), entry.owners.end(),
                   cluster.meta.uid.str()) != entry.owners.end();
}

ObjectKey CredentialSecrets::UsedByLocked(
    const EvrocClusterObject& cluster) const {
  ObjectKey named = SecretOf(cluster);
  const auto found = entries_.find(named);
  if (found == entries_.end() || found->second.exists) return named;
  ObjectKey copy = SecretCopyOf(cluster.meta.key);
  const auto own = entries_.find(copy);
  const bool owned = own != entries_.end() && IsOwnedBy(own->second, cluster);
  return owned ? copy : named;
}

ObjectKey CredentialSecrets::UsedBy(const EvrocClusterObject& cluster) const {
  const absl::MutexLock lock(&mutex_);
  return UsedByLocked(cluster);
}

absl::StatusOr<bool> CredentialSecrets::IsCopyOf(
    const CallContext& context, const ObjectKey& secret,
    const EvrocClusterObject& cluster) {
  if (secret != SecretCopyOf(cluster.meta.key)) return false;
  EVROC_ASSIGN_OR_RETURN(const Entry entry, Read(context, secret));
  return IsOwnedBy(entry, cluster);
}

absl::StatusOr<bool> CredentialSecrets::UsesCopy(
    const CallContext& context, const EvrocClusterObject& cluster) {
  EVROC_ASSIGN_OR_RETURN(const Entry named, Read(context, SecretOf(cluster)));
  if (named.exists) return false;
  return IsCopyOf(context, SecretCopyOf(cluster.meta.key), cluster);
}

CredentialSource CredentialSecrets::SourceOf(
    const EvrocClusterObject& cluster) const {
  const absl::MutexLock lock(&mutex_);
  const ObjectKey used = UsedByLocked(cluster);
  const auto it = entries_.find(used);
  return {
      .secret = ToString(used),
      .form = it == entries_.end() ? CredentialForm::kConfig : it->second.form};
}

std::vector<ObjectKey> CredentialSecrets::SecretsOf(
    const EvrocClusterObject& cluster) const {
  std::vector<ObjectKey> secrets = {SecretOf(cluster)};
  const ObjectKey copy = SecretCopyOf(cluster.meta.key);
  const absl::MutexLock lock(&mutex_);
  const auto named = entries_.find(secrets.front());
  if (named == entries_.end() || named->second.exists) return secrets;
  const auto own = entries_.find(copy);
  if (own != entries_.end() && own->second.exists) secrets.push_back(copy);
  return secrets;
}

absl::StatusOr<CredentialSecrets::Entry> CredentialSecrets::ReadCopy(
    const CallContext& context, const EvrocClusterObject& cluster) {
  const ObjectKey copy = SecretCopyOf(cluster.meta.key);
  if (copy == SecretOf(cluster)) return Missing(cluster);
  EVROC_ASSIGN_OR_RETURN(Entry entry, Read(context, copy));
  if (!entry.exists) return Missing(cluster);
  if (!IsOwnedBy(entry, cluster)) {
    return Missing(cluster,
                   absl::StrCat(", and Secret ", ToString(copy),
                                " has no owner reference to the EvrocCluster"));
  }
  return entry;
}

absl::StatusOr<CredentialSecrets::Entry> CredentialSecrets::Find(
    const CallContext& context, const EvrocClusterObject& cluster) {
  if (auto fresh = Fresh(UsedBy(cluster))) return *std::move(fresh);
  EVROC_ASSIGN_OR_RETURN(Entry entry, Read(context, SecretOf(cluster)));
  if (!entry.exists) {
    EVROC_ASSIGN_OR_RETURN(entry, ReadCopy(context, cluster));
  }
  if (!entry.credential.has_value()) {
    return SecretError(absl::StatusCode::kInvalidArgument,
                       absl::StrCat(Subject(UsedBy(cluster), cluster),
                                    entry.content.message()));
  }
  return entry;
}

ScopePtr CredentialSecrets::CachedScope(const EvrocClusterObject& cluster,
                                        const std::string& place) const {
  const absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(UsedByLocked(cluster));
  if (entry == entries_.end() || !IsFresh(entry->second)) return nullptr;
  const auto scope = entry->second.scopes.find(place);
  return scope == entry->second.scopes.end() ? nullptr : scope->second;
}

absl::StatusOr<ScopePtr> CredentialSecrets::ScopeOf(
    const CallContext& context, const EvrocClusterObject& cluster) {
  const std::string place = PlaceOf(cluster.spec);
  if (ScopePtr known = CachedScope(cluster, place)) return known;
  EVROC_ASSIGN_OR_RETURN(const Entry entry, Find(context, cluster));
  auto scope =
      std::make_shared<const Scope>(ScopeFor(cluster, *entry.credential));
  const absl::MutexLock lock(&mutex_);
  const auto known = entries_.find(UsedByLocked(cluster));
  if (known != entries_.end() && known->second.credential == entry.credential) {
    known->second.scopes[place] = scope;
  }
  return scope;
}

void CredentialSecrets::WasSet(const ObjectKey& secret,
                               absl::string_view before, JsonView after,
                               bool held) {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return;
  it->second.held = held;
  // The content is that of the version before it.
  if (it->second.version == before) {
    it->second.version =
        std::string(after.At("metadata.resourceVersion").String());
  }
}

bool CredentialSecrets::Changed(const ObjectKey& secret,
                                const ObjectMeta* meta) {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return false;
  Entry& entry = it->second;
  if (meta != nullptr && meta->resource_version == entry.version) return false;
  entry.held = meta != nullptr && meta->HasFinalizer(kSecretFinalizer);
  entry.read = absl::InfinitePast();
  return true;
}

bool CredentialSecrets::IsDone(JsonView secret, Wanted wanted) {
  if (wanted == Wanted::kReleased) return !IsMarked(secret);
  return IsHeld(secret) || DecodeMeta(secret).deleting;
}

absl::Status CredentialSecrets::SetHeld(const CallContext& context,
                                        const ObjectKey& secret,
                                        Wanted wanted) {
  const bool held = wanted != Wanted::kReleased;
  absl::Status status;
  for (int i = 0; i < kMaxConflicts; ++i) {
    const absl::StatusOr<Json> object =
        client_.Get(context, kSecretType, secret);
    EVROC_RETURN_IF_ERROR(object.status());
    const std::string before(object->At("metadata.resourceVersion").String());
    if (wanted == Wanted::kHeldAgain && !IsMarked(*object)) {
      return absl::OkStatus();
    }
    if (IsDone(*object, wanted)) {
      WasSet(secret, before, *object, held);
      return absl::OkStatus();
    }
    const absl::StatusOr<Json> patched = client_.Patch(
        context, kSecretType, secret, "", HoldPatch(*object, held));
    if (patched.ok()) WasSet(secret, before, *patched, held);
    status = patched.status();
    if (!absl::IsAborted(status)) return status;
  }
  return status;
}

absl::Status CredentialSecrets::Hold(const CallContext& context,
                                     const ObjectKey& secret) {
  if (Holds(secret)) return absl::OkStatus();
  return SetHeld(context, secret, Wanted::kHeld);
}

absl::Status CredentialSecrets::HoldAgain(const CallContext& context,
                                          const ObjectKey& secret,
                                          bool was_held) {
  if (Holds(secret)) return absl::OkStatus();
  // From then on its changes count.
  EVROC_RETURN_IF_ERROR(Read(context, secret).status());
  return SetHeld(context, secret,
                 was_held ? Wanted::kHeld : Wanted::kHeldAgain);
}

absl::Status CredentialSecrets::Release(const CallContext& context,
                                        const ObjectKey& secret) {
  const absl::Status status = SetHeld(context, secret, Wanted::kReleased);
  {
    const absl::MutexLock lock(&mutex_);
    entries_.erase(secret);
  }
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

void CredentialSecrets::Forget(const ObjectKey& secret) {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  if (it == entries_.end()) return;
  it->second.credential.reset();
  it->second.scopes.clear();
  it->second.read = absl::InfinitePast();
}

std::string CredentialSecrets::VersionOf(const ObjectKey& secret) const {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  return it == entries_.end() ? std::string() : it->second.version;
}

bool CredentialSecrets::Holds(const ObjectKey& secret) const {
  const absl::MutexLock lock(&mutex_);
  const auto it = entries_.find(secret);
  return it != entries_.end() && it->second.held;
}

}  // namespace evroc::shim
