#include "shim/reconcile/cluster/secret_release.h"

#include "absl/status/statusor.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {
namespace {

// Whether a cluster names the Secret, was last proven to use it, or may use it
// as its copy.
bool MayUse(const CredentialSecrets& secrets, const EvrocClusterObject& cluster,
            const ObjectKey& secret) {
  return SecretOf(cluster) == secret || ProvenSecretOf(cluster) == secret ||
         (SecretCopyOf(cluster.meta.key) == secret &&
          secrets.MayUseCopy(cluster));
}

// Asks the API server, which knows those of other instances of the shim, those
// that have lost the label that selects ours, and those that the cache lost.
absl::StatusOr<bool> IsUsedByAny(const CallContext& context, ReconcileEnv& env,
                                 const ObjectKey& secret,
                                 absl::string_view leaving) {
  bool used = false;
  EVROC_RETURN_IF_ERROR(env.kube
                            .List(context, kEvrocClusterType,
                                  {.name_space = secret.name_space,
                                   .label_selector = {},
                                   .field_selector = {}},
                                  [&](const Json& object) {
                                    const EvrocClusterObject cluster =
                                        DecodeEvrocCluster(object);
                                    used |=
                                        cluster.meta.uid.str() != leaving &&
                                        MayUse(env.secrets, cluster, secret);
                                    return absl::OkStatus();
                                  })
                            .status());
  return used;
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
  const EvrocClusterPtr other =
      env.cache.evroc_clusters.Find(ClusterOfCopy(secret));
  if (other != nullptr && stays(*other) && env.secrets.MayUseCopy(*other)) {
    return absl::OkStatus();
  }
  EVROC_ASSIGN_OR_RETURN(const bool used,
                         IsUsedByAny(context, env, secret, leaving));
  if (used) return absl::OkStatus();
  return env.secrets.Release(context, secret);
}

}  // namespace evroc::shim
