#include "services/compute/compute_scope.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/crypto/sha256.h"
#include "common/proto/serialize.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/compute/catalogue.h"
#include "services/evroc/api/catalogue_name.h"
#include "services/fields/common_fields.h"
#include "services/fields/take_over_fields.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/planned_api.h"
#include "services/inventory/steps.h"

namespace evroc::compute {
namespace {

// Shorter than the pause of a caller that waits for somebody's change, longer
// than the events of the disks' deletion take.
constexpr absl::Duration kRefusalHolds = absl::Seconds(90);

// Of all that was requested, with the user data, which the spec's request
// lacks.
std::string DigestOf(const MachineSpec& spec) {
  return Sha256Hex(
      absl::StrCat(SerializeDeterministically(spec.request), spec.user_data));
}

// Whether there is a machine, and all disks that it and its spec name.
bool HasAllDisks(const MachineResources& resources,
                 const std::optional<MachineSpec>& spec) {
  if (!resources.machine.has_value()) return false;
  std::vector<Id<cloud::Disk>> named;
  for (const auto& each : resources.machine->object.disks) {
    named.push_back(each.disk);
  }
  if (spec.has_value()) {
    named.push_back(spec->boot_disk.id);
    for (const DiskSpec& disk : spec->data_disks) named.push_back(disk.id);
  }
  return std::all_of(named.begin(), named.end(), [&](const auto& id) {
    return FindById(resources.disks, id) != nullptr;
  });
}

// Tells with a refusal when the machine is tried again: a person who has
// repaired its cause waits for that. The words have no time of day, so that
// a caller that repeats them writes nothing.
absl::Status UntilTriedAgain(const absl::Status& refusal, absl::Duration left) {
  const std::string note = absl::StrCat(
      "; the same request is tried again ", absl::ToInt64Seconds(kRefusalHolds),
      " seconds after its refusal, a changed one at once");
  ErrorDetails details = DetailsOf(refusal);
  details.retry_after = left;
  if (!details.field_violations.empty()) {
    details.field_violations.back().description += note;
  }
  return MakeError(refusal.code(), absl::StrCat(refusal.message(), note),
                   details);
}

// Without disks that are yet to be made from custom images.
MachineSpec WithoutNewCustomDisks(MachineSpec spec,
                                  const MachineResources& resources) {
  std::erase_if(spec.data_disks, [&](const DiskSpec& disk) {
    return cloud::IsCustomImage(disk.image) &&
           FindById(resources.disks, disk.id) == nullptr;
  });
  return spec;
}

// One step of making the machine as its spec says. What can't be had of one
// that exists holds up nothing else (ADR 29).
absl::Status ApplySpec(const CallContext& context, cloud::ComputeApi& api,
                       ComputeInventories& inventories, const MachineSpec& spec,
                       bool provisioned, MachineTry& attempt) {
  EVROC_ASSIGN_OR_RETURN(MachineResources before,
                         FindResources(context, inventories, spec));
  // A machine that is yet to be made needs no read: its creation finds out what
  // exists.
  if (provisioned || before.machine.has_value()) {
    EVROC_RETURN_IF_ERROR(FindMissing(context, inventories, spec, before));
  }
  const bool exists = before.machine.has_value();
  cloud::Steps steps(exists);
  if (!steps.GoesOnAfter(spec.refusal)) return steps.outcome();
  absl::Status images;
  if (!provisioned || exists) {
    images = CheckCustomImages(context, api, spec, before);
    if (!steps.GoesOnAfter(images)) return steps.outcome();
  }
  const auto apply = [&](const MachineSpec& each) {
    return ApplyMachine(context, inventories, each, before, provisioned,
                        attempt);
  };
  const absl::Status applied =
      images.ok() ? apply(spec) : apply(WithoutNewCustomDisks(spec, before));
  steps.GoesOnAfter(applied.ok() ? applied
                                 : Explain(context, api, spec, applied));
  return steps.outcome();
}

}  // namespace

ComputeScope::ComputeScope(std::shared_ptr<cloud::Connection> connection,
                           const cloud::PollIntervals& poll_intervals,
                           Clock& clock)
    : connection_(std::move(connection)),
      place_{.capabilities = connection_->compute->capabilities(),
             .project = connection_->project,
             .region = connection_->region},
      clock_(clock),
      feed_(
          [this](const cloud::OwnerKey& owner) { return Publish(owner); },
          [this](const cloud::OwnerKey& owner) { return PublishEarly(owner); }),
      inventories_(*connection_->compute, poll_intervals, clock,
                   [this](const std::set<cloud::OwnerKey>& changed) {
                     if (!changed.empty()) connection_->project_uid->OnChange();
                     feed_.OnOwnersChanged(changed);
                   }) {
  feed_.SetSources({cloud::SourceOf(inventories_.machines),
                    cloud::SourceOf(inventories_.disks),
                    cloud::SourceOf(inventories_.attachments)});
}

// --- Memory.

MachineHistory ComputeScope::HistoryOf(const cloud::OwnerKey& owner) const {
  Memory memory;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = memory_.find(owner);
    if (known != memory_.end()) memory = known->second;
  }
  MachineHistory history{.provisioned = memory.provisioned,
                         .deleting = memory.deleting};
  v1::VirtualMachine request;
  if (memory.request.empty() || !request.ParseFromString(memory.request)) {
    return history;
  }
  auto spec = CheckVirtualMachine(request, place_);
  if (spec.ok()) history.spec = *std::move(spec);
  return history;
}

void ComputeScope::RecordSpec(const MachineSpec& spec, bool provisioned) {
  std::string request = SerializeDeterministically(spec.request);
  absl::MutexLock lock(&mutex_);
  Memory& memory = memory_[cloud::KeyOf(spec.owner)];
  memory.request = std::move(request);
  memory.provisioned = memory.provisioned || provisioned;
  memory.deleting = false;
  memory.deletion = {};
  memory.refusal = absl::OkStatus();
  memory.refused_request.clear();
}

absl::Status ComputeScope::RecentRefusal(const MachineSpec& spec) const {
  Memory memory;
  {
    absl::MutexLock lock(&mutex_);
    const auto known = memory_.find(cloud::KeyOf(spec.owner));
    if (known == memory_.end()) return absl::OkStatus();
    memory = known->second;
  }
  const absl::Duration left = memory.refused_at + kRefusalHolds - clock_.Now();
  const bool counts = !memory.refusal.ok() && left > absl::ZeroDuration() &&
                      memory.refused_request == DigestOf(spec);
  return counts ? UntilTriedAgain(memory.refusal, left) : absl::OkStatus();
}

void ComputeScope::RecordRefusal(const MachineSpec& spec,
                                 const absl::Status& refusal) {
  std::string request = DigestOf(spec);
  absl::MutexLock lock(&mutex_);
  Memory& memory = memory_[cloud::KeyOf(spec.owner)];
  memory.refusal = refusal;
  memory.refused_request = std::move(request);
  memory.refused_at = clock_.Now();
}

MachineTry ComputeScope::ResumeTry(const cloud::OwnerKey& owner) const {
  absl::MutexLock lock(&mutex_);
  const auto known = memory_.find(owner);
  if (known == memory_.end()) return {};
  return {.made_disks = known->second.made_disks};
}

void ComputeScope::RecordTry(const cloud::OwnerKey& owner, MachineTry attempt) {
  absl::MutexLock lock(&mutex_);
  memory_[owner].made_disks = std::move(attempt.made_disks);
}

DeletionProgress ComputeScope::BeginDeletion(const cloud::OwnerKey& owner) {
  absl::MutexLock lock(&mutex_);
  for (auto& [key, memory] : memory_) {
    const bool covered = owner.machine_id.empty()
                             ? key.cluster_id == owner.cluster_id
                             : key == owner;
    if (covered) memory.deleting = true;
  }
  const auto known = memory_.find(owner);
  return known == memory_.end() ? DeletionProgress() : known->second.deletion;
}

void ComputeScope::RecordDeletion(const cloud::OwnerKey& owner,
                                  const DeletionProgress& progress,
                                  bool is_over) {
  if (is_over) return Forget(owner);
  absl::MutexLock lock(&mutex_);
  Memory& memory = memory_[owner];
  memory.deleting = true;
  memory.deletion = progress;
}

void ComputeScope::Forget(const cloud::OwnerKey& owner) {
  absl::MutexLock lock(&mutex_);
  std::erase_if(memory_, [&](const auto& entry) {
    return owner.machine_id.empty() ? entry.first.cluster_id == owner.cluster_id
                                    : entry.first == owner;
  });
}

v1::VirtualMachine ComputeScope::Describe(const MachineResources& resources,
                                          const cloud::OwnerKey& owner) {
  const MachineHistory history = HistoryOf(owner);
  v1::VirtualMachine machine = DescribeMachine(resources, owner, history);
  if (machine.state() == v1::VirtualMachine::STATE_RUNNING &&
      history.spec.has_value() && !history.provisioned) {
    absl::MutexLock lock(&mutex_);
    const auto known = memory_.find(owner);
    if (known != memory_.end()) known->second.provisioned = true;
  }
  return machine;
}

std::optional<std::string> ComputeScope::Publish(const cloud::OwnerKey& owner) {
  const MachineResources resources = CachedResources(inventories_, owner);
  if (resources.empty()) return std::nullopt;
  v1::WatchResponse event;
  *event.mutable_virtual_machine() = Describe(resources, owner);
  return SerializeDeterministically(event);
}

std::optional<std::string> ComputeScope::PublishEarly(
    const cloud::OwnerKey& owner) {
  const bool readable = inventories_.machines.sync_state().IsReadable() &&
                        inventories_.disks.sync_state().IsReadable() &&
                        inventories_.attachments.sync_state().IsReadable();
  if (!readable || !HasAllDisks(CachedResources(inventories_, owner),
                                HistoryOf(owner).spec)) {
    return std::nullopt;
  }
  return Publish(owner);
}

// --- Methods.

absl::StatusOr<v1::VirtualMachine> ComputeScope::Apply(
    const CallContext& context, const v1::VirtualMachine& machine,
    bool provisioned_before) {
  EVROC_ASSIGN_OR_RETURN(const MachineSpec spec,
                         ReadVirtualMachine(machine, place_));
  const cloud::OwnerKey owner = cloud::KeyOf(spec.owner);
  const bool provisioned = provisioned_before || HistoryOf(owner).provisioned;
  EVROC_RETURN_IF_ERROR(RecentRefusal(spec));
  MachineTry attempt = ResumeTry(owner);
  const absl::Status applied = ApplySpec(
      context, *connection_->compute, inventories_, spec, provisioned, attempt);
  const bool refused = attempt.refused;
  RecordTry(owner, std::move(attempt));
  if (refused) {
    RecordRefusal(spec, applied);
    return UntilTriedAgain(applied, kRefusalHolds);
  }
  EVROC_RETURN_IF_ERROR(applied);
  RecordSpec(spec, provisioned_before);
  feed_.OnOwnersChanged({owner});
  EVROC_ASSIGN_OR_RETURN(const MachineResources after,
                         FindResources(context, inventories_, spec));
  return Describe(after, owner);
}

absl::StatusOr<v1::VirtualMachine> ComputeScope::Get(
    const CallContext& context, const cloud::OwnerKey& owner) {
  EVROC_ASSIGN_OR_RETURN(const MachineResources resources,
                         FindResources(context, inventories_, owner));
  if (resources.empty()) {
    const std::string object = absl::StrCat("machine ", owner.machine_id.str());
    return MakeError(absl::StatusCode::kNotFound,
                     absl::StrCat("there is nothing of ", object),
                     {.reason = "NOT_FOUND", .metadata = {{"object", object}}});
  }
  return Describe(resources, owner);
}

absl::StatusOr<std::vector<v1::VirtualMachine>> ComputeScope::List(
    const CallContext& context, const std::string& cluster_id) {
  std::map<cloud::OwnerKey, MachineResources> all;
  const auto sort_in = [&](auto& inventory, const auto& take) -> absl::Status {
    const auto found = cluster_id.empty()
                           ? inventory.ListAll(context)
                           : inventory.ListByCluster(context, cluster_id);
    EVROC_RETURN_IF_ERROR(found.status());
    for (const auto& each : *found) {
      const auto owner = cloud::OwnerOf(each.object.metadata.labels);
      if (!owner.has_value() || owner->machine_id.empty()) continue;
      take(all[cloud::KeyOf(*owner)], each);
    }
    return absl::OkStatus();
  };
  EVROC_RETURN_IF_ERROR(sort_in(
      inventories_.machines, [](MachineResources& resources, const auto& each) {
        resources.machine = each;
      }));
  EVROC_RETURN_IF_ERROR(sort_in(
      inventories_.disks, [](MachineResources& resources, const auto& each) {
        resources.disks.push_back(each);
      }));
  std::vector<v1::VirtualMachine> machines;
  machines.reserve(all.size());
  for (const auto& [owner, resources] : all) {
    machines.push_back(Describe(resources, owner));
  }
  return machines;
}

absl::StatusOr<std::vector<cloud::Remaining>> ComputeScope::Delete(
    const CallContext& context, const cloud::OwnerKey& owner,
    const MachineTraces& traces) {
  DeletionProgress progress = BeginDeletion(owner);
  auto remaining =
      DeleteMachine(context, inventories_, owner, traces, progress);
  RecordDeletion(owner, progress, remaining.ok() && remaining->empty());
  return remaining;
}

absl::StatusOr<std::vector<cloud::Remaining>> ComputeScope::DeleteCluster(
    const CallContext& context, const std::string& cluster_id,
    const WorkloadObjects& workload, const ClusterTraces& traces) {
  const cloud::OwnerKey owner = {cluster_id, ""};
  DeletionProgress progress = BeginDeletion(owner);
  auto remaining = DeleteClusterMachines(context, inventories_, cluster_id,
                                         traces, progress);
  if (remaining.ok() && remaining->empty() && !workload.identifier.empty()) {
    remaining = DeleteWorkloadObjects(context, *connection_->compute, workload);
  }
  RecordDeletion(owner, progress, remaining.ok() && remaining->empty());
  return remaining;
}

// A machine that is given back is not lost: what is remembered of it is
// forgotten before a Watch shows that something of it is missing.
absl::StatusOr<MachineTakeOver> ComputeScope::TakeOver(
    const CallContext& context, const cloud::TakeOverRequest& request) {
  const cloud::OwnerKey owner = cloud::KeyOf(request.owner);
  if (request.action == cloud::TakeOverAction::kGiveBack) {
    Forget(owner);
    inventories_.spread_groups.Forget(owner);
  }
  absl::StatusOr<MachineTakeOver> taken =
      TakeOverMachine(context, *connection_->compute, inventories_, request);
  feed_.OnOwnersChanged({owner});
  return taken;
}

// In a planned cloud, what later calls would do is done at once.
absl::StatusOr<v1::PlanVirtualMachineResponse> ComputeScope::Plan(
    const CallContext& context, const v1::PlanVirtualMachineRequest& request) {
  constexpr int kCalls = 3;
  EVROC_ASSIGN_OR_RETURN(
      const cloud::TakeOverRequest taking,
      cloud::CheckTakeOver(request.virtual_machine().owner(),
                           cloud::OwnerKind::kMachine, request.previous_owner(),
                           common::v1::TAKE_OVER_ACTION_TAKE));
  EVROC_ASSIGN_OR_RETURN(
      const MachineSpec spec,
      CheckVirtualMachine(request.virtual_machine(), place_));
  cloud::PlannedComputeApi api(*connection_->compute);
  ComputeInventories inventories(api, {.pollers = 0}, clock_,
                                 [](const std::set<cloud::OwnerKey>&) {});
  EVROC_RETURN_IF_ERROR(
      TakeOverMachine(context, api, inventories, taking).status());
  absl::Status applied;
  MachineTry attempt;
  for (int i = 0; i < kCalls && applied.ok(); ++i) {
    applied = ApplySpec(context, api, inventories, spec,
                        request.provisioned_before(), attempt);
  }
  v1::PlanVirtualMachineResponse response;
  EVROC_RETURN_IF_ERROR(cloud::SetPlan(api.Changes(), applied, response));
  return response;
}

absl::Status ComputeScope::CheckCredentials(const CallContext& context) {
  // The collection that is cheapest to list.
  return connection_->compute->placement_groups().List(context, "").status();
}

}  // namespace evroc::compute
