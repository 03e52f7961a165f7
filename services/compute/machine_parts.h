// What exists of a machine. Values, and the functions that gather them.

#ifndef SERVICES_COMPUTE_MACHINE_PARTS_H_
#define SERVICES_COMPUTE_MACHINE_PARTS_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/compute/wish.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {

struct MachineParts {
  std::optional<cloud::Known<cloud::VirtualMachine>> machine;
  std::vector<cloud::Known<cloud::Disk>> disks;
  std::vector<cloud::Known<cloud::HotswapAttachment>> attachments;

  bool empty() const {
    return !machine.has_value() && disks.empty() && attachments.empty();
  }
};

// What a wish names, one read for each object that is not in memory.
// Attachments are looked for only if the machine lacks a disk.
absl::StatusOr<MachineParts> FindParts(const CallContext& context,
                                       ComputeInventories& inventories,
                                       const MachineWish& wish);

// What carries the owner's labels.
absl::StatusOr<MachineParts> FindParts(const CallContext& context,
                                       ComputeInventories& inventories,
                                       const cloud::OwnerKey& owner);

// As the latter, from memory alone.
MachineParts RememberParts(ComputeInventories& inventories,
                           const cloud::OwnerKey& owner);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_PARTS_H_
