// Computes EvrocMachine.status from the report of the compute service. Pure
// functions.

#ifndef SHIM_RECONCILE_MACHINE_STATUS_MACHINE_STATUS_H_
#define SHIM_RECONCILE_MACHINE_STATUS_MACHINE_STATUS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "evroc/compute/v1/resources.pb.h"
#include "shim/cache/evroc_machine.h"
#include "shim/reconcile/reconcile_error.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

inline constexpr absl::string_view kBootstrapDataReady = "BootstrapDataReady";
inline constexpr absl::string_view kPublicIpReady = "PublicIPReady";
inline constexpr absl::string_view kVmReady = "VMReady";
inline constexpr absl::string_view kDiskReady = "DiskReady";

// InternalIP before ExternalIP, IPv4 before IPv6, always in this order
// (traps.md D3), the host name last.
std::vector<MachineAddress> AddressesOf(const MachineSnapshot& vm);

// spec.providerID of a machine.
enum class ProviderIdState {
  kSet,
  kUnset,          // it is written as soon as the VM has a UID
  kComesFromNode,  // it is unset until the Node has one (ADR 24)
};

// The status after a report. Provisioned becomes true with the first report of
// a machine that runs and has an address and a provider ID (IM-07), and stays
// true. Ready does not wait for a provider ID that comes from the Node: the
// time that a Node may take to start is counted from Ready on (IM-10).
EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const MachineSnapshot& vm,
                                   absl::string_view zone,
                                   ProviderIdState provider_id, absl::Time now);

// Sets the condition ScopeMatches if the machine names another project or
// region than its cluster, whose it is all the same.
void SetScopeMatches(const EvrocMachineObject& machine,
                     const EvrocClusterSpec& cluster, absl::Time now,
                     EvrocMachineStatus& status);

// Sets SpecApplied False where a part of a machine that runs is not as it was
// asked for.
void SetUnmetOfMachine(int64_t generation, absl::Time now,
                       EvrocMachineStatus& status);

// The status after an error, or while something else has to come first. Of a
// machine that was provisioned or ready, Ready and the conditions of its parts
// stay as they are in `machine`, where they say what is measured (ADR 29).
EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   const ReconcileError& error, absl::Time now);

// As StatusWithError, after an error that says that the machine is not ours any
// more, for one that was provisioned and that no report shows any more. Whether
// it is lost is not certain, and what was known of it may not hold any longer.
EvrocMachineStatus StatusUnseen(const EvrocMachineObject& machine,
                                const ReconcileError& error, absl::Time now);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_STATUS_MACHINE_STATUS_H_
