// From what the compute service says to EvrocMachine.status. Pure functions.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_STATUS_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_STATUS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/cache/evroc_machine.h"
#include "shim/reconcile/reconcile_error.h"

namespace evroc::shim {

// "evroc://<VM uid>", byte for byte what Evroc's cloud controller manager
// writes (ADR 5); empty while the VM has no uid.
std::string ProviderIdOf(const compute::v1::VirtualMachine& vm);

// InternalIP before ExternalIP, IPv4 before IPv6, always in this order
// (traps.md D3), the host name last.
std::vector<MachineAddress> AddressesOf(const compute::v1::VirtualMachine& vm);

// The status after an answer. `provider_id_set`: spec.providerID is there
// (IM-07). Provisioned becomes true with the first machine that runs and has
// an address, and stays.
EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const compute::v1::VirtualMachine& vm,
                                   absl::string_view zone, bool provider_id_set,
                                   absl::Time now);

// The status after an error about the condition of that type; unchanged after
// a transient one. A machine that was provisioned keeps its Ready: an error
// says nothing about a machine that runs (IM-10).
EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   absl::string_view type,
                                   const ReconcileError& error, absl::Time now);

// The status while something is waited for. A machine that was provisioned
// keeps its Ready.
EvrocMachineStatus StatusWhileWaiting(const EvrocMachineObject& machine,
                                      absl::string_view type,
                                      absl::string_view reason,
                                      absl::string_view message,
                                      absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_STATUS_H_
