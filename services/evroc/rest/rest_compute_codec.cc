#include "services/evroc/rest/rest_compute_codec.h"

#include <utility>

#include "services/evroc/codec/fields.h"
#include "services/evroc/codec/os_settings.h"

namespace evroc::cloud {
namespace {

constexpr char kPublicIpRef[] = "publicIPv4Address.static.publicIPRef";
constexpr char kGroupRefs[] = "securityGroupSettings.securityGroupMemberRefs";

Json DisksToJson(const RestScope& scope, const VirtualMachine& machine) {
  Json disks = Json::Array();
  for (const VirtualMachine::DiskRef& ref : machine.disks) {
    disks.Push(Json::Object(
        {{"diskRef", Reference(scope, ref.disk)}, {"bootFrom", ref.boot}}));
  }
  return disks;
}

// The common part of create and update.
Json SpecWithout(const RestScope& scope, const VirtualMachine& machine,
                 Json networking) {
  SetReference(scope, networking, "subnetRef", machine.subnet);
  SetText(networking, "stackType", StackTypeName(machine.stack_type));
  SetReference(scope, networking, kPublicIpRef, machine.public_ip);
  Json placement = Json::Object();
  SetText(placement, "zone", machine.zone);
  SetReference(scope, placement, "placementGroupRef", machine.placement_group);
  return Json::Object(
      {{"computeProfileRef", ProfileToPath(machine.compute_profile)},
       {"disks", DisksToJson(scope, machine)},
       {"placement", std::move(placement)},
       {"networking", std::move(networking)},
       {"running", machine.running}});
}

void ReadSpec(const RestScope& scope, JsonView spec, VirtualMachine& machine) {
  machine.compute_profile = ProfileFromPath(spec["computeProfileRef"].String());
  const JsonView disks = spec["disks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    VirtualMachine::DiskRef& ref = machine.disks.emplace_back();
    Read(scope, disks[i]["diskRef"], ref.disk);
    ref.boot = disks[i]["bootFrom"].Bool();
  }
  machine.zone = std::string(spec.At("placement.zone").String());
  Read(scope, spec.At("placement.placementGroupRef"), machine.placement_group);
  const JsonView networking = spec["networking"];
  Read(scope, networking["subnetRef"], machine.subnet);
  machine.stack_type = ReadStackType(networking["stackType"]);
  Read(scope, networking.At(kPublicIpRef), machine.public_ip);
  Read(scope, networking.At(kGroupRefs), machine.security_groups);
  machine.running = spec["running"].Bool(true);
}

void ReadStatus(const RestScope& scope, JsonView json,
                VirtualMachine::Status& status) {
  ReadMachineState(json, status);
  const JsonView networking = json["networking"];
  status.ipv6_address = ReadAddress(networking["ipv6Address"]);
  Read(scope, networking["securityGroupFailedMembershipRefs"],
       status.failed_security_groups);
  const JsonView disks = json["attachedDisks"];
  for (size_t i = 0; i < disks.size(); ++i) {
    if (!disks[i]["diskRef"].is_string()) continue;
    Read(scope, disks[i]["diskRef"], status.attached_disks.emplace_back());
  }
  const JsonView hotswap = json["hotswapDiskAttachments"];
  for (size_t i = 0; i < hotswap.size(); ++i) {
    const JsonView disk = hotswap[i]["diskRef"];
    if (!hotswap[i]["attached"].Bool() || !disk.is_string()) continue;
    Read(scope, disk, status.hotswap_disks.emplace_back());
  }
}

}  // namespace

Json RestSpec(const RestScope& scope, const VirtualMachine& machine) {
  Json networking = Json::Object();
  if (!machine.security_groups.empty()) {
    networking.SetAt(kGroupRefs, References(scope, machine.security_groups));
  }
  Json spec = SpecWithout(scope, machine, std::move(networking));
  SetOsSettings(spec, machine);
  return spec;
}

Json RestPatchForm(const RestScope& scope, const VirtualMachine& machine) {
  Json networking = Json::Object();
  networking.SetAt("publicIPv4Address.static", Json::Object());
  networking.SetAt(kGroupRefs, References(scope, machine.security_groups));
  return SpecWithout(scope, machine, std::move(networking));
}

void ReadRest(const RestScope& scope, JsonView object,
              VirtualMachine& machine) {
  ReadSpec(scope, object["spec"], machine);
  ReadStatus(scope, object["status"], machine.status);
}

Json RestSpec(const RestScope& scope, const Disk& disk) {
  Json spec = Json::Object({{"placement", Json::Object()}});
  SetText(spec, "placement.zone", disk.zone);
  if (disk.size) spec.Set("diskSize", ToJson(*disk.size));
  if (!disk.image.empty()) {
    spec.Set("source",
             Json::Object({{"type", "image"},
                           {"diskImageRef", ImageToPath(scope, disk.image)}}));
  }
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, Disk& disk) {
  disk.image =
      ImageFromPath(scope, object.At("spec.source.diskImageRef").String());
  ReadDiskWithoutImage(object, disk, [&](JsonView usage, auto& machine) {
    Read(scope, usage["virtualMachineRef"], machine);
  });
}

Json RestSpec(const RestScope& /*scope*/, const PlacementGroup& group) {
  Json spec =
      Json::Object({{"placement", Json::Object()},
                    {"strategy", Json::Object({{"type", group.strategy}})}});
  SetText(spec, "placement.zone", group.zone);
  return spec;
}

void ReadRest(const RestScope& scope, JsonView object, PlacementGroup& group) {
  const JsonView spec = object["spec"];
  group.zone = std::string(spec.At("placement.zone").String());
  group.strategy = std::string(spec.At("strategy.type").String());
  group.status.conditions = ReadConditions(object.At("status.conditions"));
  Read(scope, object.At("status.virtualMachineRefs"), group.status.machines);
}

Json RestSpec(const RestScope& scope, const HotswapAttachment& attachment) {
  return Json::Object(
      {{"diskRef", Reference(scope, attachment.disk)},
       {"virtualMachineRef", Reference(scope, attachment.machine)}});
}

void ReadRest(const RestScope& scope, JsonView object,
              HotswapAttachment& attachment) {
  const JsonView spec = object["spec"];
  Read(scope, spec["diskRef"], attachment.disk);
  Read(scope, spec["virtualMachineRef"], attachment.machine);
  attachment.status.conditions = ReadConditions(object.At("status.conditions"));
}

}  // namespace evroc::cloud
