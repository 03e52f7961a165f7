#include "services/compute/desired.h"

#include <string>

#include "absl/strings/string_view.h"
#include "services/compute/part_names.h"
#include "services/identity/owner_labels.h"

namespace evroc::compute {
namespace {

cloud::Labels LabelsOf(const MachineWish& wish, const char* role,
                       absl::string_view part) {
  cloud::Labels labels = cloud::OwnerLabels(wish.owner);
  labels.insert(wish.labels.begin(), wish.labels.end());
  labels[cloud::kRoleLabel] = role;
  if (!part.empty()) labels[cloud::kPartLabel] = std::string(part);
  return labels;
}

}  // namespace

cloud::Disk DesiredDisk(const MachineWish& wish, const DiskWish& disk) {
  cloud::Disk desired;
  desired.metadata.id = disk.id;
  desired.metadata.labels =
      LabelsOf(wish, disk.name.empty() ? kBootRole : kDataRole, disk.name);
  desired.image = disk.image;
  if (disk.size_gb > 0) desired.size = cloud::DiskSize{disk.size_gb, "GB"};
  desired.zone = wish.zone;
  return desired;
}

cloud::VirtualMachine DesiredMachine(const MachineWish& wish) {
  cloud::VirtualMachine machine;
  machine.metadata.id = wish.id;
  machine.metadata.labels = LabelsOf(wish, kMachineRole, "");
  machine.compute_profile = wish.compute_profile;
  machine.disks.push_back({wish.boot_disk.id, true});
  for (const DiskWish& disk : wish.data_disks) {
    machine.disks.push_back({disk.id, false});
  }
  machine.zone = wish.zone;
  machine.placement_group = wish.placement_group;
  machine.subnet = wish.subnet;
  machine.stack_type = wish.stack_type;
  machine.public_ip = wish.public_ip;
  machine.security_groups = wish.security_groups;
  machine.user_data = wish.user_data;
  machine.ssh_authorized_keys = wish.ssh_authorized_keys;
  return machine;
}

cloud::HotswapAttachment DesiredAttachment(const MachineWish& wish,
                                           const DiskWish& disk) {
  cloud::HotswapAttachment attachment;
  attachment.metadata.id = AttachmentId(wish.owner, disk.name);
  attachment.metadata.labels = LabelsOf(wish, kDataRole, disk.name);
  attachment.disk = disk.id;
  attachment.machine = wish.id;
  return attachment;
}

}  // namespace evroc::compute
