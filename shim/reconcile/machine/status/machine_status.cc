#include "shim/reconcile/machine/status/machine_status.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/status_conditions.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

// The value of status.state.
absl::string_view StateName(Vm::State state) {
  switch (state) {
    case Vm::STATE_PROVISIONING:
      return "Provisioning";
    case Vm::STATE_RUNNING:
      return "Running";
    case Vm::STATE_STARTING:
      return "Starting";
    case Vm::STATE_STOPPING:
      return "Stopping";
    case Vm::STATE_STOPPED:
      return "Stopped";
    case Vm::STATE_FAILED:
      return "Failed";
    case Vm::STATE_LOST:
      return "Lost";
    case Vm::STATE_DELETING:
      return "Deleting";
    default:
      return "Unknown";
  }
}

void SetReady(bool ready, absl::string_view reason, absl::string_view message,
              int64_t generation, absl::Time now, EvrocMachineStatus& status) {
  status.conditions.Set(
      "Ready", ready ? ConditionStatus::kTrue : ConditionStatus::kFalse, reason,
      message, generation, now);
}

// Whether the machine can be used for the first time; afterwards it is ready
// as long as it runs.
bool IsUsable(const MachineSnapshot& vm) {
  const CloudCondition* const ready = FindCondition(vm.conditions, "Ready");
  return ready != nullptr && vm.state == Vm::STATE_RUNNING &&
         ready->status == common::v1::Condition::STATUS_TRUE;
}

void SetUnready(const MachineSnapshot& vm, int64_t generation, absl::Time now,
                EvrocMachineStatus& status) {
  const CloudCondition* const ready = FindCondition(vm.conditions, "Ready");
  if (ready == nullptr) return;
  SetReady(false,
           ready->status == common::v1::Condition::STATUS_TRUE
               ? "WaitingForProviderID"
               : ready->reason,
           ready->message, generation, now, status);
}

// A machine stays in its group whatever becomes of the spec, so what the spec
// said of it when it was first seen holds.
void RecordPlacement(const EvrocMachineSpec& spec, const MachineSnapshot& vm,
                     EvrocMachineStatus& status) {
  if (vm.placement_group.empty() ||
      vm.placement_group == status.placement_group_id) {
    return;
  }
  status.placement_group_id = vm.placement_group;
  status.placement_strategy = spec.spread ? kSpreadStrategy : "";
}

void RecordDisks(const EvrocMachineSpec& spec, const MachineSnapshot& vm,
                 EvrocMachineStatus& status) {
  if (vm.uid.empty()) return;
  status.additional_disks.reset();
  if (!spec.additional_disks.empty() || !vm.data_disks.empty()) {
    status.additional_disks = vm.data_disks;
  }
}

// The conditions that the compute service, or the machine's Node, decides.
bool IsMeasured(absl::string_view condition) {
  return condition == kVmReady || condition == kDiskReady ||
         condition == kPublicIpReady || condition == kBootstrapDataReady;
}

// Whether Ready says how the machine is, which no error changes.
bool WasMeasured(const EvrocMachineStatus& status) {
  return status.provisioned || status.conditions.IsTrue("Ready");
}

}  // namespace

std::vector<MachineAddress> AddressesOf(const MachineSnapshot& vm) {
  std::vector<MachineAddress> addresses;
  const auto add = [&](const char* type, const std::string& address) {
    if (!address.empty()) addresses.push_back({type, address});
  };
  add("InternalIP", vm.private_ipv4_address);
  add("InternalIP", vm.ipv6_address);
  add("ExternalIP", vm.public_ipv4_address);
  if (!addresses.empty()) add("Hostname", vm.id);
  return addresses;
}

EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const MachineSnapshot& vm,
                                   absl::string_view zone,
                                   ProviderIdState provider_id,
                                   absl::Time now) {
  const int64_t generation = machine.meta.generation;
  EvrocMachineStatus status = machine.status;
  status.observed_generation = generation;
  status.state = std::string(StateName(vm.state));
  if (!vm.id.empty()) status.vm_id = vm.id;
  if (!vm.uid.empty()) status.machine_uid = vm.uid;
  RecordPlacement(machine.spec, vm, status);
  RecordDisks(machine.spec, vm, status);
  if (!vm.zone.empty()) {
    status.failure_domain = vm.zone;
  } else if (!zone.empty()) {
    status.failure_domain = std::string(zone);
  }
  // Without a VM the last addresses stay in the status.
  if (std::vector<MachineAddress> addresses = AddressesOf(vm);
      !addresses.empty()) {
    status.addresses = std::move(addresses);
  }
  CopyConditions(vm.conditions, "", generation, now, status.conditions);
  // It has had its data at the first boot.
  if (!vm.uid.empty() || WasMade(machine)) {
    status.conditions.Set(kBootstrapDataReady, ConditionStatus::kTrue,
                          "Available", "", generation, now);
  }
  const bool was_provisioned = status.provisioned;
  const bool usable = IsUsable(vm) && !status.addresses.empty();
  if (usable && provider_id == ProviderIdState::kSet) status.provisioned = true;
  const bool awaits_node =
      usable && provider_id == ProviderIdState::kComesFromNode;
  if ((status.provisioned || awaits_node) && vm.state == Vm::STATE_RUNNING) {
    SetReady(true, "Ready", "", generation, now, status);
  } else if (!was_provisioned || vm.state != Vm::STATE_UNKNOWN) {
    SetUnready(vm, generation, now, status);
  }
  return status;
}

void SetUnmetOfMachine(int64_t generation, absl::Time now,
                       EvrocMachineStatus& status) {
  // Of one that does not run, Ready says enough.
  if (!status.provisioned || status.state != StateName(Vm::STATE_RUNNING)) {
    return;
  }
  SetUnmet({kVmReady, kDiskReady, kPublicIpReady}, generation, now,
           status.conditions);
}

void SetScopeMatches(const EvrocMachineObject& machine,
                     const EvrocClusterSpec& cluster, absl::Time now,
                     EvrocMachineStatus& status) {
  const auto differs = [](absl::string_view own, absl::string_view of_cluster) {
    return !own.empty() && !of_cluster.empty() && own != of_cluster;
  };
  // A kubeconfig's project may be "organisation:project".
  const bool plain = cluster.project.find(':') == std::string::npos;
  const bool project =
      plain && differs(machine.spec.project.str(), cluster.project);
  if (!project && !differs(machine.spec.region.str(), cluster.region)) {
    status.conditions.Remove("ScopeMatches");
    return;
  }
  status.conditions.Set(
      "ScopeMatches", ConditionStatus::kFalse,
      project ? "OtherProject" : "OtherRegion",
      absl::StrCat("the machine is in the project and region of its "
                   "EvrocCluster, ",
                   cluster.project, " and ", cluster.region, ", not in ",
                   machine.spec.project.str(), " and ",
                   machine.spec.region.str()),
      machine.meta.generation, now);
}

EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   const ReconcileError& error,
                                   absl::Time now) {
  EvrocMachineStatus status = machine.status;
  const int64_t generation = machine.meta.generation;
  if (!error.transient) status.observed_generation = generation;
  if (!error.cause.ok()) {
    SetRefused(error, generation, now, status.conditions);
  }
  if (WasMeasured(status)) {
    if (!error.condition.empty() && !IsMeasured(error.condition)) {
      SetFailed(error.condition, error, generation, now, status.conditions);
    }
    return status;
  }
  if (machine.meta.deleting) return status;
  // What comes first is not asked of the cloud.
  if (error.cause.ok()) {
    RemoveUnmet({kSpecApplied, kCredentialsReady}, status.conditions);
  }
  // A VM that runs before it is recorded is what it is.
  const bool runs =
      error.condition == kVmReady && status.conditions.IsTrue(kVmReady);
  if (!error.condition.empty() && !error.transient && !runs) {
    SetFailed(error.condition, error, generation, now, status.conditions);
  }
  SetFailed("Ready", error, generation, now, status.conditions);
  return status;
}

EvrocMachineStatus StatusUnseen(const EvrocMachineObject& machine,
                                const ReconcileError& error, absl::Time now) {
  EvrocMachineStatus status = StatusWithError(machine, error, now);
  status.state = std::string(StateName(Vm::STATE_UNKNOWN));
  for (const char* type : {"VMReady", "Ready"}) {
    SetFailed(type, error, machine.meta.generation, now, status.conditions);
  }
  return status;
}

}  // namespace evroc::shim
