#include "services/compute/describe.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/text/cut_text.h"
#include "services/compute/desired.h"
#include "services/compute/machine_drift.h"
#include "services/compute/machine_state.h"
#include "services/compute/part_names.h"
#include "services/fields/common_fields.h"
#include "services/fields/condition_state.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/transition.h"

namespace evroc::compute {
namespace {

using cloud::ConditionState;
using cloud::Known;
using State = v1::VirtualMachine;

constexpr int64_t kGigabyte = int64_t{1} << 30;

template <typename T>
bool Has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Reads both the machine and the attachment, which shows it sooner.
bool IsAttached(const MachineResources& resources, const Id<cloud::Disk>& id) {
  if (!resources.machine.has_value()) return false;
  const cloud::VirtualMachine::Status& status =
      resources.machine->object.status;
  return Has(status.attached_disks, id) || Has(status.hotswap_disks, id) ||
         std::any_of(resources.attachments.begin(), resources.attachments.end(),
                     [&](const Known<cloud::HotswapAttachment>& each) {
                       return each.object.disk == id && !each.deleting &&
                              cloud::IsReady(each.object.status.conditions);
                     });
}

int Gigabytes(const cloud::DiskSize& size) {
  return static_cast<int>(std::min<int64_t>(
      cloud::Bytes(size) / kGigabyte, std::numeric_limits<int32_t>::max()));
}

int SizeGb(const cloud::Disk& disk) {
  const std::optional<cloud::DiskSize>& size =
      disk.status.size.has_value() ? disk.status.size : disk.size;
  return size.has_value() ? Gigabytes(*size) : 0;
}

// The boot disk first, then in the order of the spec, else by name.
struct NamedDisk {
  std::string name;
  Id<cloud::Disk> id;
};
// The data disks that the machine had by its labels, and that are not there.
std::vector<NamedDisk> LostDisks(const MachineResources& resources) {
  std::vector<NamedDisk> lost;
  if (!resources.machine.has_value()) return lost;
  const cloud::Labels& labels = resources.machine->object.metadata.labels;
  const std::optional<cloud::Owner> owner = cloud::OwnerOf(labels);
  if (!owner.has_value()) return lost;
  for (const auto& [label, uid] : labels) {
    absl::string_view name = label;
    if (!absl::ConsumePrefix(&name, kDataDiskLabelPrefix)) continue;
    const bool is_there =
        std::any_of(resources.disks.begin(), resources.disks.end(),
                    [&uid = uid](const Known<cloud::Disk>& disk) {
                      return disk.object.metadata.uid == uid;
                    });
    if (!is_there) lost.push_back({std::string(name), DiskId(*owner, name)});
  }
  return lost;
}

std::vector<NamedDisk> DisksInOrder(const MachineResources& resources,
                                    const std::optional<MachineSpec>& spec) {
  std::vector<NamedDisk> order;
  if (spec.has_value()) {
    order.push_back({"", spec->boot_disk.id});
    for (const DiskSpec& disk : spec->data_disks) {
      order.push_back({disk.name, disk.id});
    }
  }
  // A service that has just started does not know the spec.
  std::vector<NamedDisk> others =
      spec.has_value() ? std::vector<NamedDisk>() : LostDisks(resources);
  for (const auto& disk : resources.disks) {
    const Id<cloud::Disk>& id = disk.object.metadata.id;
    const bool listed =
        std::any_of(order.begin(), order.end(),
                    [&](const NamedDisk& each) { return each.id == id; });
    if (listed) continue;
    others.push_back(
        {cloud::LabelOf(disk.object.metadata.labels, cloud::kPartLabel), id});
  }
  std::sort(
      others.begin(), others.end(),
      [](const NamedDisk& a, const NamedDisk& b) { return a.name < b.name; });
  order.insert(order.end(), others.begin(), others.end());
  return order;
}

const cloud::Condition* ReadyOf(const cloud::Conditions& conditions) {
  return cloud::FindCondition(conditions, "Ready");
}

void AddDisk(const MachineResources& resources, const NamedDisk& named,
             v1::VirtualMachine& machine) {
  v1::DiskStatus& status = *machine.add_disks();
  status.set_name(named.name);
  status.set_id(named.id.value());
  const Known<cloud::Disk>* disk = FindById(resources.disks, named.id);
  if (disk == nullptr) return;
  const cloud::Condition* ready = ReadyOf(disk->object.status.conditions);
  status.set_ready(cloud::IsReady(disk->object.status.conditions));
  status.set_size_gb(SizeGb(disk->object));
  status.set_attached(IsAttached(resources, named.id));
  if (ready != nullptr && !status.ready()) status.set_reason(ready->reason);
}

// The labels that the spec requests for the disk; nothing if it does not.
std::optional<cloud::Labels> RequestedLabels(
    const std::optional<MachineSpec>& spec, const Id<cloud::Disk>& id) {
  if (!spec.has_value()) return std::nullopt;
  std::vector<DiskSpec> disks = spec->data_disks;
  disks.push_back(spec->boot_disk);
  for (const DiskSpec& disk : disks) {
    if (disk.id == id) return DesiredDisk(*spec, disk).metadata.labels;
  }
  return std::nullopt;
}

ConditionState StateOfDisk(const Known<cloud::Disk>& known,
                           const std::string& what,
                           const std::optional<MachineSpec>& spec) {
  ConditionState state = cloud::StateOf(known, what);
  const cloud::Disk& disk = known.object;
  if (!known.deleting && AwaitsImport(disk)) {
    state.message =
        absl::StrCat(what, " waits for the import of its image to begin",
                     Since(disk.metadata.created));
  }
  if (!state.holds) return state;
  if (cloud::IsGrowing(disk)) {
    return {false, "Growing",
            absl::StrCat(what, " grows from ", Gigabytes(*disk.status.size),
                         " to ", Gigabytes(*disk.size), " GB")};
  }
  const cloud::Labels& labels = disk.metadata.labels;
  if (!cloud::HasLabels(
          labels, RequestedLabels(spec, disk.metadata.id).value_or(labels))) {
    return {.holds = false,
            .reason = "Updating",
            .message = absl::StrCat("the labels of ", what,
                                    " are not as requested yet"),
            .usable = true};
  }
  return state;
}

ConditionState DiskState(const MachineResources& resources,
                         const std::vector<NamedDisk>& disks,
                         const std::optional<MachineSpec>& spec) {
  ConditionState sum;
  for (const NamedDisk& named : disks) {
    const std::string what = named.name.empty()
                                 ? "the boot disk"
                                 : absl::StrCat("disk ", named.name);
    const Known<cloud::Disk>* disk = FindById(resources.disks, named.id);
    if (disk == nullptr) {
      return {
          false, "Missing",
          absl::StrCat(
              what, " does not exist",
              resources.machine.has_value() ? ", or has lost its labels" : "")};
    }
    cloud::Add(StateOfDisk(*disk, what, spec), sum);
    if (!cloud::IsUsable(sum)) return sum;
    if (resources.machine.has_value() &&
        resources.machine->object.status.state == "Running" &&
        !IsAttached(resources, named.id)) {
      return {false, "Attaching", absl::StrCat(what, " is not attached yet")};
    }
  }
  if (disks.empty()) return {false, "Missing", "there is no disk"};
  return sum;
}

bool BootDiskFailed(const MachineResources& resources,
                    const std::vector<NamedDisk>& disks) {
  for (const NamedDisk& named : disks) {
    const Known<cloud::Disk>* disk = FindById(resources.disks, named.id);
    if (named.name.empty() && disk != nullptr) {
      return cloud::HasFailed(disk->object);
    }
  }
  return false;
}

State::State StateOfParts(const MachineResources& resources,
                          const MachineHistory& history,
                          const std::vector<NamedDisk>& disks) {
  if (resources.machine.has_value()) {
    if (resources.machine->deleting) return State::STATE_DELETING;
    const State::State state = StateOf(resources.machine->object.status.state);
    if (state != State::STATE_PROVISIONING) return state;
    return BootDiskFailed(resources, disks) ? State::STATE_FAILED : state;
  }
  const bool disks_go =
      std::any_of(resources.disks.begin(), resources.disks.end(),
                  [](const Known<cloud::Disk>& disk) { return disk.deleting; });
  if (history.deleting || disks_go) return State::STATE_DELETING;
  if (history.provisioned) return State::STATE_LOST;
  return BootDiskFailed(resources, disks) ? State::STATE_FAILED
                                          : State::STATE_PROVISIONING;
}

// Whether the machine is as requested. It runs all the same.
ConditionState DriftState(const cloud::VirtualMachine& machine,
                          const MachineSpec& spec) {
  if (const std::string repairs = Repairs(machine, spec); !repairs.empty()) {
    return {.holds = false,
            .reason = "Updating",
            .message = absl::StrCat("not as requested yet: ", repairs),
            .usable = true};
  }
  if (const auto difference = FindFixedDifference(machine, spec)) {
    return {.holds = false,
            .reason = "Changed",
            .message = absl::StrCat(difference->field, " is \"", difference->is,
                                    "\" and not as requested; it can't be "
                                    "changed while the machine runs"),
            .usable = true};
  }
  return {};
}

// A running machine is ready once its address is known (traps.md A1).
ConditionState RunningState(const cloud::VirtualMachine& machine,
                            const std::optional<MachineSpec>& spec) {
  if (!machine.status.failed_security_groups.empty()) {
    return {false, "SecurityGroupFailed",
            absl::StrCat("security group ",
                         machine.status.failed_security_groups[0].value(),
                         " can't be joined")};
  }
  if (machine.status.private_ipv4_address.empty() &&
      machine.status.ipv6_address.empty()) {
    return {false, "WaitingForAddress", "it has no address yet"};
  }
  return spec.has_value() ? DriftState(machine, *spec) : ConditionState();
}

// The state of a machine that does not exist.
ConditionState AbsentState(State::State state) {
  switch (state) {
    case State::STATE_LOST:
      return {false, "Lost",
              "it was provisioned before and does not exist any more"};
    case State::STATE_DELETING:
      return {false, "Deleting", "it is being deleted"};
    default:
      return {false, "Creating", "it does not exist yet"};
  }
}

ConditionState MachineState(const MachineResources& resources,
                            State::State state,
                            const std::optional<MachineSpec>& spec) {
  if (!resources.machine.has_value()) return AbsentState(state);
  const cloud::VirtualMachine& machine = resources.machine->object;
  const cloud::Condition* ready = ReadyOf(machine.status.conditions);
  const std::string words = ready == nullptr || ready->message.empty()
                                ? ""
                                : absl::StrCat(": ", ready->message.str());
  if (!resources.machine->deleting && AwaitsRoom(machine)) {
    return {
        false, "Unschedulable",
        absl::StrCat("its zone has no room for it",
                     HasAddress(machine) ? "" : Since(machine.metadata.created),
                     words)};
  }
  switch (state) {
    case State::STATE_RUNNING:
      return RunningState(machine, spec);
    case State::STATE_FAILED:
      return {false, "ProvisioningFailed",
              absl::StrCat("the cloud could not make it", words)};
    case State::STATE_STOPPED:
      return {false, "Stopped", "it was stopped"};
    case State::STATE_STOPPING:
      return {false, "Stopping", "it is being stopped"};
    case State::STATE_STARTING:
      return {false, "Starting", "it is starting"};
    case State::STATE_DELETING:
      return {false, "Deleting", "it is being deleted"};
    case State::STATE_UNKNOWN:
      return {false, "UnknownState",
              absl::StrCat("the cloud calls its state \"",
                           CutText(machine.status.state.str(), 100), "\"")};
    default:
      return {false, "Creating", absl::StrCat("it is being made", words)};
  }
}

cloud::Owner OwnerOfParts(const MachineResources& resources,
                          const cloud::OwnerKey& key) {
  std::optional<cloud::Owner> owner;
  if (resources.machine.has_value()) {
    owner = cloud::OwnerOf(resources.machine->object.metadata.labels);
  } else if (!resources.disks.empty()) {
    owner = cloud::OwnerOf(resources.disks[0].object.metadata.labels);
  }
  return owner.value_or(
      cloud::Owner{.cluster_id = key.cluster_id, .machine_id = key.machine_id});
}

// Sets the spec fields that the machine itself shows.
void SetSpec(const MachineResources& resources, const cloud::OwnerKey& key,
             v1::VirtualMachine& proto) {
  *proto.mutable_owner() = cloud::ToProto(OwnerOfParts(resources, key));
  if (!resources.machine.has_value()) return;
  const cloud::VirtualMachine& machine = resources.machine->object;
  proto.set_compute_profile(machine.compute_profile);
  proto.set_zone(machine.zone);
  proto.set_subnet_id(machine.subnet.value());
  for (const auto& group : machine.security_groups) {
    proto.add_security_group_ids(group.value());
  }
  proto.set_public_ip_id(machine.public_ip.value());
  proto.set_placement_group_id(machine.placement_group.value());
  for (const auto& [key_of, value] :
       cloud::UserLabels(machine.metadata.labels)) {
    if (key_of == kUefiLabel && value == "true") {
      proto.set_boot_mode(v1::BOOT_MODE_UEFI);
    } else {
      (*proto.mutable_labels())[key_of] = value;
    }
  }
}

void SetObserved(const cloud::VirtualMachine& machine,
                 v1::VirtualMachine& proto) {
  proto.set_id(machine.metadata.id.value());
  proto.set_uid(machine.metadata.uid);
  proto.set_actual_zone(machine.status.zone.empty() ? machine.zone
                                                    : machine.status.zone);
  proto.set_actual_placement_group_id(machine.placement_group.value());
  proto.set_private_ipv4_address(machine.status.private_ipv4_address);
  proto.set_public_ipv4_address(machine.status.public_ipv4_address);
  proto.set_ipv6_address(machine.status.ipv6_address);
}

}  // namespace

v1::VirtualMachine DescribeMachine(const MachineResources& resources,
                                   const cloud::OwnerKey& owner,
                                   const MachineHistory& history) {
  v1::VirtualMachine proto;
  if (history.spec.has_value()) {
    proto = history.spec->request;
    proto.set_id(history.spec->id.value());
  } else {
    SetSpec(resources, owner, proto);
  }
  if (resources.machine.has_value()) {
    SetObserved(resources.machine->object, proto);
  }
  const std::vector<NamedDisk> disks = DisksInOrder(resources, history.spec);
  for (const NamedDisk& named : disks) AddDisk(resources, named, proto);
  proto.set_state(StateOfParts(resources, history, disks));
  if (const auto since = WaitingSince(resources, proto.state());
      since.has_value()) {
    proto.mutable_waiting_since()->set_seconds(absl::ToUnixSeconds(*since));
  }
  const ConditionState disk = DiskState(resources, disks, history.spec);
  const ConditionState machine =
      MachineState(resources, proto.state(), history.spec);
  *proto.add_conditions() = cloud::MakeCondition("DiskReady", disk);
  *proto.add_conditions() = cloud::MakeCondition("VMReady", machine);
  ConditionState ready = cloud::IsUsable(machine) ? disk : machine;
  if (cloud::IsUsable(ready)) ready = {.reason = "Ready"};
  *proto.add_conditions() = cloud::MakeCondition("Ready", ready);
  proto.set_etag(cloud::EtagOf(proto));
  return proto;
}

}  // namespace evroc::compute
