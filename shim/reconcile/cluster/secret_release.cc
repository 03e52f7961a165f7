#include "shim/reconcile/cluster/secret_release.h"

#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

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
  return env.secrets.Release(context, secret);
}

}  // namespace evroc::shim
