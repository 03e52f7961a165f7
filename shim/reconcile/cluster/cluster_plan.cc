#include "shim/reconcile/cluster/cluster_plan.h"

#include <memory>
#include <utility>
#include <vector>

#include "common/status/status_macros.h"
#include "shim/reconcile/backends.h"
#include "shim/reconcile/cluster/cluster_placement.h"
#include "shim/reconcile/cluster/inline_groups.h"
#include "shim/reconcile/cluster/network_request.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

EvrocClusterObject AsTaken(const ClusterPlanInput& input) {
  const common::v1::Owner& owner = input.marks.owner;
  EvrocClusterObject taken = input.evroc;
  taken.meta.annotations[kOwnerIdAnnotation] = owner.cluster_id();
  taken.meta.annotations[kResourcePrefixAnnotation] = owner.resource_prefix();
  for (const int port :
       UnaskedPorts(input.evroc, owner.resource_prefix(), input.objects)) {
    taken.spec.additional_ports.push_back({.port = port, .kept = true});
  }
  return taken;
}

// The virtual machines behind the load balancer once all machines are taken
// over: until then others stay too.
Backends BackendsOfAll(const ReconcileEnv& env, const ClusterPlanInput& input,
                       const std::vector<EvrocMachinePtr>& machines) {
  std::vector<EvrocMachinePtr> taken;
  MachineSnapshots vms;
  for (const EvrocMachinePtr& machine : machines) {
    auto copy = std::make_shared<EvrocMachineObject>(*machine);
    std::string id(machine->meta.Annotation(kOwnerIdAnnotation));
    if (id.empty()) {
      id = MarksOf(*machine, machine->meta.key.name, input.evroc,
                   input.cluster_name)
               .owner.machine_id();
    }
    copy->meta.annotations[kOwnerIdAnnotation] = id;
    taken.push_back(std::move(copy));
    // Its VM has its name. If it has run, it is a member.
    MachineSnapshot& vm = vms[id];
    vm.id = machine->meta.key.name;
    vm.uid = machine->meta.uid;
    if (!machine->spec.provider_id.empty()) {
      vm.state = compute::v1::VirtualMachine::STATE_RUNNING;
    }
  }
  return BackendsOf(taken, env.cache, vms);
}

absl::StatusOr<network::v1::ClusterNetwork> PlannedRequest(
    const ReconcileEnv& env, const Access& access,
    const ClusterPlanInput& input) {
  const std::vector<EvrocMachinePtr> machines =
      env.cache.EvrocMachinesOf(input.evroc);
  // Names of groups follow from its prefix.
  const EvrocClusterObject taken = AsTaken(input);
  EVROC_RETURN_IF_ERROR(CheckNetworkRequest(taken, access.check.zones()));
  const InlineGroups groups = GatherInlineGroups(taken, machines);
  return MakeNetworkRequest(
      {.cluster = taken,
       .cluster_id = input.marks.owner.cluster_id(),
       .cluster_name = input.cluster_name,
       .api_server_port =
           input.cluster == nullptr ? 0 : input.cluster->api_server_port,
       .zones = access.check.zones(),
       .inner_blocks = input.cluster == nullptr ? std::vector<std::string>()
                                                : input.cluster->inner_blocks,
       .backends = BackendsOfAll(env, input, machines),
       .inline_groups = groups});
}

}  // namespace

absl::StatusOr<TakeOverPlan> PlanCluster(const CallContext& context,
                                         ReconcileEnv& env,
                                         const Access& access,
                                         const ClusterPlanInput& input) {
  if (input.evroc.meta.deleting) {
    return TakeOverPlan{.changes = {"its deletion goes on"}, .failure = ""};
  }
  const auto request = PlannedRequest(env, access, input);
  if (!request.ok()) {
    return TakeOverPlan{.changes = {},
                        .failure = std::string(request.status().message())};
  }
  EVROC_ASSIGN_OR_RETURN(
      const network::v1::PlanClusterNetworkResponse response,
      env.network.PlanClusterNetwork(context, access.scope->proto(),
                                     input.marks.previous, *request));
  const bool changed = env.cluster_infos.SetPlannedNetwork(
      input.evroc.meta.key, PlacementOf(input.evroc, response.cluster_network(),
                                        access.check.zones()));
  if (changed) {
    for (const EvrocMachinePtr& machine :
         env.cache.EvrocMachinesOf(input.evroc)) {
      env.enqueue_machine(machine->meta.key, Priority::kNormal);
    }
  }
  return TakeOverPlan{
      .changes = {response.changes().begin(), response.changes().end()},
      .failure = response.failure()};
}

}  // namespace evroc::shim
