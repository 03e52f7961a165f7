#include "tests/evroc_sim/rest/iam_place.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "glog/logging.h"

namespace evroc::sim {
namespace {

constexpr IamKind kProject = {"Project", kProjects, "GET POST PATCH DELETE",
                              "organization"};
constexpr IamKind kOrganisation = {"Organization", kOrganisations, "GET PATCH",
                                   ""};
constexpr IamKind kRoleBinding = {"RoleBinding", "roleBindings",
                                  "GET POST PATCH DELETE", "principal"};
constexpr IamKind kServiceAccount = {"ServiceAccount", "serviceAccounts",
                                     "GET POST PATCH DELETE", ""};
constexpr IamKind kCredential = {"ServiceAccountCredential",
                                 "serviceAccountCredentials", "GET POST DELETE",
                                 ""};

// Sources: evroc-api.md B.2.7, B.9.8.
constexpr char kSchemas[] = R"json({
  "Project": {"name": "string", "organization!": "string"},
  "Organization": {"name": "string", "displayName": "string"},
  "RoleBinding": {
    "principal!": "string", "name": "string",
    "roles!": [{"name!": "string", "resources": ["string"]}]},
  "ServiceAccount": {"description": "string", "enabled": "bool"},
  "ServiceAccountCredential": {
    "accountRef!": {"fqid!": "string"}, "expiresAt!": "string",
    "type!": "enum:rs256-jwt", "description": "string",
    "rs256Jwt": {"accessTokenLifetime": "int"},
    "revocationRequest": {"requested!": "bool", "reason": "string"}}
})json";

// The place in the collection that is `depth` words deep.
IamPlace At(const IamKind& kind, const std::vector<std::string>& path,
            size_t depth) {
  if (path.size() > depth + 1) return {};
  IamPlace place{.kind = &kind};
  place.collection = absl::StrJoin(path.begin(), path.begin() + depth, "/");
  if (path.size() > depth) place.id = path[depth];
  if (depth > 1) place.scope = {path[0], path[1]};
  return place;
}

// The words "assign" and "revoke" stand where an id would.
IamPlace RoleBindingAt(const std::vector<std::string>& path) {
  IamPlace place = At(kRoleBinding, path, 3);
  if (place.id == "assign" || place.id == "revoke") place.action.swap(place.id);
  return place;
}

IamPlace CredentialAt(std::vector<std::string> path) {
  const bool revoke = path.size() == 7 && path[6] == "revoke";
  if (revoke) path.pop_back();
  IamPlace place = At(kCredential, path, 5);
  if (revoke) place.action = "revoke";
  return place;
}

}  // namespace

std::string IamPlace::Path() const { return absl::StrCat(collection, "/", id); }

IamPlace IamPlaceOf(const std::vector<std::string>& path) {
  if (path.empty() || std::count(path.begin(), path.end(), "") > 0) return {};
  const bool project = path[0] == kProjects;
  if (!project && path[0] != kOrganisations) return {};
  if (path.size() <= 2) return At(project ? kProject : kOrganisation, path, 1);
  if (path[2] == "roleBindings") return RoleBindingAt(path);
  if (!project || path[2] != "serviceAccounts") return {};
  if (path.size() <= 4) return At(kServiceAccount, path, 3);
  return path[4] == "serviceAccountCredentials" ? CredentialAt(path)
                                                : IamPlace{};
}

std::string IamRouteOf(const IamPlace& place) {
  std::string route = "/iam/v1beta1/";
  if (place.scope.collection == kProjects) {
    absl::StrAppend(&route, "projects/{project}/");
  } else if (place.scope.collection == kOrganisations) {
    absl::StrAppend(&route, "organizations/{organization}/");
  }
  if (place.kind == &kCredential) {
    absl::StrAppend(&route, "serviceAccounts/{account}/");
  }
  absl::StrAppend(&route, place.kind->collection);
  if (!place.id.empty()) absl::StrAppend(&route, "/{id}");
  if (!place.action.empty()) absl::StrAppend(&route, "/", place.action);
  return route;
}

JsonView IamSpecSchema(const IamKind& kind) {
  static const Json* const schemas = [] {
    absl::StatusOr<Json> parsed = Json::Parse(kSchemas);
    CHECK(parsed.ok()) << parsed.status();
    return new Json(*std::move(parsed));
  }();
  return (*schemas)[kind.name];
}

}  // namespace evroc::sim
