#include "services/compute/apply_machine.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "services/compute/desired.h"
#include "services/compute/machine_state.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/ensure.h"

namespace evroc::compute {
namespace {

using cloud::Known;

constexpr char kRoot[] = "virtual_machine";
// The cloud creates a machine with at most ten disks (evroc-api.md B.9.6).
constexpr size_t kMaxPermanentDisks = 10;

std::string Field(absl::string_view path) {
  return absl::StrCat(kRoot, ".", path);
}

class Applying {
 public:
  Applying(const CallContext& context, ComputeInventories& inventories,
           const MachineSpec& spec, const MachineResources& resources)
      : context_(context),
        inventories_(inventories),
        spec_(spec),
        resources_(resources),
        owner_(cloud::KeyOf(spec.owner)) {}

  absl::Status Run(bool provisioned_before) {
    if (resources_.machine.has_value()) return Change(*resources_.machine);
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
    EVROC_ASSIGN_OR_RETURN(const Known<cloud::VirtualMachine> machine,
                           cloud::GetOrCreate(context_, inventories_.machines,
                                              DesiredMachine(spec_)));
    if (!cloud::BelongsTo(machine.object.metadata.labels, owner_)) {
      return cloud::NameTaken(machine.object);
    }
    return absl::OkStatus();
  }

  // Waits while a disk of a previous machine of that name is being deleted.
  absl::Status MakeDisk(const DiskSpec& disk, const std::string& field,
                        bool& complete) {
    EVROC_ASSIGN_OR_RETURN(const Known<cloud::Disk> known, EnsureDisk(disk));
    complete = complete && !known.deleting;
    return known.deleting ? absl::OkStatus()
                          : CheckImage(known.object, disk, field);
  }

  // Ensures the disk and its labels; its size is compared elsewhere.
  absl::StatusOr<Known<cloud::Disk>> EnsureDisk(const DiskSpec& disk) {
    const cloud::Disk wanted = DesiredDisk(spec_, disk);
    return cloud::Ensure<cloud::Disk>(
        context_, inventories_.disks, owner_, wanted, [&](cloud::Disk& object) {
          object.metadata.labels = wanted.metadata.labels;
        });
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
    EVROC_RETURN_IF_ERROR(CheckUnchanged(machine.object));
    EVROC_RETURN_IF_ERROR(ChangeMachine(machine.object));
    return ChangeDisks(machine.object);
  }

  // Refuses changes that the cloud can't make in place. Unset fields mean the
  // existing value.
  absl::Status CheckUnchanged(const cloud::VirtualMachine& machine) const {
    const auto differs = [](absl::string_view requested, absl::string_view is) {
      return !requested.empty() && requested != is;
    };
    const auto refuse = [](absl::string_view field, absl::string_view is) {
      return ImmutableField(
          Field(field), absl::StrCat("can't be changed, it is \"", is, "\""));
    };
    if (differs(spec_.compute_profile, machine.compute_profile)) {
      return refuse("compute_profile", machine.compute_profile);
    }
    if (differs(spec_.zone, machine.zone)) return refuse("zone", machine.zone);
    if (differs(spec_.subnet.value(), machine.subnet.value())) {
      return refuse("subnet_id", machine.subnet.value());
    }
    if (spec_.placement_group != machine.placement_group) {
      return refuse("placement_group_id", machine.placement_group.value());
    }
    if (spec_.boot_mode != v1::BOOT_MODE_UNSPECIFIED &&
        spec_.boot_mode != BootModeOf(machine)) {
      return ImmutableField(Field("boot_mode"), "can't be changed");
    }
    if (spec_.stack_type != cloud::StackType::kUnset &&
        machine.stack_type != cloud::StackType::kUnset &&
        spec_.stack_type != machine.stack_type) {
      return ImmutableField(Field("stack_type"), "can't be changed");
    }
    return absl::OkStatus();
  }

  // Changes groups, public IP and labels in at most one write (traps.md B3,
  // from the spec and never from status).
  absl::Status ChangeMachine(const cloud::VirtualMachine& machine) {
    const cloud::VirtualMachine wanted = DesiredMachine(spec_);
    return inventories_.machines
        .Modify(
            context_, machine,
            [&](cloud::VirtualMachine& object) {
              const bool uefi = BootModeOf(object) == v1::BOOT_MODE_UEFI;
              object.metadata.labels = wanted.metadata.labels;
              // The guest was made for it.
              if (uefi) object.metadata.labels[kUefiLabel] = "true";
              object.public_ip = wanted.public_ip;
              // If none is requested, the cloud puts it into its default group;
              // that is not a difference.
              if (!wanted.security_groups.empty() || !OnlyDefaults(object)) {
                object.security_groups = wanted.security_groups;
              }
            })
        .status();
  }

  static v1::BootMode BootModeOf(const cloud::VirtualMachine& machine) {
    return cloud::LabelOf(machine.metadata.labels, kUefiLabel) == "true"
               ? v1::BOOT_MODE_UEFI
               : v1::BOOT_MODE_BIOS;
  }

  static bool OnlyDefaults(const cloud::VirtualMachine& machine) {
    return std::all_of(
        machine.security_groups.begin(), machine.security_groups.end(),
        [](const auto& id) { return id.value() == "default-allow-egress"; });
  }

  absl::Status ChangeDisks(const cloud::VirtualMachine& machine) {
    EVROC_RETURN_IF_ERROR(CheckNoneRemoved(machine));
    EVROC_RETURN_IF_ERROR(ChangeDisk(machine, spec_.boot_disk, "boot_disk"));
    for (size_t i = 0; i < spec_.data_disks.size(); ++i) {
      EVROC_RETURN_IF_ERROR(ChangeDisk(machine, spec_.data_disks[i],
                                       absl::StrCat("data_disks[", i, "]")));
    }
    return absl::OkStatus();
  }

  bool Requests(const Id<cloud::Disk>& id) const {
    return id == spec_.boot_disk.id ||
           std::any_of(spec_.data_disks.begin(), spec_.data_disks.end(),
                       [&](const DiskSpec& disk) { return disk.id == id; });
  }

  absl::Status CheckNoneRemoved(const cloud::VirtualMachine& machine) const {
    const auto refuse = [](const Id<cloud::Disk>& id) {
      return ImmutableField(
          Field("data_disks"),
          absl::StrCat("a disk can't be removed from a machine; "
                       "it has ",
                       id.value()));
    };
    for (const auto& ref : machine.disks) {
      if (!Requests(ref.disk)) return refuse(ref.disk);
    }
    for (const Id<cloud::Disk>& id : machine.status.hotswap_disks) {
      // Other clients, such as a CSI driver, may attach their own disks.
      const auto disk = inventories_.disks.Cached(id);
      const bool ours = disk.has_value() &&
                        cloud::BelongsTo(disk->object.metadata.labels, owner_);
      if (ours && !Requests(id)) return refuse(id);
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
    const bool permanent = IsPermanent(machine, disk.id);
    if (permanent) {
      EVROC_ASSIGN_OR_RETURN(const auto found,
                             inventories_.disks.Get(context_, disk.id));
      // A permanent disk of the machine is never created again, empty.
      if (!found.has_value()) return absl::OkStatus();
    }
    EVROC_ASSIGN_OR_RETURN(Known<cloud::Disk> known, EnsureDisk(disk));
    if (known.deleting) return absl::OkStatus();
    EVROC_RETURN_IF_ERROR(CheckImage(known.object, disk, field));
    EVROC_RETURN_IF_ERROR(Grow(known.object, disk));
    return permanent ? absl::OkStatus() : Attach(machine, disk);
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
                 object.metadata.labels = wanted.metadata.labels;
               })
        .status();
  }

  const CallContext& context_;
  ComputeInventories& inventories_;
  const MachineSpec& spec_;
  const MachineResources& resources_;
  const cloud::OwnerKey owner_;
};

}  // namespace

absl::Status ApplyMachine(const CallContext& context,
                          ComputeInventories& inventories,
                          const MachineSpec& spec,
                          const MachineResources& resources,
                          bool provisioned_before) {
  return Applying(context, inventories, spec, resources)
      .Run(provisioned_before);
}

}  // namespace evroc::compute
