#include "services/compute/desired.h"

#include <string>

#include "absl/strings/string_view.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

cloud::Labels LabelsOf(const MachineSpec& spec, const char* role,
                       absl::string_view part) {
  cloud::Labels labels = cloud::OwnerLabels(spec.owner);
  labels.insert(spec.labels.begin(), spec.labels.end());
  labels[cloud::kRoleLabel] = role;
  if (!part.empty()) labels[cloud::kPartLabel] = std::string(part);
  return labels;
}

}  // namespace

cloud::Disk DesiredDisk(const MachineSpec& spec, const DiskSpec& disk) {
  cloud::Disk desired;
  desired.metadata.id = disk.id;
  desired.metadata.labels =
      LabelsOf(spec, disk.name.empty() ? kBootRole : kDataRole, disk.name);
  desired.image = disk.image;
  if (disk.size_gb > 0) desired.size = cloud::DiskSize{disk.size_gb, "GB"};
  desired.zone = spec.zone;
  return desired;
}

cloud::VirtualMachine DesiredMachine(const MachineSpec& spec) {
  cloud::VirtualMachine machine;
  machine.metadata.id = spec.id;
  machine.metadata.labels = LabelsOf(spec, kMachineRole, "");
  machine.compute_profile = spec.compute_profile;
  machine.disks.push_back({spec.boot_disk.id, true});
  for (const DiskSpec& disk : spec.data_disks) {
    machine.disks.push_back({disk.id, false});
  }
  machine.zone = spec.zone;
  machine.placement_group = spec.placement_group;
  machine.subnet = spec.subnet;
  machine.stack_type = spec.stack_type;
  machine.public_ip = spec.public_ip;
  machine.security_groups = spec.security_groups;
  machine.user_data = spec.user_data;
  machine.ssh_authorized_keys = spec.ssh_authorized_keys;
  return machine;
}

cloud::HotswapAttachment DesiredAttachment(const MachineSpec& spec,
                                           const DiskSpec& disk) {
  cloud::HotswapAttachment attachment;
  attachment.metadata.id = AttachmentId(spec.owner, disk.name);
  attachment.metadata.labels = LabelsOf(spec, kDataRole, disk.name);
  attachment.disk = disk.id;
  attachment.machine = spec.id;
  return attachment;
}

}  // namespace evroc::compute
