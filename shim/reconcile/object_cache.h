// Holds the cache of every resource that the shim watches, and finds related
// objects. Thread-safe.

#ifndef SHIM_RECONCILE_OBJECT_CACHE_H_
#define SHIM_RECONCILE_OBJECT_CACHE_H_

#include <memory>
#include <string>
#include <vector>

#include "shim/cache/core_objects.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/cache/object_store.h"
#include "shim/controller/work_queue.h"
#include "shim/reconcile/identity/copies.h"

namespace evroc::shim {

using ClusterPtr = std::shared_ptr<const ClusterObject>;
using MachinePtr = std::shared_ptr<const MachineObject>;
using EvrocClusterPtr = std::shared_ptr<const EvrocClusterObject>;
using EvrocMachinePtr = std::shared_ptr<const EvrocMachineObject>;
using MachineTemplatePtr = std::shared_ptr<const MachineTemplateObject>;

class ObjectCache {
 public:
  ObjectCache();

  ObjectStore<ClusterObject> clusters;
  ObjectStore<MachineObject> machines;
  ObjectStore<EvrocClusterObject> evroc_clusters;
  ObjectStore<EvrocMachineObject> evroc_machines;
  ObjectStore<MachineTemplateObject> templates;

  // --- Return null, or empty, if there is none.

  // The Cluster that owns it, by name and uid: one created again under the same
  // name does not count.
  ClusterPtr OwnerOf(const EvrocClusterObject& evroc_cluster) const;
  // The Machine that owns it.
  MachinePtr OwnerOf(const EvrocMachineObject& evroc_machine) const;
  // Whether it is of the control plane, by its own label or its Machine's, or
  // was known to be by one.
  bool IsControlPlane(const EvrocMachineObject& evroc_machine) const;
  // The EvrocCluster of that Cluster: the one that the Cluster refers to, else
  // one that it owns.
  EvrocClusterPtr EvrocClusterOf(const ObjectKey& cluster) const;
  // More than one only if an object was copied with our annotation.
  std::vector<EvrocClusterPtr> EvrocClustersOfId(
      const std::string& cluster_id) const;
  std::vector<EvrocMachinePtr> EvrocMachinesOfId(
      const std::string& machine_id) const;
  // Whether the cluster id that a machine has, if it has one, may be that of
  // its EvrocCluster: it is that one's owner id; of one that has none, or that
  // another controller manages, it is no other's.
  bool MayHaveId(const EvrocClusterObject& evroc_cluster,
                 const std::string& cluster_id) const;
  // What it is among those.
  Standing StandingOf(const EvrocClusterObject& evroc_cluster) const;
  Standing StandingOf(const EvrocMachineObject& evroc_machine) const;
  // The EvrocMachines of a Cluster, by their label.
  std::vector<EvrocMachinePtr> EvrocMachinesOf(const ObjectKey& cluster) const;
  // All machines that may be in this cluster's network: by label, and by the
  // cluster id in their annotation.
  std::vector<EvrocMachinePtr> EvrocMachinesOf(
      const EvrocClusterObject& evroc_cluster) const;
  // That name the Secret, or were last proven to use it.
  std::vector<EvrocClusterPtr> EvrocClustersWithSecret(
      const ObjectKey& secret) const;
  // That hand their cloud's configuration out in it.
  std::vector<EvrocClusterPtr> EvrocClustersWithConfigMap(
      const ObjectKey& config_map) const;
  std::vector<MachineTemplatePtr> TemplatesOf(const ObjectKey& cluster) const;

 private:
  int clusters_by_owner_;
  int clusters_by_id_;
  int clusters_by_uid_;
  int clusters_by_secret_;
  int clusters_by_proven_secret_;
  int clusters_by_config_map_;
  int machines_by_cluster_;
  int machines_by_cluster_id_;
  int machines_by_id_;
  int templates_by_cluster_;
};

// Whether no work is known for an object. Where many objects are due at once,
// as after a start, settled ones come last. Object: EvrocClusterObject or
// EvrocMachineObject.
template <typename Object>
bool IsSettled(const Object& object) {
  return !object.meta.deleting && object.status.provisioned &&
         object.status.observed_generation == object.meta.generation &&
         object.status.conditions.IsTrue("Ready");
}

// The priority of an object among many that one change concerns.
template <typename Object>
Priority PriorityOf(const Object& object) {
  return IsSettled(object) ? Priority::kLow : Priority::kNormal;
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_OBJECT_CACHE_H_
