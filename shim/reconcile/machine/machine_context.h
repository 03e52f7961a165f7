// Everything around one EvrocMachine, read once for one reconcile. A value.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_CONTEXT_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_CONTEXT_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "evroc/common/v1/resources.pb.h"
#include "shim/reconcile/cluster_info_cache.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

// Pointers are null where there is no such object.
struct MachineContext {
  EvrocMachinePtr evroc;
  MachinePtr machine;
  ClusterPtr cluster;
  EvrocClusterPtr evroc_cluster;
  ClusterInfo record;  // of evroc_cluster; empty until it was looked at

  // The Cluster's key, known without the Cluster.
  ObjectKey cluster_key;

  std::string machine_id() const {
    return std::string(evroc->meta.Annotation(kOwnerIdAnnotation));
  }
  std::string cluster_id() const {
    return std::string(evroc->meta.Annotation(kClusterIdAnnotation));
  }
  // Without names if they are not known: both are those of the request that
  // made the machine. What a resource prefix names needs no other name.
  common::v1::Owner owner() const {
    common::v1::Owner owner;
    owner.set_cluster_id(cluster_id());
    owner.set_machine_id(machine_id());
    const OwnerReference* core = evroc->meta.FindOwner(kCoreGroup, "Machine");
    std::string prefix(evroc->meta.Annotation(kResourcePrefixAnnotation));
    const bool is_named = core != nullptr || !prefix.empty();
    if (!is_named || cluster_key.name.empty()) return owner;
    owner.set_cluster_name(cluster_key.name);
    owner.set_machine_name(core != nullptr ? core->name : evroc->meta.key.name);
    owner.set_resource_prefix(std::move(prefix));
    return owner;
  }
  bool control_plane() const {
    return evroc->meta.control_plane ||
           !evroc->meta.Annotation(kControlPlaneAnnotation).empty() ||
           (machine != nullptr && machine->meta.control_plane);
  }
  // Whether the provider ID comes from the Node (ADR 24). The cluster must be
  // known.
  bool external_cloud_provider() const {
    return absl::EqualsIgnoreCase(
        absl::StripAsciiWhitespace(
            evroc_cluster->meta.Annotation(kExternalCloudProviderAnnotation)),
        "true");
  }
  bool paused_by_cluster() const {
    return cluster != nullptr && cluster->paused;
  }
};

// FAILED_PRECONDITION: the machine's cluster id is not its EvrocCluster's.
inline absl::Status ClusterIdError(const MachineContext& machine,
                                   const ObjectKey& evroc_cluster) {
  return absl::FailedPreconditionError(absl::StrCat(
      "its annotation ", kClusterIdAnnotation, " says \"", machine.cluster_id(),
      "\", which is not the id of its EvrocCluster ", ToString(evroc_cluster),
      ": put the right one back, or remove it if the machine was copied and "
      "has nothing in the cloud"));
}

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_CONTEXT_H_
