// Deletes a machine and its disks, by their labels, and placement groups of
// ours that are left without a machine.

#ifndef SERVICES_COMPUTE_DELETE_MACHINE_H_
#define SERVICES_COMPUTE_DELETE_MACHINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/evroc/api/compute_api.h"
#include "services/identity/owner.h"
#include "services/inventory/ensure.h"

namespace evroc::compute {

// Does the next step and returns what still exists; nothing means that the
// cloud has confirmed the deletion. Without a machine id, deletes everything of
// the cluster; with one, placement groups are not waited for. `was_seen`: an
// earlier call for the same machine returned something. Errors of Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteMachine(
    const CallContext& context, ComputeInventories& inventories,
    const cloud::OwnerKey& owner, bool was_seen);

// What a cluster's own CSI driver made, and what is to be deleted of it.
struct WorkloadObjects {
  std::string identifier;  // empty: nothing
  bool with_disks = false;
};

// Deletes the disk attachments and, once they are gone, the disks. Returns what
// still exists. A disk can't be detached from a machine that is on its way out,
// so the cluster's machines go first. Errors of Collection.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::ComputeApi& api,
    const WorkloadObjects& objects);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_DELETE_MACHINE_H_
