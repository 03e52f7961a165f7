#include "tests/evroc_sim/kcp/kcp_kind.h"

#include "absl/strings/str_cat.h"

namespace evroc::sim {

const std::vector<KcpKind>& KcpKinds() {
  constexpr absl::string_view kCompute = "compute.evroclabs.net";
  constexpr absl::string_view kNetworking = "networking.evroclabs.net";
  static const auto* const kinds = new std::vector<KcpKind>{
      {Kind::kVirtualMachine, kCompute, "virtualmachines", "VirtualMachine"},
      {Kind::kDisk, kCompute, "disks", "Disk"},
      {Kind::kPlacementGroup, kCompute, "placementgroups", "PlacementGroup"},
      {Kind::kHotswapAttachment, kCompute, "hotswapdiskattachments",
       "HotswapDiskAttachment"},
      {Kind::kVpc, kNetworking, "virtualprivateclouds", "VirtualPrivateCloud"},
      {Kind::kSubnet, kNetworking, "subnets", "Subnet"},
      {Kind::kSecurityGroup, kNetworking, "securitygroups", "SecurityGroup"},
      {Kind::kPublicIp, kNetworking, "publicips", "PublicIP"},
  };
  return *kinds;
}

const KcpKind* FindKcpKind(absl::string_view group, absl::string_view plural) {
  for (const KcpKind& kind : KcpKinds()) {
    if (kind.group == group && kind.plural == plural) return &kind;
  }
  return nullptr;
}

std::string KcpApiVersion(const KcpKind& kind) {
  return absl::StrCat(kind.group, "/", kKcpVersion);
}

}  // namespace evroc::sim
