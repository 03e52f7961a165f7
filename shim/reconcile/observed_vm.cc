#include "shim/reconcile/observed_vm.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

Vm LostVm() {
  Vm vm;
  vm.set_state(Vm::STATE_LOST);
  for (const char* type : {"VMReady", "Ready"}) {
    common::v1::Condition& condition = *vm.add_conditions();
    condition.set_type(type);
    condition.set_status(common::v1::Condition::STATUS_FALSE);
    condition.set_reason("Lost");
    condition.set_message(
        "it was provisioned before and does not exist any more");
  }
  return vm;
}

}  // namespace

Vm VmOf(const std::optional<MachineSnapshot>& snapshot) {
  if (!snapshot.has_value()) return LostVm();
  Vm vm;
  vm.set_state(snapshot->state);
  vm.set_id(snapshot->id);
  vm.set_uid(snapshot->uid);
  vm.set_actual_zone(snapshot->zone);
  vm.set_private_ipv4_address(snapshot->private_ipv4_address);
  vm.set_public_ipv4_address(snapshot->public_ipv4_address);
  vm.set_ipv6_address(snapshot->ipv6_address);
  if (snapshot->conditions == nullptr) return vm;
  for (const CloudCondition& known : *snapshot->conditions) {
    common::v1::Condition& condition = *vm.add_conditions();
    condition.set_type(known.type);
    condition.set_status(known.status);
    condition.set_reason(known.reason);
    condition.set_message(known.message);
  }
  return vm;
}

}  // namespace evroc::shim
