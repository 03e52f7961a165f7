// Tells when a machine waits too long for what may never come: room in its
// zone, or the import of its image to begin (VirtualMachine.waiting_since).
// Pure functions.

#ifndef SHIM_RECONCILE_MACHINE_STATUS_LATENESS_H_
#define SHIM_RECONCILE_MACHINE_STATUS_LATENESS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shim/cache/evroc_machine.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

struct Lateness {
  enum class Stage { kNone, kLate, kTimedOut };
  Stage stage = Stage::kNone;
  absl::Time since = absl::InfinitePast();  // it waits, as the cloud says
  // The delay until the stage becomes the next one, if nothing changes before;
  // infinite: never.
  absl::Duration next = absl::InfiniteDuration();
};

// The lateness of a machine that is reported as `vm` and has waited for that
// time (WaitTimes). It is late after five minutes, or after a sixth of a
// shorter `timeout`; a timeout of zero means that it never times out. A machine
// that was provisioned once is not late.
Lateness LatenessOf(const MachineSnapshot& vm, bool provisioned,
                    absl::Duration waited, absl::Duration timeout);

// Says it in `status`, which is that of a machine that is not ready: the reason
// of Ready becomes ProvisioningLate, or ProvisioningTimedOut and the state
// "Failed". The cause stays in VMReady or DiskReady. For a stage but kNone.
void SetLateness(const Lateness& lateness, int64_t generation, absl::Time now,
                 EvrocMachineStatus& status);

// Whether it is one of these reasons.
bool IsLate(absl::string_view ready_reason);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_STATUS_LATENESS_H_
