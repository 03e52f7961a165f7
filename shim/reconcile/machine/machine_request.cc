#include "shim/reconcile/machine/machine_request.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "shim/reconcile/identity/vm_identity.h"
#include "shim/reconcile/stack_type.h"
#include "shim/reconcile/takeover/official_marks.h"
#include "shim/reconcile/takeover/unasked_parts.h"

namespace evroc::shim {
namespace {

namespace v1 = compute::v1;

// Collects group ids without repeats, in order.
class GroupList {
 public:
  void Add(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) Add(id);
  }
  void Add(const std::string& id) {
    if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) {
      ids_.push_back(id);
    }
  }
  absl::Status AddInline(
      const SecurityGroupsSpec& spec,
      absl::FunctionRef<std::string(const SecurityGroupSpec&)> name_of,
      const Placement& network) {
    for (const SecurityGroupSpec& group : spec.inline_groups) {
      const auto it = network.inline_group_ids.find(name_of(group));
      if (it == network.inline_group_ids.end()) {
        return absl::FailedPreconditionError(absl::StrCat(
            "the security group \"", group.name, "\" does not exist yet"));
      }
      Add(it->second);
    }
    return absl::OkStatus();
  }
  const std::vector<std::string>& ids() const { return ids_; }

 private:
  std::vector<std::string> ids_;
};

absl::Status AddClusterGroups(const MachineRequestInput& input,
                              GroupList& groups) {
  const EvrocClusterSpec& spec = input.cluster.spec;
  const auto add_inline = [&](const SecurityGroupsSpec& role) {
    return groups.AddInline(role, ClusterGroupName, input.network);
  };
  groups.Add(input.network.common_groups);
  EVROC_RETURN_IF_ERROR(add_inline(spec.common_groups));
  if (input.control_plane) {
    groups.Add(input.network.control_plane_groups);
    return add_inline(spec.control_plane_groups);
  }
  groups.Add(input.network.worker_groups);
  return add_inline(spec.worker_groups);
}

// Uses the spec, not the status, which is empty after a move (traps.md B3).
absl::Status SetGroups(const MachineRequestInput& input,
                       v1::VirtualMachine& request) {
  const EvrocMachineSpec& spec = input.machine.spec;
  GroupList groups;
  if (spec.inherit_security_groups) {
    EVROC_RETURN_IF_ERROR(AddClusterGroups(input, groups));
  }
  groups.Add(spec.security_groups.existing_ids);
  EVROC_RETURN_IF_ERROR(groups.AddInline(
      spec.security_groups,
      [&](const SecurityGroupSpec& group) {
        return MachineGroupNameOf(input.machine, group);
      },
      input.network));
  for (const std::string& id : groups.ids()) request.add_security_group_ids(id);
  return absl::OkStatus();
}

void SetDisks(const EvrocMachineSpec& spec, v1::VirtualMachine& request) {
  request.mutable_boot_disk()->set_image(spec.image);
  request.mutable_boot_disk()->set_size_gb(spec.root_disk_size_gb);
  for (const AdditionalDiskSpec& disk : spec.additional_disks) {
    v1::DataDisk& added = *request.add_data_disks();
    added.set_name(disk.name);
    added.set_size_gb(disk.size_gb);
    added.set_image(disk.image);
  }
}

// In an existing network, whose subnets may say otherwise, a new machine has
// both families unless it is told; one that exists has what it was made with.
common::v1::StackType StackTypeOf(const MachineRequestInput& input) {
  const EvrocClusterSpec& cluster = input.cluster.spec;
  return !WasMade(input.machine) && cluster.vpc_existing &&
                 cluster.stack_type.empty()
             ? common::v1::STACK_TYPE_DUAL_STACK
             : MachineStackTypeOf(cluster.stack_type);
}

v1::BootMode BootModeOf(const EvrocMachineSpec& spec) {
  if (spec.boot_mode == "UEFI") return v1::BOOT_MODE_UEFI;
  if (spec.boot_mode == "BIOS") return v1::BOOT_MODE_BIOS;
  return v1::BOOT_MODE_UNSPECIFIED;
}

// Whether a line is a key and nothing odd. Evroc does not say what else it
// takes and has no use for keys beside user data (evroc-api.md B.5.2), where
// they all are.
bool IsPlainKey(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipWhitespace());
  if (words.size() < 2) return false;
  const bool is_type = absl::StartsWith(words[0], "ssh-") ||
                       absl::StartsWith(words[0], "ecdsa-") ||
                       absl::StartsWith(words[0], "sk-");
  return is_type && std::all_of(words[1].begin(), words[1].end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '+' || c == '/' || c == '=';
         });
}

}  // namespace

std::string SpreadGroupOf(const MachineObject& machine, bool control_plane) {
  if (control_plane) return "control-plane";
  if (!machine.deployment_name.empty()) {
    return absl::StrCat("md-", machine.deployment_name.str());
  }
  if (!machine.set_name.empty()) {
    return absl::StrCat("ms-", machine.set_name.str());
  }
  return "machines";
}

std::vector<std::string> SshKeysOf(const EvrocMachineSpec& spec) {
  std::vector<std::string> keys;
  for (const absl::string_view line :
       absl::StrSplit(spec.ssh_key.str(), '\n', absl::SkipWhitespace())) {
    const absl::string_view key = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(key, "#")) continue;
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      keys.emplace_back(key);
    }
  }
  return keys;
}

std::map<std::string, std::string> LabelsOf(const EvrocMachineObject& machine,
                                            const EvrocClusterObject& cluster) {
  std::map<std::string, std::string> labels = machine.spec.labels;
  labels.insert(cluster.spec.labels.begin(), cluster.spec.labels.end());
  return labels;
}

absl::StatusOr<PlannedSubnet> SubnetFor(const EvrocMachineObject& machine,
                                        const Placement& network,
                                        const std::string& zone) {
  const auto find = [&](absl::string_view name) -> const PlannedSubnet* {
    for (const PlannedSubnet& subnet : network.subnets) {
      const bool named = name.empty() || name == subnet.entry;
      if (named && subnet.zone == zone) return &subnet;
    }
    return nullptr;
  };
  const absl::string_view wanted = machine.spec.subnet_name;
  if (wanted.empty()) {
    for (const absl::string_view picked :
         {absl::string_view(machine.status.subnet_name),
          machine.meta.Annotation(kSubnetAnnotation)}) {
      const PlannedSubnet* made_in = picked.empty() ? nullptr : find(picked);
      if (made_in != nullptr) return *made_in;
    }
  }
  if (const PlannedSubnet* subnet = find(wanted)) return *subnet;
  if (!wanted.empty()) {
    return InvalidField("spec.subnetName",
                        absl::StrCat("the cluster has no subnet \"", wanted,
                                     "\" in zone \"", zone, "\""));
  }
  return InvalidField(
      "spec.failureDomain of the Machine",
      absl::StrCat("the cluster has no subnet in zone \"", zone, "\""));
}

MachineRequest MakeMachineRequest(const MachineRequestInput& input) {
  const EvrocMachineSpec& spec = input.machine.spec;
  const absl::StatusOr<PlannedSubnet> subnet =
      SubnetFor(input.machine, input.network, input.zone);
  absl::Status refused = subnet.status();
  v1::VirtualMachine request;
  *request.mutable_owner() = input.owner;
  request.set_compute_profile(spec.compute_profile);
  SetDisks(spec, request);
  request.set_boot_mode(BootModeOf(spec));
  request.set_stack_type(StackTypeOf(input));
  request.set_zone(input.zone);
  // A cloud without zones takes no subnet (evroc-api.md A).
  if (!input.zone.empty() && subnet.ok()) request.set_subnet_id(subnet->name);
  const absl::Status groups = SetGroups(input, request);
  request.set_keep_security_groups(!groups.ok());
  refused.Update(groups);
  request.set_keep_public_ip(KeepsPublicIp(input.machine));
  request.set_placement_group_id(spec.placement_group_id);
  if (spec.spread) {
    request.set_spread_group(
        std::string(input.machine.meta.Annotation(kSpreadGroupAnnotation)));
  }
  request.set_user_data(input.user_data);
  for (std::string& key : SshKeysOf(spec)) {
    if (IsPlainKey(key)) request.add_ssh_authorized_keys(std::move(key));
  }
  for (const auto& [key, value] : LabelsOf(input.machine, input.cluster)) {
    (*request.mutable_labels())[key] = value;
  }
  return {.vm = std::move(request), .refused = std::move(refused)};
}

}  // namespace evroc::shim
