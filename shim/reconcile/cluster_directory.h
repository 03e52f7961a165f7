// What the cluster reconciler found out about each cluster and machines need:
// how the cloud is called, and the network. Lost at a restart, and found again
// by the cluster's first pass. Thread-safe.

#ifndef SHIM_RECONCILE_CLUSTER_DIRECTORY_H_
#define SHIM_RECONCILE_CLUSTER_DIRECTORY_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/placement.h"

namespace evroc::shim {

struct ClusterRecord {
  ScopePtr scope;
  common::v1::CredentialCheck check;
  // Null until the network service has answered.
  std::shared_ptr<const Placement> network;
};

class ClusterDirectory {
 public:
  // Of an EvrocCluster; nothing if it was not looked at yet.
  std::optional<ClusterRecord> Find(const ObjectKey& cluster) const {
    const absl::MutexLock lock(&mutex_);
    const auto it = records_.find(cluster);
    if (it == records_.end()) return std::nullopt;
    return it->second;
  }

  void SetScope(const ObjectKey& cluster, ScopePtr scope,
                const common::v1::CredentialCheck& check) {
    const absl::MutexLock lock(&mutex_);
    ClusterRecord& record = records_[cluster];
    record.scope = std::move(scope);
    record.check = check;
  }

  // Whether that is news.
  bool SetNetwork(const ObjectKey& cluster, Placement facts) {
    const absl::MutexLock lock(&mutex_);
    ClusterRecord& record = records_[cluster];
    if (record.network != nullptr && *record.network == facts) return false;
    record.network = std::make_shared<const Placement>(std::move(facts));
    return true;
  }

  void Remove(const ObjectKey& cluster) {
    const absl::MutexLock lock(&mutex_);
    records_.erase(cluster);
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, ClusterRecord> records_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_DIRECTORY_H_
