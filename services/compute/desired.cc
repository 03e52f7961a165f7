#include "services/compute/desired.h"

#include <string>

#include "absl/strings/string_view.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {

cloud::Disk DesiredDisk(const MachineSpec& spec, const DiskSpec& disk) {
  cloud::Disk desired;
  desired.metadata.id = disk.id;
  desired.metadata.labels =
      cloud::ObjectLabels(spec.owner, spec.labels,
                          disk.name.empty() ? kBootRole : kDataRole, disk.name);
  desired.image = disk.image;
  if (disk.size_gb > 0) desired.size = cloud::DiskSize{disk.size_gb, "GB"};
  desired.zone = spec.zone;
  return desired;
}

cloud::VirtualMachine DesiredMachine(const MachineSpec& spec) {
  cloud::VirtualMachine machine;
  machine.metadata.id = spec.id;
  machine.metadata.labels =
      cloud::ObjectLabels(spec.owner, spec.labels, kMachineRole);
  if (spec.boot_mode == v1::BOOT_MODE_UEFI) {
    machine.metadata.labels[kUefiLabel] = "true";
  }
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
  attachment.metadata.labels =
      cloud::ObjectLabels(spec.owner, spec.labels, kDataRole, disk.name);
  attachment.disk = disk.id;
  attachment.machine = spec.id;
  return attachment;
}

}  // namespace evroc::compute
