// Which virtual machines belong behind a cluster's load balancer. A pure
// function.

#ifndef SHIM_RECONCILE_BACKENDS_H_
#define SHIM_RECONCILE_BACKENDS_H_

#include <functional>
#include <string>
#include <vector>

#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

// What is known of a machine in the cloud, by its ownership id.
struct VmPresence {
  std::string vm_id;  // empty: it does not exist
  bool running = false;
};

// Sorted ids of the control plane's machines: from the moment a machine runs
// (traps.md D4) until its Machine, or it itself, starts to delete (CAPH#1143).
// One that was provisioned stays while it is stopped: the health check leaves
// it out.
std::vector<std::string> BackendsOf(
    const std::vector<EvrocMachinePtr>& machines, const ObjectCache& cache,
    const std::function<VmPresence(const std::string& machine_id)>& presence);

// The machine that carries a public-IP endpoint: the oldest of the control
// plane that stays. Null if there is none.
EvrocMachinePtr EndpointHolder(const std::vector<EvrocMachinePtr>& machines,
                               const ObjectCache& cache);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_BACKENDS_H_
