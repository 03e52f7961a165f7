#include "shim/reconcile/machine/machine_status.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "shim/reconcile/service_conditions.h"

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

// Whether the machine is usable for the first time; afterwards it is ready
// whenever it runs.
bool IsUsable(const Vm& vm) {
  for (const common::v1::Condition& condition : vm.conditions()) {
    if (condition.type() == "Ready") {
      return vm.state() == Vm::STATE_RUNNING &&
             condition.status() == common::v1::Condition::STATUS_TRUE;
    }
  }
  return false;
}

void SetUnready(const Vm& vm, int64_t generation, absl::Time now,
                EvrocMachineStatus& status) {
  for (const common::v1::Condition& condition : vm.conditions()) {
    if (condition.type() != "Ready") continue;
    SetReady(false,
             condition.status() == common::v1::Condition::STATUS_TRUE
                 ? "WaitingForProviderID"
                 : condition.reason(),
             condition.message(), generation, now, status);
  }
}

}  // namespace

std::string ProviderIdOf(const Vm& vm) {
  return vm.uid().empty() ? std::string() : absl::StrCat("evroc://", vm.uid());
}

std::vector<MachineAddress> AddressesOf(const Vm& vm) {
  std::vector<MachineAddress> addresses;
  const auto add = [&](const char* type, const std::string& address) {
    if (!address.empty()) addresses.push_back({type, address});
  };
  add("InternalIP", vm.private_ipv4_address());
  add("InternalIP", vm.ipv6_address());
  add("ExternalIP", vm.public_ipv4_address());
  if (!addresses.empty()) add("Hostname", vm.id());
  return addresses;
}

EvrocMachineStatus StatusOfMachine(const EvrocMachineObject& machine,
                                   const Vm& vm, absl::string_view zone,
                                   bool provider_id_set, absl::Time now) {
  const int64_t generation = machine.meta.generation;
  EvrocMachineStatus status = machine.status;
  status.observed_generation = generation;
  status.state = std::string(StateName(vm.state()));
  if (!vm.id().empty()) status.vm_id = vm.id();
  if (!vm.actual_zone().empty()) {
    status.failure_domain = vm.actual_zone();
  } else if (!zone.empty()) {
    status.failure_domain = std::string(zone);
  }
  // Without a VM the last addresses stay in the status.
  if (std::vector<MachineAddress> addresses = AddressesOf(vm);
      !addresses.empty()) {
    status.addresses = std::move(addresses);
  }
  CopyConditions(vm.conditions(), "", generation, now, status.conditions);
  const bool was_provisioned = status.provisioned;
  if (IsUsable(vm) && provider_id_set && !status.addresses.empty()) {
    status.provisioned = true;
  }
  if (status.provisioned && vm.state() == Vm::STATE_RUNNING) {
    SetReady(true, "Ready", "", generation, now, status);
  } else if (!was_provisioned || vm.state() != Vm::STATE_UNKNOWN) {
    SetUnready(vm, generation, now, status);
  }
  return status;
}

EvrocMachineStatus StatusWithError(const EvrocMachineObject& machine,
                                   absl::string_view type,
                                   const ReconcileError& error,
                                   absl::Time now) {
  EvrocMachineStatus status = machine.status;
  if (error.transient) return status;
  const int64_t generation = machine.meta.generation;
  status.observed_generation = generation;
  status.conditions.Set(type, ConditionStatus::kFalse, error.reason,
                        error.message, generation, now);
  if (status.provisioned || machine.meta.deleting) return status;
  SetReady(false, error.reason, error.message, generation, now, status);
  return status;
}

EvrocMachineStatus StatusWhileWaiting(const EvrocMachineObject& machine,
                                      absl::string_view type,
                                      absl::string_view reason,
                                      absl::string_view message,
                                      absl::Time now) {
  const int64_t generation = machine.meta.generation;
  EvrocMachineStatus status = machine.status;
  status.observed_generation = generation;
  if (!type.empty()) {
    status.conditions.Set(type, ConditionStatus::kFalse, reason, message,
                          generation, now);
  }
  if (!status.provisioned) {
    SetReady(false, reason, message, generation, now, status);
  }
  return status;
}

}  // namespace evroc::shim
