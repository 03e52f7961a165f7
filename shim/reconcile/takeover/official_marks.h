// Reads from an object what Evroc's official provider left there: ids, and the
// names of what it made in the cloud (official-provider's annotations,
// finalizers and status). Pure functions.

#ifndef SHIM_RECONCILE_TAKEOVER_OFFICIAL_MARKS_H_
#define SHIM_RECONCILE_TAKEOVER_OFFICIAL_MARKS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "evroc/common/v1/resources.pb.h"
#include "evroc/common/v1/take_over.pb.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/evroc_machine.h"
#include "shim/cache/security_groups.h"

namespace evroc::shim {

// Whether an object has no owner id of ours although it has, or may have,
// something in the cloud: it is the official provider's, or lost its id.
bool IsUntaken(const EvrocClusterObject& cluster);
bool IsUntaken(const EvrocMachineObject& machine);

// Whether the cluster, with its machines, is to be or has been given back: then
// nothing of it is begun here. One that this provider made can't be.
bool GoesBack(const EvrocClusterObject& cluster);

// The prefix of a machine's objects' names in the cloud, if the official
// provider made it, whether it is taken over or not. Else empty.
absl::string_view OfficialPrefixOf(const EvrocMachineObject& machine);

// The name of a machine's inline group: that of the group in the cloud where
// the official provider made it, else MachineGroupName.
std::string MachineGroupNameOf(const EvrocMachineObject& machine,
                               const SecurityGroupSpec& group);

// What to ask the services about an object.
struct OfficialMarks {
  // With the owner id and resource prefix that it has, or would get. Where its
  // name is no RFC 1123 label, the official provider made nothing, and the
  // prefix is a label of which nothing is there.
  common::v1::Owner owner;
  common::v1::PreviousOwner previous;
  // Of an EvrocCluster: whether there is more than a finalizer of both
  // providers: a mark that only the official provider leaves, or an ownership
  // id.
  bool certain = false;
};

// `cluster_name`: of the Cluster.
OfficialMarks MarksOf(const EvrocClusterObject& cluster,
                      absl::string_view cluster_name);
// `name`: of the Machine. The cluster may be taken over already or not.
OfficialMarks MarksOf(const EvrocMachineObject& machine, absl::string_view name,
                      const EvrocClusterObject& cluster,
                      absl::string_view cluster_name);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_TAKEOVER_OFFICIAL_MARKS_H_
