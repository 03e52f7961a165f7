// Deletes a cluster: waits for its machines, deletes everything with its labels
// in the cloud and what programs inside it made there, releases the Secret and
// the finalizer (IC-12, IC-13). Needs neither a ready network nor a status.
// Thread-safe; one call at a time for each key.

#ifndef SHIM_RECONCILE_CLUSTER_CLUSTER_DELETION_H_
#define SHIM_RECONCILE_CLUSTER_CLUSTER_DELETION_H_

#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/text/interned_string.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/controller/outcome.h"
#include "shim/reconcile/cluster_access.h"
#include "shim/reconcile/deletion_intervals.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

// Whether the cluster's deletion has emptied its cloud: from then on it needs
// no credentials any more.
bool IsEmptied(const EvrocClusterObject& evroc);

// The clusters whose machines were seen gone in their deletion, which the steps
// after that do not ask again. Lost with the process, and asked for again then.
// Thread-safe.
class GoneMachines {
 public:
  bool Has(const ObjectMeta& cluster) const {
    const absl::MutexLock lock(&mutex_);
    const auto known = uids_.find(cluster.key);
    return known != uids_.end() && known->second == cluster.uid;
  }
  void Add(const ObjectMeta& cluster) {
    const absl::MutexLock lock(&mutex_);
    uids_[cluster.key] = cluster.uid;
  }
  void Forget(const ObjectKey& cluster) {
    const absl::MutexLock lock(&mutex_);
    uids_.erase(cluster);
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<ObjectKey, InternedString> uids_ ABSL_GUARDED_BY(mutex_);
};

class ClusterDeletion {
 public:
  ClusterDeletion(ReconcileEnv& env, ClusterAccess& access,
                  ObjectWriter<EvrocClusterObject>& writer)
      : env_(env),
        access_(access),
        writer_(writer),
        intervals_(env.monotonic) {}

  // Takes one step, for an object with a deletionTimestamp.
  ReconcileResult Reconcile(const CallContext& context,
                            const ReconcileRequest& request,
                            EvrocClusterPtr evroc);
  // Forgets an object that is gone.
  void Forget(const ObjectKey& key) {
    machines_gone_.Forget(key);
    intervals_.Forget(key);
  }

 private:
  ReconcileResult EmptyCloud(const CallContext& context,
                             const ReconcileRequest& request,
                             EvrocClusterPtr evroc);
  // Takes another step, and returns the objects that are left in the cloud.
  absl::StatusOr<std::vector<common::v1::RemainingObject>> DeleteOnce(
      const CallContext& context, const EvrocClusterObject& evroc,
      const Bulkhead::Permit& permit);
  // Lets the Secret and the object go.
  absl::Status Release(const CallContext& context,
                       const EvrocClusterObject& evroc);
  ReconcileResult Finish(const CallContext& context,
                         const EvrocClusterPtr& evroc);
  // Ends a deletion that can't be done, as the user has said.
  ReconcileResult Abandon(const CallContext& context,
                          const EvrocClusterPtr& evroc);
  absl::StatusOr<EvrocClusterPtr> WriteEmptied(const CallContext& context,
                                               const EvrocClusterPtr& evroc);
  // `matched`: the cloud has just been proven to be the cluster's.
  absl::StatusOr<EvrocClusterPtr> WriteStatus(const CallContext& context,
                                              const EvrocClusterPtr& evroc,
                                              const ReconcileError& reason,
                                              bool matched = false);

  ReconcileEnv& env_;
  ClusterAccess& access_;
  ObjectWriter<EvrocClusterObject>& writer_;
  GoneMachines machines_gone_;
  DeletionIntervals intervals_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_CLUSTER_DELETION_H_
