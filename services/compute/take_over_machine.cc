#include "services/compute/take_over_machine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/status/status_macros.h"
#include "services/compute/part_names.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/identity/previous_owner.h"

namespace evroc::compute {
namespace {

using cloud::Disk;
using cloud::HotswapAttachment;
using cloud::Id;
using cloud::Labels;
using cloud::VirtualMachine;

// The labels of what was made here since name the machine by its id, also
// where the official provider had given it none.
cloud::PreviousOwner WithMachineId(const cloud::TakeOverRequest& request) {
  cloud::PreviousOwner previous = request.previous;
  if (previous.machine_id.empty()) {
    previous.machine_id = request.owner.machine_id;
  }
  return previous;
}

class TakingOver {
 public:
  TakingOver(const CallContext& context, cloud::ComputeApi& api,
             ComputeInventories& inventories,
             const cloud::TakeOverRequest& request)
      : context_(context),
        api_(api),
        inventories_(inventories),
        owner_(request.owner),
        previous_(WithMachineId(request)),
        run_(context, request) {}

  // The machine says which disks it has from the start, and a disk proves the
  // machine.
  absl::StatusOr<MachineTakeOver> Run() {
    EVROC_ASSIGN_OR_RETURN(machine_,
                           cloud::FindObject(api_.virtual_machines(), context_,
                                             MachineId(owner_)));
    EVROC_ASSIGN_OR_RETURN(disks_, LookAtDisks());
    EVROC_RETURN_IF_ERROR(LookAtAttachments());
    EVROC_RETURN_IF_ERROR(LookAtMachine());
    MachineTakeOver result{
        .objects = {}, .zone = Zone(), .uid = "", .public_ip_id = ""};
    EVROC_ASSIGN_OR_RETURN(result.objects, run_.Finish());
    if (machine_.has_value() && IsProven(result.objects)) {
      result.uid = machine_->metadata.uid;
      result.public_ip_id = machine_->public_ip.value();
    }
    return result;
  }

 private:
  // --- What is looked at.

  absl::StatusOr<std::vector<Disk>> LookAtDisks() {
    const auto prove = [this](const Disk& disk) { return ProveDisk(disk); };
    const auto labels = [this](const Disk& disk) {
      return DiskLabels(disk.metadata.id);
    };
    return run_.Look<Disk>({.inventory = inventories_.disks,
                            .collection = api_.disks(),
                            .names = {BootDisk()},
                            .prove = prove,
                            .labels = labels,
                            .is_theirs = HasOfficialLabels<Disk>,
                            .selectors = Selectors(),
                            .others = PermanentDisks(),
                            .doubt = WhyDiskIsNotProven});
  }

  // The official provider makes none: those of disks that were added here.
  absl::Status LookAtAttachments() {
    const auto prove = [this](const HotswapAttachment& attachment) {
      return ProveByOwnLabels(attachment.metadata.labels);
    };
    const auto labels = [this](const HotswapAttachment& attachment) {
      return DiskLabels(attachment.disk);
    };
    return run_
        .Look<HotswapAttachment>(
            {.inventory = inventories_.attachments,
             .collection = api_.hotswap_attachments(),
             .names = {},
             .prove = prove,
             .labels = labels,
             .is_theirs = HasOfficialLabels<HotswapAttachment>,
             .selectors = Selectors()})
        .status();
  }

  absl::Status LookAtMachine() {
    const auto prove = [this](const VirtualMachine& machine) {
      return ProveMachine(machine);
    };
    const auto labels = [this](const VirtualMachine& /*machine*/) {
      return PartLabels(kMachineRole, "");
    };
    const auto is_theirs = [this](const VirtualMachine& machine) {
      return machine.metadata.id == MachineId(owner_) &&
             !cloud::LabelOf(machine.metadata.labels,
                             cloud::kOfficialClusterName)
                  .empty();
    };
    return run_
        .Look<VirtualMachine>(
            {.inventory = inventories_.machines,
             .collection = api_.virtual_machines(),
             .names = {MachineId(owner_)},
             .prove = prove,
             .labels = labels,
             .is_theirs = is_theirs,
             .selectors = {cloud::OwnerSelector(cloud::KeyOf(owner_))},
             .others = {},
             .doubt =
                 [this](const VirtualMachine& machine) {
                   return WhyMachineIsNotProven(machine);
                 }})
        .status();
  }

  std::vector<std::string> Selectors() const {
    std::vector<std::string> selectors =
        cloud::OfficialSelectors(previous_, /*is_machine=*/true);
    selectors.push_back(cloud::OwnerSelector(cloud::KeyOf(owner_)));
    return selectors;
  }

  Id<Disk> BootDisk() const { return DiskId(owner_, ""); }

  std::vector<Id<Disk>> PermanentDisks() const {
    std::vector<Id<Disk>> ids;
    if (!machine_.has_value()) return ids;
    for (const auto& ref : machine_->disks) ids.push_back(ref.disk);
    return ids;
  }

  // Of the machine, else of its boot disk.
  std::string Zone() const {
    if (machine_.has_value()) {
      return machine_->zone.empty() ? machine_->status.zone.str()
                                    : machine_->zone.str();
    }
    for (const Disk& disk : disks_) {
      if (disk.metadata.id == BootDisk()) return disk.zone.str();
    }
    return "";
  }

  // --- The labels that it gets.

  Labels PartLabels(absl::string_view role, absl::string_view part) const {
    Labels labels = cloud::OwnerLabels(owner_);
    labels[cloud::kRoleLabel] = role;
    if (!part.empty()) labels[cloud::kPartLabel] = part;
    return labels;
  }

  Labels DiskLabels(const Id<Disk>& id) const {
    if (id == BootDisk()) return PartLabels(kBootRole, "");
    return PartLabels(kDataRole, DataDiskName(owner_, id));
  }

  // --- Whose it is.

  // Without a label of the machine the place of the disk tells whose it is:
  // versions before 0.3.0 gave it none.
  std::optional<std::string> ProveDisk(const Disk& disk) const {
    const Labels& labels = disk.metadata.labels;
    if (!cloud::OfficialMachineId(labels).empty()) {
      return ProveByOwnLabels(labels);
    }
    const std::vector<Id<Disk>> permanent = PermanentDisks();
    const Id<Disk>& id = disk.metadata.id;
    const bool in_place =
        id == BootDisk() ||
        std::find(permanent.begin(), permanent.end(), id) != permanent.end();
    return in_place ? cloud::ProveByLabels(labels, previous_) : std::nullopt;
  }

  std::optional<std::string> ProveByOwnLabels(const Labels& labels) const {
    return cloud::OfficialMachineId(labels) == previous_.machine_id
               ? cloud::ProveByLabels(labels, previous_)
               : std::nullopt;
  }

  static std::string WhyDiskIsNotProven(const Disk& disk) {
    if (!cloud::HasOfficialLabels(disk.metadata.labels)) {
      return "it has the name, but not the labels of Evroc's official provider";
    }
    return absl::StrCat("its labels ", cloud::kOfficialClusterId, " and ",
                        cloud::kOfficialMachineId,
                        " are not those of the cluster and the machine");
  }

  template <typename T>
  static bool HasOfficialLabels(const T& object) {
    return cloud::HasOfficialLabels(object.metadata.labels);
  }

  std::optional<std::string> ProveMachine(const VirtualMachine& machine) const {
    if (!cloud::HasNameOf(machine.metadata.labels, previous_)) {
      return std::nullopt;
    }
    const std::vector<std::string>& uids = previous_.machine_uids;
    if (std::find(uids.begin(), uids.end(), machine.metadata.uid) !=
        uids.end()) {
      return "its UID is that of spec.providerID or status.machineID";
    }
    for (const auto& ref : machine.disks) {
      if (ref.boot && HasBothIds(ref.disk)) {
        return absl::StrCat("it boots from ", ref.disk.value(),
                            ", which has the labels of the machine");
      }
    }
    return std::nullopt;
  }

  // Whether the virtual machine is the owner's, taken or not.
  bool IsProven(const std::vector<cloud::TakeOverObject>& objects) const {
    return std::any_of(objects.begin(), objects.end(), [&](const auto& object) {
      return object.kind == cloud::kKindInfo<VirtualMachine>.kind &&
             object.id == machine_->metadata.id.value() &&
             object.verdict != cloud::TakeOverVerdict::kNotProven;
    });
  }

  // Whether the disk is proven by the ids of both the cluster and the machine.
  bool HasBothIds(const Id<Disk>& id) const {
    return std::any_of(disks_.begin(), disks_.end(), [&](const Disk& disk) {
      const Labels& labels = disk.metadata.labels;
      return disk.metadata.id == id && ProveByOwnLabels(labels).has_value() &&
             !previous_.cluster_id.empty() &&
             cloud::LabelOf(labels, cloud::kOfficialClusterId) ==
                 previous_.cluster_id;
    });
  }

  std::string WhyMachineIsNotProven(const VirtualMachine& machine) const {
    if (!cloud::HasNameOf(machine.metadata.labels, previous_)) {
      return absl::StrCat("its label ", cloud::kOfficialClusterName,
                          " is missing, or another cluster's");
    }
    return absl::StrCat(
        "its UID is neither that of spec.providerID nor that of "
        "status.machineID, and the disk that it boots from does not have the "
        "labels ",
        cloud::kOfficialClusterId, "=", previous_.cluster_id, " and ",
        cloud::kOfficialMachineId, "=", previous_.machine_id,
        " of the machine");
  }

  const CallContext& context_;
  cloud::ComputeApi& api_;
  ComputeInventories& inventories_;
  const cloud::Owner& owner_;
  const cloud::PreviousOwner previous_;
  cloud::TakeOver run_;
  std::optional<VirtualMachine> machine_;
  std::vector<Disk> disks_;
};

}  // namespace

absl::StatusOr<MachineTakeOver> TakeOverMachine(
    const CallContext& context, cloud::ComputeApi& api,
    ComputeInventories& inventories, const cloud::TakeOverRequest& request) {
  return TakingOver(context, api, inventories, request).Run();
}

}  // namespace evroc::compute
