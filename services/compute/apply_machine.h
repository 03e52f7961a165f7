// Brings a virtual machine to its requested state, and never creates it twice.

#ifndef SERVICES_COMPUTE_APPLY_MACHINE_H_
#define SERVICES_COMPUTE_APPLY_MACHINE_H_

#include <vector>

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/compute/machine_resources.h"
#include "services/compute/machine_spec.h"
#include "services/evroc/api/compute.h"
#include "services/inventory/inventory.h"

namespace evroc::compute {

// A try to make a machine, over all calls until the cloud has decided.
struct MachineTry {
  // The cloud refuses the machine itself, and will until somebody changes
  // something.
  bool refused = false;
  // Those that this try has made, for a machine that is not there.
  std::vector<cloud::Known<cloud::Disk>> made_disks;
};

// Does all that is possible now and waits for nothing; with nothing to change
// it writes nothing. Safe to repeat. `resources` is what exists of the spec.
// `provisioned_before`: a missing machine is lost, and nothing is done
// (traps.md B1). A machine whose provisioning failed is left alone.
//
// `attempt` is what the call before left of it. Once the machine is refused,
// the disks that the try made are deleted, and none that was there before. So
// is one in another zone than the machine's, before the machine exists.
//
// Errors of Collection; FAILED_PRECONDITION for a name that is taken and for a
// change that is not possible. One that needs a stopped machine is refused
// after everything else was done: somebody else may have made the difference.
absl::Status ApplyMachine(const CallContext& context,
                          ComputeInventories& inventories,
                          const MachineSpec& spec,
                          const MachineResources& resources,
                          bool provisioned_before, MachineTry& attempt);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_APPLY_MACHINE_H_
