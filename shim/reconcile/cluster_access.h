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
#include "shim/reconcile/bulkhead.h"
#include "shim/reconcile/problem.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

struct Access {
  ScopePtr scope;
  common::v1::CredentialCheck check;
};

class ClusterAccess {
 public:
  explicit ClusterAccess(ReconcileEnv& env)
      : env_(env), bulkhead_(Bulkhead::Options{}, env.clock) {}

  // To be kept while the cloud is called for a cluster. Nothing while that
  // cloud hangs: come back after kHangingDelay.
  std::optional<Bulkhead::Pass> Enter(const EvrocClusterObject& cluster);
  static constexpr absl::Duration kHangingDelay = absl::Seconds(5);

  // Reads the Secret and, once for each credential, asks the cloud what it is
  // good for. Errors as CredentialSecrets::ScopeOf and of CheckCredentials.
  absl::StatusOr<Access> Open(const CallContext& context,
                              const EvrocClusterObject& cluster);

  // The words for an error of Open or of a call with what it returned. Where
  // the credentials are at fault the Secret is read anew next time, and
  // `look_again` is called when somebody has changed it. `who` tells apart
  // those who wait.
  Problem Explain(const EvrocClusterObject& cluster, const absl::Status& status,
                  const std::string& who, std::function<void()> look_again);

 private:
  ReconcileEnv& env_;
  Bulkhead bulkhead_;
  absl::Mutex mutex_;
  // By a hash of the scope.
  absl::flat_hash_map<std::string, common::v1::CredentialCheck> checks_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_ACCESS_H_
