// A validated request for a virtual machine. Values.

#ifndef SERVICES_COMPUTE_MACHINE_SPEC_H_
#define SERVICES_COMPUTE_MACHINE_SPEC_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "evroc/compute/v1/resources.pb.h"
#include "services/compute/placement/spread_set.h"
#include "services/evroc/api/compute.h"
#include "services/fields/reference.h"
#include "services/identity/owner.h"

namespace evroc::compute {

using cloud::Id;

// The cloud's limit of user data: 1 MB as base64 (evroc-api.md B.5.2).
inline constexpr size_t kMaxUserDataBytes = 786'432;

struct DiskSpec {
  std::string name;  // empty: the boot disk
  Id<cloud::Disk> id;
  std::string image;  // as cloud::Disk::image has it
  int size_gb = 0;    // 0: the image's own
};

struct MachineSpec {
  cloud::Owner owner;
  cloud::Labels labels;  // the user's
  Id<cloud::VirtualMachine> id;
  std::string compute_profile;
  DiskSpec boot_disk;
  std::vector<DiskSpec> data_disks;
  std::string zone;
  Id<cloud::Subnet> subnet;
  std::vector<Id<cloud::SecurityGroup>> security_groups;  // each once
  Id<cloud::PublicIp> public_ip;
  bool keep_public_ip = false;        // without one: that of the machine stays
  bool keep_security_groups = false;  // those of the machine stay
  Id<cloud::PlacementGroup> placement_group;
  std::optional<SpreadSet> spread_set;  // its group is one of this set's
  std::string user_data;                // secret
  std::vector<std::string> ssh_authorized_keys;
  cloud::StackType stack_type = cloud::StackType::kUnset;
  v1::BootMode boot_mode = v1::BOOT_MODE_UNSPECIFIED;

  // As the caller sent it, without user data and observed fields.
  v1::VirtualMachine request;

  // Of what the request asks for and can't have: it names every invalid field.
  // INVALID_ARGUMENT; UNIMPLEMENTED for features that the cloud's API lacks.
  absl::Status refusal;
};

// Reads what can be had of a request for a machine that exists: it keeps groups
// and a public IP that are refused, and data disks are left out.
// INVALID_ARGUMENT if nothing can be had: it does not say whose it is.
absl::StatusOr<MachineSpec> ReadVirtualMachine(
    const v1::VirtualMachine& machine, const cloud::Place& place);

// As ReadVirtualMachine, for a request of which all can be had; its refusal
// otherwise.
absl::StatusOr<MachineSpec> CheckVirtualMachine(
    const v1::VirtualMachine& machine, const cloud::Place& place);

}  // namespace evroc::compute

#endif  // SERVICES_COMPUTE_MACHINE_SPEC_H_
