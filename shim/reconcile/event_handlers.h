// Enqueues the objects of our kinds that a Kubernetes event, or a change of the
// cloud, concerns. Thread-safe.

#ifndef SHIM_RECONCILE_EVENT_HANDLERS_H_
#define SHIM_RECONCILE_EVENT_HANDLERS_H_

#include <optional>
#include <string>

#include "evroc/compute/v1/resources.pb.h"
#include "shim/controller/work_queue.h"
#include "shim/kube/resource.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

class EventHandlers {
 public:
  using VmState = compute::v1::VirtualMachine::State;

  // Enqueue an object of each kind.
  struct Queues {
    Enqueue cluster;
    Enqueue machine;
    Enqueue machine_template;
  };

  // Registers with the cache, which must not be in use yet. All outlive this.
  EventHandlers(ObjectCache& cache, Queues queues);

  // Called when the cloud has changed for a cluster's network (`machine_id`
  // empty) or for one of its machines; both are ownership ids, and a copy of an
  // object takes nothing from the original. `vm`: the VM's state, nothing if
  // there is no VM. An intermediate state has a lower priority.
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id,
                     std::optional<VmState> vm) const;
  // Called when a Secret or ConfigMap has changed: enqueues the clusters that
  // use it.
  void OnSecretChange(const ObjectKey& secret) const;
  void OnConfigMapChange(const ObjectKey& config_map) const;
  // Called when the cloud is known completely again, or has refused the
  // credentials: enqueues everything of that cluster.
  void OnClusterResync(const std::string& cluster_id) const;

 private:
  void OnCluster(const ClusterPtr& before, const ClusterPtr& after) const;
  void OnMachine(const MachinePtr& before, const MachinePtr& after) const;
  void OnEvrocCluster(const EvrocClusterPtr& before,
                      const EvrocClusterPtr& after) const;
  void OnEvrocMachine(const EvrocMachinePtr& before,
                      const EvrocMachinePtr& after) const;
  void OnNetworkChange(const std::string& cluster_id) const;
  void OnVmChange(const EvrocMachineObject& machine,
                  std::optional<VmState> vm) const;
  void EnqueueMachinesOf(const ObjectKey& cluster,
                         bool control_plane_only) const;
  // Priority::kLow holds only for a settled machine.
  void EnqueueMachine(const ObjectKey& key, Priority priority) const;
  void EnqueueClusterOf(const ObjectKey& cluster, Priority priority) const;

  ObjectCache& cache_;
  const Queues queues_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_EVENT_HANDLERS_H_
