// A machine's VM as far as the shim needs it (compute.v1.VirtualMachine): a
// small value, so that ten thousand machines cost little.

#ifndef SHIM_RPC_MACHINE_SNAPSHOT_H_
#define SHIM_RPC_MACHINE_SNAPSHOT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/text/interned_string.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/rpc/cloud_conditions.h"

namespace evroc::shim {

struct MachineSnapshot {
  compute::v1::VirtualMachine::State state =
      compute::v1::VirtualMachine::STATE_UNSPECIFIED;
  std::string id;   // in the cloud, and the host name
  std::string uid;  // empty until it exists
  std::string zone;
  InternedString placement_group;          // empty if it is in none
  std::vector<InternedString> data_disks;  // the names of those that exist
  std::string private_ipv4_address;
  std::string public_ipv4_address;
  std::string ipv6_address;
  // Since when it waits for what may never come; infinite past: it does not.
  absl::Time waiting_since = absl::InfinitePast();
  CloudConditions conditions;
};

bool operator==(const MachineSnapshot& a, const MachineSnapshot& b);

MachineSnapshot SnapshotOf(const compute::v1::VirtualMachine& machine);

// The snapshot of a machine that existed before and has no VM any more: LOST.
MachineSnapshot LostMachine();

}  // namespace evroc::shim

#endif  // SHIM_RPC_MACHINE_SNAPSHOT_H_
