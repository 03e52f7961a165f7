// Remembers which placement group each machine of a spread set was given, so
// that machines that are made at the same time share no place (ADR 22).
//
// A place is not taken for ever by a machine that somebody else deleted: what
// was observed once and is gone, or was never observed and is not asked for any
// more, is forgotten. Makes no calls. Thread-safe.

#ifndef SERVICES_COMPUTE_PLACEMENT_GROUP_ASSIGNMENTS_H_
#define SERVICES_COMPUTE_PLACEMENT_GROUP_ASSIGNMENTS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/time/clock.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"
#include "services/inventory/inventory_memory.h"

namespace evroc::compute {

// What the cloud shows of a cluster.
struct GroupObservation {
  std::string cluster_id;
  uint64_t began_at = 0;  // GroupAssignments::sequence() before it was read
  std::vector<cloud::Known<cloud::PlacementGroup>> groups;
  // The group of each machine that exists, or may.
  std::map<cloud::Id<cloud::VirtualMachine>, cloud::Id<cloud::PlacementGroup>>
      machines;
  // Those that a group's own status alone shows, and that may be gone.
  std::map<cloud::Id<cloud::PlacementGroup>,
           std::vector<cloud::Id<cloud::VirtualMachine>>>
      doubtful;
};

class GroupAssignments {
 public:
  using GroupId = cloud::Id<cloud::PlacementGroup>;
  using MachineId = cloud::Id<cloud::VirtualMachine>;

  // `clock` must outlive this.
  explicit GroupAssignments(Clock& clock) : clock_(clock) {}

  // The current place in the order of observations.
  uint64_t sequence() const;
  // Forgets the machines of the cluster that are gone.
  void Record(const GroupObservation& observed);
  // Forgets a machine, or those of a cluster.
  void Forget(const cloud::OwnerKey& owner);
  // Whether a machine of the cluster was given a group.
  bool HasAny(const std::string& cluster_id) const;

  // The group that the machine was given; empty: none.
  GroupId GroupOf(const cloud::OwnerKey& owner) const;
  // The number of machines in each group, without `machine`.
  std::map<GroupId, int> Count(const MachineId& machine,
                               const GroupObservation& observed) const;

  // Returns the group that the machine was given before, if that has room, else
  // the first with room, else a new one with the lowest free number.
  GroupId Choose(const SpreadSet& set, const cloud::OwnerKey& owner,
                 const MachineId& machine, const GroupObservation& observed);
  // Keeps Choose from the group; false if it is in use or is being removed.
  bool BeginRemoval(const GroupId& group, const GroupObservation& observed);
  void EndRemoval(const GroupId& group);

 private:
  struct Assignment {
    MachineId machine;
    GroupId group;
    absl::Time requested_at;   // last
    uint64_t observed_at = 0;  // the sequence then; 0: never
  };

  std::map<GroupId, int> CountLocked(const MachineId& machine,
                                     const GroupObservation& observed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock& clock_;
  mutable absl::Mutex mutex_;
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<cloud::OwnerKey, Assignment> assigned_ ABSL_GUARDED_BY(mutex_);
  std::set<GroupId> removing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PLACEMENT_GROUP_ASSIGNMENTS_H_
