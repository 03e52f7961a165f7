// Selects the machines behind a cluster's load balancer, and the machine that
// holds a public-IP endpoint. Pure functions.
//
// Only a statement takes a machine out: it, or its Machine, is being deleted.
// What is missing (an owner, a label, an object in a cache) is none.

#ifndef SHIM_RECONCILE_BACKENDS_H_
#define SHIM_RECONCILE_BACKENDS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shim/reconcile/object_cache.h"
#include "shim/rpc/machine_snapshot.h"

namespace evroc::shim {

// What the cloud has of a cluster, by ownership id of the machine.
using MachineSnapshots = std::map<std::string, MachineSnapshot>;

// Ids of virtual machines, sorted, each once.
struct Backends {
  // Have to be behind the load balancer.
  std::vector<std::string> serving;
  // Stay there if they are there: whether they belong there is not known.
  std::vector<std::string> undecided;
  // Are being deleted, and serve until they are gone where the endpoint is a
  // public IP that they still have.
  std::vector<std::string> leaving;

  friend bool operator==(const Backends&, const Backends&) = default;
};

// A machine of the control plane serves from the moment that it runs
// (traps.md D4) until its Machine, or it itself, is being deleted (CAPH#1143).
// A stopped one that was provisioned stays: the health check excludes it.
Backends BackendsOf(const std::vector<EvrocMachinePtr>& machines,
                    const ObjectCache& cache, const MachineSnapshots& vms);

// Whether `machine` is to hold a public-IP endpoint: the one of `machines` that
// has `address`, or had it when a report showed it last, unless it is being
// deleted, else the oldest of the control plane that is not.
bool IsEndpointHolder(const EvrocMachineObject& machine,
                      const std::vector<EvrocMachinePtr>& machines,
                      const ObjectCache& cache, const MachineSnapshots& vms,
                      absl::string_view address);

}  // namespace evroc::shim

#endif  // SHIM_RECONCILE_BACKENDS_H_
