// The existing resources of a machine. Values, and the functions that collect
// them.

#ifndef SERVICES_COMPUTE_MACHINE_RESOURCES_H_
#define SERVICES_COMPUTE_MACHINE_RESOURCES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {

struct MachineResources {
  std::optional<cloud::Known<cloud::VirtualMachine>> machine;
  std::vector<cloud::Known<cloud::Disk>> disks;
  std::vector<cloud::Known<cloud::HotswapAttachment>> attachments;

  bool empty() const {
    return !machine.has_value() && disks.empty() && attachments.empty();
  }
};

// Collects the objects that a spec names, with one read for each object that is
// not in memory. Reads attachments only if the machine lacks a disk.
absl::StatusOr<MachineResources> FindResources(const CallContext& context,
                                               ComputeInventories& inventories,
                                               const MachineSpec& spec);

// Asks the cloud for the machine and the disks of the spec that `resources`
// lacks, and adds those that exist: another credential may have made them,
// which memory does not show.
absl::Status FindMissing(const CallContext& context,
                         ComputeInventories& inventories,
                         const MachineSpec& spec, MachineResources& resources);

// Collects the objects with the owner's labels.
absl::StatusOr<MachineResources> FindResources(const CallContext& context,
                                               ComputeInventories& inventories,
                                               const cloud::OwnerKey& owner);

// As the latter, but only from memory.
MachineResources CachedResources(ComputeInventories& inventories,
                                 const cloud::OwnerKey& owner);

// The machine that uses the disk, for people; empty: none. One that does not
// exist any more uses nothing, though the disk may still show it.
absl::StatusOr<std::string> UserOf(const CallContext& context,
                                   ComputeInventories& inventories,
                                   const cloud::Disk& disk);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_RESOURCES_H_
