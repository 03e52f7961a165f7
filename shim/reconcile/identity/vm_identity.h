// Says which virtual machine is an EvrocMachine's. Pure functions.

#ifndef SHIM_RECONCILE_IDENTITY_VM_IDENTITY_H_
#define SHIM_RECONCILE_IDENTITY_VM_IDENTITY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "shim/cache/evroc_machine.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

// "evroc://<VM uid>", byte for byte what Evroc's cloud controller manager
// writes (ADR 5); empty without a uid.
std::string ProviderIdOf(absl::string_view vm_uid);

// Whether the machine's VM was ever made: it is never made again (traps.md B1).
bool WasMade(const EvrocMachineObject& machine);

// The UID of the machine's VM, from its annotation or its provider ID; empty if
// neither has it. The official provider makes a VM that was lost a second time,
// and leaves the provider ID as it was: there the annotation is right.
std::string RecordedVmUid(const EvrocMachineObject& machine);

// The report about the machine's VM: `reported`, or, if that is another VM that
// somebody made under its name, or one that has yet to be made, that it is
// lost.
MachineSnapshot VmOf(const EvrocMachineObject& machine,
                     const MachineSnapshot& reported);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_IDENTITY_VM_IDENTITY_H_
