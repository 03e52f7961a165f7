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
  if (IdOf(machine).empty()) return machine.meta.key.name.str();
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

// Whether the machine was seen with `address` last, and no report shows it now.
bool WasSeenWith(const EvrocMachineObject& machine, const MachineSnapshots& vms,
                 absl::string_view address) {
  const auto vm = vms.find(IdOf(machine));
  if (vm != vms.end() && !vm->second.uid.empty()) return false;
  const auto& addresses = machine.status.addresses;
  return std::any_of(
      addresses.begin(), addresses.end(), [&](const MachineAddress& each) {
        return each.type == "ExternalIP" && each.address == address;
      });
}

// The id of the machine that has `address`, or empty. That no report shows a
// machine is no statement.
std::string IdOfHolder(const std::vector<EvrocMachinePtr>& machines,
                       const ObjectCache& cache, const MachineSnapshots& vms,
                       absl::string_view address) {
  if (address.empty()) return "";
  for (const auto& [id, vm] : vms) {
    if (vm.public_ipv4_address == address) return id;
  }
  for (const EvrocMachinePtr& each : machines) {
    if (ServingOf(*each, cache) != Serving::kNo &&
        WasSeenWith(*each, vms, address)) {
      return IdOf(*each);
    }
  }
  return "";
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
  std::string held = IdOfHolder(machines, cache, vms, address);
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
