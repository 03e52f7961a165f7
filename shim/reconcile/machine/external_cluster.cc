#include "shim/reconcile/machine/external_cluster.h"

#include <string>
#include <utility>

#include "common/status/status_macros.h"
#include "shim/reconcile/subnet_plan.h"

namespace evroc::shim {
namespace {

// The cluster id: from the machine's annotation, else from the cluster's, else
// the cluster's UID, since we do not write to it.
std::string IdOf(const MachineContext& machine) {
  if (!machine.cluster_id().empty()) return machine.cluster_id();
  const ObjectMeta& meta = machine.evroc_cluster->meta;
  const absl::string_view id = meta.Annotation(kOwnerIdAnnotation);
  return id.empty() ? meta.uid.str() : std::string(id);
}

}  // namespace

absl::Status ExternalCluster::Adopt(const CallContext& context,
                                    MachineContext& machine,
                                    const Bulkhead::Permit& permit) {
  EVROC_ASSIGN_OR_RETURN(const Access access,
                         access_.Open(context, *machine.evroc_cluster, permit));
  const EvrocClusterSpec& spec = machine.evroc_cluster->spec;
  Placement placement;
  placement.cluster_id = IdOf(machine);
  EVROC_ASSIGN_OR_RETURN(placement.subnets,
                         PlanSubnets(spec, access.check.zones()));
  placement.zones = ZonesOf(spec, placement.subnets);
  placement.control_plane_zones = placement.zones;
  placement.common_groups = spec.common_groups.existing_ids;
  placement.control_plane_groups = spec.control_plane_groups.existing_ids;
  placement.worker_groups = spec.worker_groups.existing_ids;
  env_.watcher.Hold(placement.cluster_id, access.scope);
  const ObjectKey& key = machine.evroc_cluster->meta.key;
  env_.cluster_infos.SetScope(key, placement.cluster_id, access.scope,
                              access.check);
  env_.cluster_infos.SetNetwork(key, std::move(placement));
  machine.record = env_.cluster_infos.Find(key).value_or(ClusterInfo{});
  return absl::OkStatus();
}

}  // namespace evroc::shim
