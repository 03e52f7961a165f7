// Maps the cloud's names of machine states (evroc-api.md B.5.1). Pure
// functions.

#ifndef SERVICES_COMPUTE_MACHINE_STATE_H_
#define SERVICES_COMPUTE_MACHINE_STATE_H_

#include "absl/strings/string_view.h"
#include "evroc/compute/v1/resources.pb.h"

namespace evroc::compute {

// The zone has no room for the machine. The cloud goes on trying.
inline constexpr absl::string_view kUnschedulable = "ErrorUnschedulable";

// STATE_UNKNOWN for unknown names.
v1::VirtualMachine::State StateOf(absl::string_view virtual_machine_status);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_STATE_H_
