// The environment of the reconcilers: the parts of the shim that they use. All
// of it outlives them and is thread-safe.

#ifndef SHIM_RECONCILE_RECONCILE_ENV_H_
#define SHIM_RECONCILE_RECONCILE_ENV_H_

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "shim/controller/failing_calls.h"
#include "shim/controller/quota_pacer.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/kube_client.h"
#include "shim/node/node_initializer.h"
#include "shim/reconcile/cluster_info_cache.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/reconcile/secret_watches.h"
#include "shim/reconcile/status_conditions.h"
#include "shim/rpc/cloud_view.h"
#include "shim/rpc/cloud_watcher.h"
#include "shim/rpc/compute_service_client.h"
#include "shim/rpc/network_service_client.h"

namespace evroc::shim {

// A change of an object that people may want to read in `kubectl get events`.
struct StatusChange {
  const ResourceType& type;
  const ObjectMeta& object;
  bool warning = false;
  absl::string_view reason;  // CamelCase
  absl::string_view action;  // CamelCase, what was being done
  std::string message;
};

struct ReconcileEnv {
  ObjectCache& cache;
  KubeClient& kube;
  NetworkServiceClient& network;
  ComputeServiceClient& compute;
  CloudView& view;
  CloudWatcher& watcher;
  NodeInitializer& nodes;
  CredentialSecrets& secrets;
  SecretWatches& secret_watches;
  ClusterInfoCache& cluster_infos;
  QuotaPacer& quota;
  FailingCalls& failing_calls;
  WallClock clock;   // stamps what is written
  Clock& monotonic;  // measures
  // For how long a machine may wait for what may never come (LatenessOf).
  absl::Duration provisioning_timeout;
  // Between looks at what a person has to repair, or may do unseen.
  absl::Duration retry_interval;
  // For how long the cloud may be away before it is told.
  absl::Duration stale_after;
  // Between looks for what a cluster refers to and nobody of ours makes.
  absl::Duration reference_interval;
  // Enqueue an object, due now.
  Enqueue enqueue_cluster;
  Enqueue enqueue_machine;
  Enqueue enqueue_template;
  std::function<void(const StatusChange&)> publish;

  // The context in which the end of a reconcile is written: what took all of
  // its time is told all the same.
  CallContext ToTell(const CallContext& context) const {
    CallContext telling = context;
    telling.deadline =
        std::max(context.deadline, monotonic.Now() + absl::Seconds(10));
    return telling;
  }

  // Publishes an error that a condition of the object shows.
  void PublishError(const ResourceType& type, const ObjectMeta& object,
                    const ReconcileError& error) const {
    publish({.type = type,
             .object = object,
             .warning = true,
             .reason = error.reason,
             .action = "Provision",
             .message = error.message});
  }

  // Publishes what an error has changed in the conditions of the object.
  void PublishOutcome(const ResourceType& type, const ObjectMeta& object,
                      const ReconcileError& error, const Conditions& before,
                      const Conditions& after) const {
    if (!error.transient && IsWorthAnEvent(before, after)) {
      PublishError(type, object, error);
    }
    PublishCondition(type, object, kCloudReachable, before, after);
  }

  // Publishes that a write of ours was refused, if that is why a reconcile
  // failed: a status, which would tell, may be what can't be written.
  void PublishRefusedWrite(const ResourceType& type, const ObjectMeta& object,
                           const absl::Status& status) const {
    if (!IsRefusedWrite(status)) return;
    publish({.type = type,
             .object = object,
             .warning = true,
             .reason = kWriteRefusedReason,
             .action = "Write",
             .message = std::string(status.message())});
  }

  // Publishes that a condition has ceased to be True, or is not for another
  // reason than before.
  void PublishCondition(const ResourceType& type, const ObjectMeta& object,
                        absl::string_view condition, const Conditions& before,
                        const Conditions& after) const {
    const KubeCondition* now = after.Find(condition);
    if (now == nullptr || now->status == ConditionStatus::kTrue ||
        before.ReasonOf(condition) == now->reason.str()) {
      return;
    }
    publish({.type = type,
             .object = object,
             .warning = true,
             .reason = now->reason.str(),
             .action = "Observe",
             .message = now->message});
  }
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_RECONCILE_ENV_H_
