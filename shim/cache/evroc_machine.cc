#include "shim/cache/evroc_machine.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "shim/cache/json_fields.h"

namespace evroc::shim {
namespace {

int RootDiskSize(JsonView spec) {
  const int size = ReadInt(spec, "rootDiskSize");
  return size == 0 ? kDefaultRootDiskSizeGb : size;
}

EvrocMachineSpec DecodeSpec(JsonView json) {
  EvrocMachineSpec spec;
  spec.provider_id = ReadText(json, "providerID");
  spec.compute_profile = ReadText(json, "computeProfile");
  spec.project = ReadText(json, "project");
  spec.region = ReadText(json, "region");
  spec.image = ReadText(json, "image");
  if (spec.image.empty()) spec.image = kDefaultImage;
  spec.root_disk_size_gb = RootDiskSize(json);
  spec.boot_mode = ReadText(json, "bootMode");
  spec.ssh_key = absl::StripAsciiWhitespace(json["sshKey"].String());
  spec.user_data = ReadText(json, "userData");
  spec.subnet_name = ReadText(json, "subnetName");
  const JsonView networking = json["networkingConfig"];
  spec.existing_public_ip_id = ReadText(networking, "publicIP.existingID");
  if (spec.existing_public_ip_id.empty()) {
    spec.existing_public_ip_id = ReadText(networking, "publicIP.existingName");
  }
  spec.public_ip = networking.At("publicIP.enabled").Bool() ||
                   !spec.existing_public_ip_id.empty();
  const JsonView groups = networking["securityGroups"];
  spec.security_groups = DecodeSecurityGroups(groups);
  // A machine is never without groups: nothing could reach it.
  spec.inherit_security_groups = groups["inheritFromCluster"].Bool() ||
                                 (spec.security_groups.existing_ids.empty() &&
                                  spec.security_groups.inline_groups.empty());
  spec.placement_group_id = ReadText(json, "placementConfig.existingGroupID");
  if (spec.placement_group_id.empty()) {
    spec.placement_group_id =
        ReadText(json, "placementConfig.existingGroupName");
  }
  spec.spread = json.At("placementConfig.strategy").String() == kSpreadStrategy;
  const JsonView disks = json["additionalDisks"];
  spec.additional_disks.reserve(disks.size());
  for (size_t i = 0; i < disks.size(); ++i) {
    spec.additional_disks.push_back({.name = ReadText(disks[i], "name"),
                                     .size_gb = ReadInt(disks[i], "sizeGB"),
                                     .image = ReadText(disks[i], "image")});
  }
  spec.labels = ReadTextMap(json["additionalLabels"]);
  return spec;
}

EvrocMachineStatus DecodeStatus(JsonView json) {
  EvrocMachineStatus status;
  status.provisioned = json.At("initialization.provisioned").Bool();
  status.observed_generation = json["observedGeneration"].Integer();
  status.failure_domain = ReadText(json, "failureDomain");
  if (status.failure_domain.empty()) {
    status.failure_domain = ReadText(json, "availabilityZone");
  }
  status.machine_uid = ReadText(json, "machineID");
  status.state = ReadText(json, "state");
  status.vm_id = ReadText(json, "vmID");
  status.subnet_name = ReadText(json, "subnetName");
  status.placement_group_id = ReadText(json, "placementGroupID");
  status.placement_strategy = ReadText(json, "placementStrategy");
  if (const JsonView disks = json["additionalDisks"]; disks.is_array()) {
    const std::vector<std::string> names = ReadTexts(disks);
    status.additional_disks.emplace(names.begin(), names.end());
  }
  const JsonView addresses = json["addresses"];
  status.addresses.reserve(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i) {
    status.addresses.push_back({.type = ReadText(addresses[i], "type"),
                                .address = ReadText(addresses[i], "address")});
  }
  status.annotations = DecodeAnnotations(json["annotations"]);
  status.conditions = Conditions::Decode(json["conditions"]);
  return status;
}

}  // namespace

Json EvrocMachineStatus::Encode() const {
  Json json = Json::Object({{"ready", provisioned}});
  if (provisioned) json.SetAt("initialization.provisioned", true);
  if (observed_generation != 0) {
    json.Set("observedGeneration", observed_generation);
  }
  SetText(json, "failureDomain", failure_domain);
  SetText(json, "availabilityZone", failure_domain);
  SetText(json, "machineID", machine_uid);
  SetText(json, "state", state);
  SetText(json, "vmID", vm_id);
  SetText(json, "subnetName", subnet_name);
  SetText(json, "placementGroupID", placement_group_id);
  SetText(json, "placementStrategy", placement_strategy);
  if (additional_disks.has_value()) {
    json.Set("additionalDisks", WriteTexts(*additional_disks));
  }
  if (!addresses.empty()) {
    Json list = Json::Array();
    for (const MachineAddress& address : addresses) {
      list.Push(
          Json::Object({{"type", address.type}, {"address", address.address}}));
    }
    json.Set("addresses", std::move(list));
  }
  if (!annotations.empty()) {
    json.Set("annotations", EncodeAnnotations(annotations));
  }
  if (!conditions.empty()) json.Set("conditions", conditions.Encode());
  return json;
}

EvrocMachineObject DecodeEvrocMachine(JsonView object) {
  return {.meta = DecodeMeta(object),
          .spec = DecodeSpec(object["spec"]),
          .status = DecodeStatus(object["status"])};
}

MachineTemplateObject DecodeMachineTemplate(JsonView object) {
  const JsonView spec = object.At("spec.template.spec");
  const JsonView status = object["status"];
  MachineTemplateObject decoded{
      .meta = DecodeMeta(object),
      .compute_profile = ReadText(spec, "computeProfile"),
      .root_disk_size_gb = RootDiskSize(spec),
      .status = Json::Object()};
  for (const absl::string_view member : {"capacity", "nodeInfo"}) {
    if (status[member].is_object()) {
      decoded.status.Set(member, Json(status[member]));
    }
  }
  return decoded;
}

}  // namespace evroc::shim
