#include "shim/reconcile/backends.h"

#include <algorithm>
#include <tuple>

namespace evroc::shim {
namespace {

// Whether the machine is of the control plane and not being deleted.
bool Serves(const EvrocMachineObject& machine, const ObjectCache& cache) {
  if (machine.meta.deleting || !cache.IsControlPlane(machine)) return false;
  const MachinePtr owner = cache.OwnerOf(machine);
  return owner != nullptr && !owner->meta.deleting;
}

}  // namespace

std::vector<std::string> BackendsOf(
    const std::vector<EvrocMachinePtr>& machines, const ObjectCache& cache,
    const std::function<VmPresence(const std::string& machine_id)>& presence) {
  std::vector<std::string> backends;
  for (const EvrocMachinePtr& machine : machines) {
    const std::string id(machine->meta.Annotation(kOwnerIdAnnotation));
    if (id.empty() || !Serves(*machine, cache)) continue;
    const VmPresence vm = presence(id);
    if (vm.vm_id.empty()) continue;
    if (vm.running || machine->status.provisioned) backends.push_back(vm.vm_id);
  }
  std::sort(backends.begin(), backends.end());
  return backends;
}

EvrocMachinePtr EndpointHolder(const std::vector<EvrocMachinePtr>& machines,
                               const ObjectCache& cache) {
  EvrocMachinePtr oldest;
  for (const EvrocMachinePtr& machine : machines) {
    if (!Serves(*machine, cache)) continue;
    if (oldest == nullptr ||
        std::tie(machine->meta.created, machine->meta.key) <
            std::tie(oldest->meta.created, oldest->meta.key)) {
      oldest = machine;
    }
  }
  return oldest;
}

}  // namespace evroc::shim
