// What a caller wishes a virtual machine to be, checked. Values.

#ifndef SERVICES_COMPUTE_WISH_H_
#define SERVICES_COMPUTE_WISH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evroc/compute/v1/resources.pb.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/network_api.h"
#include "services/identity/owner.h"

namespace evroc::compute {

using cloud::Id;

// What the cloud stores of user data at most: 1 MB as base64 (evroc-api.md
// B.5.2).
inline constexpr size_t kMaxUserDataBytes = 786'432;

struct DiskWish {
  std::string name;  // empty: the boot disk
  Id<cloud::Disk> id;
  std::string image;  // empty: a blank disk
  int size_gb = 0;    // 0: the image's own
};

struct MachineWish {
  cloud::Owner owner;
  cloud::Labels labels;  // the user's
  Id<cloud::VirtualMachine> id;
  std::string compute_profile;
  DiskWish boot_disk;
  std::vector<DiskWish> data_disks;
  std::string zone;
  Id<cloud::Subnet> subnet;
  std::vector<Id<cloud::SecurityGroup>> security_groups;  // each once
  Id<cloud::PublicIp> public_ip;
  Id<cloud::PlacementGroup> placement_group;
  std::string user_data;  // secret
  std::vector<std::string> ssh_authorized_keys;
  cloud::StackType stack_type = cloud::StackType::kUnset;

  // As it was said, without user data and observed fields.
  v1::VirtualMachine said;
};

// INVALID_ARGUMENT naming every field that is wrong; UNIMPLEMENTED for what
// the cloud's API does not have.
absl::StatusOr<MachineWish> CheckVirtualMachine(
    const v1::VirtualMachine& machine, const cloud::Capabilities& capabilities);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_WISH_H_
