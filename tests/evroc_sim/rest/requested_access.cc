#include "tests/evroc_sim/rest/requested_access.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "tests/evroc_sim/iam/resource_name.h"
#include "tests/evroc_sim/rest/iam_place.h"

namespace evroc::sim {
namespace {

using Path = std::vector<std::string>;

absl::string_view ActionOf(const Request& request, bool is_object) {
  if (request.method == "GET") return is_object ? "get" : "list";
  if (request.method == "POST") return "create";
  return request.method == "DELETE" ? "delete" : "update";
}

// The last word of the resource in a collection: the id that a POST asks for,
// "*" for the collection.
std::string NewId(const Request& request) {
  if (request.method != "POST") return "*";
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok()) return "*";
  const std::string id(body->At("metadata.id").String());
  const bool is_word = !id.empty() && !absl::StrContains(id, "/");
  return is_word ? id : "*";
}

AccessRequest Access(const Request& request, std::string permission,
                     std::string resource) {
  return {std::move(permission), std::move(resource), request.method == "POST"};
}

// /{service}/{version}/projects/{project}/regions/{region}/{collection}[/{id}]
AccessRequest Regional(const Request& request, const Path& path) {
  const bool is_object = path.size() == 8;
  return Access(
      request,
      absl::StrCat(path[0], ".", path[6], ".", ActionOf(request, is_object)),
      absl::StrCat("/", path[0], "/",
                   absl::StrJoin(path.begin() + 2, path.begin() + 7, "/"), "/",
                   is_object ? path[7] : NewId(request)));
}

// /quotas/{version}/{projects|organizations}/{id}/regions/{region}/{quotas}
AccessRequest Quotas(const Request& request, const Path& path) {
  return Access(request, absl::StrCat("quotas.", path[6], ".get"),
                absl::StrCat("/quotas/",
                             absl::StrJoin(path.begin() + 2, path.end(), "/")));
}

// /compute/{version}/global/{computeProfiles|diskImages/evroc}[/{id}]
AccessRequest Catalogue(const Request& request, const Path& path) {
  const bool is_object = path.size() > (path[3] == "diskImages" ? 5u : 4u);
  return Access(
      request,
      absl::StrCat("compute.", path[3], ".", is_object ? "get" : "list"),
      absl::StrCat("/compute/",
                   absl::StrJoin(path.begin() + 2, path.end(), "/")));
}

// A new project is its organisation's.
AccessRequest NewProject(const Request& request) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  return Access(request, "iam.projects.create",
                absl::StrCat("/iam/", kOrganisations, "/",
                             body.ok() ? body->At("spec.organization").String()
                                       : absl::string_view()));
}

// Those who may list bindings may ask about others' access.
std::optional<AccessRequest> OthersAccess(const Request& request) {
  const absl::StatusOr<Json> body = Json::Parse(request.body);
  if (!body.ok() || body->At("checks").size() == 0) return std::nullopt;
  const auto scope = ScopeOf(body->At("checks")[0]["resource"].String());
  if (!scope.ok()) return std::nullopt;
  return Access(request, "iam.roleBindings.list",
                absl::StrCat("/iam/", scope->Path(), "/roleBindings/*"));
}

std::optional<AccessRequest> Iam(const Request& request, const Path& path) {
  if (path.size() == 1 && path[0] == "checkAccess") {
    return OthersAccess(request);
  }
  const IamPlace place = IamPlaceOf(path);
  if (place.kind == nullptr) return std::nullopt;
  const bool is_object = !place.id.empty();
  if (place.scope.collection.empty() && !is_object) {
    if (request.method != "POST") return std::nullopt;
    return NewProject(request);
  }
  const std::string action(place.action.empty() ? ActionOf(request, is_object)
                                                : place.action);
  return Access(request,
                absl::StrCat("iam.", place.kind->collection, ".", action),
                absl::StrCat("/iam/", place.collection, "/",
                             is_object ? place.id : NewId(request)));
}

}  // namespace

std::optional<AccessRequest> AccessOf(const Request& request,
                                      const std::vector<std::string>& path) {
  const size_t size = path.size();
  if (size > 2 && path[0] == "iam") {
    return Iam(request, {path.begin() + 2, path.end()});
  }
  if (size == 7 && path[0] == "quotas") return Quotas(request, path);
  if (size > 3 && path[2] == "global") return Catalogue(request, path);
  if ((size == 7 || size == 8) && path[2] == kProjects) {
    return Regional(request, path);
  }
  return std::nullopt;
}

AccessRequest AccessToRead(absl::string_view collection, absl::string_view id) {
  return {absl::StrCat("iam.", collection, ".get"),
          absl::StrCat("/iam/", collection, "/", id)};
}

}  // namespace evroc::sim
