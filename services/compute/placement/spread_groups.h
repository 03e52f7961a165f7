// Makes, fills and removes the placement groups of a scope's spread sets
// (ADR 22).
//
// Remembers which group a machine was given, so that machines that are made at
// the same time share no place. What it does not know, since another process
// makes machines too, the cloud finds out: it refuses a sixth. Thread-safe.

#ifndef SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_
#define SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/time/call_context.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {

class SpreadGroups {
 public:
  using GroupId = cloud::Id<cloud::PlacementGroup>;
  using MachineId = cloud::Id<cloud::VirtualMachine>;

  // Both must outlive this.
  SpreadGroups(cloud::Inventory<cloud::PlacementGroup>& groups,
               cloud::Inventory<cloud::VirtualMachine>& machines)
      : groups_(groups), machines_(machines) {}

  // Returns the group in which a machine of the set is to be made: the one that
  // it was given before, else the first with room, else a new one; makes the
  // group if it does not exist. A repeat returns the same group as long as that
  // has room. Errors of Collection; FAILED_PRECONDITION for an id that is
  // taken; ABORTED if the group is just being deleted.
  absl::StatusOr<GroupId> Assign(const CallContext& context,
                                 const SpreadSet& set,
                                 const cloud::OwnerKey& owner,
                                 const MachineId& machine);

  // Asks the cloud for the groups and machines of the cluster: after a refused
  // creation, Assign may return another one.
  absl::Status Refresh(const CallContext& context, const SpreadSet& set);

  // Forgets the group of a machine, or those of a cluster's machines: they are
  // not going to be made.
  void Forget(const cloud::OwnerKey& owner);

  // Deletes those groups of the cluster that no machine is in or is about to be
  // in. Does not wait for them, and leaves one that the cloud says is in use.
  // Errors of Collection.
  absl::Status RemoveUnused(const CallContext& context,
                            const std::string& cluster_id);

 private:
  struct Assignment {
    MachineId machine;
    GroupId group;
  };
  // The groups of a cluster, and the group of each machine that exists.
  struct Observation {
    std::vector<cloud::Known<cloud::PlacementGroup>> groups;
    std::map<MachineId, GroupId> machines;
  };

  absl::StatusOr<Observation> Observe(const CallContext& context,
                                      const std::string& cluster_id);
  GroupId Choose(const SpreadSet& set, const cloud::OwnerKey& owner,
                 const MachineId& machine, const Observation& observed);
  // The number of machines in each group, without `machine`.
  std::map<GroupId, int> CountLocked(const MachineId& machine,
                                     const Observation& observed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Keeps Choose from the group; false if it is in use or is being removed.
  bool BeginRemoval(const GroupId& group, const Observation& observed);
  void EndRemoval(const GroupId& group);

  cloud::Inventory<cloud::PlacementGroup>& groups_;
  cloud::Inventory<cloud::VirtualMachine>& machines_;

  mutable absl::Mutex mutex_;
  std::map<cloud::OwnerKey, Assignment> assigned_ ABSL_GUARDED_BY(mutex_);
  std::set<GroupId> removing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_
