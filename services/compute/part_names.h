// The names of a machine's resources in the cloud. Pure functions.

#ifndef SERVICES_COMPUTE_PART_NAMES_H_
#define SERVICES_COMPUTE_PART_NAMES_H_

#include "absl/strings/string_view.h"
#include "services/evroc/api/compute.h"
#include "services/identity/owner.h"

namespace evroc::compute {

// Values of kRoleLabel.
inline constexpr char kMachineRole[] = "machine";
inline constexpr char kBootRole[] = "boot";
inline constexpr char kDataRole[] = "data";

cloud::Id<cloud::VirtualMachine> MachineId(const cloud::Owner& owner);

// `name` of a data disk, empty for the boot disk.
cloud::Id<cloud::Disk> DiskId(const cloud::Owner& owner,
                              absl::string_view name);

// The attachment that adds the data disk `name` to a running machine.
cloud::Id<cloud::HotswapAttachment> AttachmentId(const cloud::Owner& owner,
                                                 absl::string_view name);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_PART_NAMES_H_
