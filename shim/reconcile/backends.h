// Selects the machines behind a cluster's load balancer, and the machine that
// holds a public-IP endpoint. Pure functions.

#ifndef SHIM_RECONCILE_BACKENDS_H_
#define SHIM_RECONCILE_BACKENDS_H_

#include <functional>
#include <string>
#include <vector>

#include "shim/reconcile/object_cache.h"

namespace evroc::shim {

// The state of a machine in the cloud.
struct VmPresence {
  std::string vm_id;  // empty: it does not exist
  bool running = false;
};

// The sorted VM ids of the control plane's machines, from the moment a machine
// runs (traps.md D4) until its Machine, or it itself, is being deleted
// (CAPH#1143). A stopped machine that was provisioned stays: the health check
// excludes it. `presence` takes the ownership id.
std::vector<std::string> BackendsOf(
    const std::vector<EvrocMachinePtr>& machines, const ObjectCache& cache,
    const std::function<VmPresence(const std::string& machine_id)>& presence);

// The machine that holds a public-IP endpoint: the oldest of the control plane
// that is not being deleted. Null if there is none.
EvrocMachinePtr EndpointHolder(const std::vector<EvrocMachinePtr>& machines,
                               const ObjectCache& cache);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_BACKENDS_H_
