// Opens the cloud for a cluster and its machines: reads the Secret, finds out
// what its credential is good for, and limits the workers of each cloud. Also
// ends reconciles that met an error. Thread-safe.

#ifndef SHIM_RECONCILE_CLUSTER_ACCESS_H_
#define SHIM_RECONCILE_CLUSTER_ACCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/outcome.h"
#include "shim/controller/waiter_name.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/identity/cloud_verifier.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

struct Access {
  ScopePtr scope;  // for calls that expect the cluster's cloud
  common::v1::CredentialCheck check;
  // As in CloudVerifier::Verified.
  CloudRecord record;
  bool abandons = false;
  bool unproven = false;
};

class ClusterAccess {
 public:
  // The numbers of workers of each controller, for Bulkhead::ForWorkers.
  struct Options {
    int cluster_workers = 30;
    int machine_workers = 30;
    int template_workers = 4;
  };

  ClusterAccess(ReconcileEnv& env, const Options& options);

  // Return a permit to keep while the cloud is called for a cluster, one of
  // its machines or its templates, or nothing while that cloud is busy or
  // hangs: the reconcile then ends with Busy.
  std::optional<Bulkhead::Permit> EnterForCluster(
      const EvrocClusterObject& cluster, const ReconcileRequest& request);
  std::optional<Bulkhead::Permit> EnterForMachine(
      const EvrocClusterObject& cluster, const ReconcileRequest& request);
  std::optional<Bulkhead::Permit> EnterForTemplate(
      const EvrocClusterObject& cluster, const ReconcileRequest& request);
  static RetryAfter Busy() {
    return {absl::Seconds(5), "the limit of workers for its cloud"};
  }

  // Reads the Secret and, once for each credential, asks the cloud what it is
  // good for, and whether it is the cluster's. `permit` is what Enter…
  // returned. Errors as CredentialSecrets::ScopeOf and CloudVerifier::Verify.
  absl::StatusOr<Access> Open(const CallContext& context,
                              const EvrocClusterObject& cluster,
                              const Bulkhead::Permit& permit);
  // The same for a take-over of what the official provider made, which proves
  // by itself whose it is.
  absl::StatusOr<Access> OpenToTakeOver(const CallContext& context,
                                        const EvrocClusterObject& cluster,
                                        const Bulkhead::Permit& permit);

  // Asks again whether the cloud is the cluster's, before it is believed that
  // something is gone. Errors as Open.
  absl::Status ConfirmCloud(const CallContext& context,
                            const EvrocClusterObject& cluster,
                            const Bulkhead::Permit& permit);

  // Explains an error of Open, or of a call with the Access that it returned.
  ReconcileError Explain(const EvrocClusterObject& cluster,
                         const absl::Status& status) const;

  // Sets what a reconcile, which ended with `error` or null, has found out of
  // the contact with the cloud: CloudReachable, and CredentialsReady where the
  // services are refused reads that no call needed. `cluster_id` may be empty.
  void SetContact(const EvrocClusterObject& cluster,
                  const std::string& cluster_id, const WaiterName& object,
                  const ReconcileError* error, int64_t generation,
                  Conditions& conditions) const;

  // Waits for a change of a Secret: enqueues `key` then.
  struct SecretWaiter {
    WaiterName name;
    const Enqueue& enqueue;
    ObjectKey key;
  };
  // The one that enqueues the cluster itself.
  SecretWaiter WaiterOf(const EvrocClusterObject& cluster) const;
  // Ends a reconcile that met `error`: `record` writes what it means for the
  // object, and what is known of it all the same. Where the credentials are at
  // fault, the Secret is read again next time and `waiter` is enqueued once one
  // that the cluster can use has changed.
  ReconcileResult Fail(const EvrocClusterObject& cluster,
                       const ReconcileError& error, const SecretWaiter& waiter,
                       absl::FunctionRef<absl::Status()> record);

 private:
  absl::StatusOr<Access> Open(const CallContext& context,
                              const EvrocClusterObject& cluster,
                              const Bulkhead::Permit& permit,
                              bool is_taken_over);
  // Names the cloud that all calls for the cluster go to. The Secret is a part
  // of it: it may say to which address they go, and another tenant's cluster
  // may name the same project.
  std::string CloudOf(const EvrocClusterObject& cluster) const;
  std::vector<std::string> VmUidsOf(const EvrocClusterObject& cluster) const;
  CloudContact ContactAfter(const std::string& cluster_id,
                            const WaiterName& object,
                            const ReconcileError* error) const;
  void AwaitBetterCredentials(const EvrocClusterObject& cluster,
                              const SecretWaiter& waiter);

  ReconcileEnv& env_;
  Bulkhead clusters_;
  Bulkhead machines_;
  Bulkhead templates_;
  CloudVerifier verifier_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_ACCESS_H_
