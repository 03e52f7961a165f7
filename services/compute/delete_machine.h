// Deletes a machine, or all machines of a cluster, with their disks, and
// placement groups of ours that are left without a machine (ADR 27).

#ifndef SERVICES_COMPUTE_DELETE_MACHINE_H_
#define SERVICES_COMPUTE_DELETE_MACHINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/evroc/api/compute_api.h"
#include "services/identity/owner.h"
#include "services/inventory/removal.h"

namespace evroc::compute {

// By what a machine is looked for beside its labels. All may be empty.
struct MachineTraces {
  // The names of its owner, by which its objects are named; without a machine's
  // name they are looked for in lists of everything.
  cloud::Owner owner;
  std::string vm_uid;
  std::vector<std::string> data_disks;
};

// As MachineTraces, of a cluster.
struct ClusterTraces {
  std::string name;
  // Placement groups may have been made for it, so that it says nothing if they
  // can't be listed.
  bool had_groups = false;
};

// What the calls for one deletion share.
struct DeletionProgress {
  bool begun = false;  // what there is was listed
  // The VM with the UID, once it was found by its labels.
  cloud::Id<cloud::VirtualMachine> vm;
  // No VM in the whole collection has the UID; asked again at the end.
  bool vm_is_nowhere = false;
  bool had_groups = false;  // of a cluster
};

// Takes the next step and returns what still exists; nothing means that the
// cloud has confirmed the deletion. Placement groups are not waited for. What
// may be the machine's and may be another's is left and returned. Errors of
// Collection; the first one, after all others were tried.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteMachine(
    const CallContext& context, ComputeInventories& inventories,
    const cloud::OwnerKey& owner, const MachineTraces& traces,
    DeletionProgress& progress);

// As DeleteMachine, for everything with the cluster's labels, and for its
// placement groups, which are waited for.
absl::StatusOr<std::vector<cloud::Remaining>> DeleteClusterMachines(
    const CallContext& context, ComputeInventories& inventories,
    const std::string& cluster_id, const ClusterTraces& traces,
    DeletionProgress& progress);

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
