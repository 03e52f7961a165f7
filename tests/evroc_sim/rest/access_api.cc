#include "tests/evroc_sim/rest/access_api.h"

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/iam/role.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/rest/iam_object.h"
#include "tests/evroc_sim/rest/rest_error.h"

namespace evroc::sim {
namespace {

Response ListOfRoles() {
  Json items = Json::Array();
  for (const Role& role : AllRoles()) {
    Json permissions = Json::Array();
    for (const std::string& each : PermissionsOf(role)) permissions.Push(each);
    items.Push(Json::Object(
        {{"id", RoleFqid(role.name)},
         {"description", role.description},
         {"permissions", std::move(permissions)},
         {"scope", role.of_organisation ? "organization" : "project"}}));
  }
  return JsonResponse(200, Json::Object({{"items", std::move(items)}}));
}

Response Answer(const absl::StatusOr<Json>& results) {
  if (!results.ok()) return RestError(results.status());
  return JsonResponse(200, Json::Object({{"results", Json(*results)}}));
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  absl::StatusOr<Json> body = Json::Parse(text);
  if (!body.ok() || !body->view().is_object()) {
    return Invalid("the body is no JSON object");
  }
  return body;
}

}  // namespace

Response AccessApi::Handle(const Request& request, const Identity& caller,
                           const std::vector<std::string>& path,
                           const Settings& settings) const {
  const std::string route = absl::StrJoin(path, "/");
  const bool reads = route == "roles" || route == "me/roleBindings";
  if (!reads && route != "testPermissions" && route != "checkAccess") {
    return NoSuchRoute();
  }
  Response response;
  if (request.method != (reads ? "GET" : "POST")) {
    response = NoSuchVerb();
  } else if (route == "roles") {
    response = ListOfRoles();
  } else if (reads) {
    response = BindingsOf(request, caller, settings);
  } else {
    response = route == "checkAccess" ? CheckAccess(request)
                                      : TestPermissions(request, caller);
  }
  response.route = absl::StrCat("/", kIamVersion, "/", route);
  return response;
}

Response AccessApi::BindingsOf(const Request& request, const Identity& caller,
                               const Settings& settings) const {
  std::vector<Json> bindings;
  if (const auto id = RoleBindingIdOf(caller.principal); id.ok()) {
    for (IamStore::Binding& binding : store_.BindingsOf(*id)) {
      bindings.push_back(std::move(binding.object));
    }
  }
  return ListOfIamObjects(request, bindings, settings);
}

Response AccessApi::TestPermissions(const Request& request,
                                    const Identity& caller) const {
  const absl::StatusOr<Json> body = ParseObject(request.body);
  if (!body.ok()) return RestError(body.status());
  return Answer(Results(
      *body, [&](absl::string_view permission, absl::string_view resource) {
        return caller.principal.empty() ||
               access_.Allows(caller.principal, permission, resource);
      }));
}

Response AccessApi::CheckAccess(const Request& request) const {
  const absl::StatusOr<Json> body = ParseObject(request.body);
  if (!body.ok()) return RestError(body.status());
  const absl::string_view principal = (*body)["principal"].String();
  if (const auto id = RoleBindingIdOf(principal); !id.ok()) {
    return RestError(id.status());
  }
  return Answer(Results(
      *body, [&](absl::string_view permission, absl::string_view resource) {
        return access_.Allows(principal, permission, resource);
      }));
}

absl::StatusOr<Json> AccessApi::Results(
    JsonView body,
    absl::FunctionRef<bool(absl::string_view, absl::string_view)> allows)
    const {
  const JsonView checks = body["checks"];
  if (checks.size() == 0) return Invalid("checks: must have at least one");
  std::optional<IamScope> scope;
  Json results = Json::Array();
  for (size_t i = 0; i < checks.size(); ++i) {
    const absl::string_view permission = checks[i]["permission"].String();
    const absl::string_view resource = checks[i]["resource"].String();
    EVROC_RETURN_IF_ERROR(CheckPermission(permission));
    EVROC_ASSIGN_OR_RETURN(IamScope of,
                           ScopeOf(store_.WithOrganisationName(resource)));
    if (scope.has_value() && *scope != of) {
      return Invalid("checks: must be of one project or organization");
    }
    scope = std::move(of);
    results.Push(Json::Object({{"permission", permission},
                               {"resource", resource},
                               {"allowed", allows(permission, resource)}}));
  }
  return results;
}

}  // namespace evroc::sim
