// The EvrocMachine and EvrocMachineTemplate resources (deploy/crd): their spec
// and last written status. Values.

#ifndef SHIM_CACHE_EVROC_MACHINE_H_
#define SHIM_CACHE_EVROC_MACHINE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/json.h"
#include "common/text/interned_string.h"
#include "shim/cache/conditions.h"
#include "shim/cache/evroc_cluster.h"
#include "shim/cache/object_meta.h"

namespace evroc::shim {

struct AdditionalDiskSpec {
  InternedString name;
  int size_gb = 0;
  InternedString image;
};

// The image of an EvrocMachine that names none, and the size of its boot disk.
inline constexpr absl::string_view kDefaultImage = "ubuntu.24-04.1";
inline constexpr int kDefaultRootDiskSizeGb = 20;

// Of spec.placementConfig.strategy.
inline constexpr absl::string_view kSpreadStrategy = "Spread";

struct EvrocMachineSpec {
  std::string provider_id;
  // The cluster's in objects of Evroc's official provider, else empty.
  InternedString project;
  InternedString region;
  InternedString compute_profile;
  InternedString image;
  int root_disk_size_gb = 0;
  InternedString boot_mode;
  InternedString ssh_key;    // lines of authorized_keys, trimmed
  InternedString user_data;  // the user's own, may be secret
  InternedString subnet_name;
  bool public_ip = false;
  InternedString existing_public_ip_id;
  bool inherit_security_groups = true;
  SecurityGroupsSpec security_groups;
  InternedString placement_group_id;
  bool spread = false;  // in placement groups that are made for it
  std::vector<AdditionalDiskSpec> additional_disks;
  std::map<std::string, std::string> labels;
};

// A status.addresses[] entry: `type` is one of Cluster API's five.
struct MachineAddress {
  InternedString type;
  std::string address;
  friend bool operator==(const MachineAddress&,
                         const MachineAddress&) = default;
};

struct EvrocMachineStatus {
  // initialization.provisioned, and `ready` of the older contract; once true it
  // stays true.
  bool provisioned = false;
  int64_t observed_generation = 0;
  InternedString failure_domain;  // availabilityZone too
  std::string machine_uid;        // machineID
  InternedString state;           // of the virtual machine, "Running"
  InternedString vm_id;
  // What the machine was made with, and has although the spec may not say it
  // any more: the spec's subnetName, and its placementConfig.
  InternedString subnet_name;
  InternedString placement_group_id;
  InternedString placement_strategy;
  // The data disks that exist; nothing where that is not known, or none are
  // asked for.
  std::optional<std::vector<InternedString>> additional_disks;
  std::vector<MachineAddress> addresses;
  // annotations: those that say what is the object's in the cloud, as they were
  // written last (KeptAnnotations).
  Annotations annotations;
  Conditions conditions;

  // As EvrocClusterStatus::Encode.
  Json Encode() const;
};

struct EvrocMachineObject {
  ObjectMeta meta;
  EvrocMachineSpec spec;
  EvrocMachineStatus status;
};
EvrocMachineObject DecodeEvrocMachine(JsonView object);

// The parts of a template that its capacity depends on (T-10).
struct MachineTemplateObject {
  ObjectMeta meta;
  std::string compute_profile;
  int root_disk_size_gb = 0;
  // status.capacity and status.nodeInfo, undecoded.
  Json status;
};
MachineTemplateObject DecodeMachineTemplate(JsonView object);

}  // namespace evroc::shim

#endif  // SHIM_CACHE_EVROC_MACHINE_H_
