#include "services/compute/machine_resources.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/compute/part_names.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::Known;

template <typename T>
absl::Status AddFound(const CallContext& context,
                      cloud::Inventory<T>& inventory, const Id<T>& id,
                      std::vector<Known<T>>& out) {
  EVROC_ASSIGN_OR_RETURN(std::optional<Known<T>> found,
                         inventory.Get(context, id));
  if (found.has_value()) out.push_back(*std::move(found));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MachineResources> FindResources(const CallContext& context,
                                               ComputeInventories& inventories,
                                               const MachineSpec& spec) {
  MachineResources resources;
  EVROC_ASSIGN_OR_RETURN(resources.machine,
                         inventories.machines.Get(context, spec.id));
  EVROC_RETURN_IF_ERROR(
      AddFound(context, inventories.disks, spec.boot_disk.id, resources.disks));
  for (const DiskSpec& disk : spec.data_disks) {
    EVROC_RETURN_IF_ERROR(
        AddFound(context, inventories.disks, disk.id, resources.disks));
    if (!resources.machine.has_value()) continue;
    const auto& permanent = resources.machine->object.disks;
    const bool is_permanent =
        std::any_of(permanent.begin(), permanent.end(),
                    [&](const auto& each) { return each.disk == disk.id; });
    if (is_permanent) continue;
    EVROC_RETURN_IF_ERROR(AddFound(context, inventories.attachments,
                                   AttachmentId(spec.owner, disk.name),
                                   resources.attachments));
  }
  return resources;
}

absl::Status FindMissing(const CallContext& context,
                         ComputeInventories& inventories,
                         const MachineSpec& spec, MachineResources& resources) {
  if (!resources.machine.has_value()) {
    EVROC_ASSIGN_OR_RETURN(
        resources.machine,
        inventories.machines.GetFreshIfMissing(context, spec.id));
  }
  std::vector<Id<cloud::Disk>> ids = {spec.boot_disk.id};
  for (const DiskSpec& disk : spec.data_disks) ids.push_back(disk.id);
  for (const Id<cloud::Disk>& id : ids) {
    const bool is_known = std::any_of(
        resources.disks.begin(), resources.disks.end(),
        [&](const auto& each) { return each.object.metadata.id == id; });
    if (is_known) continue;
    EVROC_ASSIGN_OR_RETURN(std::optional<Known<cloud::Disk>> found,
                           inventories.disks.GetFreshIfMissing(context, id));
    if (found.has_value()) resources.disks.push_back(*std::move(found));
  }
  return absl::OkStatus();
}

absl::StatusOr<MachineResources> FindResources(const CallContext& context,
                                               ComputeInventories& inventories,
                                               const cloud::OwnerKey& owner) {
  MachineResources resources;
  EVROC_ASSIGN_OR_RETURN(auto machines,
                         inventories.machines.ListByOwner(context, owner));
  if (!machines.empty()) resources.machine = std::move(machines[0]);
  EVROC_ASSIGN_OR_RETURN(resources.disks,
                         inventories.disks.ListByOwner(context, owner));
  EVROC_ASSIGN_OR_RETURN(resources.attachments,
                         inventories.attachments.ListByOwner(context, owner));
  return resources;
}

MachineResources CachedResources(ComputeInventories& inventories,
                                 const cloud::OwnerKey& owner) {
  MachineResources resources;
  auto machines = inventories.machines.CachedByOwner(owner);
  if (!machines.empty()) resources.machine = std::move(machines[0]);
  resources.disks = inventories.disks.CachedByOwner(owner);
  resources.attachments = inventories.attachments.CachedByOwner(owner);
  return resources;
}

absl::StatusOr<std::string> UserOf(const CallContext& context,
                                   ComputeInventories& inventories,
                                   const cloud::Disk& disk) {
  for (const cloud::Disk::Usage& usage : disk.status.usage) {
    EVROC_ASSIGN_OR_RETURN(
        const auto user,
        inventories.machines.GetFreshIfMissing(context, usage.machine));
    if (!user.has_value()) continue;
    return absl::StrCat(cloud::DescribeId(usage.machine), " of ",
                        cloud::DescribeOwner(user->object.metadata.labels),
                        ": detach it there");
  }
  return std::string();
}

}  // namespace evroc::compute
