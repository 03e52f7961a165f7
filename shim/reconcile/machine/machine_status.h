// Computes EvrocMachine.status from the report of the compute service. Pure
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
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

// "evroc://<VM uid>", byte for byte what Evroc's cloud controller manager
// writes (ADR 5); empty while the VM has no uid.
std::string ProviderIdOf(const MachineSnapshot& vm);

// The report about the machine's VM: `reported`, or, if that is another VM that
// somebody made under its name, that it is lost.
MachineSnapshot VmOf(const EvrocMachineObject& machine,
                     const MachineSnapshot& reported);

// InternalIP before ExternalIP, IPv4 before IPv6, always in this order
// (traps.md D3), the host name last.
std::vector<MachineAddress> AddressesOf(const MachineSnapshot& vm);

// The status after a report. `provider_id_set`: spec.providerID is set (IM-07).
// Provisioned becomes true with the first machine that runs and has an address,
// and stays true.
EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const MachineSnapshot& vm,
                                   absl::string_view zone, bool provider_id_set,
                                   absl::Time now);

// Sets the condition ScopeMatches if the machine names another project or
// region than its cluster, whose it is all the same.
void SetScopeMatches(const EvrocMachineObject& machine,
                     const EvrocClusterSpec& cluster, absl::Time now,
                     EvrocMachineStatus& status);

// The status after an error, or while something else has to come first;
// unchanged after a transient error. A machine that was provisioned keeps its
// Ready: an error says nothing about a machine that runs (IM-10).
EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   const ReconcileError& error, absl::Time now);

// As StatusWithError, after an error that says that the machine is not ours any
// more, for one that was provisioned and that no report shows any more. Whether
// it is lost is not certain, and what was known of it may not hold any longer.
EvrocMachineStatus StatusUnseen(const EvrocMachineObject& machine,
                                const ReconcileError& error, absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_STATUS_H_
