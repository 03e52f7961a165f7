#include "services/compute/machine_parts.h"

#include <algorithm>
#include <utility>

#include "common/status/status_macros.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Known;

template <typename T>
absl::StatusOr<std::vector<Known<T>>> Owned(const CallContext& context,
                                            cloud::Inventory<T>& inventory,
                                            const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(std::vector<Known<T>> all,
                         inventory.FindByCluster(context, owner.cluster_id));
  std::erase_if(all, [&](const Known<T>& each) {
    return !cloud::BelongsTo(each.object.metadata.labels, owner);
  });
  return all;
}

template <typename T>
absl::Status AddFound(const CallContext& context,
                      cloud::Inventory<T>& inventory, const Id<T>& id,
                      std::vector<Known<T>>& out) {
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> found,
                         inventory.Find(context, id));
  if (found.has_value()) out.push_back(*std::move(found));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MachineParts> FindParts(const CallContext& context,
                                       ComputeInventories& inventories,
                                       const MachineWish& wish) {
  MachineParts parts;
  EVROC_ASSIGN_OR_RETURN(parts.machine,
                         inventories.machines.Find(context, wish.id));
  EVROC_RETURN_IF_ERROR(
      AddFound(context, inventories.disks, wish.boot_disk.id, parts.disks));
  for (const DiskWish& disk : wish.data_disks) {
    EVROC_RETURN_IF_ERROR(
        AddFound(context, inventories.disks, disk.id, parts.disks));
    if (!parts.machine.has_value()) continue;
    const auto& permanent = parts.machine->object.disks;
    const bool is_permanent =
        std::any_of(permanent.begin(), permanent.end(),
                    [&](const auto& each) { return each.disk == disk.id; });
    if (is_permanent) continue;
    EVROC_RETURN_IF_ERROR(AddFound(context, inventories.attachments,
                                   AttachmentId(wish.owner, disk.name),
                                   parts.attachments));
  }
  return parts;
}

absl::StatusOr<MachineParts> FindParts(const CallContext& context,
                                       ComputeInventories& inventories,
                                       const cloud::OwnerKey& owner) {
  MachineParts parts;
  EVROC_ASSIGN_OR_RETURN(auto machines,
                         Owned(context, inventories.machines, owner));
  if (!machines.empty()) parts.machine = std::move(machines[0]);
  EVROC_ASSIGN_OR_RETURN(parts.disks, Owned(context, inventories.disks, owner));
  EVROC_ASSIGN_OR_RETURN(parts.attachments,
                         Owned(context, inventories.attachments, owner));
  return parts;
}

MachineParts RememberParts(ComputeInventories& inventories,
                           const cloud::OwnerKey& owner) {
  MachineParts parts;
  auto machines = inventories.machines.RememberedByOwner(owner);
  if (!machines.empty()) parts.machine = std::move(machines[0]);
  parts.disks = inventories.disks.RememberedByOwner(owner);
  parts.attachments = inventories.attachments.RememberedByOwner(owner);
  return parts;
}

}  // namespace evroc::compute
