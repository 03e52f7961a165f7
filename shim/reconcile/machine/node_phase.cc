#include "shim/reconcile/machine/node_phase.h"

#include <string>

namespace evroc::shim {
namespace {

constexpr char kCondition[] = "NodeInitialized";

DesiredNode DesiredNodeOf(const MachineContext& machine,
                          const EvrocMachineStatus& status) {
  DesiredNode request{.provider_id = machine.evroc->spec.provider_id,
                      .vm_id = status.vm_id,
                      .instance_type = machine.evroc->spec.compute_profile,
                      .region = machine.evroc_cluster->spec.region,
                      .zone = status.failure_domain,
                      .addresses = {}};
  request.addresses.reserve(status.addresses.size());
  for (const MachineAddress& address : status.addresses) {
    request.addresses.push_back(
        {.type = address.type, .address = address.address});
  }
  return request;
}

ConditionStatus StatusOf(NodeState::Phase phase) {
  switch (phase) {
    case NodeState::Phase::kInitialized:
      return ConditionStatus::kTrue;
    case NodeState::Phase::kFailed:
      return ConditionStatus::kFalse;
    case NodeState::Phase::kPending:
      break;
  }
  return ConditionStatus::kUnknown;
}

}  // namespace

void NodePhase::Run(const MachineContext& machine, EvrocMachineStatus& status) {
  const ObjectKey& key = machine.evroc->meta.key;
  if (!machine.evroc_cluster->spec.node_initialization) {
    env_.nodes.Forget(key);
    status.conditions.Remove(kCondition);
    return;
  }
  if (!status.provisioned) return;
  // A machine that is gone has no node to come.
  if (status.state == "Lost") {
    env_.nodes.Forget(key);
    return;
  }
  const bool initialized = status.conditions.IsTrue(kCondition);
  env_.nodes.Want(machine.cluster_key, key, DesiredNodeOf(machine, status),
                  initialized);
  const NodeState state = env_.nodes.StateOf(key);
  // What was complete once stays so, unless a person has to act; and what was
  // known before a restart, until the Node has been looked at.
  if (initialized && state.phase != NodeState::Phase::kFailed) return;
  if (state.reason == kNodeNotLookedAt &&
      status.conditions.Find(kCondition) != nullptr) {
    return;
  }
  status.conditions.Set(kCondition, StatusOf(state.phase), state.reason,
                        state.message, machine.evroc->meta.generation,
                        env_.clock.Now());
}

}  // namespace evroc::shim
