#include "services/compute/apply_machine.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "glog/logging.h"
#include "services/compute/desired.h"
#include "services/compute/machine_drift.h"
#include "services/compute/machine_state.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"
#include "services/inventory/removal.h"
#include "services/inventory/steps.h"

namespace evroc::compute {
namespace {

using cloud::Known;

constexpr char kRoot[] = "virtual_machine";
// The cloud creates a machine with at most ten disks (evroc-api.md B.9.6).
constexpr size_t kMaxPermanentDisks = 10;

std::string Field(absl::string_view path) {
  return absl::StrCat(kRoot, ".", path);
}

// Whether a machine may have been refused because of its placement group: the
// cloud does not document how it refuses one for which a group has no room. A
// quota refusal says what is used up (evroc-api.md B.9.1), never a group.
bool MayConcernGroup(const absl::Status& made) {
  const std::string reason = DetailsOf(made).reason;
  return absl::IsInvalidArgument(made) || absl::IsPermissionDenied(made) ||
         (absl::IsFailedPrecondition(made) && reason != kNameTaken) ||
         (absl::IsAborted(made) && reason == cloud::kConflict);
}

// Whether only somebody's change makes the cloud take the machine: what passes
// by itself (a quota, a conflict, a pause) is none.
bool IsRefusal(const absl::Status& made) {
  return absl::IsInvalidArgument(made) || absl::IsPermissionDenied(made) ||
         (absl::IsFailedPrecondition(made) &&
          DetailsOf(made).reason != kNameTaken);
}

class Applying {
 public:
  Applying(const CallContext& context, ComputeInventories& inventories,
           const MachineSpec& spec, const MachineResources& resources,
           MachineTry& attempt)
      : context_(context),
        inventories_(inventories),
        spec_(spec),
        resources_(resources),
        owner_(cloud::KeyOf(spec.owner)),
        attempt_(attempt) {}

  absl::Status Run(bool provisioned_before) {
    if (resources_.machine.has_value()) {
      attempt_.made_disks.clear();
      return Change(*resources_.machine);
    }
    if (provisioned_before) return absl::OkStatus();
    return Make();
  }

 private:
  // --- A machine that does not exist yet.

  absl::Status Make() {
    if (spec_.data_disks.size() + 1 > kMaxPermanentDisks) {
      return InvalidField(Field("data_disks"),
                          "a machine is made with at most 9; more can be added "
                          "once it runs");
    }
    bool complete = true;
    EVROC_RETURN_IF_ERROR(MakeDisk(spec_.boot_disk, "boot_disk", complete));
    for (size_t i = 0; i < spec_.data_disks.size(); ++i) {
      EVROC_RETURN_IF_ERROR(MakeDisk(
          spec_.data_disks[i], absl::StrCat("data_disks[", i, "]"), complete));
    }
    if (!complete) return absl::OkStatus();
    absl::Status made = spec_.spread_set.has_value()
                            ? MakeInSet(*spec_.spread_set)
                            : MakeMachine(spec_.placement_group);
    attempt_.refused = IsRefusal(made);
    if (attempt_.refused) {
      RemoveMadeDisks();
    } else if (!absl::IsAborted(made)) {
      // The machine, or its data, may be there from now on.
      attempt_.made_disks.clear();
    }
    return made;
  }

  // The disks wait for nothing that comes by itself, and may be in a zone where
  // the machine will never be. Each that is still wanted then is made again.
  // One that was there before may have data on it.
  void RemoveMadeDisks() {
    const auto remove = [&](const Known<cloud::Disk>& disk) {
      const absl::Status removed = RemoveDisk(disk);
      LOG_IF(WARNING, !removed.ok())
          << "Failed to delete unused disk=" << disk.object.metadata.id
          << " error=" << ErrorText(removed)
          << " request_id=" << context_.request_id;
      return removed.ok();
    };
    std::erase_if(attempt_.made_disks, remove);
  }

  absl::Status RemoveDisk(const Known<cloud::Disk>& disk) {
    const auto holder_of = [this](const cloud::Disk& each) {
      return UserOf(context_, inventories_, each);
    };
    return cloud::RemoveObject<cloud::Disk>(context_, inventories_.disks, disk,
                                            holder_of)
        .status();
  }

  absl::Status MakeInSet(const SpreadSet& set) {
    SpreadGroups& groups = inventories_.spread_groups;
    EVROC_ASSIGN_OR_RETURN(const SpreadGroups::Place place,
                           groups.Assign(context_, set, owner_, spec_.id));
    absl::Status made = MakeMachine(place.group);
    if (!MayConcernGroup(made)) return made;
    // Others may have filled the group, or it has become Ready.
    if (!groups.Refresh(context_, set).ok()) return made;
    const auto now = groups.Assign(context_, set, owner_, spec_.id);
    if (!now.ok()) return made;
    if (*now != place) made = MakeMachine(now->group);
    if (!now->pending || !MayConcernGroup(made)) return made;
    return absl::AbortedError(absl::StrCat(cloud::DescribeId(now->group),
                                           " is not ready: ", made.message()));
  }

  absl::Status MakeMachine(const Id<cloud::PlacementGroup>& group) {
    cloud::VirtualMachine wanted = DesiredMachine(spec_);
    wanted.placement_group = group;
    wanted.metadata.labels.insert(disk_labels_.begin(), disk_labels_.end());
    EVROC_ASSIGN_OR_RETURN(
        const Known<cloud::VirtualMachine> machine,
        cloud::GetOrCreate(context_, inventories_.machines, wanted));
    if (!cloud::BelongsTo(machine.object.metadata.labels, owner_)) {
      return cloud::NameTaken(machine.object);
    }
    return absl::OkStatus();
  }

  // Waits while a disk of a previous machine of that name is being deleted.
  absl::Status MakeDisk(const DiskSpec& disk, const std::string& field,
                        bool& complete) {
    EVROC_ASSIGN_OR_RETURN(const Known<cloud::Disk> known, EnsureDisk(disk));
    if (known.created) attempt_.made_disks.push_back(known);
    complete = complete && !known.deleting;
    if (!known.deleting && IsInAnotherZone(known.object)) {
      complete = false;
      return RemoveDisk(known);
    }
    if (!disk.name.empty()) {
      disk_labels_[DataDiskLabel(disk.name)] = known.object.metadata.uid;
    }
    return known.deleting ? absl::OkStatus()
                          : CheckImage(known.object, disk, field);
  }

  // Ensures the disk and its labels; its size is compared elsewhere.
  absl::StatusOr<Known<cloud::Disk>> EnsureDisk(const DiskSpec& disk) {
    const cloud::Disk wanted = DesiredDisk(spec_, disk);
    return cloud::Ensure<cloud::Disk>(
        context_, inventories_.disks, owner_, wanted, [&](cloud::Disk& object) {
          object.metadata.labels =
              cloud::Relabelled(object.metadata.labels, wanted.metadata.labels);
        });
  }

  // Left behind where the machine was to be before (traps.md B15).
  bool IsInAnotherZone(const cloud::Disk& disk) const {
    return !spec_.zone.empty() && !disk.zone.empty() && disk.zone != spec_.zone;
  }

  static absl::Status CheckImage(const cloud::Disk& disk, const DiskSpec& spec,
                                 const std::string& field) {
    if (disk.image == spec.image) return absl::OkStatus();
    return ImmutableField(
        Field(field + ".image"),
        absl::StrCat("can't be changed, it is \"", disk.image.str(), "\""));
  }

  // --- An existing machine.

  absl::Status Change(const Known<cloud::VirtualMachine>& machine) {
    if (!cloud::BelongsTo(machine.object.metadata.labels, owner_)) {
      return cloud::NameTaken(machine.object);
    }
    const auto state = StateOf(machine.object.status.state);
    if (machine.deleting || state == v1::VirtualMachine::STATE_FAILED ||
        state == v1::VirtualMachine::STATE_DELETING) {
      return absl::OkStatus();
    }
    cloud::Steps steps(/*exists=*/true);
    steps.GoesOnAfter(CheckPlace(machine.object));
    if (steps.GoesOnAfter(ChangeMachine(machine.object)) &&
        steps.GoesOnAfter(ChangeDisks(machine.object))) {
      steps.GoesOnAfter(CheckUnchanged(machine.object));
    }
    return steps.outcome();
  }

  static absl::Status CantChange(absl::string_view field,
                                 absl::string_view is) {
    return ImmutableField(Field(field),
                          absl::StrCat("can't be changed, it is \"", is, "\""));
  }

  // Unset fields mean the existing value.
  absl::Status CheckPlace(const cloud::VirtualMachine& machine) const {
    if (!spec_.zone.empty() && spec_.zone != machine.zone) {
      return CantChange("zone", machine.zone);
    }
    if (!spec_.subnet.empty() && spec_.subnet != machine.subnet) {
      return CantChange("subnet_id", machine.subnet.value());
    }
    return absl::OkStatus();
  }

  // Refuses changes that the cloud can't make while the machine runs.
  absl::Status CheckUnchanged(const cloud::VirtualMachine& machine) const {
    const auto difference = FindFixedDifference(machine, spec_);
    return difference.has_value()
               ? CantChange(difference->field, difference->is)
               : absl::OkStatus();
  }

  // Changes groups, public IP and labels in one write if the cloud takes it
  // (traps.md B3, from the spec and never from status).
  absl::Status ChangeMachine(const cloud::VirtualMachine& machine) {
    const cloud::VirtualMachine wanted = Repaired(machine, spec_);
    const bool groups = wanted.security_groups != machine.security_groups;
    const bool public_ip = wanted.public_ip != machine.public_ip;
    absl::Status changed = Repair(machine, groups, public_ip);
    if (!cloud::IsRefusal(changed)) return changed;
    // It may refuse one of them alone.
    absl::Status others = changed;
    if (groups && public_ip) {
      others = Repair(machine, true, false);
      if (cloud::IsRefusal(others)) others = Repair(machine, false, true);
    }
    if (cloud::IsRefusal(others) && (groups || public_ip)) {
      others = Repair(machine, false, false);
    }
    return others.ok() || cloud::IsRefusal(others) ? changed : others;
  }

  absl::Status Repair(const cloud::VirtualMachine& machine, bool groups,
                      bool public_ip) {
    return inventories_.machines
        .Modify(context_, machine,
                [&](cloud::VirtualMachine& object) {
                  const cloud::VirtualMachine before = object;
                  object = Repaired(object, spec_);
                  if (!groups) object.security_groups = before.security_groups;
                  if (!public_ip) object.public_ip = before.public_ip;
                })
        .status();
  }

  absl::Status ChangeDisks(const cloud::VirtualMachine& machine) {
    cloud::Steps steps(/*exists=*/true);
    if (!steps.GoesOnAfter(CheckNoneRemoved(machine)) ||
        !steps.GoesOnAfter(ChangeDisk(machine, spec_.boot_disk, "boot_disk"))) {
      return steps.outcome();
    }
    for (size_t i = 0; i < spec_.data_disks.size(); ++i) {
      const absl::Status changed = ChangeDisk(
          machine, spec_.data_disks[i], absl::StrCat("data_disks[", i, "]"));
      if (!steps.GoesOnAfter(changed)) break;
    }
    return steps.outcome();
  }

  bool Requests(const Id<cloud::Disk>& id) const {
    return id == spec_.boot_disk.id ||
           std::any_of(spec_.data_disks.begin(), spec_.data_disks.end(),
                       [&](const DiskSpec& disk) { return disk.id == id; });
  }

  // Other people's disks on the machine are none of ours: those of a CSI
  // driver, or one that somebody added by hand.
  absl::Status CheckNoneRemoved(const cloud::VirtualMachine& machine) {
    std::vector<Id<cloud::Disk>> ids = machine.status.hotswap_disks;
    for (const auto& ref : machine.disks) ids.push_back(ref.disk);
    for (const Id<cloud::Disk>& id : ids) {
      if (Requests(id)) continue;
      EVROC_ASSIGN_OR_RETURN(const auto disk,
                             inventories_.disks.Get(context_, id));
      if (!disk.has_value() ||
          !cloud::BelongsTo(disk->object.metadata.labels, owner_)) {
        continue;
      }
      return ImmutableField(
          Field("data_disks"),
          absl::StrCat("a disk can't be removed from a machine; it has ",
                       id.value()));
    }
    return absl::OkStatus();
  }

  static bool IsPermanent(const cloud::VirtualMachine& machine,
                          const Id<cloud::Disk>& id) {
    return std::any_of(machine.disks.begin(), machine.disks.end(),
                       [&](const auto& ref) { return ref.disk == id; });
  }

  absl::Status ChangeDisk(const cloud::VirtualMachine& machine,
                          const DiskSpec& disk, const std::string& field) {
    const bool is_boot_disk = disk.name.empty();
    const bool permanent = is_boot_disk || IsPermanent(machine, disk.id);
    // A disk of the machine is never created again, empty.
    if ((permanent || WasThere(machine, disk)) &&
        FindById(resources_.disks, disk.id) == nullptr) {
      return absl::OkStatus();
    }
    EVROC_ASSIGN_OR_RETURN(Known<cloud::Disk> known, EnsureDisk(disk));
    if (known.deleting) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(Grow(known.object, disk));
    EVROC_RETURN_IF_ERROR(CheckImage(known.object, disk, field));
    if (permanent) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(RecordDisk(machine, disk, known.object));
    return Attach(machine, disk);
  }

  // Whether a disk that does not come with the machine has been there. An
  // attachment also shows one that was added before disks were recorded.
  bool WasThere(const cloud::VirtualMachine& machine,
                const DiskSpec& disk) const {
    const auto& attached = machine.status.hotswap_disks;
    return machine.metadata.labels.contains(DataDiskLabel(disk.name)) ||
           std::find(attached.begin(), attached.end(), disk.id) !=
               attached.end() ||
           std::any_of(
               resources_.attachments.begin(), resources_.attachments.end(),
               [&](const auto& each) { return each.object.disk == disk.id; });
  }

  // Before it is attached, so that nothing is written to a disk that would be
  // made again.
  absl::Status RecordDisk(const cloud::VirtualMachine& machine,
                          const DiskSpec& spec, const cloud::Disk& disk) {
    return inventories_.machines
        .Modify(context_, machine,
                [&](cloud::VirtualMachine& object) {
                  object.metadata.labels[DataDiskLabel(spec.name)] =
                      disk.metadata.uid;
                })
        .status();
  }

  // A disk that is larger than the spec says stays as it is: others may grow
  // it, and the cloud never shrinks one (evroc-api.md B.5.3).
  absl::Status Grow(const cloud::Disk& disk, const DiskSpec& spec) {
    const cloud::DiskSize wanted{spec.size_gb, "GB"};
    if (!disk.size.has_value() ||
        cloud::Bytes(wanted) <= cloud::Bytes(*disk.size)) {
      return absl::OkStatus();
    }
    return inventories_.disks
        .Modify(context_, disk,
                [&](cloud::Disk& object) { object.size = wanted; })
        .status();
  }

  // Disks can only be attached to a running machine (evroc-api.md B.5.6).
  absl::Status Attach(const cloud::VirtualMachine& machine,
                      const DiskSpec& disk) {
    if (StateOf(machine.status.state) != v1::VirtualMachine::STATE_RUNNING) {
      return absl::OkStatus();
    }
    const cloud::HotswapAttachment wanted = DesiredAttachment(spec_, disk);
    return cloud::Ensure<cloud::HotswapAttachment>(
               context_, inventories_.attachments, owner_, wanted,
               [&](cloud::HotswapAttachment& object) {
                 object.metadata.labels = cloud::Relabelled(
                     object.metadata.labels, wanted.metadata.labels);
               })
        .status();
  }

  const CallContext& context_;
  ComputeInventories& inventories_;
  const MachineSpec& spec_;
  const MachineResources& resources_;
  const cloud::OwnerKey owner_;
  MachineTry& attempt_;
  cloud::Labels disk_labels_;  // of the data disks that a new machine has
};

}  // namespace

absl::Status ApplyMachine(const CallContext& context,
                          ComputeInventories& inventories,
                          const MachineSpec& spec,
                          const MachineResources& resources,
                          bool provisioned_before, MachineTry& attempt) {
  return Applying(context, inventories, spec, resources, attempt)
      .Run(provisioned_before);
}

}  // namespace evroc::compute
