// Makes EvrocMachine.status from the compute service's answers and errors. Pure
// functions.

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

// "evroc://<VM uid>", exactly as Evroc's cloud controller manager writes it
// (ADR 5); empty while the VM has no uid.
std::string ProviderIdOf(const compute::v1::VirtualMachine& vm);

// The machine's addresses in a fixed order: InternalIP before ExternalIP, IPv4
// before IPv6 (traps.md D3), the host name last.
std::vector<MachineAddress> AddressesOf(const compute::v1::VirtualMachine& vm);

// The status after an answer. `provider_id_set`: spec.providerID is set
// (IM-07). Provisioned becomes true once the machine runs and has an address,
// and stays true.
EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const compute::v1::VirtualMachine& vm,
                                   absl::string_view zone, bool provider_id_set,
                                   absl::Time now);

// The status after an error, which sets the condition `type`; unchanged after a
// transient error. A provisioned machine keeps its Ready: an error does not
// concern a running machine (IM-10).
EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   absl::string_view type,
                                   const ReconcileError& error, absl::Time now);

// The status during a wait, which sets the condition `type` (empty: none) to
// false. A provisioned machine keeps its Ready.
EvrocMachineStatus StatusWhileWaiting(const EvrocMachineObject& machine,
                                      absl::string_view type,
                                      absl::string_view reason,
                                      absl::string_view message,
                                      absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_STATUS_H_
