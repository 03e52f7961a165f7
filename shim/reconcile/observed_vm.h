// A virtual machine as it was last heard of, for when it can't be asked for. A
// pure function.

#ifndef SHIM_RECONCILE_OBSERVED_VM_H_
#define SHIM_RECONCILE_OBSERVED_VM_H_

#include <optional>

#include "evroc/compute/v1/resources.pb.h"
#include "shim/rpc/cloud_snapshot.h"

namespace evroc::shim {

// Of a machine that was made before: without a VM it is LOST.
compute::v1::VirtualMachine VmOf(
    const std::optional<MachineSnapshot>& snapshot);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_OBSERVED_VM_H_
