// The names and paths of each kind of cloud object in the API. Source:
// evroc-api.md A.1 and B.1.

#ifndef SERVICES_EVROC_API_KINDS_H_
#define SERVICES_EVROC_API_KINDS_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/evroc/api/compute.h"
#include "services/evroc/api/id.h"
#include "services/evroc/api/networking.h"

namespace evroc::cloud {

struct KindInfo {
  absl::string_view kind;        // "VirtualMachine"
  absl::string_view service;     // "compute"; KCP's group without its domain
  absl::string_view version;     // of the REST API: "v1beta2"
  absl::string_view collection;  // "virtualMachines"; in lower case for KCP
  bool in_kcp = true;
};

// One for each kind; other types do not compile.
template <typename T>
inline constexpr KindInfo kKindInfo = T::kNoSuchKind;

template <>
inline constexpr KindInfo kKindInfo<VirtualMachine> = {
    "VirtualMachine", "compute", "v1beta2", "virtualMachines"};
template <>
inline constexpr KindInfo kKindInfo<Disk> = {"Disk", "compute", "v1beta2",
                                             "disks"};
template <>
inline constexpr KindInfo kKindInfo<PlacementGroup> = {
    "PlacementGroup", "compute", "v1beta2", "placementGroups"};
template <>
inline constexpr KindInfo kKindInfo<HotswapAttachment> = {
    "HotswapDiskAttachment", "compute", "v1beta2", "hotswapDiskAttachments"};

template <>
inline constexpr KindInfo kKindInfo<Vpc> = {"VirtualPrivateCloud", "networking",
                                            "v1beta2", "virtualPrivateClouds"};
template <>
inline constexpr KindInfo kKindInfo<Subnet> = {"Subnet", "networking",
                                               "v1beta2", "subnets"};
template <>
inline constexpr KindInfo kKindInfo<SecurityGroup> = {
    "SecurityGroup", "networking", "v1beta2", "securityGroups"};
template <>
inline constexpr KindInfo kKindInfo<PublicIp> = {"PublicIP", "networking",
                                                 "v1beta2", "publicIPs"};

template <>
inline constexpr KindInfo kKindInfo<LoadBalancer> = {
    "LoadBalancer", "loadbalancer", "v1alpha1", "loadBalancers", false};
template <>
inline constexpr KindInfo kKindInfo<BackendPool> = {
    "BackendPool", "loadbalancer", "v1alpha1", "backendPools", false};
template <>
inline constexpr KindInfo kKindInfo<BackendService> = {
    "BackendService", "loadbalancer", "v1alpha1", "backendServices", false};
template <>
inline constexpr KindInfo kKindInfo<L4Route> = {"L4Route", "loadbalancer",
                                                "v1alpha1", "l4Routes", false};

// Custom images are only read (ComputeApi).
inline constexpr KindInfo kCustomDiskImage = {
    "CustomDiskImage", "compute", "v1beta2", "customDiskImages", false};

// The IAM role that permits everything in a service of the REST API
// (evroc-api.md B.9.8).
constexpr absl::string_view RoleOf(absl::string_view service) {
  if (service == "compute") return "computeOperator";
  if (service == "networking") return "networkingOperator";
  return "loadBalancerOperator";
}

// For people: "VirtualMachine a".
template <typename T>
std::string DescribeId(const Id<T>& id) {
  return absl::StrCat(kKindInfo<T>.kind, " ", id.value());
}

}  // namespace evroc::cloud

#endif  // SERVICES_EVROC_API_KINDS_H_
