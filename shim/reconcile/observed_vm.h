// Makes a VirtualMachine from the last snapshot, for use without a call to the
// service. A pure function.

#ifndef SHIM_RECONCILE_OBSERVED_VM_H_
#define SHIM_RECONCILE_OBSERVED_VM_H_

#include <optional>

#include "evroc/compute/v1/resources.pb.h"
#include "shim/rpc/cloud_snapshot.h"

namespace evroc::shim {

// The VM of a machine that was created before: LOST without a snapshot.
compute::v1::VirtualMachine VmOf(
    const std::optional<MachineSnapshot>& snapshot);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_OBSERVED_VM_H_
