// The names of a machine's resources in the cloud. Pure functions.

#ifndef SERVICES_COMPUTE_PART_NAMES_H_
#define SERVICES_COMPUTE_PART_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"

namespace evroc::compute {

// Values of kRoleLabel.
inline constexpr char kMachineRole[] = "machine";
inline constexpr char kBootRole[] = "boot";
inline constexpr char kDataRole[] = "data";

// Labels of a VM, one for each of its data disks: the name behind the prefix,
// the disk's UID as the value. By them it is known that the disk was there, so
// it is not made again, empty.
inline constexpr char kDataDiskLabelPrefix[] = "capi-data-disk-";
std::string DataDiskLabel(absl::string_view name);

cloud::Id<cloud::VirtualMachine> MachineId(const cloud::Owner& owner);

// `name` of a data disk, empty for the boot disk.
cloud::Id<cloud::Disk> DiskId(const cloud::Owner& owner,
                              absl::string_view name);

// What the user calls the data disk with that id, of a machine with a resource
// prefix. Of a hash and a long name the whole can't be read.
std::string DataDiskName(const cloud::Owner& owner,
                         const cloud::Id<cloud::Disk>& id);

// The attachment that adds the data disk `name` to a running machine.
cloud::Id<cloud::HotswapAttachment> AttachmentId(const cloud::Owner& owner,
                                                 absl::string_view name);

// Whether an object of that kind, "Disk", with that id is the machine's by its
// name, whatever the machine is called. For an owner without resource prefix.
bool IsPartOf(const cloud::Owner& machine, absl::string_view kind,
              absl::string_view id);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PART_NAMES_H_
