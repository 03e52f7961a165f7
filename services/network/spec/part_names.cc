#include "services/network/spec/part_names.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/official_names.h"
#include "services/identity/object_name.h"

namespace evroc::network {

EndpointIds EndpointIdsOf(const cloud::Owner& owner) {
  return {.address = cloud::Id<cloud::PublicIp>(
              cloud::ObjectName(owner, "PublicIP", kEndpointRole)),
          .balancer = cloud::Id<cloud::LoadBalancer>(
              cloud::ObjectName(owner, "LoadBalancer", kEndpointRole)),
          .pool = cloud::Id<cloud::BackendPool>(
              cloud::ObjectName(owner, "BackendPool", kControlPlaneRole))};
}

cloud::Id<cloud::SecurityGroup> RoleGroupId(const cloud::Owner& owner,
                                            absl::string_view role) {
  return cloud::Id<cloud::SecurityGroup>(
      cloud::ObjectName(owner, "SecurityGroup", role));
}

std::vector<cloud::Id<cloud::SecurityGroup>> RoleGroupIds(
    const cloud::Owner& owner) {
  if (!owner.resource_prefix.empty()) return {};
  return {RoleGroupId(owner, kCommonRole),
          RoleGroupId(owner, kControlPlaneRole),
          RoleGroupId(owner, kWorkerRole)};
}

cloud::Id<cloud::PublicIp> MachineAddressId(const cloud::Owner& owner) {
  return cloud::Id<cloud::PublicIp>(cloud::ObjectName(owner, "PublicIP", ""));
}

std::string PortName(const cloud::Owner& owner, int port, bool is_api) {
  if (is_api && !owner.resource_prefix.empty()) return kApiPortName;
  return absl::StrCat("port-", port);
}

std::string PortNameOf(const cloud::Owner& owner, absl::string_view kind,
                       absl::string_view id) {
  const std::string api = cloud::ObjectName(owner, kind, kApiPortName);
  if (id == api) return kApiPortName;
  int port = 0;
  if (!absl::ConsumePrefix(&id, absl::StrCat(api, "-")) ||
      !absl::SimpleAtoi(id, &port)) {
    return "";
  }
  return PortName(owner, port, /*is_api=*/false);
}

cloud::Id<cloud::SecurityGroup> AdditionalGroupId(const cloud::Owner& owner,
                                                  const GroupSpec& group) {
  if (!group.id.empty()) return group.id;
  return cloud::Id<cloud::SecurityGroup>(cloud::ObjectName(
      owner, "SecurityGroup", absl::StrCat("additional/", group.name)));
}

const std::string& AdditionalGroupPart(const GroupSpec& group) {
  return group.id.empty() ? group.name : group.id.value();
}

bool IsPartOf(const cloud::Owner& owner, absl::string_view kind,
              absl::string_view id) {
  if (!owner.resource_prefix.empty()) {
    return !PortNameOf(owner, kind, id).empty();
  }
  constexpr absl::string_view kAdditional = "additional-";
  const bool is_group = kind == "SecurityGroup";
  const auto names_for = [&](absl::string_view end) {
    std::vector<std::string> names = {std::string(end)};
    if (is_group && absl::ConsumePrefix(&end, kAdditional)) {
      names.push_back(absl::StrCat("additional/", end));
    }
    return names;
  };
  return cloud::HasObjectName(owner, kind, id, names_for) ||
         (is_group &&
          cloud::LooksLikeObjectOf(owner.cluster_name, kAdditional, id));
}

}  // namespace evroc::network
