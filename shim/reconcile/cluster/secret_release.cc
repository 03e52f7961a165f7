#include "shim/reconcile/cluster/secret_release.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {
namespace {

// Whether a cluster names the Secret, or was last proven to use it.
bool NamesOrWasProven(const EvrocClusterObject& cluster,
                      const ObjectKey& secret) {
  return SecretOf(cluster) == secret || ProvenSecretOf(cluster) == secret;
}

// Asks the API server, which knows those of other instances of the shim, those
// that have lost the label that selects ours, and those that the cache lost.
absl::StatusOr<bool> IsUsedByAny(const CallContext& context, ReconcileEnv& env,
                                 const ObjectKey& secret,
                                 absl::string_view leaving) {
  bool used = false;
  std::optional<EvrocClusterObject> of_copy;
  EVROC_RETURN_IF_ERROR(
      env.kube
          .List(context, kEvrocClusterType,
                {.name_space = secret.name_space,
                 .label_selector = {},
                 .field_selector = {}},
                [&](const Json& object) {
                  EvrocClusterObject cluster = DecodeEvrocCluster(object);
                  if (cluster.meta.uid.str() == leaving) {
                    return absl::OkStatus();
                  }
                  used |= NamesOrWasProven(cluster, secret);
                  if (SecretCopyOf(cluster.meta.key) == secret) {
                    of_copy = std::move(cluster);
                  }
                  return absl::OkStatus();
                })
          .status());
  if (used || !of_copy.has_value()) return used;
  return env.secrets.UsesCopy(context, *of_copy);
}

}  // namespace

void KeepProvenSecret(const CallContext& context, ReconcileEnv& env,
                      const EvrocClusterObject& cluster) {
  const ObjectKey proven = ProvenSecretOf(cluster);
  if (proven.name.empty()) return;
  env.PublishRefusedWrite(
      kEvrocClusterType, cluster.meta,
      env.secrets.HoldAgain(
          context, proven,
          cluster.status.annotations.contains(kCredentialSecretAnnotation)));
}

absl::StatusOr<bool> ReleaseIfUnused(const CallContext& context,
                                     ReconcileEnv& env,
                                     const ObjectKey& secret) {
  if (!env.cache.EvrocClustersWithSecret(secret).empty()) return false;
  const EvrocClusterPtr other =
      env.cache.evroc_clusters.Find(ClusterOfCopy(secret));
  if (other != nullptr) {
    EVROC_ASSIGN_OR_RETURN(const bool is_copy,
                           env.secrets.IsCopyOf(context, secret, *other));
    if (is_copy) return false;
  }
  EVROC_ASSIGN_OR_RETURN(const bool used,
                         IsUsedByAny(context, env, secret, ""));
  if (used) return false;
  EVROC_RETURN_IF_ERROR(env.secrets.Release(context, secret));
  return true;
}

absl::Status ReleaseUnlessUsed(const CallContext& context, ReconcileEnv& env,
                               const ObjectKey& secret,
                               absl::string_view leaving) {
  if (secret.name.empty()) return absl::OkStatus();
  const auto stays = [&](const EvrocClusterObject& cluster) {
    return cluster.meta.uid.str() != leaving;
  };
  for (const EvrocClusterPtr& each :
       env.cache.EvrocClustersWithSecret(secret)) {
    if (stays(*each)) return absl::OkStatus();
  }
  EVROC_ASSIGN_OR_RETURN(const bool used,
                         IsUsedByAny(context, env, secret, leaving));
  if (used) return absl::OkStatus();
  return env.secrets.Release(context, secret);
}

}  // namespace evroc::shim
