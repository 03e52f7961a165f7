#include "services/compute/delete_machine.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "services/compute/machine_resources.h"
#include "services/compute/part_names.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/api/existence.h"
#include "services/evroc/api/kinds.h"
#include "services/identity/owner_labels.h"
#include "services/inventory/workload_objects.h"

namespace evroc::compute {
namespace {

using cloud::Known;
using cloud::OwnerKey;
using cloud::Remaining;
using cloud::Sweep;
using cloud::VirtualMachine;

// The cloud need not offer groups where nobody asks for them, and a role need
// not have the right to see them.
absl::Status UnlessWithheld(const absl::Status& listed) {
  return cloud::IsWithheld(listed) ? absl::OkStatus() : listed;
}

OwnerKey OwnerKeyOf(const auto& known) {
  return cloud::OwnerKeyOf(known.object.metadata.labels);
}

// One call for a machine, or for all machines of a cluster.
class Deleting {
 public:
  Deleting(const CallContext& context, ComputeInventories& inventories,
           OwnerKey owner, const MachineTraces& traces,
           DeletionProgress& progress)
      : context_(context),
        inventories_(inventories),
        owner_(std::move(owner)),
        traces_(traces),
        progress_(progress) {
    progress_.had_groups |=
        IsCluster() && (!Owned(inventories_.groups).empty() ||
                        inventories_.spread_groups.HasAny(owner_.cluster_id));
  }

  // The list at the beginning counts for a call that finds nothing; otherwise
  // "nothing" takes another one, since memory may lag behind the cloud, and a
  // call with another credential may have created something.
  absl::StatusOr<std::vector<Remaining>> Run() {
    inventories_.spread_groups.Forget(owner_);
    const bool is_first = !progress_.begun;
    Sweep sweep(context_);
    if (Look(sweep, is_first)) progress_.begun = true;
    RemoveOwned(sweep);
    if (!sweep.IsClear()) return sweep.Finish();
    Sweep last(context_);
    if (!is_first) {
      progress_.vm_is_nowhere = false;
      Look(last, /*always=*/true);
      RemoveOwned(last);
    }
    if (last.IsClear()) RemoveNamed(last);
    return last.Finish();
  }

 private:
  bool IsCluster() const { return owner_.machine_id.empty(); }

  template <typename T>
  std::vector<Known<T>> Owned(const cloud::Inventory<T>& inventory) const {
    return IsCluster() ? inventory.CachedByCluster(owner_.cluster_id)
                       : inventory.CachedByOwner(owner_);
  }

  // Brings memory up to date. A machine's group is looked for once the machine
  // is gone.
  bool Look(Sweep& sweep, bool always) {
    const auto refresh = [&](auto& inventory) {
      return always ? inventory.Refresh(context_, owner_)
                    : inventory.RefreshIfStale(context_, owner_);
    };
    absl::Status status = refresh(inventories_.attachments);
    status.Update(refresh(inventories_.machines));
    knows_users_ = status.ok();
    status.Update(refresh(inventories_.disks));
    if (IsCluster()) {
      const absl::Status listed = refresh(inventories_.groups);
      lists_groups_ = listed.ok();
      status.Update(progress_.had_groups ? listed : UnlessWithheld(listed));
    }
    sweep.Note(status);
    return status.ok();
  }

  void RemoveOwned(Sweep& sweep) {
    std::set<OwnerKey> busy;
    for (const auto& each : Owned(inventories_.attachments)) {
      if (!sweep.Remove(inventories_.attachments, each)) {
        busy.insert(OwnerKeyOf(each));
      }
    }
    const auto vms = Owned(inventories_.machines);
    for (const auto& each : vms) {
      if (!RemoveVm(sweep, each)) busy.insert(OwnerKeyOf(each));
    }
    if (vms.empty() && !IsCluster() && !RemoveUnlabelledVm(sweep)) {
      busy.insert(owner_);
    }
    RemoveDisks(sweep, busy);
    if (busy.empty() && knows_users_) RemoveGroups(sweep);
  }

  bool RemoveVm(Sweep& sweep, const Known<VirtualMachine>& vm) {
    const cloud::Metadata<VirtualMachine>& metadata = vm.object.metadata;
    if (IsCluster() || traces_.vm_uid.empty()) {
      return sweep.Remove(inventories_.machines, vm);
    }
    if (metadata.uid == traces_.vm_uid) {
      progress_.vm = metadata.id;
      return sweep.Remove(inventories_.machines, vm);
    }
    sweep.Add(RemainingOf(
        metadata.id,
        absl::StrCat("it has this machine's labels but is another one, the "
                     "machine's UID is ",
                     traces_.vm_uid,
                     ": delete it, or to keep it give it the labels of another "
                     "cluster")));
    return false;
  }

  // A disk is deleted once nothing uses it; before, the cloud might refuse.
  void RemoveDisks(Sweep& sweep, const std::set<OwnerKey>& busy) {
    const cloud::HolderOf<cloud::Disk> holder_of =
        [this](const cloud::Disk& disk) {
          return UserOf(context_, inventories_, disk);
        };
    for (const auto& each : Owned(inventories_.disks)) {
      if (!knows_users_ || busy.contains(OwnerKeyOf(each))) {
        sweep.Add(
            RemainingOf(each.object.metadata.id, "waits for its machine"));
      } else {
        sweep.Remove(inventories_.disks, each, holder_of);
      }
    }
  }

  // Groups have no disks, so they go with them. Those of a cluster go in any
  // case. That of a machine is for others as well:
  // its deletion is only begun, and a missing right is told by the cluster's.
  void RemoveGroups(Sweep& sweep) {
    if (IsCluster()) {
      sweep.RemoveAll(inventories_.groups, Owned(inventories_.groups));
    } else {
      sweep.Note(UnlessWithheld(inventories_.spread_groups.RemoveUnused(
          context_, owner_.cluster_id)));
    }
  }

  // --- What has lost its labels, or was left out of a list.

  void RemoveNamed(Sweep& sweep) {
    const cloud::Owner& owner = traces_.owner;
    if (IsCluster()) return RemoveNamedGroups(sweep);
    if (owner.machine_name.empty()) return RemoveRecognised(sweep);
    for (const std::string& name : traces_.data_disks) {
      sweep.RemoveNamed(inventories_.attachments, AttachmentId(owner, name),
                        owner_);
    }
    if (!sweep.IsClear()) return;
    sweep.RemoveNamed(inventories_.disks, DiskId(owner, ""), owner_);
    for (const std::string& name : traces_.data_disks) {
      sweep.RemoveNamed(inventories_.disks, DiskId(owner, name), owner_);
    }
  }

  // Whatever the machine is called.
  void RemoveRecognised(Sweep& sweep) {
    const auto recognise = [&]<typename T>(cloud::Inventory<T>& inventory) {
      if (!sweep.IsClear()) return;
      const auto is_named = [&](absl::string_view id) {
        return IsPartOf(Ids(), cloud::kKindInfo<T>.kind, id);
      };
      sweep.RemoveRecognised<T>(inventory, is_named, owner_);
    };
    recognise(inventories_.attachments);
    // With a known UID the name alone says nothing.
    if (traces_.vm_uid.empty()) recognise(inventories_.machines);
    recognise(inventories_.disks);
  }

  void RemoveNamedGroups(Sweep& sweep) {
    if (!lists_groups_) return;
    sweep.RemoveRecognised<cloud::PlacementGroup>(
        inventories_.groups,
        [&](absl::string_view id) { return IsSpreadGroupOf(Ids(), id); },
        owner_);
  }

  // The owner, by its key.
  cloud::Owner Ids() const {
    return {.cluster_id = owner_.cluster_id,
            .cluster_name = traces_.owner.cluster_name,
            .machine_id = owner_.machine_id};
  }

  // By its name, by its last known id, or by its UID, whatever it is called.
  // Returns whether it is gone.
  bool RemoveUnlabelledVm(Sweep& sweep) {
    Sweep found(context_);
    if (!traces_.owner.machine_name.empty()) {
      RemoveNamedVm(found, MachineId(traces_.owner));
    }
    if (found.IsClear() && !progress_.vm.empty()) {
      RemoveNamedVm(found, progress_.vm);
    } else if (found.IsClear() && !traces_.vm_uid.empty()) {
      FindVm(found);
    }
    const bool is_gone = found.IsClear();
    sweep.Take(std::move(found));
    return is_gone;
  }

  // With a known UID the name alone says nothing.
  void RemoveNamedVm(Sweep& sweep, const cloud::Id<VirtualMachine>& id) {
    if (traces_.vm_uid.empty()) {
      sweep.RemoveNamed(inventories_.machines, id, owner_);
      return;
    }
    if (inventories_.machines.WasJustAbsent(id)) return;
    const auto found = inventories_.machines.GetFresh(context_, id);
    sweep.Note(found.status());
    if (!found.ok() || !found->has_value()) return;
    const auto& metadata = (*found)->object.metadata;
    if (cloud::BelongsTo(metadata.labels, owner_)) {
      RemoveVm(sweep, **found);
    } else if (metadata.uid == traces_.vm_uid) {
      AddLostVm(sweep, (*found)->object);
    }
  }

  void FindVm(Sweep& sweep) {
    if (progress_.vm_is_nowhere) return;
    const auto all = inventories_.machines.ListEveryones(context_);
    sweep.Note(all.status());
    if (!all.ok()) return;
    for (const VirtualMachine& each : *all) {
      if (each.metadata.uid == traces_.vm_uid) AddLostVm(sweep, each);
    }
    progress_.vm_is_nowhere = sweep.IsClear();
  }

  void AddLostVm(Sweep& sweep, const VirtualMachine& vm) {
    sweep.Add(RemainingOf(
        vm.metadata.id,
        absl::StrCat("it is this machine's by its UID but belongs to ",
                     cloud::DescribeOwner(vm.metadata.labels),
                     " by its labels: give it the labels ",
                     cloud::DescribeLabels(owner_),
                     " to have it deleted, or delete it")));
  }

  const CallContext& context_;
  ComputeInventories& inventories_;
  const OwnerKey owner_;
  const MachineTraces& traces_;
  DeletionProgress& progress_;
  bool knows_users_ = false;
  bool lists_groups_ = false;
};

}  // namespace

absl::StatusOr<std::vector<Remaining>> DeleteMachine(
    const CallContext& context, ComputeInventories& inventories,
    const OwnerKey& owner, const MachineTraces& traces,
    DeletionProgress& progress) {
  return Deleting(context, inventories, owner, traces, progress).Run();
}

absl::StatusOr<std::vector<Remaining>> DeleteClusterMachines(
    const CallContext& context, ComputeInventories& inventories,
    const std::string& cluster_id, const ClusterTraces& traces,
    DeletionProgress& progress) {
  progress.had_groups |= traces.had_groups;
  const MachineTraces named{.owner = {.cluster_name = traces.name}};
  return Deleting(context, inventories, {cluster_id, ""}, named, progress)
      .Run();
}

absl::StatusOr<std::vector<Remaining>> DeleteWorkloadObjects(
    const CallContext& context, cloud::ComputeApi& api,
    const WorkloadObjects& objects) {
  Sweep sweep(context);
  cloud::RemoveWorkloadObjects(context, api.hotswap_attachments(),
                               objects.identifier, sweep);
  if (objects.with_disks && sweep.IsClear()) {
    cloud::RemoveWorkloadObjects(context, api.disks(), objects.identifier,
                                 sweep);
  }
  return sweep.Finish();
}

}  // namespace evroc::compute
