// Which objects to look at when something has changed: from Kubernetes events
// and from news of the cloud to the keys of our own kinds. Thread-safe.

#ifndef SHIM_RECONCILE_TRIGGERS_H_
#define SHIM_RECONCILE_TRIGGERS_H_

#include <functional>
#include <string>

#include "shim/kube/resource.h"
#include "shim/reconcile/stores.h"

namespace evroc::shim {

class Triggers {
 public:
  using Enqueue = std::function<void(const ObjectKey&)>;

  // Look at an object; at one that was begun, ahead of the others.
  struct Queues {
    Enqueue cluster;
    Enqueue machine;
    Enqueue machine_template;
    Enqueue cluster_first;
    Enqueue machine_first;
  };

  // Registers with the stores, which must not be in use yet. All outlive this.
  Triggers(Stores& stores, Queues queues);

  // The cloud has news of a cluster's network (`machine_id` empty) or of one of
  // its machines; both are ownership ids. `under_way`: no more than a step on
  // the way, which can wait until others have had their turn.
  void OnCloudChange(const std::string& cluster_id,
                     const std::string& machine_id, bool under_way) const;
  // The cloud is known completely again, or its credentials were refused:
  // everything of that cluster is looked at.
  void OnClusterNews(const std::string& cluster_id) const;

 private:
  void OnCluster(const ClusterPtr& before, const ClusterPtr& after) const;
  void OnMachine(const MachinePtr& before, const MachinePtr& after) const;
  void OnEvrocCluster(const EvrocClusterPtr& before,
                      const EvrocClusterPtr& after) const;
  void OnEvrocMachine(const EvrocMachinePtr& before,
                      const EvrocMachinePtr& after) const;
  void EnqueueMachinesOf(const ObjectKey& cluster,
                         bool control_plane_only) const;
  void EnqueueClusterOf(const ObjectKey& cluster, const Enqueue& enqueue) const;

  Stores& stores_;
  const Queues queues_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_TRIGGERS_H_
