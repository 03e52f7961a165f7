// The environment of the reconcilers: the parts of the shim that they use. All
// of it outlives them and is thread-safe.

#ifndef SHIM_RECONCILE_RECONCILE_ENV_H_
#define SHIM_RECONCILE_RECONCILE_ENV_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "shim/controller/quota_pacer.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/kube_client.h"
#include "shim/node/node_initializer.h"
#include "shim/reconcile/cluster_info_cache.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/object_cache.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/reconcile/secret_watches.h"
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
  WallClock clock;   // stamps what is written
  Clock& monotonic;  // measures
  // Whether the cache holds all objects of its namespaces, not only those with
  // a label.
  bool sees_all = true;
  // For how long a machine may wait for what may never come (LatenessOf).
  absl::Duration provisioning_timeout;
  // Enqueue an object, due now.
  Enqueue enqueue_cluster;
  Enqueue enqueue_machine;
  Enqueue enqueue_template;
  std::function<void(const StatusChange&)> publish;

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
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_RECONCILE_ENV_H_
