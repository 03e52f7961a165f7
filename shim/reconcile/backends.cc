#include "shim/reconcile/backends.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "common/names/dns_label.h"

namespace evroc::shim {
namespace {

// Whether a machine serves the Kubernetes API.
enum class Serving { kYes, kNo, kUnknown };

Serving ServingOf(const EvrocMachineObject& machine, const ObjectCache& cache) {
  const MachinePtr owner = cache.OwnerOf(machine);
  if (machine.meta.deleting || (owner != nullptr && owner->meta.deleting)) {
    return Serving::kNo;
  }
  if (cache.IsControlPlane(machine)) return Serving::kYes;
  return owner != nullptr ? Serving::kNo : Serving::kUnknown;
}

std::string IdOf(const EvrocMachineObject& machine) {
  return std::string(machine.meta.Annotation(kOwnerIdAnnotation));
}

// The id of a virtual machine that no report shows, which is no statement
// either: as it was seen last, or as the official provider calls those that are
// not taken over yet. Empty if it is not known.
std::string UnseenVmId(const EvrocMachineObject& machine) {
  for (const MachineAddress& address : machine.status.addresses) {
    if (address.type == "Hostname") return address.address;
  }
  if (IdOf(machine).empty()) return machine.meta.key.name;
  return std::string(machine.meta.Annotation(kResourcePrefixAnnotation));
}

void SortOnce(std::vector<std::string>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// Adds a machine that is not known to leave. `vm` is null if no report shows
// it.
void AddMachine(const EvrocMachineObject& machine, Serving serving,
                const MachineSnapshot* vm, Backends& backends) {
  const std::string id = vm != nullptr ? vm->id : UnseenVmId(machine);
  if (!IsDnsLabel(id)) return;
  if (serving == Serving::kUnknown || vm == nullptr) {
    backends.undecided.push_back(id);
  } else if (machine.status.provisioned ||
             vm->state == compute::v1::VirtualMachine::STATE_RUNNING) {
    backends.serving.push_back(id);
  }
}

}  // namespace

Backends BackendsOf(const std::vector<EvrocMachinePtr>& machines,
                    const ObjectCache& cache, const MachineSnapshots& vms) {
  Backends backends;
  std::set<std::string> known;
  for (const EvrocMachinePtr& machine : machines) {
    const std::string id = IdOf(*machine);
    known.insert(id);
    const Serving serving = ServingOf(*machine, cache);
    const auto vm = vms.find(id);
    const bool seen = vm != vms.end() && !vm->second.uid.empty();
    if (serving == Serving::kNo) {
      if (seen && cache.IsControlPlane(*machine)) {
        backends.leaving.push_back(vm->second.id);
      }
      continue;
    }
    AddMachine(*machine, serving, seen ? &vm->second : nullptr, backends);
  }
  for (const auto& [id, vm] : vms) {
    if (vm.uid.empty() || known.contains(id)) continue;
    backends.undecided.push_back(vm.id);
  }
  SortOnce(backends.serving);
  SortOnce(backends.undecided);
  SortOnce(backends.leaving);
  return backends;
}

bool IsEndpointHolder(const EvrocMachineObject& machine,
                      const std::vector<EvrocMachinePtr>& machines,
                      const ObjectCache& cache, const MachineSnapshots& vms,
                      absl::string_view address) {
  const auto holder = std::find_if(vms.begin(), vms.end(), [&](const auto& vm) {
    return !address.empty() && vm.second.public_ipv4_address == address;
  });
  std::string held = holder == vms.end() ? "" : holder->first;
  EvrocMachinePtr oldest;
  for (const EvrocMachinePtr& each : machines) {
    const Serving serving = ServingOf(*each, cache);
    if (serving == Serving::kNo && IdOf(*each) == held) held.clear();
    if (serving != Serving::kYes) continue;
    if (oldest == nullptr ||
        std::tie(each->meta.created, each->meta.key) <
            std::tie(oldest->meta.created, oldest->meta.key)) {
      oldest = each;
    }
  }
  if (!held.empty()) return IdOf(machine) == held;
  return oldest != nullptr && oldest->meta.key == machine.meta.key;
}

}  // namespace evroc::shim
