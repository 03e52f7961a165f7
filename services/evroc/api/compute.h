// Compute objects as values, the same for both dialects. See networking.h.
// Source: evroc-api.md A.3 and B.5.

#ifndef SERVICES_EVROC_API_COMPUTE_H_
#define SERVICES_EVROC_API_COMPUTE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/text/interned_string.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/networking.h"
#include "services/evroc/api/object.h"

namespace evroc::cloud {

struct Disk;
struct PlacementGroup;
struct HotswapAttachment;

// An amount with the server's own unit, so that what it sent compares equal.
struct DiskSize {
  int64_t amount = 0;
  InternedString unit = "GB";  // "KB", "MB", "GB" or "TB"; "GB" is 2^30 bytes
  friend bool operator==(const DiskSize&, const DiskSize&) = default;
};

// Bytes; 0 for an unknown unit.
int64_t Bytes(const DiskSize& size);

struct Disk {
  Metadata<Disk> metadata;
  // A name in evroc's catalogue, or with kCustomImagePrefix that of a custom
  // image of the scope's project and region; any other image as its full path;
  // empty: a blank disk.
  InternedString image;
  std::optional<DiskSize> size;  // unset: the image's own
  InternedString zone;           // not sent in KCP

  struct Usage {
    bool hotswap = false;
    Id<VirtualMachine> machine;
    friend bool operator==(const Usage&, const Usage&) = default;
  };
  struct Status {
    Conditions conditions;
    std::optional<DiskSize> size;
    std::vector<Usage> usage;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const Disk&, const Disk&) = default;
};

// Whether the cloud has yet to make the disk as large as its spec says
// (evroc-api.md B.5.3). It says so by the size alone, maybe not by Ready.
bool IsGrowing(const Disk& disk);

struct VirtualMachine {
  Metadata<VirtualMachine> metadata;
  InternedString compute_profile;  // name in the catalogue

  struct DiskRef {
    Id<Disk> disk;
    bool boot = false;
    friend bool operator==(const DiskRef&, const DiskRef&) = default;
  };
  std::vector<DiskRef> disks;

  InternedString zone;                 // not sent in KCP
  Id<PlacementGroup> placement_group;  // empty: none
  Id<Subnet> subnet;                   // not sent in KCP
  StackType stack_type = StackType::kUnset;
  Id<PublicIp> public_ip;  // empty: none
  std::vector<Id<SecurityGroup>> security_groups;
  bool running = true;

  // Only sent, never read back: it is large and secret. `user_data` is raw
  // bytes; codecs send it as one line of base64.
  std::string user_data;
  std::vector<std::string> ssh_authorized_keys;

  struct Status {
    InternedString state;  // virtualMachineStatus, e.g. "Running"
    Conditions conditions;
    InternedString zone;
    std::string private_ipv4_address;
    std::string public_ipv4_address;
    std::string ipv6_address;
    std::vector<Id<Disk>> attached_disks;
    std::vector<Id<Disk>> hotswap_disks;  // attached
    std::vector<Id<SecurityGroup>> failed_security_groups;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const VirtualMachine&,
                         const VirtualMachine&) = default;
};

struct PlacementGroup {
  Metadata<PlacementGroup> metadata;
  InternedString zone;
  InternedString strategy = "spread";

  struct Status {
    Conditions conditions;
    std::vector<Id<VirtualMachine>> machines;  // that are in it
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const PlacementGroup&,
                         const PlacementGroup&) = default;
};

struct HotswapAttachment {
  Metadata<HotswapAttachment> metadata;
  Id<Disk> disk;
  Id<VirtualMachine> machine;

  struct Status {
    Conditions conditions;
    friend bool operator==(const Status&, const Status&) = default;
  } status;

  friend bool operator==(const HotswapAttachment&,
                         const HotswapAttachment&) = default;
};

// Catalogue entries.
struct ComputeProfile {
  std::string name;
  int vcpus = 0;
  int64_t memory_mib = 0;
  std::string architecture;
  std::string gpu_model;  // empty: no GPU
  int gpu_count = 0;
  friend bool operator==(const ComputeProfile&,
                         const ComputeProfile&) = default;
};

struct DiskImage {
  std::string name;                      // as Disk::image has it
  std::string architecture;              // empty: not known
  std::optional<DiskSize> default_size;  // unset: not known
  Conditions conditions;
  friend bool operator==(const DiskImage&, const DiskImage&) = default;
};

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_COMPUTE_H_
