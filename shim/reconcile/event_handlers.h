// Which objects to look at when something has changed: from Kubernetes events
// and from news of the cloud to the keys of our own kinds. Thread-safe.

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

  // Look at an object.
  struct Queues {
    Enqueue cluster;
    Enqueue machine;
    Enqueue machine_template;
  };

  // Registers with the cache, which must not be in use yet. All outlive this.
  EventHandlers(ObjectCache& cache, Queues queues);

  // The cloud has news of a cluster's network (`machine_id` empty) or of one of
  // its machines; both are ownership ids. What is no more than a step on the
  // way can wait until others have had their turn. `vm`: nothing if there
  // is none.
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id,
                     std::optional<VmState> vm) const;
  // The cloud is known completely again, or its credentials were refused:
  // everything of that cluster is looked at.
  void OnClusterResync(const std::string& cluster_id) const;

 private:
  void OnCluster(const ClusterPtr& before, const ClusterPtr& after) const;
  void OnMachine(const MachinePtr& before, const MachinePtr& after) const;
  void OnEvrocCluster(const EvrocClusterPtr& before,
                      const EvrocClusterPtr& after) const;
  void OnEvrocMachine(const EvrocMachinePtr& before,
                      const EvrocMachinePtr& after) const;
  void EnqueueMachinesOf(const ObjectKey& cluster,
                         bool control_plane_only) const;
  // Last only where it is at rest.
  void EnqueueMachine(const ObjectKey& key, Priority priority) const;
  void EnqueueClusterOf(const ObjectKey& cluster, Priority priority) const;

  ObjectCache& cache_;
  const Queues queues_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_EVENT_HANDLERS_H_
