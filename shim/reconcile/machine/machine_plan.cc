#include "shim/reconcile/machine/machine_plan.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/status/status_macros.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/machine/machine_request.h"
#include "shim/reconcile/machine/provision_phase.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

bool Has(const TakeOverObjects& objects, absl::string_view kind) {
  return std::any_of(objects.begin(), objects.end(),
                     [&](const common::v1::TakeOverObject& each) {
                       return each.kind() == kind;
                     });
}

// The machine as it will be when it is taken over.
MachineContext AsTaken(const MachinePlanInput& input,
                       const common::v1::Owner& owner) {
  MachineContext taken = input.machine;
  auto evroc = std::make_shared<EvrocMachineObject>(*input.machine.evroc);
  auto& annotations = evroc->meta.annotations;
  annotations[kOwnerIdAnnotation] = owner.machine_id();
  annotations[kClusterIdAnnotation] = owner.cluster_id();
  annotations[kResourcePrefixAnnotation] = owner.resource_prefix();
  if (!input.zone.empty()) annotations[kZoneAnnotation] = input.zone;
  if (!UnaskedAddresses(*evroc, input.objects, input.public_ip_id).empty()) {
    annotations[kKeptPublicIpAnnotation] = PublicIpSpecOf(evroc->spec);
  }
  taken.evroc = std::move(evroc);
  taken.record.network = input.network;
  return taken;
}

class Planning {
 public:
  Planning(const CallContext& context, ReconcileEnv& env,
           const common::v1::CloudScope& scope, const MachinePlanInput& input)
      : context_(context),
        env_(env),
        scope_(scope),
        input_(input),
        marks_(MarksOf(input.machine)),
        taken_(AsTaken(input, marks_.owner)) {}

  absl::StatusOr<TakeOverPlan> Run() {
    EVROC_ASSIGN_OR_RETURN(const std::string public_ip_id, PublicIp());
    MachineRequest request =
        MakeMachineRequest({.machine = *taken_.evroc,
                            .cluster = *taken_.evroc_cluster,
                            .network = *input_.network,
                            .owner = marks_.owner,
                            .control_plane = taken_.control_plane(),
                            .zone = input_.zone,
                            .user_data = ""});
    if (!request.refused.ok()) {
      plan_.failure = std::string(request.refused.message());
      return std::move(plan_);
    }
    request.vm.set_public_ip_id(public_ip_id);
    EVROC_ASSIGN_OR_RETURN(
        const compute::v1::PlanVirtualMachineResponse response,
        env_.compute.PlanVirtualMachine(context_, scope_, marks_.previous,
                                        request.vm,
                                        /*provisioned_before=*/true));
    Add(response);
    return std::move(plan_);
  }

 private:
  template <typename Response>
  void Add(const Response& response) {
    plan_.changes.insert(plan_.changes.end(), response.changes().begin(),
                         response.changes().end());
    if (plan_.failure.empty()) plan_.failure = response.failure();
  }

  // Returns the id of the public IP that the machine will have; empty: none.
  absl::StatusOr<std::string> PublicIp() {
    if (HoldsEndpoint(env_, taken_)) {
      return input_.network->endpoint_public_ip_id;
    }
    const EvrocMachineSpec& spec = taken_.evroc->spec;
    const bool own = spec.public_ip && spec.existing_public_ip_id.empty();
    std::string id = spec.public_ip ? spec.existing_public_ip_id : "";
    const bool deletes =
        Has(input_.objects, "PublicIP") && !KeepsPublicIp(*taken_.evroc);
    if (!own && !deletes) return id;
    network::v1::PublicIp request;
    *request.mutable_owner() = marks_.owner;
    for (const auto& [key, value] :
         LabelsOf(*taken_.evroc, *taken_.evroc_cluster)) {
      (*request.mutable_labels())[key] = value;
    }
    EVROC_ASSIGN_OR_RETURN(
        const network::v1::PlanPublicIpResponse response,
        env_.network.PlanPublicIp(context_, scope_, marks_.previous, request,
                                  /*deleted=*/!own));
    Add(response);
    return own ? response.id() : id;
  }

  const CallContext& context_;
  ReconcileEnv& env_;
  const common::v1::CloudScope& scope_;
  const MachinePlanInput& input_;
  const OfficialMarks marks_;
  const MachineContext taken_;
  TakeOverPlan plan_;
};

}  // namespace

OfficialMarks MarksOf(const MachineContext& machine) {
  return MarksOf(*machine.evroc,
                 machine.machine != nullptr ? machine.machine->meta.key.name
                                            : machine.evroc->meta.key.name,
                 *machine.evroc_cluster, machine.cluster_key.name);
}

absl::StatusOr<TakeOverPlan> PlanMachine(const CallContext& context,
                                         ReconcileEnv& env,
                                         const common::v1::CloudScope& scope,
                                         const MachinePlanInput& input) {
  const EvrocMachineObject& evroc = *input.machine.evroc;
  if (evroc.meta.deleting) {
    return TakeOverPlan{.changes = {"its deletion goes on"}, .failure = ""};
  }
  if (!Has(input.objects, "VirtualMachine")) {
    // One that was made and is gone is not made again.
    if (WasMade(evroc)) return TakeOverPlan();
    return TakeOverPlan{.changes = {"its creation goes on"}, .failure = ""};
  }
  if (input.network == nullptr) {
    return TakeOverPlan{
        .changes = {},
        .failure =
            "what else changes is known once its EvrocCluster is "
            "reconciled"};
  }
  return Planning(context, env, scope, input).Run();
}

}  // namespace evroc::shim
