#include "tests/evroc_sim/model/kind.h"

#include "absl/strings/str_cat.h"

namespace evroc::sim {

const std::vector<KindInfo>& AllKinds() {
  static const auto* const kinds = new std::vector<KindInfo>{
      {Kind::kVpc, "networking", "v1beta2", "virtualPrivateClouds",
       "VirtualPrivateCloud", true},
      {Kind::kSubnet, "networking", "v1beta2", "subnets", "Subnet", true},
      {Kind::kSecurityGroup, "networking", "v1beta2", "securityGroups",
       "SecurityGroup", true},
      {Kind::kPublicIp, "networking", "v1beta2", "publicIPs", "PublicIP", true},
      {Kind::kVirtualMachine, "compute", "v1beta2", "virtualMachines",
       "VirtualMachine", true},
      {Kind::kDisk, "compute", "v1beta2", "disks", "Disk", true},
      {Kind::kSnapshot, "compute", "v1beta2", "snapshots", "Snapshot", true},
      {Kind::kPlacementGroup, "compute", "v1beta2", "placementGroups",
       "PlacementGroup", true},
      {Kind::kHotswapAttachment, "compute", "v1beta2", "hotswapDiskAttachments",
       "HotswapDiskAttachment", true},
      {Kind::kLoadBalancer, "loadbalancer", "v1alpha1", "loadBalancers",
       "LoadBalancer", true},
      {Kind::kBackendPool, "loadbalancer", "v1alpha1", "backendPools",
       "BackendPool", false},
      {Kind::kBackendService, "loadbalancer", "v1alpha1", "backendServices",
       "BackendService", true},
      {Kind::kL4Route, "loadbalancer", "v1alpha1", "l4Routes", "L4Route", true},
      {Kind::kBucket, "storage", "v1", "buckets", "Bucket", true},
      {Kind::kBucketServiceAccount, "storage", "v1", "bucketServiceAccounts",
       "BucketServiceAccount", true},
      {Kind::kCustomDiskImage, "compute", "v1beta2", "customDiskImages",
       "CustomDiskImage", true},
  };
  return *kinds;
}

const KindInfo& InfoOf(Kind kind) {
  return AllKinds()[static_cast<size_t>(kind)];
}

const KindInfo* FindKind(absl::string_view service,
                         absl::string_view collection) {
  for (const KindInfo& info : AllKinds()) {
    if (info.service == service && info.collection == collection) return &info;
  }
  return nullptr;
}

std::string ApiVersion(const KindInfo& info) {
  return absl::StrCat(info.service, "/", info.version);
}

}  // namespace evroc::sim
