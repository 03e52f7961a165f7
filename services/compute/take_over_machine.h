// Takes over, or gives back, the virtual machine and the disks of one machine
// of Evroc's official provider.

#ifndef SERVICES_COMPUTE_TAKE_OVER_MACHINE_H_
#define SERVICES_COMPUTE_TAKE_OVER_MACHINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "services/compute/compute_inventories.h"
#include "services/evroc/api/compute_api.h"
#include "services/inventory/take_over.h"

namespace evroc::compute {

// See evroc.compute.v1.TakeOverVirtualMachineResponse.
struct MachineTakeOver {
  std::vector<cloud::TakeOverObject> objects;
  std::string zone;
  std::string uid;
  std::string public_ip_id;
};

// Safe to repeat. Other people's disks on the machine are none of its own and
// are not mentioned. Errors of Collection.
absl::StatusOr<MachineTakeOver> TakeOverMachine(
    const CallContext& context, cloud::ComputeApi& api,
    ComputeInventories& inventories, const cloud::TakeOverRequest& request);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_TAKE_OVER_MACHINE_H_
