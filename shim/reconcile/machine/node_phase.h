// The node initialiser's part of a machine's reconcile: says what is wanted of
// the Node, and records how far it is (ADR 12). Thread-safe.

#ifndef SHIM_RECONCILE_MACHINE_NODE_PHASE_H_
#define SHIM_RECONCILE_MACHINE_NODE_PHASE_H_

#include "shim/reconcile/machine/machine_context.h"
#include "shim/reconcile/reconcile_env.h"

namespace evroc::shim {

class NodePhase {
 public:
  explicit NodePhase(ReconcileEnv& env) : env_(env) {}

  // Sets NodeInitialized in `status`. It is not part of Ready: a Machine gets
  // its node only after its infrastructure is ready.
  void Run(const MachineContext& machine, EvrocMachineStatus& status);

 private:
  ReconcileEnv& env_;
};

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_MACHINE_NODE_PHASE_H_
