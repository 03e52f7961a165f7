#include "services/evroc/kcp/kcp_codec.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/evroc/codec/fields.h"
#include "services/evroc/codec/os_settings.h"

namespace evroc::cloud {
namespace {

constexpr char kPublicIpRef[] =
    "networking.publicIPv4Address.static.publicIPRef";
constexpr char kGroupNames[] =
    "networking.securityGroups.securityGroupMemberships";

template <typename T>
void SetName(Json& object, absl::string_view path, const Id<T>& id) {
  SetText(object, path, id.value());
}

template <typename T>
void ReadName(JsonView name, Id<T>& out) {
  out = Id<T>(std::string(name.String()));
}

// Elements are names, or objects with a name.
template <typename T>
void ReadNames(JsonView array, absl::string_view member,
               std::vector<Id<T>>& out) {
  for (size_t i = 0; i < array.size(); ++i) {
    const JsonView name = array[i].is_string() ? array[i] : array[i][member];
    if (!name.String().empty()) ReadName(name, out.emplace_back());
  }
}

Json RuleToJson(const SecurityRule& rule) {
  Json json = Json::Object({{"name", rule.name},
                            {"direction", DirectionName(rule.direction)},
                            {"protocol", ProtocolName(rule.protocol)}});
  if (rule.port != 0) json.Set("port", rule.port);
  if (rule.end_port != 0) json.Set("endPort", rule.end_port);
  json.Set("remote", Json::Object());
  SetText(json, "remote.address.IPAddressOrCIDR", rule.remote.cidr);
  SetName(json, "remote.securityGroupRef.name", rule.remote.security_group);
  SetName(json, "remote.subnetRef.name", rule.remote.subnet);
  return json;
}

SecurityRule ReadRule(JsonView json) {
  SecurityRule rule;
  if (!ReadRuleWithoutRemote(json, rule)) return rule;
  const JsonView remote = json["remote"];
  rule.remote.cidr = ReadAddress(remote.At("address.IPAddressOrCIDR"));
  ReadName(remote.At("securityGroupRef.name"), rule.remote.security_group);
  ReadName(remote.At("subnetRef.name"), rule.remote.subnet);
  return rule;
}

// The common part of create and update.
Json EncodeMachineSpec(const VirtualMachine& machine) {
  Json disks = Json::Array();
  for (const VirtualMachine::DiskRef& ref : machine.disks) {
    disks.Push(
        Json::Object({{"name", ref.disk.value()}, {"bootFrom", ref.boot}}));
  }
  Json groups = Json::Array();
  for (const Id<SecurityGroup>& group : machine.security_groups) {
    groups.Push(Json::Object({{"name", group.value()}}));
  }
  Json spec = Json::Object(
      {{"running", machine.running}, {"diskRefs", std::move(disks)}});
  spec.SetAt("vmVirtualResourcesRef.vmVirtualResourcesRefName",
             machine.compute_profile);
  spec.SetAt(kGroupNames, std::move(groups));
  spec.SetAt(kPublicIpRef, machine.public_ip.value());
  SetName(spec, "placementGroup", machine.placement_group);
  return spec;
}

void ReadMachineStatus(JsonView json, VirtualMachine::Status& status) {
  ReadMachineState(json, status);
  const JsonView networking = json["networking"];
  ReadNames(networking["failedSecurityGroupMemberships"], "name",
            status.failed_security_groups);
  ReadNames(json["attachedDisks"], "name", status.attached_disks);
  const JsonView hotswap = json["hotswapDiskAttachments"];
  for (size_t i = 0; i < hotswap.size(); ++i) {
    const JsonView disk = hotswap[i]["disk"];
    if (!hotswap[i]["attached"].Bool() || !disk.is_string()) continue;
    ReadName(disk, status.hotswap_disks.emplace_back());
  }
}

}  // namespace

Json KcpSpec(const Vpc& /*vpc*/) { return Json::Object(); }

void ReadKcp(JsonView object, Vpc& vpc) {
  vpc.status.conditions = ReadConditions(object.At("status.conditions"));
}

Json KcpSpec(const Subnet& subnet) {
  Json spec = Json::Object();
  SetName(spec, "vpcRef.name", subnet.vpc);
  SetText(spec, "ipv4CidrBlock.block", subnet.ipv4_cidr_block);
  return spec;
}

void ReadKcp(JsonView object, Subnet& subnet) {
  const JsonView spec = object["spec"];
  ReadName(spec.At("vpcRef.name"), subnet.vpc);
  subnet.ipv4_cidr_block = ReadAddress(spec.At("ipv4CidrBlock.block"));
  subnet.zone = std::string(spec.At("placement.zone").String());
  subnet.status.conditions = ReadConditions(object.At("status.conditions"));
}

Json KcpSpec(const SecurityGroup& group) {
  Json rules = Json::Array();
  for (const SecurityRule& rule : group.rules) rules.Push(RuleToJson(rule));
  return Json::Object({{"rules", std::move(rules)}});
}

void ReadKcp(JsonView object, SecurityGroup& group) {
  const JsonView rules = object.At("spec.rules");
  for (size_t i = 0; i < rules.size(); ++i) {
    group.rules.push_back(ReadRule(rules[i]));
  }
  group.status.conditions = ReadConditions(object.At("status.conditions"));
  ReadNames(object.At("status.members"), "name", group.status.members);
}

Json KcpSpec(const PublicIp& /*address*/) { return Json::Object(); }

void ReadKcp(JsonView object, PublicIp& address) {
  const JsonView status = object["status"];
  address.status.conditions = ReadConditions(status["conditions"]);
  address.status.address = ReadAddress(status["publicIPv4Address"]);
  const absl::string_view user = status.At("usedBy.name").String();
  if (user.empty()) return;
  address.status.used_by =
      absl::StrCat(status.At("usedBy.kind").String(), "/", user);
}

Json KcpSpec(const VirtualMachine& machine) {
  Json spec = EncodeMachineSpec(machine);
  SetOsSettings(spec, machine);
  return spec;
}

Json KcpPatchForm(const VirtualMachine& machine) {
  return EncodeMachineSpec(machine);
}

void ReadKcp(JsonView object, VirtualMachine& machine) {
  const JsonView spec = object["spec"];
  machine.compute_profile = std::string(
      spec.At("vmVirtualResourcesRef.vmVirtualResourcesRefName").String());
  const JsonView disks = spec["diskRefs"];
  for (size_t i = 0; i < disks.size(); ++i) {
    VirtualMachine::DiskRef& ref = machine.disks.emplace_back();
    ReadName(disks[i]["name"], ref.disk);
    ref.boot = disks[i]["bootFrom"].Bool();
  }
  machine.zone = std::string(spec.At("placement.zone").String());
  ReadName(spec["placementGroup"], machine.placement_group);
  ReadName(spec.At(kPublicIpRef), machine.public_ip);
  ReadNames(spec.At(kGroupNames), "name", machine.security_groups);
  // Absent means false here (A.3).
  machine.running = spec["running"].Bool(false);
  ReadMachineStatus(object["status"], machine.status);
}

Json KcpSpec(const Disk& disk) {
  Json spec = Json::Object(
      {{"diskStorageClass", Json::Object({{"name", "persistent"}})}});
  if (disk.size) spec.Set("diskSize", ToJson(*disk.size));
  SetText(spec, "diskImage.diskImageRef.name", disk.image);
  return spec;
}

void ReadKcp(JsonView object, Disk& disk) {
  disk.image =
      std::string(object.At("spec.diskImage.diskImageRef.name").String());
  ReadDiskWithoutImage(object, disk, [](JsonView usage, auto& machine) {
    ReadName(usage["vm"], machine);
  });
}

Json KcpSpec(const PlacementGroup& group) {
  return Json::Object({{"strategy", Json::Object({{"type", group.strategy}})}});
}

void ReadKcp(JsonView object, PlacementGroup& group) {
  const JsonView spec = object["spec"];
  group.zone = std::string(spec.At("placement.zone").String());
  group.strategy = std::string(spec.At("strategy.type").String());
  group.status.conditions = ReadConditions(object.At("status.conditions"));
  ReadNames(object.At("status.virtualMachines"), "name", group.status.machines);
}

Json KcpSpec(const HotswapAttachment& attachment) {
  Json spec = Json::Object();
  SetName(spec, "diskRef.name", attachment.disk);
  SetName(spec, "vmRef.name", attachment.machine);
  return spec;
}

void ReadKcp(JsonView object, HotswapAttachment& attachment) {
  const JsonView spec = object["spec"];
  ReadName(spec.At("diskRef.name"), attachment.disk);
  ReadName(spec.At("vmRef.name"), attachment.machine);
  attachment.status.conditions = ReadConditions(object.At("status.conditions"));
}

}  // namespace evroc::cloud
