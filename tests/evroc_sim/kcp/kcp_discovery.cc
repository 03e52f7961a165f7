#include "tests/evroc_sim/kcp/kcp_discovery.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/evroc_sim/kcp/kcp_kind.h"
#include "tests/evroc_sim/kcp/kcp_status.h"

namespace evroc::sim {
namespace {

Json GroupJson(absl::string_view group) {
  const Json version =
      Json::Object({{"groupVersion", absl::StrCat(group, "/", kKcpVersion)},
                    {"version", kKcpVersion}});
  return Json::Object({{"name", group},
                       {"versions", Json::Array({version})},
                       {"preferredVersion", version}});
}

Json GroupList() {
  std::set<absl::string_view> groups;
  for (const KcpKind& kind : KcpKinds()) groups.insert(kind.group);
  Json list = Json::Array();
  for (const absl::string_view group : groups) list.Push(GroupJson(group));
  return Json::Object({{"kind", "APIGroupList"},
                       {"apiVersion", "v1"},
                       {"groups", std::move(list)}});
}

Json ResourceList(absl::string_view group) {
  Json resources = Json::Array();
  for (const KcpKind& kind : KcpKinds()) {
    if (kind.group != group) continue;
    resources.Push(
        Json::Object({{"name", kind.plural},
                      {"singularName", absl::AsciiStrToLower(kind.name)},
                      {"namespaced", true},
                      {"kind", kind.name},
                      {"verbs", Json::Array({"create", "delete", "get", "list",
                                             "patch", "update", "watch"})}}));
  }
  return Json::Object({{"kind", "APIResourceList"},
                       {"apiVersion", "v1"},
                       {"groupVersion", absl::StrCat(group, "/", kKcpVersion)},
                       {"resources", std::move(resources)}});
}

bool HasGroup(absl::string_view group) {
  for (const KcpKind& kind : KcpKinds()) {
    if (kind.group == group) return true;
  }
  return false;
}

}  // namespace

bool IsDiscovery(const std::vector<std::string>& path) {
  return path == std::vector<std::string>{"api"} ||
         path == std::vector<std::string>{"version"} ||
         (!path.empty() && path[0] == "apis" && path.size() <= 3);
}

Response Discovery(const std::vector<std::string>& path) {
  if (path[0] == "version") {
    return JsonResponse(200, Json::Object({{"major", "1"},
                                           {"minor", "28"},
                                           {"gitVersion", "v1.28.0+kcp"}}));
  }
  if (path[0] == "api") {
    return JsonResponse(200, Json::Object({{"kind", "APIVersions"},
                                           {"versions", Json::Array()}}));
  }
  if (path.size() == 1) return JsonResponse(200, GroupList());
  if (!HasGroup(path[1])) {
    return KcpError(404, "NotFound", "no such API group");
  }
  if (path.size() == 2) {
    Json group = GroupJson(path[1]);
    group.Set("kind", "APIGroup").Set("apiVersion", "v1");
    return JsonResponse(200, group);
  }
  if (path[2] != kKcpVersion) {
    return KcpError(404, "NotFound", "no such version");
  }
  return JsonResponse(200, ResourceList(path[1]));
}

}  // namespace evroc::sim
