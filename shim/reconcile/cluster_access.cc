#include "shim/reconcile/cluster_access.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

// Beyond this many credentials the oldest answers are asked for again.
constexpr size_t kMaxChecks = 4096;

// What hangs together, if it hangs.
std::string CloudOf(const EvrocClusterObject& cluster) {
  const EvrocClusterSpec& spec = cluster.spec;
  // Without a project the credential says it.
  return absl::StrCat(
      spec.api_base_url, " ", spec.region, " ",
      spec.project.empty() ? ToString(SecretOf(cluster)) : spec.project);
}

}  // namespace

ClusterAccess::ClusterAccess(ReconcileEnv& env, const Options& options)
    : env_(env),
      clusters_({.capacity = options.clusters}, env.clock,
                [&env](const ObjectKey& key) {
                  env.enqueue_cluster(key, Priority::kHigh);
                }),
      machines_({.capacity = options.machines}, env.clock,
                [&env](const ObjectKey& key) {
                  env.enqueue_machine(key, Priority::kHigh);
                }) {}

std::optional<Bulkhead::Permit> ClusterAccess::EnterFor(
    const EvrocClusterObject& cluster) {
  return clusters_.Enter(CloudOf(cluster), cluster.meta.key,
                         env_.priority_of_cluster(cluster.meta.key));
}

std::optional<Bulkhead::Permit> ClusterAccess::EnterFor(
    const EvrocClusterObject& cluster, const EvrocMachineObject& machine) {
  return machines_.Enter(CloudOf(cluster), machine.meta.key,
                         env_.priority_of_machine(machine.meta.key));
}

absl::StatusOr<Access> ClusterAccess::Open(const CallContext& context,
                                           const EvrocClusterObject& cluster,
                                           const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(ScopePtr scope,
                         env_.secrets.ScopeOf(context, cluster));
  const std::string key = Sha256Hex(scope->SerializeAsString());
  {
    const absl::MutexLock lock(&mutex_);
    if (const auto it = checks_.find(key); it != checks_.end()) {
      return Access{std::move(scope), it->second};
    }
  }
  const Bulkhead::Call call = permit.BeginCall();
  EVROC_ASSIGN_OR_RETURN(const common::v1::CredentialCheck check,
                         env_.network.CheckCredentials(context, *scope));
  const absl::MutexLock lock(&mutex_);
  if (checks_.size() >= kMaxChecks) checks_.clear();
  checks_[key] = check;
  return Access{std::move(scope), check};
}

ReconcileError ClusterAccess::Explain(const EvrocClusterObject& cluster,
                                      const absl::Status& status,
                                      const std::string& who,
                                      std::function<void()> look_again) {
  const ObjectKey secret = SecretOf(cluster);
  ReconcileError error = ReconcileErrorOf(status, ToString(secret));
  if (!error.credentials) return error;
  const std::string seen = env_.secrets.VersionOf(secret);
  env_.secrets.Forget(secret);
  env_.secret_watches.Await(secret, seen, who, std::move(look_again));
  return error;
}

}  // namespace evroc::shim
