#include "shim/rpc/testing/fake_compute_service_client.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "shim/rpc/testing/fake_values.h"

namespace evroc::shim {
namespace {

using compute::v1::VirtualMachine;

constexpr size_t kMaxUserData = 786'432;

compute::v1::ComputeProfile Profile(const std::string& name, int vcpus,
                                    int64_t memory_mib) {
  compute::v1::ComputeProfile profile;
  profile.set_name(name);
  profile.set_vcpus(vcpus);
  profile.set_memory_mib(memory_mib);
  profile.set_architecture("amd64");
  return profile;
}

absl::Status CantChange(const std::string& field) {
  return ImmutableField("virtual_machine." + field, "can't be changed");
}

absl::Status CheckDisk(const compute::v1::DataDisk& is,
                       const VirtualMachine& desired) {
  for (int i = 0; i < desired.data_disks_size(); ++i) {
    const compute::v1::DataDisk& disk = desired.data_disks(i);
    if (disk.name() != is.name()) continue;
    const std::string field = absl::StrCat("data_disks[", i, "]");
    if (disk.image() != is.image()) return CantChange(field + ".image");
    return absl::OkStatus();
  }
  return CantChange("data_disks");
}

absl::Status CheckDisks(const VirtualMachine& is,
                        const VirtualMachine& desired) {
  if (is.boot_disk().image() != desired.boot_disk().image()) {
    return CantChange("boot_disk.image");
  }
  for (const compute::v1::DataDisk& disk : is.data_disks()) {
    EVROC_RETURN_IF_ERROR(CheckDisk(disk, desired));
  }
  return absl::OkStatus();
}

bool IsUefi(const VirtualMachine& machine) {
  return machine.boot_mode() == compute::v1::BOOT_MODE_UEFI;
}

// The group that a machine is made in. A set's has room for all.
std::string GroupOf(const VirtualMachine& desired) {
  return desired.spread_group().empty()
             ? desired.placement_group_id()
             : FakeId(desired.spread_group(), desired.owner().cluster_id());
}

absl::Status CheckUnchanged(const VirtualMachine& is,
                            const VirtualMachine& desired) {
  if (is.compute_profile() != desired.compute_profile()) {
    return CantChange("compute_profile");
  }
  if (is.zone() != desired.zone()) return CantChange("zone");
  if (is.subnet_id() != desired.subnet_id()) return CantChange("subnet_id");
  const std::string group = GroupOf(desired);
  if (!group.empty() && group != is.actual_placement_group_id()) {
    return CantChange(desired.spread_group().empty() ? "placement_group_id"
                                                     : "spread_group");
  }
  if (desired.boot_mode() != compute::v1::BOOT_MODE_UNSPECIFIED &&
      IsUefi(is) != IsUefi(desired)) {
    return CantChange("boot_mode");
  }
  if (desired.stack_type() != common::v1::STACK_TYPE_UNSPECIFIED &&
      is.stack_type() != desired.stack_type()) {
    return CantChange("stack_type");
  }
  return CheckDisks(is, desired);
}

absl::Status CheckDesired(const VirtualMachine& desired) {
  Violations violations;
  const auto require = [&](bool holds, absl::string_view field) {
    violations.Check(holds, absl::StrCat("virtual_machine.", field),
                     "is required");
  };
  CheckFakeOwner(desired.owner(), true, "virtual_machine.owner", violations);
  require(!desired.compute_profile().empty(), "compute_profile");
  require(!desired.boot_disk().image().empty(), "boot_disk.image");
  for (int i = 0; i < desired.data_disks_size(); ++i) {
    const compute::v1::DataDisk& disk = desired.data_disks(i);
    const std::string field = absl::StrCat("data_disks[", i, "]");
    require(!disk.name().empty(), field + ".name");
    require(disk.size_gb() > 0 || !disk.image().empty(), field + ".size_gb");
  }
  require(!desired.zone().empty(), "zone");
  require(!desired.subnet_id().empty(), "subnet_id");
  violations.Check(
      desired.spread_group().empty() || desired.placement_group_id().empty(),
      "virtual_machine.spread_group", "excludes placement_group_id");
  violations.Check(desired.user_data().size() <= kMaxUserData,
                   "virtual_machine.user_data",
                   absl::StrCat("has ", desired.user_data().size(),
                                " bytes, at most ", kMaxUserData));
  return violations.ToStatus();
}

// The machine as the service returns it: without user data.
VirtualMachine Reported(const VirtualMachine& machine) {
  VirtualMachine reported = machine;
  reported.clear_user_data();
  return reported;
}

// Copies the desired state into `machine`, and keeps the observed fields.
void CopyDesired(const VirtualMachine& desired, VirtualMachine& machine) {
  VirtualMachine merged = desired;
  merged.set_state(machine.state());
  merged.set_id(machine.id());
  merged.set_uid(machine.uid());
  merged.set_actual_zone(machine.actual_zone());
  merged.set_actual_placement_group_id(machine.actual_placement_group_id());
  if (merged.stack_type() == common::v1::STACK_TYPE_UNSPECIFIED) {
    merged.set_stack_type(machine.stack_type());
  }
  if (merged.keep_security_groups()) {
    *merged.mutable_security_group_ids() = machine.security_group_ids();
  }
  if (merged.public_ip_id().empty() && merged.keep_public_ip()) {
    merged.set_public_ip_id(machine.public_ip_id());
  }
  merged.set_private_ipv4_address(machine.private_ipv4_address());
  merged.set_public_ipv4_address(machine.public_ipv4_address());
  merged.set_ipv6_address(machine.ipv6_address());
  if (machine.has_waiting_since() &&
      machine.state() == VirtualMachine::STATE_PROVISIONING) {
    *merged.mutable_waiting_since() = machine.waiting_since();
  }
  *merged.mutable_conditions() = machine.conditions();
  *merged.mutable_disks() = machine.disks();
  machine = std::move(merged);
}

// As soon as there is a VM.
void SetMade(VirtualMachine& machine) {
  machine.set_uid(FakeUuid(machine.owner().machine_id()));
  machine.set_actual_placement_group_id(GroupOf(machine));
}

// Whether the machine was made completely.
bool IsMade(const VirtualMachine& machine) {
  return machine.state() == VirtualMachine::STATE_RUNNING ||
         machine.state() == VirtualMachine::STATE_STOPPED;
}

bool IsLost(const VirtualMachine& machine) {
  return machine.state() == VirtualMachine::STATE_LOST;
}

std::string MachineId(const common::v1::Owner& owner) {
  return owner.resource_prefix().empty()
             ? FakeId(owner.machine_name(), owner.machine_id())
             : owner.resource_prefix();
}

std::string DiskId(const VirtualMachine& machine, const std::string& name) {
  const std::string& prefix = machine.owner().resource_prefix();
  if (prefix.empty()) return FakeId(machine.id(), "disk " + name);
  return absl::StrCat(prefix, "-", name.empty() ? "boot-disk" : name);
}

// Disks grow and never shrink.
void SetDisks(bool exist, VirtualMachine& machine) {
  std::map<std::string, int> sizes;
  for (const compute::v1::DiskStatus& disk : machine.disks()) {
    sizes[disk.name()] = disk.size_gb();
  }
  machine.clear_disks();
  const auto add = [&](const std::string& name, int size_gb) {
    compute::v1::DiskStatus& disk = *machine.add_disks();
    disk.set_name(name);
    disk.set_id(DiskId(machine, name));
    if (!exist) return;
    disk.set_ready(IsMade(machine) || IsLost(machine));
    disk.set_attached(IsMade(machine));
    disk.set_size_gb(std::max(size_gb, sizes[name]));
  };
  add("", machine.boot_disk().size_gb());
  for (const auto& disk : machine.data_disks()) {
    add(disk.name(), disk.size_gb());
  }
}

std::pair<const char*, const char*> Words(VirtualMachine::State state) {
  switch (state) {
    case VirtualMachine::STATE_RUNNING:
      return {"Available", ""};
    case VirtualMachine::STATE_STOPPED:
      return {"Stopped", "it was stopped"};
    case VirtualMachine::STATE_FAILED:
      return {"ProvisioningFailed", "the cloud could not make it"};
    case VirtualMachine::STATE_LOST:
      return {"Lost", "it was provisioned before and does not exist any more"};
    case VirtualMachine::STATE_DELETING:
      return {"Deleting", "it is being deleted"};
    default:
      return {"Creating", "it is being made"};
  }
}

void SetConditions(bool disks_exist, VirtualMachine& machine) {
  const auto [reason, message] = Words(machine.state());
  const bool runs = machine.state() == VirtualMachine::STATE_RUNNING;
  const bool disks = disks_exist && (IsMade(machine) || IsLost(machine));
  machine.clear_conditions();
  auto& conditions = *machine.mutable_conditions();
  AddFakeCondition("DiskReady", disks,
                   disks         ? "Available"
                   : disks_exist ? "Creating"
                                 : "Missing",
                   "", conditions);
  AddFakeCondition("VMReady", runs, reason, message, conditions);
  AddFakeCondition("Ready", runs, runs ? "Ready" : reason, message, conditions);
}

}  // namespace

FakeComputeServiceClient::FakeComputeServiceClient()
    : faults_({"ApplyVirtualMachine", "DeleteVirtualMachine",
               "DeleteClusterVirtualMachines", "TakeOverVirtualMachine",
               "PlanVirtualMachine", "ListComputeProfiles", "Watch"}),
      profiles_({Profile("c1a.s", 2, 4096), Profile("m1a.l", 8, 65'536)}) {}

absl::Status FakeComputeServiceClient::CheckProfileLocked(
    const std::string& name) const {
  const bool known =
      std::any_of(profiles_.begin(), profiles_.end(),
                  [&](const auto& profile) { return profile.name() == name; });
  if (known) return absl::OkStatus();
  return InvalidField(
      "virtual_machine.compute_profile",
      absl::StrCat("there is no compute profile \"", name, "\""));
}

absl::StatusOr<VirtualMachine> FakeComputeServiceClient::ApplyLocked(
    const common::v1::CloudScope& scope, const VirtualMachine& desired,
    bool provisioned_before) {
  EVROC_RETURN_IF_ERROR(CheckDesired(desired));
  const common::v1::Owner& owner = desired.owner();
  const auto found = machines_.find(owner.machine_id());
  const bool is_new = found == machines_.end();
  if (is_new) {
    if (official_.contains(owner.resource_prefix())) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       "the name is taken", {.reason = "NAME_TAKEN"});
    }
    if (!provisioned_before) {
      EVROC_RETURN_IF_ERROR(CheckProfileLocked(desired.compute_profile()));
    }
  } else {
    const VirtualMachine& is = found->second.machine;
    CHECK_EQ(is.owner().cluster_id(), owner.cluster_id())
        << "the fake knows machines by their machine id alone";
    if (is.state() != VirtualMachine::STATE_LOST &&
        is.state() != VirtualMachine::STATE_FAILED &&
        is.state() != VirtualMachine::STATE_DELETING) {
      EVROC_RETURN_IF_ERROR(CheckUnchanged(is, desired));
    }
  }
  Entry& entry = machines_[owner.machine_id()];
  entry.project = scope.project();
  entry.ran = entry.ran || provisioned_before;
  if (is_new) entry.has_disks = !provisioned_before;
  ChangeLocked(entry, [&](VirtualMachine& machine) {
    CopyDesired(desired, machine);
    if (!is_new) return;
    machine.set_id(MachineId(owner));
    machine.set_state(provisioned_before ? VirtualMachine::STATE_LOST
                                         : VirtualMachine::STATE_PROVISIONING);
    if (!provisioned_before) SetMade(machine);
    SetConditions(entry.has_disks, machine);
  });
  if (instant_ && entry.machine.state() == VirtualMachine::STATE_PROVISIONING) {
    RunLocked(entry);
  }
  return Reported(entry.machine);
}

absl::StatusOr<VirtualMachine> FakeComputeServiceClient::ApplyVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const VirtualMachine& desired, bool provisioned_before) {
  const FakeFaults::Fault fault = faults_.Begin("ApplyVirtualMachine");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::StatusOr<VirtualMachine> machine;
  {
    absl::MutexLock lock(&mutex_);
    machine = ApplyLocked(scope, desired, provisioned_before);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return machine;
}

std::vector<common::v1::RemainingObject> FakeComputeServiceClient::DeleteLocked(
    const common::v1::Owner& owner) {
  std::vector<common::v1::RemainingObject> remaining;
  for (auto next = machines_.begin(); next != machines_.end();) {
    const auto it = next++;
    const common::v1::Owner& its = it->second.machine.owner();
    if (its.cluster_id() != owner.cluster_id() ||
        (!owner.machine_id().empty() && owner.machine_id() != it->first)) {
      continue;
    }
    if (instant_ || !it->second.has_disks) {
      EraseLocked(it->first);
      continue;
    }
    common::v1::RemainingObject& object = remaining.emplace_back();
    object.set_kind(IsLost(it->second.machine) ? "Disk" : "VirtualMachine");
    MoveToLocked(it->second, VirtualMachine::STATE_DELETING);
    object.set_id(it->second.machine.id());
    object.set_reason("deletion requested");
  }
  return remaining;
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
FakeComputeServiceClient::DeleteVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeMachine& machine) {
  if (machine.owner.cluster_id().empty()) {
    return InvalidField("owner.cluster_id", "is required");
  }
  if (machine.owner.machine_id().empty()) {
    return InvalidField("owner.machine_id", "is required");
  }
  {
    absl::MutexLock lock(&mutex_);
    last_deletion_ = machine;
  }
  return Delete("DeleteVirtualMachine", context, scope, machine.owner, {});
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
FakeComputeServiceClient::DeleteClusterMachines(
    const CallContext& context, const common::v1::CloudScope& scope,
    const WholeCluster& cluster) {
  if (cluster.cluster_id.empty()) {
    return InvalidField("cluster_id", "is required");
  }
  {
    absl::MutexLock lock(&mutex_);
    last_cluster_deletion_ = cluster;
  }
  common::v1::Owner owner;
  owner.set_cluster_id(cluster.cluster_id);
  return Delete("DeleteClusterVirtualMachines", context, scope, owner, cluster);
}

std::vector<common::v1::RemainingObject>
FakeComputeServiceClient::DeleteWorkloadLocked(const WholeCluster& cluster) {
  const std::string& identifier = cluster.workload_identifier;
  std::vector<common::v1::RemainingObject> remaining =
      workload_.Delete("HotswapDiskAttachment", identifier, instant_);
  if (!remaining.empty() || !cluster.with_workload_disks) return remaining;
  return workload_.Delete("Disk", identifier, instant_);
}

absl::StatusOr<std::vector<common::v1::RemainingObject>>
FakeComputeServiceClient::Delete(const std::string& method,
                                 const CallContext& context,
                                 const common::v1::CloudScope& scope,
                                 const common::v1::Owner& owner,
                                 const WholeCluster& cluster) {
  const FakeFaults::Fault fault = faults_.Begin(method);
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  if (!cluster.workload_identifier.empty() &&
      !IsUuid(cluster.workload_identifier)) {
    return InvalidField("workload_identifier", "is not a UUID");
  }
  std::vector<common::v1::RemainingObject> remaining;
  {
    absl::MutexLock lock(&mutex_);
    remaining = DeleteLocked(owner);
    if (remaining.empty()) remaining = DeleteWorkloadLocked(cluster);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return remaining;
}

void FakeComputeServiceClient::TakeLocked(const common::v1::CloudScope& scope,
                                          const common::v1::Owner& owner) {
  const auto official = official_.extract(owner.resource_prefix());
  Entry& entry = machines_[owner.machine_id()];
  entry.project = scope.project();
  entry.machine = official.mapped().machine;
  *entry.machine.mutable_owner() = owner;
  RunLocked(entry);
}

void FakeComputeServiceClient::GiveBackLocked(const TakeOverInput& input) {
  const common::v1::Owner& owner = input.owner;
  official_[owner.resource_prefix()] = {
      .machine = FindLocked(owner.machine_id()).machine,
      .labels = input.previous_owner};
  EraseLocked(owner.machine_id());
}

compute::v1::TakeOverVirtualMachineResponse
FakeComputeServiceClient::TakeOverLocked(const common::v1::CloudScope& scope,
                                         const TakeOverInput& input) {
  const bool give_back = input.action == common::v1::TAKE_OVER_ACTION_GIVE_BACK;
  const std::string& id = input.owner.resource_prefix();
  const auto ours = machines_.find(input.owner.machine_id());
  if (ours != machines_.end() && ours->second.machine.id() != id) {
    return FakeNotTheirs(ours->second.machine);
  }
  if (ours != machines_.end()) {
    auto response = FakeTakeOver(
        ours->second.machine, give_back ? common::v1::TakeOverObject::GIVEN_BACK
                                        : common::v1::TakeOverObject::TAKEN);
    if (give_back) GiveBackLocked(input);
    return response;
  }
  const auto official = official_.find(id);
  if (official == official_.end() || give_back) return {};
  auto response = JudgeFakeMachine(official->second, input.previous_owner);
  if (input.action != common::v1::TAKE_OVER_ACTION_TAKE ||
      !IsProven(response)) {
    return response;
  }
  TakeLocked(scope, input.owner);
  return FakeTakeOver(FindLocked(input.owner.machine_id()).machine,
                      common::v1::TakeOverObject::TAKEN);
}

absl::StatusOr<compute::v1::TakeOverVirtualMachineResponse>
FakeComputeServiceClient::TakeOverVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const TakeOverInput& input) {
  const FakeFaults::Fault fault = faults_.Begin("TakeOverVirtualMachine");
  if (!fault.error.ok() && !fault.after_work) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  Violations violations;
  CheckFakeOwner(input.owner, true, "owner", violations);
  violations.Check(!input.owner.resource_prefix().empty(),
                   "owner.resource_prefix", "is required");
  violations.Check(input.previous_owner.cluster_names_size() > 0,
                   "previous_owner.cluster_names", "has to be one or two");
  EVROC_RETURN_IF_ERROR(violations.ToStatus());
  compute::v1::TakeOverVirtualMachineResponse response;
  {
    absl::MutexLock lock(&mutex_);
    response = TakeOverLocked(scope, input);
  }
  streams_.Deliver();
  if (!fault.error.ok()) return fault.error;
  return response;
}

absl::StatusOr<compute::v1::PlanVirtualMachineResponse>
FakeComputeServiceClient::PlanVirtualMachine(
    const CallContext& context, const common::v1::CloudScope& scope,
    const common::v1::PreviousOwner& previous_owner,
    const VirtualMachine& desired, bool /*provisioned_before*/) {
  const FakeFaults::Fault fault = faults_.Begin("PlanVirtualMachine");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  EVROC_RETURN_IF_ERROR(CheckDesired(desired));
  if (previous_owner.cluster_names().empty()) {
    return InvalidField("previous_owner.cluster_names", "has to be one or two");
  }
  compute::v1::PlanVirtualMachineResponse response;
  absl::MutexLock lock(&mutex_);
  const auto official = official_.find(desired.owner().resource_prefix());
  if (official == official_.end()) return response;
  *response.mutable_changes() = {official->second.plan.begin(),
                                 official->second.plan.end()};
  return response;
}

absl::StatusOr<std::vector<compute::v1::ComputeProfile>>
FakeComputeServiceClient::ListComputeProfiles(
    const CallContext& context, const common::v1::CloudScope& scope) {
  const FakeFaults::Fault fault = faults_.Begin("ListComputeProfiles");
  if (!fault.error.ok()) return fault.error;
  EVROC_RETURN_IF_ERROR(access_.Check(context, scope));
  absl::MutexLock lock(&mutex_);
  return profiles_;
}

std::unique_ptr<WatchCall> FakeComputeServiceClient::Watch(
    const common::v1::CloudScope& scope, const std::string& cursor,
    ComputeObserver& observer) {
  const FakeFaults::Fault fault = faults_.Begin("Watch");
  const absl::Status refused =
      fault.error.ok() ? access_.Check({}, InAnyCloud(scope)) : fault.error;
  if (!refused.ok()) return streams_.Refuse(refused, observer);
  return streams_.Open(scope.project(), cursor, observer);
}

void FakeComputeServiceClient::SetInstant(bool instant) {
  absl::MutexLock lock(&mutex_);
  instant_ = instant;
}

void FakeComputeServiceClient::SetProfiles(
    std::vector<compute::v1::ComputeProfile> profiles) {
  absl::MutexLock lock(&mutex_);
  profiles_ = std::move(profiles);
}

void FakeComputeServiceClient::PutOfficial(FakeOfficialMachine official) {
  const std::string id = official.machine.owner().resource_prefix();
  official.machine.set_id(id);
  absl::MutexLock lock(&mutex_);
  official_[id] = std::move(official);
}

std::optional<VirtualMachine> FakeComputeServiceClient::Machine(
    const std::string& machine_id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = machines_.find(machine_id);
  if (found == machines_.end()) return std::nullopt;
  return found->second.machine;
}

ComputeServiceClient::WholeMachine FakeComputeServiceClient::last_deletion()
    const {
  absl::MutexLock lock(&mutex_);
  return last_deletion_;
}

ComputeServiceClient::WholeCluster
FakeComputeServiceClient::last_cluster_deletion() const {
  absl::MutexLock lock(&mutex_);
  return last_cluster_deletion_;
}

std::vector<std::string> FakeComputeServiceClient::MachineIds() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  ids.reserve(machines_.size());
  for (const auto& [id, entry] : machines_) ids.push_back(id);
  return ids;
}

void FakeComputeServiceClient::Run(const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    RunLocked(FindLocked(machine_id));
  }
  streams_.Deliver();
}

void FakeComputeServiceClient::Stop(const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    MoveToLocked(FindLocked(machine_id), VirtualMachine::STATE_STOPPED);
  }
  streams_.Deliver();
}

void FakeComputeServiceClient::Fail(const std::string& machine_id,
                                    const std::string& reason,
                                    const std::string& message) {
  Change(machine_id, [&](VirtualMachine& machine) {
    machine.set_state(VirtualMachine::STATE_FAILED);
    SetConditions(/*disks_exist=*/true, machine);
    for (const int i : {1, 2}) {
      machine.mutable_conditions(i)->set_reason(reason);
      machine.mutable_conditions(i)->set_message(message);
    }
  });
}

void FakeComputeServiceClient::AwaitRoom(const std::string& machine_id,
                                         absl::Time since) {
  Change(machine_id, [&](VirtualMachine& machine) {
    machine.mutable_waiting_since()->set_seconds(absl::ToUnixSeconds(since));
    for (const int i : {1, 2}) {
      machine.mutable_conditions(i)->set_reason("Unschedulable");
      machine.mutable_conditions(i)->set_message("its zone has no room for it");
    }
  });
}

void FakeComputeServiceClient::Vanish(const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = FindLocked(machine_id);
    if (entry.ran) {
      ChangeLocked(entry, [](VirtualMachine& machine) {
        machine.set_state(VirtualMachine::STATE_LOST);
        machine.clear_uid();
        machine.clear_actual_zone();
        machine.clear_actual_placement_group_id();
        machine.clear_private_ipv4_address();
        machine.clear_public_ipv4_address();
        SetConditions(/*disks_exist=*/true, machine);
      });
    } else {
      EraseLocked(machine_id);
    }
  }
  streams_.Deliver();
}

void FakeComputeServiceClient::FinishDeletion(const std::string& machine_id) {
  {
    absl::MutexLock lock(&mutex_);
    CHECK_EQ(FindLocked(machine_id).machine.state(),
             VirtualMachine::STATE_DELETING);
    EraseLocked(machine_id);
  }
  streams_.Deliver();
}

void FakeComputeServiceClient::Change(
    const std::string& machine_id,
    const std::function<void(VirtualMachine&)>& change) {
  {
    absl::MutexLock lock(&mutex_);
    ChangeLocked(FindLocked(machine_id), change);
  }
  streams_.Deliver();
}

FakeComputeServiceClient::Entry& FakeComputeServiceClient::FindLocked(
    const std::string& machine_id) {
  const auto found = machines_.find(machine_id);
  CHECK(found != machines_.end()) << "no machine " << machine_id;
  return found->second;
}

void FakeComputeServiceClient::ChangeLocked(
    Entry& entry, const std::function<void(VirtualMachine&)>& change) {
  VirtualMachine& machine = entry.machine;
  change(machine);
  entry.ran = entry.ran || machine.state() == VirtualMachine::STATE_RUNNING;
  SetDisks(entry.has_disks, machine);
  machine.clear_etag();
  machine.set_etag(FakeEtag(Reported(machine)));
  if (!entry.has_disks) return;
  compute::v1::WatchResponse response;
  *response.mutable_virtual_machine() = Reported(machine);
  streams_.Put(entry.project, machine.owner().machine_id(),
               std::move(response));
}

void FakeComputeServiceClient::MoveToLocked(Entry& entry,
                                            VirtualMachine::State state) {
  ChangeLocked(entry, [&](VirtualMachine& machine) {
    machine.set_state(state);
    SetConditions(/*disks_exist=*/true, machine);
  });
}

void FakeComputeServiceClient::RunLocked(Entry& entry) {
  const int host = next_address_++;
  ChangeLocked(entry, [host](VirtualMachine& machine) {
    machine.set_state(VirtualMachine::STATE_RUNNING);
    machine.set_actual_zone(machine.zone());
    if (machine.uid().empty()) {
      machine.set_uid(FakeUuid(machine.owner().machine_id()));
    }
    if (machine.private_ipv4_address().empty()) {
      machine.set_private_ipv4_address(
          absl::StrCat("10.0.", host / 250, ".", host % 250 + 1));
    }
    if (!machine.public_ip_id().empty()) {
      machine.set_public_ipv4_address(
          absl::StrCat("198.51.100.", host % 250 + 1));
    }
    SetConditions(/*disks_exist=*/true, machine);
  });
}

void FakeComputeServiceClient::EraseLocked(const std::string& machine_id) {
  streams_.Remove(machine_id);
  // By iterator: the id may be a reference into the erased entry.
  machines_.erase(machines_.find(machine_id));
}

}  // namespace evroc::shim
