#include "services/compute/machine_spec.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/names/dns_label.h"
#include "common/status/status_macros.h"
#include "common/status/violations.h"
#include "services/compute/part_names.h"
#include "services/evroc/api/catalogue_name.h"
#include "services/fields/common_fields.h"
#include "services/fields/reference.h"

namespace evroc::compute {
namespace {

constexpr char kRoot[] = "virtual_machine";
constexpr int kMaxDataDisks = 255;
constexpr int kMaxGroups = 100;
constexpr int kMaxKeys = 100;
constexpr size_t kMaxSetName = 100;

std::string Field(absl::string_view path) {
  return absl::StrCat(kRoot, ".", path);
}

// Returns the image as cloud::Disk::image has it. Custom images are made into
// disks of their own project and region only (evroc-api.md B.4).
std::string CheckImage(absl::string_view text, const cloud::Place& place,
                       const std::string& field, Violations& violations) {
  if (text.empty()) return "";
  const auto image = cloud::ParseImageName(text);
  if (!image.has_value()) {
    violations.Add(field,
                   "is not the name of a disk image, \"custom:\" and the name "
                   "of a custom image, or the full reference of one");
    return "";
  }
  if (!image->custom) return image->name;
  const bool own = image->project.empty() || (image->project == place.project &&
                                              image->region == place.region);
  violations.Check(
      own, field,
      absl::StrCat("is a custom image of project \"", image->project,
                   "\" in region \"", image->region,
                   "\"; the machine can only have one of its own project \"",
                   place.project, "\" and region \"", place.region, "\""));
  return absl::StrCat(cloud::kCustomImagePrefix, image->name);
}

DiskSpec CheckBootDisk(const v1::BootDisk& disk, const cloud::Owner& owner,
                       const cloud::Place& place, Violations& violations) {
  const std::string field = Field("boot_disk.image");
  violations.Check(!disk.image().empty(), field,
                   "is required: the name of a disk image");
  violations.Check(disk.size_gb() >= 0, Field("boot_disk.size_gb"),
                   "is negative");
  return {.id = DiskId(owner, ""),
          .image = CheckImage(disk.image(), place, field, violations),
          .size_gb = disk.size_gb()};
}

std::vector<DiskSpec> CheckDataDisks(const v1::VirtualMachine& machine,
                                     const cloud::Owner& owner,
                                     const cloud::Place& place,
                                     Violations& violations) {
  std::vector<DiskSpec> disks;
  std::set<std::string> names;
  if (!violations.CheckSize(machine.data_disks_size(), kMaxDataDisks,
                            Field("data_disks"))) {
    return disks;
  }
  for (int i = 0; i < machine.data_disks_size(); ++i) {
    const v1::DataDisk& disk = machine.data_disks(i);
    const std::string field = Field(absl::StrCat("data_disks[", i, "]"));
    const size_t before = violations.count();
    const bool is_label = violations.Check(
        IsDnsLabel(disk.name()), field + ".name",
        "is required: an RFC 1123 label of at most 63 characters");
    // The official provider joins names as they are.
    violations.Check(
        !is_label || DiskId(owner, disk.name()) != DiskId(owner, ""),
        field + ".name", "is that of the boot disk");
    violations.Check(names.insert(disk.name()).second, field + ".name",
                     "is there twice");
    violations.Check(
        disk.size_gb() > 0 || (disk.size_gb() == 0 && !disk.image().empty()),
        field + ".size_gb", "is required for a blank disk, and not negative");
    disks.push_back(
        {.name = disk.name(),
         .id = DiskId(owner, disk.name()),
         .image = CheckImage(disk.image(), place, field + ".image", violations),
         .size_gb = disk.size_gb()});
    if (violations.count() > before) disks.pop_back();
  }
  return disks;
}

bool IsSetName(absl::string_view text) {
  return text.size() <= kMaxSetName &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

void CheckSpreadGroup(const v1::VirtualMachine& machine, MachineSpec& spec,
                      Violations& violations) {
  if (machine.spread_group().empty()) return;
  const std::string field = Field("spread_group");
  violations.Check(machine.placement_group_id().empty(), field,
                   "excludes placement_group_id");
  violations.Check(IsSetName(machine.spread_group()), field,
                   "is not at most 100 letters, digits, \"-\", \"_\" and "
                   "\".\"");
  spec.spread_set =
      SpreadSet{.cluster = {.cluster_id = spec.owner.cluster_id,
                            .cluster_name = spec.owner.cluster_name},
                .name = machine.spread_group(),
                .zone = machine.zone()};
}

void CheckPlacement(const v1::VirtualMachine& machine,
                    const cloud::Place& place, MachineSpec& spec,
                    Violations& violations) {
  spec.zone = machine.zone();
  spec.subnet = cloud::CheckReference<cloud::Subnet>(
      machine.subnet_id(), place, Field("subnet_id"), violations);
  spec.placement_group = cloud::CheckReference<cloud::PlacementGroup>(
      machine.placement_group_id(), place, Field("placement_group_id"),
      violations);
  CheckSpreadGroup(machine, spec, violations);
  if (!place.capabilities.zones) return;
  violations.Check(spec.zone == "a" || spec.zone == "b" || spec.zone == "c",
                   Field("zone"), R"(is required: "a", "b" or "c")");
  violations.Check(!spec.subnet.empty(), Field("subnet_id"), "is required");
}

void CheckPublicIp(const v1::VirtualMachine& machine, const cloud::Place& place,
                   MachineSpec& spec, Violations& violations) {
  const size_t before = violations.count();
  spec.keep_public_ip = machine.keep_public_ip();
  spec.public_ip = cloud::CheckReference<cloud::PublicIp>(
      machine.public_ip_id(), place, Field("public_ip_id"), violations);
  if (violations.count() == before) return;
  spec.public_ip = {};
  spec.keep_public_ip = true;
}

void CheckSecurityGroups(const v1::VirtualMachine& machine,
                         const cloud::Place& place, MachineSpec& spec,
                         Violations& violations) {
  const size_t before = violations.count();
  spec.keep_security_groups = true;
  if (!violations.CheckSize(machine.security_group_ids_size(), kMaxGroups,
                            Field("security_group_ids"))) {
    return;
  }
  std::set<Id<cloud::SecurityGroup>> seen;
  for (int i = 0; i < machine.security_group_ids_size(); ++i) {
    const std::string field =
        Field(absl::StrCat("security_group_ids[", i, "]"));
    violations.Check(!machine.security_group_ids(i).empty(), field, "is empty");
    const auto id = cloud::CheckReference<cloud::SecurityGroup>(
        machine.security_group_ids(i), place, field, violations);
    if (seen.insert(id).second) spec.security_groups.push_back(id);
  }
  spec.keep_security_groups =
      machine.keep_security_groups() || violations.count() > before;
}

void CheckBootstrap(const v1::VirtualMachine& machine, MachineSpec& spec,
                    Violations& violations) {
  const size_t size = machine.user_data().size();
  if (size > kMaxUserDataBytes) {
    violations.Add(Field("user_data"),
                   absl::StrCat("has ", size, " bytes, ",
                                size - kMaxUserDataBytes, " more than the ",
                                kMaxUserDataBytes, " that the cloud takes"));
  }
  spec.user_data = machine.user_data();
  if (!violations.CheckSize(machine.ssh_authorized_keys_size(), kMaxKeys,
                            Field("ssh_authorized_keys"))) {
    return;
  }
  for (int i = 0; i < machine.ssh_authorized_keys_size(); ++i) {
    const std::string& key = machine.ssh_authorized_keys(i);
    violations.Check(!key.empty() && !absl::StrContains(key, '\n'),
                     Field(absl::StrCat("ssh_authorized_keys[", i, "]")),
                     "is not one line in authorized_keys format");
    spec.ssh_authorized_keys.push_back(key);
  }
}

absl::Status CheckCapabilities(const MachineSpec& spec,
                               const cloud::Capabilities& capabilities) {
  if (capabilities.zones) return absl::OkStatus();
  if (!spec.zone.empty()) return UnsupportedField(Field("zone"), "zones");
  if (!spec.subnet.empty()) {
    return UnsupportedField(Field("subnet_id"), "choice of a machine's subnet");
  }
  if (cloud::IsCustomImage(spec.boot_disk.image)) {
    return UnsupportedField(Field("boot_disk.image"), "custom images");
  }
  return absl::OkStatus();
}

// As CheckCapabilities, of data disks, which are left out.
absl::Status CheckDiskCapabilities(MachineSpec& spec,
                                   const cloud::Capabilities& capabilities) {
  if (capabilities.zones) return absl::OkStatus();
  const auto is_custom = [](const DiskSpec& disk) {
    return cloud::IsCustomImage(disk.image);
  };
  const auto first =
      std::find_if(spec.data_disks.begin(), spec.data_disks.end(), is_custom);
  if (first == spec.data_disks.end()) return absl::OkStatus();
  const auto index = first - spec.data_disks.begin();
  std::erase_if(spec.data_disks, is_custom);
  return UnsupportedField(Field(absl::StrCat("data_disks[", index, "].image")),
                          "custom images");
}

v1::VirtualMachine WithoutObserved(v1::VirtualMachine machine) {
  machine.clear_user_data();
  machine.clear_state();
  machine.clear_waiting_since();
  machine.clear_etag();
  machine.clear_conditions();
  machine.clear_id();
  machine.clear_uid();
  machine.clear_actual_zone();
  machine.clear_actual_placement_group_id();
  machine.clear_private_ipv4_address();
  machine.clear_public_ipv4_address();
  machine.clear_ipv6_address();
  machine.clear_disks();
  return machine;
}

}  // namespace

absl::StatusOr<MachineSpec> ReadVirtualMachine(
    const v1::VirtualMachine& machine, const cloud::Place& place) {
  Violations violations;
  MachineSpec spec;
  spec.request = WithoutObserved(machine);
  spec.owner = cloud::CheckOwner(machine.owner(), cloud::OwnerKind::kMachine,
                                 /*names=*/true, Field("owner"), violations);
  const bool is_owned = violations.empty();
  spec.id = MachineId(spec.owner);
  spec.labels =
      cloud::CheckLabels(machine.labels(), Field("labels"), violations);
  spec.compute_profile = machine.compute_profile();
  violations.Check(cloud::IsCatalogueName(spec.compute_profile),
                   Field("compute_profile"),
                   "is required: the name of a compute profile");
  spec.boot_disk =
      CheckBootDisk(machine.boot_disk(), spec.owner, place, violations);
  spec.data_disks = CheckDataDisks(machine, spec.owner, place, violations);
  CheckPlacement(machine, place, spec, violations);
  spec.stack_type = cloud::FromProto(machine.stack_type());
  CheckPublicIp(machine, place, spec, violations);
  CheckSecurityGroups(machine, place, spec, violations);
  CheckBootstrap(machine, spec, violations);
  spec.boot_mode = machine.boot_mode();
  spec.refusal = violations.ToStatus();
  if (!is_owned) return spec.refusal;
  spec.refusal.Update(CheckCapabilities(spec, place.capabilities));
  spec.refusal.Update(CheckDiskCapabilities(spec, place.capabilities));
  return spec;
}

absl::StatusOr<MachineSpec> CheckVirtualMachine(
    const v1::VirtualMachine& machine, const cloud::Place& place) {
  EVROC_ASSIGN_OR_RETURN(MachineSpec spec, ReadVirtualMachine(machine, place));
  EVROC_RETURN_IF_ERROR(spec.refusal);
  return spec;
}

}  // namespace evroc::compute
