#include "shim/reconcile/cluster_access.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/cloud/cloud_identity.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

// The place that the spec names, or empty where the Secret says it.
std::string NamedPlaceOf(const EvrocClusterSpec& spec) {
  return spec.project.empty() ? "" : PlaceOf(spec);
}

}  // namespace

ClusterAccess::ClusterAccess(ReconcileEnv& env, const Options& options)
    : env_(env),
      clusters_(Bulkhead::Options::ForWorkers(options.cluster_workers),
                env.monotonic,
                [&env](const ObjectKey& key) {
                  env.enqueue_cluster(key, Priority::kHigh);
                }),
      machines_(
          Bulkhead::Options::ForWorkers(options.machine_workers), env.monotonic,
          [&env](const ObjectKey& key) {
            env.enqueue_machine(key, Priority::kHigh);
          },
          &clusters_),
      templates_(
          Bulkhead::Options::ForWorkers(options.template_workers),
          env.monotonic,
          [&env](const ObjectKey& key) {
            env.enqueue_template(key, Priority::kHigh);
          },
          &clusters_),
      verifier_(env.network, env.monotonic) {}

std::vector<std::string> ClusterAccess::VmUidsOf(
    const EvrocClusterObject& cluster) const {
  std::vector<std::string> uids;
  for (const EvrocMachinePtr& machine : env_.cache.EvrocMachinesOf(cluster)) {
    std::string uid = RecordedVmUid(*machine);
    if (!uid.empty()) uids.push_back(std::move(uid));
  }
  return uids;
}

std::string ClusterAccess::CloudOf(const EvrocClusterObject& cluster) const {
  return absl::StrCat(ToString(env_.secrets.UsedBy(cluster)), "\n",
                      PlaceOf(cluster.spec));
}

std::optional<Bulkhead::Permit> ClusterAccess::EnterForCluster(
    const EvrocClusterObject& cluster, const ReconcileRequest& request) {
  return clusters_.Enter(CloudOf(cluster), NamedPlaceOf(cluster.spec), request);
}

std::optional<Bulkhead::Permit> ClusterAccess::EnterForMachine(
    const EvrocClusterObject& cluster, const ReconcileRequest& request) {
  return machines_.Enter(CloudOf(cluster), NamedPlaceOf(cluster.spec), request);
}

std::optional<Bulkhead::Permit> ClusterAccess::EnterForTemplate(
    const EvrocClusterObject& cluster, const ReconcileRequest& request) {
  return templates_.Enter(CloudOf(cluster), NamedPlaceOf(cluster.spec),
                          request);
}

absl::StatusOr<Access> ClusterAccess::Open(const CallContext& context,
                                           const EvrocClusterObject& cluster,
                                           const Bulkhead::Permit& permit) {
  return Open(context, cluster, permit, /*is_taken_over=*/false);
}

absl::StatusOr<Access> ClusterAccess::OpenToTakeOver(
    const CallContext& context, const EvrocClusterObject& cluster,
    const Bulkhead::Permit& permit) {
  return Open(context, cluster, permit, /*is_taken_over=*/true);
}

absl::StatusOr<Access> ClusterAccess::Open(const CallContext& context,
                                           const EvrocClusterObject& cluster,
                                           const Bulkhead::Permit& permit,
                                           bool is_taken_over) {
  EVROC_ASSIGN_OR_RETURN(ScopePtr scope,
                         env_.secrets.ScopeOf(context, cluster));
  EVROC_ASSIGN_OR_RETURN(
      CloudVerifier::Verified verified,
      verifier_.Verify(
          context, {cluster, scope, [&] { return VmUidsOf(cluster); }, permit,
                    is_taken_over}));
  // An identity that proves nothing by itself would cost a look at each call.
  const bool proves =
      ProofOf(verified.record.identity(), verified.check.identity()) !=
      common::v1::CLOUD_PROOF_NONE;
  return Access{.scope = proves ? std::make_shared<const Scope>(
                                      scope->Expecting(verified.record))
                                : scope,
                .check = std::move(verified.check),
                .record = std::move(verified.record),
                .abandons = verified.abandons,
                .unproven = verified.unproven};
}

absl::Status ClusterAccess::ConfirmCloud(const CallContext& context,
                                         const EvrocClusterObject& cluster,
                                         const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(const ScopePtr scope,
                         env_.secrets.ScopeOf(context, cluster));
  return verifier_.Confirm(
      context, {cluster, scope, [&] { return VmUidsOf(cluster); }, permit});
}

ReconcileError ClusterAccess::Explain(const EvrocClusterObject& cluster,
                                      const absl::Status& status) const {
  return ReconcileErrorOf(status, env_.secrets.SourceOf(cluster),
                          env_.retry_interval);
}

CloudContact ClusterAccess::ContactAfter(const std::string& cluster_id,
                                         const WaiterName& object,
                                         const ReconcileError* error) const {
  CloudContact contact = env_.watcher.Contact(cluster_id);
  if (error == nullptr || (error->answered && !error->kubernetes)) {
    env_.failing_calls.Answered(object);
    return contact;
  }
  if (error->kubernetes || !error->transient) return contact;
  const absl::Time since =
      env_.failing_calls.Failed(object, env_.monotonic.Now());
  if (since < contact.failing_since) {
    contact.failing_since = since;
    contact.message = error->message;
  }
  contact.stale_at = std::min(contact.stale_at, since + env_.stale_after);
  return contact;
}

void ClusterAccess::SetContact(const EvrocClusterObject& cluster,
                               const std::string& cluster_id,
                               const WaiterName& object,
                               const ReconcileError* error, int64_t generation,
                               Conditions& conditions) const {
  CloudContact contact = ContactAfter(cluster_id, object, error);
  if (contact.failing_since != absl::InfiniteFuture()) {
    contact.failing_since = ToWall(env_.monotonic, contact.failing_since);
  }
  const absl::Time now = env_.clock.Now();
  SetCloudReachable(contact, env_.monotonic.Now() >= contact.stale_at,
                    error == nullptr || error->answered, generation, now,
                    conditions);
  if (contact.refusal.ok()) return;
  SetFailed(kCredentialsReady, Explain(cluster, contact.refusal), generation,
            now, conditions);
}

void ClusterAccess::AwaitBetterCredentials(const EvrocClusterObject& cluster,
                                           const SecretWaiter& waiter) {
  for (const ObjectKey& secret : env_.secrets.SecretsOf(cluster)) {
    const std::string seen = env_.secrets.VersionOf(secret);
    env_.secrets.Forget(secret);
    env_.secret_watches.Await(
        secret, seen, waiter.name,
        [&watches = env_.secret_watches, name = waiter.name,
         enqueue = waiter.enqueue, key = waiter.key] {
          watches.Forget(name);  // a change of one of them is enough
          enqueue(key, Priority::kNormal);
        });
  }
}

ClusterAccess::SecretWaiter ClusterAccess::WaiterOf(
    const EvrocClusterObject& cluster) const {
  return {.name = WaiterName(kEvrocClusterType, cluster.meta.key),
          .enqueue = env_.enqueue_cluster,
          .key = cluster.meta.key};
}

ReconcileResult ClusterAccess::Fail(const EvrocClusterObject& cluster,
                                    const ReconcileError& error,
                                    const SecretWaiter& waiter,
                                    absl::FunctionRef<absl::Status()> record) {
  if (absl::IsCancelled(error.cause)) return error.cause;
  if (error.credentials) AwaitBetterCredentials(cluster, waiter);
  if (IsOtherCloud(error.cause)) verifier_.Forget(cluster);
  // While the Kubernetes API is away a status can't be written either.
  const bool is_away = error.transient && error.kubernetes &&
                       error.reason != kWriteRefusedReason;
  if (!is_away) EVROC_RETURN_IF_ERROR(record());
  if (!error.transient) return RetryAfter{error.retry_after, error.reason};
  // A conflict of our own patch is one too: the controller requeues at once.
  if (error.retry_after <= absl::ZeroDuration()) return error.cause;
  return RetryAfter{error.retry_after, error.message};
}

}  // namespace evroc::shim
