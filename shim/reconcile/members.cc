#include "shim/reconcile/members.h"

#include <algorithm>
#include <tuple>

namespace evroc::shim {
namespace {

// Whether a control-plane machine is meant to go on serving.
bool Serves(const EvrocMachineObject& machine, const Stores& stores) {
  if (machine.meta.deleting || !stores.IsControlPlane(machine)) return false;
  const MachinePtr owner = stores.OwnerOf(machine);
  return owner != nullptr && !owner->meta.deleting;
}

}  // namespace

std::vector<std::string> MembersOf(
    const std::vector<EvrocMachinePtr>& machines, const Stores& stores,
    const std::function<VmPresence(const std::string& machine_id)>& presence) {
  std::vector<std::string> members;
  for (const EvrocMachinePtr& machine : machines) {
    const std::string id(machine->meta.Annotation(kOwnerIdAnnotation));
    if (id.empty() || !Serves(*machine, stores)) continue;
    const VmPresence vm = presence(id);
    if (vm.vm_id.empty()) continue;
    if (vm.running || machine->status.provisioned) members.push_back(vm.vm_id);
  }
  std::sort(members.begin(), members.end());
  return members;
}

EvrocMachinePtr EndpointHolder(const std::vector<EvrocMachinePtr>& machines,
                               const Stores& stores) {
  EvrocMachinePtr oldest;
  for (const EvrocMachinePtr& machine : machines) {
    if (!Serves(*machine, stores)) continue;
    if (oldest == nullptr ||
        std::tie(machine->meta.created, machine->meta.key) <
            std::tie(oldest->meta.created, oldest->meta.key)) {
      oldest = machine;
    }
  }
  return oldest;
}

}  // namespace evroc::shim
