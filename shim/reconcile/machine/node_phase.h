// The node initialiser's part of a machine's reconcile: says what is wanted of
// the Node, records how far it is (ADR 12), and takes the provider ID over that
// a Node has from somebody else (ADR 24). Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_NODE_PHASE_H_
#define SHIM_RECONCILE_MACHINE_NODE_PHASE_H_

#include "absl/status/statusor.h"
#include "common/time/call_context.h"
#include "shim/controller/object_writer.h"
#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class NodePhase {
 public:
  NodePhase(ReconcileEnv& env, ObjectWriter<EvrocMachineObject>& writer)
      : env_(env), writer_(writer) {}

  // Sets NodeInitialized or NodeLinked in `status`, or neither. They are not
  // part of Ready: a Machine gets its node only after its infrastructure is
  // ready.
  void Run(const MachineContext& machine, EvrocMachineStatus& status);

  // After Run: writes spec.providerID if it comes from the Node, and the Node
  // has one now, which replaces `machine.evroc`. Returns whether it did.
  absl::StatusOr<bool> AdoptProviderId(const CallContext& context,
                                       MachineContext& machine);

 private:
  ReconcileEnv& env_;
  ObjectWriter<EvrocMachineObject>& writer_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_NODE_PHASE_H_
