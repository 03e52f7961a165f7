#include "tests/evroc_sim/kcp/kcp_codec.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kProfiles = "/compute/global/computeProfiles/";
constexpr absl::string_view kImages = "/compute/global/diskImages/evroc/";

// Copies the value at one path to another, if there is one.
void Move(JsonView from, absl::string_view source, Json& to,
          absl::string_view target) {
  const JsonView value = from.At(source);
  if (value.exists() && !value.is_null()) to.SetAt(target, Json(value));
}

std::string ShortName(absl::string_view ref) {
  const size_t slash = ref.rfind('/');
  return std::string(slash == ref.npos ? ref : ref.substr(slash + 1));
}

// Converts names to references and back, within the project and region of
// `key`.
class Names {
 public:
  explicit Names(const Key& key) : key_(key) {}

  Json Ref(Kind kind, JsonView name) const {
    return FqidOf(
        {kind, key_.project, key_.region, std::string(name.String())});
  }
  void RefAt(JsonView from, absl::string_view source, Kind kind, Json& to,
             absl::string_view target) const {
    const JsonView name = from.At(source);
    if (!name.String().empty()) to.SetAt(target, Ref(kind, name));
  }

 private:
  const Key& key_;
};

void NameAt(JsonView from, absl::string_view source, Json& to,
            absl::string_view target) {
  const JsonView ref = from.At(source);
  if (ref.is_string()) to.SetAt(target, ShortName(ref.String()));
}

Json MachineFromKcp(const Key& key, JsonView spec, const Object* current) {
  const Names names(key);
  Json machine = Json::Object();
  const std::string zone(spec.At("placement.zone").String("a"));
  machine.Set("computeProfileRef",
              absl::StrCat(kProfiles, spec.At("vmVirtualResourcesRef."
                                              "vmVirtualResourcesRefName")
                                          .String()));
  Json disks = Json::Array();
  for (size_t i = 0; i < spec["diskRefs"].size(); ++i) {
    const JsonView disk = spec["diskRefs"][i];
    disks.Push(Json::Object({{"diskRef", names.Ref(Kind::kDisk, disk["name"])},
                             {"bootFrom", disk["bootFrom"].Bool()}}));
  }
  machine.Set("disks", std::move(disks));
  machine.SetAt("placement.zone", zone);
  names.RefAt(spec, "placementGroup", Kind::kPlacementGroup, machine,
              "placement.placementGroupRef");
  const std::string subnet = absl::StrCat("default-", key.region, "-", zone);
  machine.SetAt("networking.subnetRef",
                FqidOf({Kind::kSubnet, key.project, key.region, subnet}));
  names.RefAt(spec, "networking.publicIPv4Address.static.publicIPRef",
              Kind::kPublicIp, machine,
              "networking.publicIPv4Address.static.publicIPRef");
  Json groups = Json::Array();
  const JsonView memberships =
      spec.At("networking.securityGroups.securityGroupMemberships");
  for (size_t i = 0; i < memberships.size(); ++i) {
    groups.Push(names.Ref(Kind::kSecurityGroup, memberships[i]["name"]));
  }
  if (groups.view().size() > 0) {
    machine.SetAt("networking.securityGroupSettings.securityGroupMemberRefs",
                  std::move(groups));
  }
  Move(spec, "osSettings", machine, "osSettings");
  machine.Set("running", spec["running"].Bool());
  if (current != nullptr) {
    Move(current->spec, "networking.subnetRef", machine,
         "networking.subnetRef");
    Move(current->spec, "placement.zone", machine, "placement.zone");
    Move(current->spec, "networking.stackType", machine,
         "networking.stackType");
  }
  return machine;
}

Json MachineToKcp(JsonView spec) {
  Json machine = Json::Object({{"running", spec["running"].Bool(true)}});
  NameAt(spec, "computeProfileRef", machine,
         "vmVirtualResourcesRef.vmVirtualResourcesRefName");
  Json disks = Json::Array();
  for (size_t i = 0; i < spec["disks"].size(); ++i) {
    const JsonView disk = spec["disks"][i];
    disks.Push(Json::Object({{"name", ShortName(disk["diskRef"].String())},
                             {"bootFrom", disk["bootFrom"].Bool()}}));
  }
  machine.Set("diskRefs", std::move(disks));
  Move(spec, "placement.zone", machine, "placement.zone");
  NameAt(spec, "placement.placementGroupRef", machine, "placementGroup");
  NameAt(spec, "networking.publicIPv4Address.static.publicIPRef", machine,
         "networking.publicIPv4Address.static.publicIPRef");
  Json groups = Json::Array();
  const JsonView refs =
      spec.At("networking.securityGroupSettings.securityGroupMemberRefs");
  for (size_t i = 0; i < refs.size(); ++i) {
    groups.Push(Json::Object({{"name", ShortName(refs[i].String())}}));
  }
  machine.SetAt("networking.securityGroups.securityGroupMemberships",
                std::move(groups));
  Move(spec, "osSettings", machine, "osSettings");
  return machine;
}

Json ShortNames(JsonView refs) {
  Json names = Json::Array();
  for (size_t i = 0; i < refs.size(); ++i) {
    names.Push(ShortName(refs[i].String()));
  }
  return names;
}

Json MachineStatusToKcp(JsonView status) {
  Json shown = Json::Object();
  Move(status, "virtualMachineStatus", shown, "virtualMachineStatus");
  Move(status, "conditions", shown, "conditions");
  Move(status, "placement.zone", shown, "placement.zone");
  const JsonView networking = status["networking"];
  Json network = Json::Object();
  for (const char* name : {"privateIPv4Address", "publicIPv4Address"}) {
    Move(networking, name, network, name);
  }
  const std::pair<const char*, const char*> memberships[] = {
      {"securityGroupActiveMembershipRefs", "securityGroupActiveMemberships"},
      {"securityGroupPendingMembershipRefs", "securityGroupPendingMemberships"},
      {"securityGroupFailedMembershipRefs", "failedSecurityGroupMemberships"}};
  for (const auto& [rest, kcp] : memberships) {
    network.Set(kcp, ShortNames(networking[rest]));
  }
  shown.Set("networking", std::move(network));
  Json attached = Json::Array();
  for (size_t i = 0; i < status["attachedDisks"].size(); ++i) {
    const JsonView disk = status["attachedDisks"][i];
    attached.Push(Json::Object({{"name", ShortName(disk["diskRef"].String())},
                                {"device", Json(disk["device"])}}));
  }
  shown.Set("attachedDisks", std::move(attached));
  Json hotswap = Json::Array();
  for (size_t i = 0; i < status["hotswapDiskAttachments"].size(); ++i) {
    const JsonView disk = status["hotswapDiskAttachments"][i];
    Json entry = Json::Object({{"attached", disk["attached"].Bool()}});
    NameAt(disk, "hotswapDiskAttachmentRef", entry, "attachment");
    NameAt(disk, "diskRef", entry, "disk");
    Move(disk, "serial", entry, "serial");
    hotswap.Push(std::move(entry));
  }
  if (hotswap.view().size() > 0) {
    shown.Set("hotswapDiskAttachments", std::move(hotswap));
  }
  return shown;
}

Json DiskFromKcp(JsonView spec) {
  Json disk = Json::Object();
  Move(spec, "diskSize", disk, "diskSize");
  disk.SetAt("placement.zone", spec.At("placement.zone").String("a"));
  const absl::string_view image =
      spec.At("diskImage.diskImageRef.name").String();
  if (!image.empty()) {
    disk.SetAt("source.type", "image");
    disk.SetAt("source.diskImageRef", absl::StrCat(kImages, image));
  }
  return disk;
}

Json DiskToKcp(JsonView spec) {
  Json disk = Json::Object(
      {{"diskStorageClass", Json::Object({{"name", "persistent"}})}});
  Move(spec, "diskSize", disk, "diskSize");
  Move(spec, "placement.zone", disk, "placement.zone");
  NameAt(spec, "source.diskImageRef", disk, "diskImage.diskImageRef.name");
  return disk;
}

Json DiskStatusToKcp(JsonView status) {
  Json shown(status);
  Json usage = Json::Array();
  for (size_t i = 0; i < status["diskUsage"].size(); ++i) {
    const JsonView use = status["diskUsage"][i];
    Json entry = Json::Object({{"useKind", Json(use["useKind"])}});
    NameAt(use, "virtualMachineRef", entry, "vm");
    NameAt(use, "attachmentRef", entry, "attachment");
    usage.Push(std::move(entry));
  }
  shown.Set("diskUsage", std::move(usage));
  return shown;
}

Json RuleFromKcp(const Names& names, JsonView rule) {
  Json own = Json::Object();
  for (const char* name :
       {"name", "direction", "protocol", "port", "endPort"}) {
    Move(rule, name, own, name);
  }
  const JsonView remote = rule["remote"];
  own.Set("remote", Json::Object());
  Move(remote, "address.IPAddressOrCIDR", own,
       "remote.address.ipAddressOrCIDR");
  names.RefAt(remote, "securityGroupRef.name", Kind::kSecurityGroup, own,
              "remote.securityGroupRef");
  names.RefAt(remote, "subnetRef.name", Kind::kSubnet, own, "remote.subnetRef");
  return own;
}

Json RuleToKcp(JsonView rule) {
  Json shown = Json::Object();
  for (const char* name :
       {"name", "direction", "protocol", "port", "endPort"}) {
    Move(rule, name, shown, name);
  }
  const JsonView remote = rule["remote"];
  shown.Set("remote", Json::Object());
  Move(remote, "address.ipAddressOrCIDR", shown,
       "remote.address.IPAddressOrCIDR");
  NameAt(remote, "securityGroupRef", shown, "remote.securityGroupRef.name");
  NameAt(remote, "subnetRef", shown, "remote.subnetRef.name");
  return shown;
}

// Groups of dialect A have no VPC: they are in the default one.
Json GroupFromKcp(const Key& key, JsonView spec, const Object* current) {
  const Names names(key);
  Json group = Json::Object(
      {{"vpcRef", FqidOf({Kind::kVpc, key.project, key.region,
                          absl::StrCat("default-", key.region)})}});
  if (current != nullptr) Move(current->spec, "vpcRef", group, "vpcRef");
  Json rules = Json::Array();
  for (size_t i = 0; i < spec["rules"].size(); ++i) {
    rules.Push(RuleFromKcp(names, spec["rules"][i]));
  }
  group.Set("rules", std::move(rules));
  return group;
}

Json SubnetFromKcp(const Key& key, JsonView spec) {
  Json subnet = Json::Object();
  Names(key).RefAt(spec, "vpcRef.name", Kind::kVpc, subnet, "vpcRef");
  Move(spec, "ipv4CidrBlock.block", subnet, "ipv4CidrBlock");
  subnet.SetAt("placement.zone", spec.At("placement.zone").String("a"));
  return subnet;
}

Json SpecToKcp(const Object& object) {
  const Json& spec = object.spec;
  Json shown = Json::Object();
  switch (object.key.kind) {
    case Kind::kVirtualMachine:
      return MachineToKcp(spec);
    case Kind::kDisk:
      return DiskToKcp(spec);
    case Kind::kSubnet:
      NameAt(spec, "vpcRef", shown, "vpcRef.name");
      Move(spec, "ipv4CidrBlock", shown, "ipv4CidrBlock.block");
      Move(spec, "placement.zone", shown, "placement.zone");
      return shown;
    case Kind::kSecurityGroup: {
      Json rules = Json::Array();
      for (size_t i = 0; i < spec["rules"].size(); ++i) {
        rules.Push(RuleToKcp(spec["rules"][i]));
      }
      shown.Set("rules", std::move(rules));
      return shown;
    }
    case Kind::kHotswapAttachment:
      NameAt(spec, "diskRef", shown, "diskRef.name");
      NameAt(spec, "virtualMachineRef", shown, "vmRef.name");
      return shown;
    case Kind::kPlacementGroup:
      return spec;
    default:
      return shown;
  }
}

Json StatusToKcp(const Object& object) {
  const Json& status = object.status;
  Json shown = Json::Object();
  switch (object.key.kind) {
    case Kind::kVirtualMachine:
      return MachineStatusToKcp(status);
    case Kind::kDisk:
      return DiskStatusToKcp(status);
    case Kind::kPublicIp: {
      Move(status, "conditions", shown, "conditions");
      Move(status, "publicIPv4Address", shown, "publicIPv4Address");
      const absl::StatusOr<Key> user = ParseFqid(status["usedByRef"].String());
      if (user.ok()) {
        shown.Set(
            "usedBy",
            Json::Object({{"apiVersion", "compute.evroclabs.net/v1alpha1"},
                          {"kind", InfoOf(user->kind).name},
                          {"name", user->id}}));
      }
      return shown;
    }
    case Kind::kVpc:
    case Kind::kSecurityGroup:
    case Kind::kPlacementGroup:
      Move(status, "conditions", shown, "conditions");
      return shown;
    default:
      return status;
  }
}

Json MetadataToKcp(const Object& object) {
  Json metadata =
      Json::Object({{"name", object.key.id},
                    {"namespace", object.key.project},
                    {"uid", object.uid},
                    {"resourceVersion", absl::StrCat(object.resource_version)},
                    {"generation", object.generation},
                    {"creationTimestamp", FormatTimestamp(object.created)}});
  Json labels = Json::Object();
  for (const auto& [key, value] : object.user_labels) labels.Set(key, value);
  if (!object.user_labels.empty()) metadata.Set("labels", std::move(labels));
  if (object.deleting) {
    metadata.Set("deletionTimestamp", FormatTimestamp(object.phase_since));
    metadata.Set("finalizers", Json::Array({"evroc.com/cleanup"}));
  }
  return metadata;
}

}  // namespace

Json SpecFromKcp(const Key& key, JsonView spec, const Object* current) {
  Json own = Json::Object();
  switch (key.kind) {
    case Kind::kVirtualMachine:
      return MachineFromKcp(key, spec, current);
    case Kind::kDisk:
      return DiskFromKcp(spec);
    case Kind::kSubnet:
      return SubnetFromKcp(key, spec);
    case Kind::kSecurityGroup:
      return GroupFromKcp(key, spec, current);
    case Kind::kHotswapAttachment:
      Names(key).RefAt(spec, "diskRef.name", Kind::kDisk, own, "diskRef");
      Names(key).RefAt(spec, "vmRef.name", Kind::kVirtualMachine, own,
                       "virtualMachineRef");
      return own;
    case Kind::kPlacementGroup:
      own = Json(spec);
      if (!own.At("placement.zone").exists()) own.SetAt("placement.zone", "a");
      return own;
    default:
      return current == nullptr ? own : current->spec;
  }
}

Json ToKcpJson(const Object& object, const KcpKind& kind) {
  return Json::Object({{"apiVersion", KcpApiVersion(kind)},
                       {"kind", kind.name},
                       {"metadata", MetadataToKcp(object)},
                       {"spec", SpecToKcp(object)},
                       {"status", StatusToKcp(object)}});
}

}  // namespace evroc::sim
