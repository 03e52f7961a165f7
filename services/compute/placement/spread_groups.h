// Makes, fills and removes the placement groups of a scope's spread sets
// (ADR 22).
//
// What it does not know of a group's machines, since another process makes some
// too, the cloud finds out: it refuses a sixth. Thread-safe.

#ifndef SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_
#define SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/call_context.h"
#include "common/time/clock.h"
#include "services/compute/placement/group_assignments.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {

class SpreadGroups {
 public:
  using GroupId = cloud::Id<cloud::PlacementGroup>;
  using MachineId = cloud::Id<cloud::VirtualMachine>;

  struct Place {
    GroupId group;
    // The cloud has begun to make the group. It may refuse machines in it.
    bool pending = false;
    friend bool operator==(const Place&, const Place&) = default;
  };

  // All must outlive this.
  SpreadGroups(cloud::Inventory<cloud::PlacementGroup>& groups,
               cloud::Inventory<cloud::VirtualMachine>& machines, Clock& clock)
      : groups_(groups),
        machines_(machines),
        clock_(clock),
        assignments_(clock) {}

  // Returns where a machine of the set is to be made: in the group that it was
  // given before, else in the first with room, else in a new one; makes the
  // group if it does not exist. A repeat returns the same group as long as that
  // has room. Errors of Collection; FAILED_PRECONDITION for an id that is
  // taken; ABORTED if the group is just being deleted.
  absl::StatusOr<Place> Assign(const CallContext& context, const SpreadSet& set,
                               const cloud::OwnerKey& owner,
                               const MachineId& machine);

  // Asks the cloud for the groups and machines of the cluster: after a refused
  // creation, Assign may return another one. Many machines may be refused for a
  // reason that is none of the group's, so it asks at most every half minute.
  absl::Status Refresh(const CallContext& context, const SpreadSet& set);

  // Forgets the group of a machine, or those of a cluster's machines: they are
  // not going to be made.
  void Forget(const cloud::OwnerKey& owner) { assignments_.Forget(owner); }

  // Whether a machine of the cluster was given a group.
  bool HasAny(const std::string& cluster_id) const {
    return assignments_.HasAny(cluster_id);
  }

  // Deletes those groups of the cluster that no machine is in or is about to be
  // in. Does not wait for them, and leaves one that the cloud says is in use.
  // Errors of Collection.
  absl::Status RemoveUnused(const CallContext& context,
                            const std::string& cluster_id);

 private:
  bool WasRefreshed(const std::string& cluster_id);
  // Whether the cloud makes the group, and has not done so for too long.
  bool IsPending(const cloud::PlacementGroup& group);
  void ForgetPending(const GroupId& group);
  // Lists the groups and machines of a cluster.
  absl::StatusOr<GroupObservation> Observe(const CallContext& context,
                                           const std::string& cluster_id);
  // Reads doubtful machines, one by one, until it is certain whether the group
  // has fewer than `limit` machines without `machine`, and returns that.
  absl::StatusOr<bool> HasFewer(const CallContext& context,
                                const GroupId& group, int limit,
                                const MachineId& machine,
                                GroupObservation& observed);
  // Makes it certain which group of the set is the first with room.
  absl::Status ReadDoubtful(const CallContext& context, const SpreadSet& set,
                            const cloud::OwnerKey& owner,
                            const MachineId& machine,
                            GroupObservation& observed);

  cloud::Inventory<cloud::PlacementGroup>& groups_;
  cloud::Inventory<cloud::VirtualMachine>& machines_;
  Clock& clock_;
  GroupAssignments assignments_;

  absl::Mutex mutex_;
  // By cluster.
  std::map<std::string, absl::Time> refreshed_ ABSL_GUARDED_BY(mutex_);
  // When each group that is not Ready was first seen so.
  std::map<GroupId, absl::Time> pending_since_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PLACEMENT_SPREAD_GROUPS_H_
