// How the cloud is called for a cluster, with everything that can go wrong
// before the first call: the Secret, and what its credential is good for.
// Thread-safe.

#ifndef SHIM_RECONCILE_CLUSTER_ACCESS_H_
#define SHIM_RECONCILE_CLUSTER_ACCESS_H_

#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/controller/bulkhead.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/reconcile_env.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

struct Access {
  ScopePtr scope;
  common::v1::CredentialCheck check;
};

class ClusterAccess {
 public:
  // How many clusters and machines at a time may be with one cloud; the other
  // workers are for others' clouds.
  struct Options {
    int clusters = 5;
    int machines = 5;
  };

  ClusterAccess(ReconcileEnv& env, const Options& options);

  // To be kept while the cloud is called for a cluster or one of its machines.
  // Nothing while that cloud is busy or hangs: the reconcile ends with Busy.
  std::optional<Bulkhead::Permit> EnterFor(const EvrocClusterObject& cluster);
  std::optional<Bulkhead::Permit> EnterFor(const EvrocClusterObject& cluster,
                                           const EvrocMachineObject& machine);
  static RetryAfter Busy() {
    return {absl::Seconds(5), "others are with its cloud"};
  }

  // Reads the Secret and, once for each credential, asks the cloud what it is
  // good for. Errors as CredentialSecrets::ScopeOf and of CheckCredentials.
  // `permit` is what EnterFor returned.
  absl::StatusOr<Access> Open(const CallContext& context,
                              const EvrocClusterObject& cluster,
                              const Bulkhead::Permit& permit);

  // The words for an error of Open or of a call with what it returned. Where
  // the credentials are at fault the Secret is read anew next time, and
  // `look_again` is called when somebody has changed it. `who` tells apart
  // those who wait.
  ReconcileError Explain(const EvrocClusterObject& cluster,
                         const absl::Status& status, const std::string& who,
                         std::function<void()> look_again);

 private:
  ReconcileEnv& env_;
  Bulkhead clusters_;
  Bulkhead machines_;
  absl::Mutex mutex_;
  // By a hash of the scope.
  absl::flat_hash_map<std::string, common::v1::CredentialCheck> checks_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_ACCESS_H_
