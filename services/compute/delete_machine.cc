#include "services/compute/delete_machine.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/status/status_macros.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/inventory/workload_objects.h"

namespace evroc::compute {
namespace {

using cloud::Known;
using cloud::Remaining;

// The objects of a machine, or of a whole cluster.
template <typename T>
absl::StatusOr<std::vector<Known<T>>> ListForDeletion(
    const CallContext& context, cloud::Inventory<T>& inventory,
    const cloud::OwnerKey& owner) {
  return owner.machine_id.empty()
             ? inventory.ListByCluster(context, owner.cluster_id)
             : inventory.ListByOwner(context, owner);
}

template <typename T>
absl::Status RemoveEach(const CallContext& context,
                        cloud::Inventory<T>& inventory,
                        const std::vector<Known<T>>& all,
                        std::vector<Remaining>& remaining) {
  for (const Known<T>& each : all) {
    EVROC_ASSIGN_OR_RETURN(std::optional<Remaining> left,
                           cloud::RemoveObject(context, inventory, each));
    if (left.has_value()) remaining.push_back(*std::move(left));
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status RemoveAll(const CallContext& context,
                       cloud::Inventory<T>& inventory,
                       const cloud::OwnerKey& owner,
                       std::vector<Remaining>& remaining) {
  EVROC_ASSIGN_OR_RETURN(const std::vector<Known<T>> all,
                         ListForDeletion(context, inventory, owner));
  return RemoveEach(context, inventory, all, remaining);
}

// A credential that may not list groups has made none, and the cloud need not
// offer them where nobody asks for them. What is listed has to go.
absl::Status UnlessWithheld(const absl::Status& listed) {
  return cloud::IsWithheld(listed) ? absl::OkStatus() : listed;
}

// Those of a cluster go in any case. That of a machine is for others as well:
// its deletion is only begun, and a missing right is told by the cluster's.
absl::Status RemoveGroups(const CallContext& context,
                          ComputeInventories& inventories,
                          const cloud::OwnerKey& owner,
                          std::vector<Remaining>& remaining) {
  if (!owner.machine_id.empty()) {
    return UnlessWithheld(
        inventories.spread_groups.RemoveUnused(context, owner.cluster_id));
  }
  const auto all = ListForDeletion(context, inventories.groups, owner);
  if (!all.ok()) return UnlessWithheld(all.status());
  return RemoveEach(context, inventories.groups, *all, remaining);
}

absl::StatusOr<std::vector<Remaining>> DeleteOnce(
    const CallContext& context, ComputeInventories& inventories,
    const cloud::OwnerKey& owner) {
  std::vector<Remaining> remaining;
  EVROC_RETURN_IF_ERROR(
      RemoveAll(context, inventories.attachments, owner, remaining));
  EVROC_RETURN_IF_ERROR(
      RemoveAll(context, inventories.machines, owner, remaining));
  // Disks and groups are deleted once nothing uses them; before, the cloud
  // might refuse.
  if (remaining.empty()) {
    EVROC_RETURN_IF_ERROR(
        RemoveAll(context, inventories.disks, owner, remaining));
    EVROC_RETURN_IF_ERROR(RemoveGroups(context, inventories, owner, remaining));
    return remaining;
  }
  EVROC_ASSIGN_OR_RETURN(const auto disks,
                         ListForDeletion(context, inventories.disks, owner));
  for (const Known<cloud::Disk>& disk : disks) {
    remaining.push_back({std::string(cloud::kKindInfo<cloud::Disk>.kind),
                         disk.object.metadata.id.value(),
                         "waits for its machine"});
  }
  return remaining;
}

// Calls `refresh` with what a deletion goes by. A machine's group is looked for
// once the machine is gone.
template <typename Refresh>
absl::Status ForEach(ComputeInventories& inventories,
                     const cloud::OwnerKey& owner, const Refresh& refresh) {
  EVROC_RETURN_IF_ERROR(refresh(inventories.attachments));
  EVROC_RETURN_IF_ERROR(refresh(inventories.machines));
  EVROC_RETURN_IF_ERROR(refresh(inventories.disks));
  return owner.machine_id.empty() ? UnlessWithheld(refresh(inventories.groups))
                                  : absl::OkStatus();
}

}  // namespace

// "Nothing" is confirmed by the cloud: for a whole cluster this is the last
// check for lost objects (traps.md B6), and a call with another credential may
// have created a machine, which this memory does not show. Where memory has
// seen the machine, polling has followed it to its end.
absl::StatusOr<std::vector<Remaining>> DeleteMachine(
    const CallContext& context, ComputeInventories& inventories,
    const cloud::OwnerKey& owner, bool was_seen) {
  inventories.spread_groups.Forget(owner);
  EVROC_RETURN_IF_ERROR(ForEach(inventories, owner, [&](auto& inventory) {
    return inventory.RefreshIfStale(context, owner.cluster_id);
  }));
  EVROC_ASSIGN_OR_RETURN(std::vector<Remaining> remaining,
                         DeleteOnce(context, inventories, owner));
  const bool followed = was_seen && !owner.machine_id.empty();
  if (!remaining.empty() || followed) return remaining;
  EVROC_RETURN_IF_ERROR(ForEach(inventories, owner, [&](auto& inventory) {
    return inventory.Refresh(context, owner.cluster_id);
  }));
  return DeleteOnce(context, inventories, owner);
}

absl::StatusOr<std::vector<Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::ComputeApi& api,
    const WorkloadObjects& objects) {
  std::vector<Remaining> remaining;
  EVROC_RETURN_IF_ERROR(cloud::RemoveWorkloadObjects(
      context, api.hotswap_attachments(), objects.identifier, remaining));
  if (!objects.with_disks || !remaining.empty()) return remaining;
  EVROC_RETURN_IF_ERROR(cloud::RemoveWorkloadObjects(
      context, api.disks(), objects.identifier, remaining));
  return remaining;
}

}  // namespace evroc::compute
