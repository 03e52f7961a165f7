// Makes an EvrocMachine ours before anything of it is created: its finalizer,
// its ids, and what is decided once, its zone and its
// spread group.
// Thread-safe; one call at a time for each key.

#ifndef SHIM_RECONCILE_MACHINE_MACHINE_CLAIM_H_
#define SHIM_RECONCILE_MACHINE_MACHINE_CLAIM_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/json/json.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/machine/zone_picker.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class MachineClaim {
 public:
  MachineClaim(ReconcileEnv& env, ObjectWriter<EvrocMachineObject>& writer,
               ZonePicker& zones)
      : env_(env), writer_(writer), zones_(zones) {}

  // Writes what is missing in one patch, which replaces `machine.evroc`.
  // FAILED_PRECONDITION for an object that lost its id, INVALID_ARGUMENT if no
  // zone will do.
  absl::Status Run(const CallContext& context, MachineContext& machine);

 private:
  // Copies them into the status before the VM is made.
  absl::Status WriteCopy(const CallContext& context, MachineContext& machine);
  absl::StatusOr<Json> ChangedAnnotations(const MachineContext& machine);
  absl::StatusOr<std::string> ZoneFor(const MachineContext& machine);

  ReconcileEnv& env_;
  ObjectWriter<EvrocMachineObject>& writer_;
  ZonePicker& zones_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_MACHINE_CLAIM_H_
