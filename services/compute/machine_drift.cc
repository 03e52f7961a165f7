#include "services/compute/machine_drift.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "services/compute/desired.h"
#include "services/compute/part_names.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/codec/fields.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

using cloud::StackType;
using cloud::StackTypeName;
using Groups = std::vector<Id<cloud::SecurityGroup>>;

v1::BootMode BootModeOf(const cloud::VirtualMachine& machine) {
  return cloud::LabelOf(machine.metadata.labels, kUefiLabel) == "true"
             ? v1::BOOT_MODE_UEFI
             : v1::BOOT_MODE_BIOS;
}

// Their order has no meaning, so the cloud may answer in another one.
bool SameGroups(Groups a, Groups b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

// If none is requested, the cloud puts a machine into its default group.
bool HasOnlyDefaults(const Groups& groups) {
  return std::all_of(groups.begin(), groups.end(), [](const auto& id) {
    return id.value() == "default-allow-egress";
  });
}

bool HasRequestedGroups(const cloud::VirtualMachine& machine,
                        const Groups& requested) {
  return requested.empty() ? HasOnlyDefaults(machine.security_groups)
                           : SameGroups(machine.security_groups, requested);
}

// The disk that the machine boots from, if that is not `boot_disk`.
std::optional<std::string> OtherBootDisk(const cloud::VirtualMachine& machine,
                                         const Id<cloud::Disk>& boot_disk) {
  bool listed = machine.disks.empty();
  for (const cloud::VirtualMachine::DiskRef& ref : machine.disks) {
    if (ref.boot && ref.disk != boot_disk) return ref.disk.value();
    listed = listed || ref.disk == boot_disk;
  }
  return listed ? std::nullopt : std::make_optional<std::string>("none");
}

// A machine of a set may be in any of its groups; without a request it stays in
// the one that it has.
bool IsInRequestedGroup(const cloud::VirtualMachine& machine,
                        const MachineSpec& spec) {
  if (spec.spread_set.has_value()) {
    return SpreadGroupIds(*spec.spread_set).NumberOf(machine.placement_group) >
           0;
  }
  return spec.placement_group.empty() ||
         machine.placement_group == spec.placement_group;
}

absl::string_view NameOf(v1::BootMode mode) {
  return mode == v1::BOOT_MODE_UEFI ? "UEFI" : "BIOS";
}

// The guest was made for one way to boot: the label stays as it is, also one of
// others with another value than ours.
void KeepBootMode(const cloud::Labels& is, const MachineSpec& spec,
                  cloud::Labels& repaired) {
  const auto found = is.find(kUefiLabel);
  const bool boots_so = found != is.end() && found->second == "true";
  if (!boots_so && spec.labels.contains(kUefiLabel)) return;
  if (found == is.end()) {
    repaired.erase(kUefiLabel);
  } else {
    repaired[kUefiLabel] = found->second;
  }
}

}  // namespace

cloud::VirtualMachine Repaired(const cloud::VirtualMachine& machine,
                               const MachineSpec& spec) {
  const cloud::VirtualMachine wanted = DesiredMachine(spec);
  cloud::VirtualMachine repaired = machine;
  repaired.metadata.labels =
      cloud::Relabelled(machine.metadata.labels, wanted.metadata.labels);
  for (const auto& label : machine.metadata.labels) {
    if (absl::StartsWith(label.first, kDataDiskLabelPrefix)) {
      repaired.metadata.labels.insert(label);
    }
  }
  KeepBootMode(machine.metadata.labels, spec, repaired.metadata.labels);
  if (!wanted.public_ip.empty() || !spec.keep_public_ip) {
    repaired.public_ip = wanted.public_ip;
  }
  if (!spec.keep_security_groups &&
      !HasRequestedGroups(machine, wanted.security_groups)) {
    repaired.security_groups = wanted.security_groups;
  }
  return repaired;
}

std::string Repairs(const cloud::VirtualMachine& machine,
                    const MachineSpec& spec) {
  const cloud::VirtualMachine repaired = Repaired(machine, spec);
  std::vector<absl::string_view> names;
  // Additional ones are no reason to write at once: who adds them may add them
  // again and again.
  if (!cloud::HasLabels(machine.metadata.labels, repaired.metadata.labels)) {
    names.emplace_back("labels");
  }
  if (repaired.public_ip != machine.public_ip) names.emplace_back("public IP");
  if (repaired.security_groups != machine.security_groups) {
    names.emplace_back("security groups");
  }
  return absl::StrJoin(names, ", ");
}

std::optional<FixedDifference> FindFixedDifference(
    const cloud::VirtualMachine& machine, const MachineSpec& spec) {
  const auto differs = [](absl::string_view requested, absl::string_view is) {
    return !requested.empty() && requested != is;
  };
  if (differs(spec.compute_profile, machine.compute_profile)) {
    return FixedDifference{"compute_profile", machine.compute_profile};
  }
  if (!IsInRequestedGroup(machine, spec)) {
    return FixedDifference{
        spec.spread_set.has_value() ? "spread_group" : "placement_group_id",
        machine.placement_group.value()};
  }
  if (spec.boot_mode != v1::BOOT_MODE_UNSPECIFIED &&
      spec.boot_mode != BootModeOf(machine)) {
    return FixedDifference{"boot_mode",
                           std::string(NameOf(BootModeOf(machine)))};
  }
  if (machine.stack_type != StackType::kUnset &&
      differs(StackTypeName(spec.stack_type),
              StackTypeName(machine.stack_type))) {
    return FixedDifference{"stack_type",
                           std::string(StackTypeName(machine.stack_type))};
  }
  if (auto other = OtherBootDisk(machine, spec.boot_disk.id)) {
    return FixedDifference{"boot_disk", *std::move(other)};
  }
  return std::nullopt;
}

}  // namespace evroc::compute
