#include "services/network/spec/part_names.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/names/official_names.h"
#include "services/identity/object_name.h"

namespace evroc::network {
namespace {

constexpr absl::string_view kPortPrefix = "port-";

// The name of the port whose object's id has a hash, since the official
// provider's name is too long; empty if it is no port's.
std::string HashedPortName(const cloud::Owner& owner, absl::string_view kind,
                           absl::string_view id) {
  std::string tried;
  const auto names_for = [&](absl::string_view end) {
    tried = std::string(end);
    const bool is_port =
        end == kApiPortName || absl::StartsWith(end, kPortPrefix);
    return is_port ? std::vector<std::string>{tried}
                   : std::vector<std::string>();
  };
  return cloud::HasObjectName(owner, kind, id, names_for) ? tried : "";
}

}  // namespace

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
  return absl::StrCat(kPortPrefix, port);
}

std::string PortNameOf(const cloud::Owner& owner, absl::string_view kind,
                       absl::string_view id) {
  const std::string api = cloud::ObjectName(owner, kind, kApiPortName);
  if (id == api) return kApiPortName;
  int port = 0;
  absl::string_view number = id;
  if (absl::ConsumePrefix(&number, absl::StrCat(api, "-")) &&
      absl::SimpleAtoi(number, &port)) {
    return PortName(owner, port, /*is_api=*/false);
  }
  return HashedPortName(owner, kind, id);
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
