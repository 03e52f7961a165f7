// Takes a machine and its disks away, by their labels.

#ifndef SERVICES_COMPUTE_DELETE_MACHINE_H_
#define SERVICES_COMPUTE_DELETE_MACHINE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/identity/owner.h"
#include "services/inventory/ensure.h"

namespace evroc::compute {

// Goes a step further; returns what is still there. Nothing: gone, confirmed by
// the cloud. Without a machine id everything of the cluster goes. `was_seen`:
// an earlier call for the same machine returned something. Errors of
// Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteMachine(
    const CallContext& context, ComputeInventories& inventories,
    const cloud::OwnerKey& owner, bool was_seen);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DELETE_MACHINE_H_
