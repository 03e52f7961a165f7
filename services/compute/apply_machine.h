// Makes a machine be as requested, once and never again.

#ifndef SERVICES_COMPUTE_APPLY_MACHINE_H_
#define SERVICES_COMPUTE_APPLY_MACHINE_H_

#include "absl/status/status.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/compute/machine_resources.h"
#include "services/compute/machine_spec.h"

namespace evroc::compute {

// Goes as far as it can now and waits for nothing; with nothing to change it
// writes nothing. A repeat is safe. `resources` is what there is of the spec.
// `provisioned_before`: a machine that is not there is lost, and nothing is
// done (traps.md B1). One whose provisioning failed is left alone.
//
// Errors of Collection; FAILED_PRECONDITION for a name that is taken and for
// what can't be changed.
absl::Status ApplyMachine(const CallContext& context,
                          ComputeInventories& inventories,
                          const MachineSpec& spec,
                          const MachineResources& resources,
                          bool provisioned_before);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_APPLY_MACHINE_H_
