#include "shim/reconcile/machine/node_phase.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/json/json.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/identity/vm_identity.h"

namespace evroc::shim {
namespace {

constexpr absl::string_view kInitialized = "NodeInitialized";
constexpr absl::string_view kLinked = "NodeLinked";

absl::Time CreationOf(const ObjectMeta& meta) {
  absl::Time created;
  return absl::ParseTime(absl::RFC3339_full, meta.created.str(), &created,
                         nullptr)
             ? created
             : absl::InfinitePast();
}

// Its Node is completed as the official provider completes it: labels of zone
// and region on Nodes that run would change what is scheduled there.
bool WasTakenOver(const MachineContext& machine) {
  return !machine.evroc->meta.Annotation(kResourcePrefixAnnotation).empty();
}

DesiredNode DesiredNodeOf(const MachineContext& machine,
                          const EvrocMachineStatus& status) {
  const bool taken_over = WasTakenOver(machine);
  DesiredNode desired{.provider_id = machine.evroc->spec.provider_id,
                      .vm_id = status.vm_id,
                      .machine_created = CreationOf(machine.evroc->meta)};
  if (machine.external_cloud_provider()) {
    desired.read_only = true;
    desired.vm_provider_id = ProviderIdOf(status.machine_uid);
  } else {
    desired.instance_type = machine.evroc->spec.compute_profile;
    if (!taken_over) {
      desired.region = machine.evroc_cluster->spec.region;
      desired.zone = status.failure_domain;
    }
  }
  desired.addresses.reserve(status.addresses.size());
  for (const MachineAddress& address : status.addresses) {
    if (taken_over && address.type != "InternalIP") continue;
    desired.addresses.push_back(
        {.type = address.type, .address = address.address});
  }
  return desired;
}

// Whether the machine has a Node to come. One that is gone has not. A provider
// ID that comes from the Node is awaited before the machine is provisioned.
bool AwaitsNode(const MachineContext& machine,
                const EvrocMachineStatus& status) {
  if (status.state == "Lost") return false;
  if (!machine.external_cloud_provider()) return true;
  return !status.machine_uid.empty() && !status.addresses.empty();
}

// Whether the Node was seen to be gone, or to lack something.
bool IsIncomplete(const NodeState& state) {
  return state.phase == NodeState::Phase::kFailed ||
         state.reason == kNodeNotFound ||
         state.reason == kNodeWithoutProviderId ||
         state.reason == kNodeWithoutAddress;
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
  const bool external = machine.external_cloud_provider();
  const bool initializes =
      !external && machine.evroc_cluster->spec.node_initialization;
  if (!initializes) status.conditions.Remove(kInitialized);
  if (!external) status.conditions.Remove(kLinked);
  if (!external && !initializes) return env_.nodes.Forget(key);
  if (initializes && !status.provisioned) return;
  if (!AwaitsNode(machine, status)) return env_.nodes.Forget(key);

  const absl::string_view condition = external ? kLinked : kInitialized;
  const bool complete = status.conditions.IsTrue(condition) &&
                        !machine.evroc->spec.provider_id.empty();
  env_.nodes.Want(machine.cluster_key, key, DesiredNodeOf(machine, status),
                  complete);
  env_.nodes.Doubt(
      key, machine.machine != nullptr && machine.machine->node_in_doubt);
  const NodeState state = env_.nodes.StateOf(key);
  // What was complete stays so until its Node is seen to be otherwise; and what
  // was known before a restart, until the Node has been looked at.
  if (complete && !IsIncomplete(state)) return;
  if (state.reason == kNodeNotLookedAt &&
      status.conditions.Find(condition) != nullptr) {
    return;
  }
  status.conditions.Set(condition, StatusOf(state.phase), state.reason,
                        state.message, machine.evroc->meta.generation,
                        env_.clock.Now());
}

absl::StatusOr<bool> NodePhase::AdoptProviderId(const CallContext& context,
                                                MachineContext& machine) {
  const EvrocMachineObject& evroc = *machine.evroc;
  if (!machine.external_cloud_provider() || !evroc.spec.provider_id.empty()) {
    return false;
  }
  const std::string provider_id =
      env_.nodes.StateOf(evroc.meta.key).provider_id;
  if (provider_id.empty()) return false;
  Json patch = Json::Object();
  patch.SetAt("spec.providerID", provider_id);
  EVROC_ASSIGN_OR_RETURN(machine.evroc,
                         writer_.Patch(context, evroc, "", std::move(patch)));
  env_.publish({.type = kEvrocMachineType,
                .object = machine.evroc->meta,
                .reason = "ProviderIDAdopted",
                .action = "Provision",
                .message = absl::StrCat("took over the Node's provider ID ",
                                        provider_id)});
  return true;
}

}  // namespace evroc::shim
