// Caches what the cluster reconciler finds out about each cluster and machines
// need: how the cloud is called, and the network. A restart empties it; the
// first reconcile of each cluster fills it again. Thread-safe.

#ifndef SHIM_RECONCILE_CLUSTER_INFO_CACHE_H_
#define SHIM_RECONCILE_CLUSTER_INFO_CACHE_H_

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/subnet_plan.h"

namespace evroc::shim {

// The network of a cluster in the cloud as far as its machines need it: the
// places where they can be put.
struct Placement {
  std::string cluster_id;
  std::vector<PlannedSubnet> subnets;
  std::vector<std::string> zones;  // that machines can be placed in, sorted
  // Those of them that the endpoint reaches, at least one if there is any.
  std::vector<std::string> control_plane_zones;
  // Ids of the groups that machines are put into, by role.
  std::vector<std::string> common_groups;
  std::vector<std::string> control_plane_groups;
  std::vector<std::string> worker_groups;
  // Ids of inline groups that exist, by ClusterGroupName or MachineGroupName.
  std::map<std::string, std::string> inline_group_ids;
  // The public IP that is the endpoint, empty where a load balancer is.
  std::string endpoint_public_ip_id;
  std::string endpoint_address;  // its address, once it has one

  friend bool operator==(const Placement&, const Placement&) = default;
};

// The cached state of one cluster.
struct ClusterInfo {
  std::string cluster_id;
  // That the cluster has named or was proven to use, and that were not released
  // since. They may not exist.
  std::vector<ObjectKey> secrets;
  ScopePtr scope;
  common::v1::CredentialCheck check;
  // Why its cloud must not be touched; OK: it may.
  absl::Status doubt;
  // Null until the network service has answered.
  std::shared_ptr<const Placement> network;
  // What it would be after a take-over; null: that was not looked at.
  std::shared_ptr<const Placement> planned_network;
};

class ClusterInfoCache {
 public:
  // Nullopt if the EvrocCluster was not reconciled yet.
  std::optional<ClusterInfo> Find(const ObjectKey& cluster) const {
    const absl::MutexLock lock(&mutex_);
    const auto it = records_.find(cluster);
    if (it == records_.end()) return std::nullopt;
    return it->second;
  }

  // Notes that the cloud is not proven to be the cluster's; true if that is
  // new.
  bool SetDoubt(const ObjectKey& cluster, const absl::Status& doubt) {
    const absl::MutexLock lock(&mutex_);
    absl::Status& noted = records_[cluster].doubt;
    if (noted == doubt) return false;
    noted = doubt;
    return true;
  }

  // Sets id, scope and check, and ends a doubt; true if the scope has changed,
  // or there was a doubt.
  bool SetScope(const ObjectKey& cluster, const std::string& cluster_id,
                ScopePtr scope, const common::v1::CredentialCheck& check) {
    const absl::MutexLock lock(&mutex_);
    ClusterInfo& record = records_[cluster];
    record.cluster_id = cluster_id;
    record.check = check;
    const ScopePtr before = std::exchange(record.scope, std::move(scope));
    const absl::Status doubt = std::exchange(record.doubt, absl::OkStatus());
    return !doubt.ok() || before == nullptr ||
           before->key() != record.scope->key();
  }

  // Notes a Secret that may be held for the cluster; one without a name is
  // none.
  void AddSecret(const ObjectKey& cluster, const ObjectKey& secret) {
    const absl::MutexLock lock(&mutex_);
    std::vector<ObjectKey>& noted = records_[cluster].secrets;
    if (!secret.name.empty() &&
        std::find(noted.begin(), noted.end(), secret) == noted.end()) {
      noted.push_back(secret);
    }
  }

  // Notes that a Secret is held for the cluster no more.
  void RemoveSecret(const ObjectKey& cluster, const ObjectKey& secret) {
    const absl::MutexLock lock(&mutex_);
    std::erase(records_[cluster].secrets, secret);
  }

  // Sets the network; true if it has changed.
  bool SetNetwork(const ObjectKey& cluster, Placement snapshot) {
    const absl::MutexLock lock(&mutex_);
    ClusterInfo& record = records_[cluster];
    if (record.network != nullptr && *record.network == snapshot) return false;
    record.network = std::make_shared<const Placement>(std::move(snapshot));
    return true;
  }

  // As SetNetwork, the planned one.
  bool SetPlannedNetwork(const ObjectKey& cluster, Placement snapshot) {
    const absl::MutexLock lock(&mutex_);
    auto& planned = records_[cluster].planned_network;
    if (planned != nullptr && *planned == snapshot) return false;
    planned = std::make_shared<const Placement>(std::move(snapshot));
    return true;
  }

  void Remove(const ObjectKey& cluster) {
    const absl::MutexLock lock(&mutex_);
    records_.erase(cluster);
  }

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<ObjectKey, ClusterInfo> records_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_CLUSTER_INFO_CACHE_H_
