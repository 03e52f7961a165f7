#include "shim/reconcile/event_handlers.h"

#include <utility>

#include "shim/reconcile/credential_secrets.h"
#include "shim/reconcile/identity/ownership.h"
#include "shim/reconcile/object_cache.h"

namespace evroc::shim {
namespace {

using Vm = compute::v1::VirtualMachine;

ObjectKey ClusterKeyOf(const EvrocMachineObject& machine) {
  return {machine.meta.key.name_space, machine.meta.cluster_name};
}

// Whether the cluster's request may be another one: its load-balancer backends,
// its inline security groups, or what it still waits for. All metadata counts:
// owners and labels say whose a machine is, and come back after they were lost.
bool MattersToCluster(const EvrocMachineObject& before,
                      const EvrocMachineObject& after) {
  ObjectMeta same = after.meta;
  same.resource_version = before.meta.resource_version;
  same.generation = before.meta.generation;
  return same != before.meta ||
         before.status.provisioned != after.status.provisioned ||
         before.spec.security_groups.inline_groups !=
             after.spec.security_groups.inline_groups;
}

// An object that is seen for the first time is new, or the shim has just
// started: then settled objects wait.
template <typename Pointer>
Priority PrioritySince(const Pointer& before) {
  return before == nullptr ? Priority::kLow : Priority::kNormal;
}

}  // namespace

EventHandlers::EventHandlers(ObjectCache& cache, Queues queues)
    : cache_(cache), queues_(std::move(queues)) {
  cache.clusters.AddListener([this](const auto& before, const auto& after) {
    OnCluster(before, after);
  });
  cache.machines.AddListener([this](const auto& before, const auto& after) {
    OnMachine(before, after);
  });
  cache.evroc_clusters.AddListener(
      [this](const auto& before, const auto& after) {
        OnEvrocCluster(before, after);
      });
  cache.evroc_machines.AddListener(
      [this](const auto& before, const auto& after) {
        OnEvrocMachine(before, after);
      });
  cache.templates.AddListener([this](const auto& before, const auto& after) {
    queues_.machine_template((after != nullptr ? after : before)->meta.key,
                             Priority::kNormal);
  });
}

void EventHandlers::EnqueueClusterOf(const ObjectKey& cluster,
                                     Priority priority) const {
  const EvrocClusterPtr evroc = cache_.EvrocClusterOf(cluster);
  if (evroc == nullptr) return;
  queues_.cluster(evroc->meta.key,
                  priority == Priority::kLow ? PriorityOf(*evroc) : priority);
}

void EventHandlers::EnqueueMachine(const ObjectKey& key,
                                   Priority priority) const {
  if (priority != Priority::kLow) return queues_.machine(key, priority);
  const EvrocMachinePtr evroc = cache_.evroc_machines.Find(key);
  // One that is not there yet is looked at when it comes.
  if (evroc != nullptr) queues_.machine(key, PriorityOf(*evroc));
}

void EventHandlers::EnqueueMachinesOf(const ObjectKey& cluster,
                                      bool control_plane_only) const {
  for (const EvrocMachinePtr& machine : cache_.EvrocMachinesOf(cluster)) {
    if (control_plane_only && !cache_.IsControlPlane(*machine)) continue;
    queues_.machine(machine->meta.key, PriorityOf(*machine));
  }
}

void EventHandlers::OnCluster(const ClusterPtr& before,
                              const ClusterPtr& after) const {
  // Conditions and phases of the Cluster do not concern us.
  if (before != nullptr && after != nullptr) {
    ClusterObject same = *after;
    same.meta.resource_version = before->meta.resource_version;
    if (same == *before) return;
  }
  const ObjectKey& key = (after != nullptr ? after : before)->meta.key;
  EnqueueClusterOf(key, PrioritySince(before));
  EnqueueMachinesOf(key, false);
  for (const MachineTemplatePtr& each : cache_.TemplatesOf(key)) {
    queues_.machine_template(each->meta.key, Priority::kNormal);
  }
}

void EventHandlers::OnMachine(const MachinePtr& before,
                              const MachinePtr& after) const {
  const MachineObject& machine = *(after != nullptr ? after : before);
  if (before != nullptr && after != nullptr) {
    MachineObject same = *after;
    same.meta.resource_version = before->meta.resource_version;
    if (same == *before) return;
  }
  if (machine.infrastructure_kind != kEvrocMachineType.kind) return;
  const std::string& space = machine.meta.key.name_space;
  EnqueueMachine({space, machine.infrastructure_name}, PrioritySince(before));
  const bool was_deleting = before != nullptr && before->meta.deleting;
  const bool was_control_plane =
      before != nullptr && before->meta.control_plane;
  const bool joins_or_leaves = was_deleting != machine.meta.deleting ||
                               was_control_plane != machine.meta.control_plane;
  if (!joins_or_leaves || !(machine.meta.control_plane || was_control_plane)) {
    return;
  }
  // It leaves the load balancer, or hands the endpoint over.
  const ObjectKey cluster{space, machine.cluster_name};
  EnqueueClusterOf(cluster, PrioritySince(before));
  EnqueueMachinesOf(cluster, true);
}

void EventHandlers::OnEvrocCluster(const EvrocClusterPtr& before,
                                   const EvrocClusterPtr& after) const {
  const EvrocClusterObject& evroc = *(after != nullptr ? after : before);
  queues_.cluster(evroc.meta.key,
                  before == nullptr ? PriorityOf(evroc) : Priority::kNormal);
  const bool respecified = before != nullptr && after != nullptr &&
                           before->meta.generation != after->meta.generation;
  const OwnerReference* owner = evroc.meta.FindOwner(kCoreGroup, "Cluster");
  if (owner == nullptr) return;
  const bool newly_owned =
      before == nullptr ||
      before->meta.FindOwner(kCoreGroup, "Cluster") == nullptr;
  if (respecified || newly_owned || after == nullptr ||
      IsExternallyManaged(*before) != IsExternallyManaged(*after) ||
      before->meta.Annotation(kExternalCloudProviderAnnotation) !=
          after->meta.Annotation(kExternalCloudProviderAnnotation)) {
    EnqueueMachinesOf({evroc.meta.key.name_space, owner->name}, false);
  }
}

void EventHandlers::OnEvrocMachine(const EvrocMachinePtr& before,
                                   const EvrocMachinePtr& after) const {
  const EvrocMachineObject& machine = *(after != nullptr ? after : before);
  queues_.machine(machine.meta.key,
                  before == nullptr ? PriorityOf(machine) : Priority::kNormal);
  if (before == nullptr || after == nullptr ||
      MattersToCluster(*before, *after)) {
    EnqueueClusterOf(ClusterKeyOf(machine), PrioritySince(before));
  }
  // A public-IP endpoint is handed over.
  const bool leaves =
      after == nullptr ||
      (before != nullptr && before->meta.deleting != after->meta.deleting);
  if (leaves && cache_.IsControlPlane(machine)) {
    EnqueueMachinesOf(ClusterKeyOf(machine), true);
  }
}

void EventHandlers::OnCloudChange(const std::string& cluster_id,
                                  const std::string& machine_id,
                                  std::optional<VmState> vm) const {
  if (machine_id.empty()) return OnNetworkChange(cluster_id);
  const auto machines = cache_.EvrocMachinesOfId(machine_id);
  for (const EvrocMachinePtr& machine : machines) OnVmChange(*machine, vm);
  if (!machines.empty()) return;
  // A machine that is gone may have left something behind.
  for (const EvrocClusterPtr& evroc : cache_.EvrocClustersOfId(cluster_id)) {
    if (evroc->meta.deleting) queues_.cluster(evroc->meta.key, Priority::kHigh);
  }
}

void EventHandlers::OnNetworkChange(const std::string& cluster_id) const {
  for (const EvrocClusterPtr& evroc : cache_.EvrocClustersOfId(cluster_id)) {
    queues_.cluster(evroc->meta.key, Priority::kHigh);
    // A machine may wait for the endpoint's address.
    if (evroc->status.endpoint_type != kPublicIpEndpoint) continue;
    for (const EvrocMachinePtr& machine : cache_.EvrocMachinesOf(*evroc)) {
      if (!cache_.IsControlPlane(*machine)) continue;
      queues_.machine(machine->meta.key, Priority::kHigh);
    }
  }
}

void EventHandlers::OnVmChange(const EvrocMachineObject& machine,
                               std::optional<VmState> vm) const {
  Priority priority = Priority::kHigh;
  if (vm == Vm::STATE_PROVISIONING) priority = Priority::kNormal;
  if (vm == Vm::STATE_RUNNING && IsSettled(machine)) priority = Priority::kLow;
  queues_.machine(machine.meta.key, priority);
  if (cache_.IsControlPlane(machine)) {
    EnqueueClusterOf(ClusterKeyOf(machine),
                     priority == Priority::kLow ? priority : Priority::kHigh);
  }
}

void EventHandlers::OnSecretChange(const ObjectKey& secret) const {
  for (const EvrocClusterPtr& each : cache_.EvrocClustersWithSecret(secret)) {
    queues_.cluster(each->meta.key, PriorityOf(*each));
  }
  const EvrocClusterPtr owner =
      cache_.evroc_clusters.Find(ClusterOfCopy(secret));
  if (owner != nullptr) queues_.cluster(owner->meta.key, PriorityOf(*owner));
}

void EventHandlers::OnConfigMapChange(const ObjectKey& config_map) const {
  for (const EvrocClusterPtr& each :
       cache_.EvrocClustersWithConfigMap(config_map)) {
    queues_.cluster(each->meta.key, PriorityOf(*each));
  }
}

void EventHandlers::OnClusterResync(const std::string& cluster_id) const {
  for (const EvrocClusterPtr& evroc : cache_.EvrocClustersOfId(cluster_id)) {
    queues_.cluster(evroc->meta.key, Priority::kNormal);
    const OwnerReference* owner = evroc->meta.FindOwner(kCoreGroup, "Cluster");
    if (owner == nullptr) continue;
    EnqueueMachinesOf({evroc->meta.key.name_space, owner->name}, false);
  }
}

}  // namespace evroc::shim
