#include "tests/evroc_sim/rest/role_assignments.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/iam/role_binding.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/schema.h"
#include "tests/evroc_sim/rest/iam_object.h"

namespace evroc::sim {
namespace {

absl::StatusOr<Json> ParseBody(absl::string_view text) {
  absl::StatusOr<Json> body = Json::Parse(text);
  if (!body.ok()) {
    return Invalid(absl::StrCat("the body: ", body.status().message()));
  }
  const Json schema = Json::Object({{"principal!", "string"},
                                    {"role!", "string"},
                                    {"resources", Json::Array({"string"})}});
  std::vector<std::string> dropped;
  EVROC_RETURN_IF_ERROR(ApplySchema(schema, *body, &dropped));
  return body;
}

IamPlace BindingAt(const IamPlace& collection, std::string id) {
  IamPlace place = collection;
  place.action.clear();
  place.id = std::move(id);
  return place;
}

}  // namespace

absl::StatusOr<Json> RoleAssignments::Assign(const IamPlace& collection,
                                             absl::string_view text) {
  EVROC_ASSIGN_OR_RETURN(const Json body, ParseBody(text));
  EVROC_ASSIGN_OR_RETURN(std::string id,
                         RoleBindingIdOf(body["principal"].String()));
  const IamPlace place = BindingAt(collection, std::move(id));
  const std::string owner = store_.OwnerIdOf(place.scope);
  const absl::Time now = clock_.Now();
  return store_.Write(place.Path(), [&](Json& object) -> absl::Status {
    const bool exists = !object.view().is_null();
    Json spec = exists ? Json(object["spec"])
                       : Json::Object({{"principal", Json(body["principal"])}});
    AddRole(spec, body["role"].String(), body["resources"]);
    EVROC_RETURN_IF_ERROR(CheckRoleBinding(place.scope, place.id, spec));
    if (!exists) {
      object = NewIamObject(place, owner, {}, std::move(spec), now);
      return absl::OkStatus();
    }
    const Json before = object;
    object.Set("spec", std::move(spec));
    if (!(object == before)) BumpIamVersion(before, object);
    return absl::OkStatus();
  });
}

absl::StatusOr<Json> RoleAssignments::Revoke(const IamPlace& collection,
                                             absl::string_view text) {
  EVROC_ASSIGN_OR_RETURN(const Json body, ParseBody(text));
  EVROC_ASSIGN_OR_RETURN(std::string id,
                         RoleBindingIdOf(body["principal"].String()));
  const IamPlace place = BindingAt(collection, std::move(id));
  Json before;
  EVROC_ASSIGN_OR_RETURN(
      Json after, store_.Write(place.Path(), [&](Json& object) -> absl::Status {
        before = object;
        Json spec(object["spec"]);
        if (!RemoveRole(spec, body["role"].String())) {
          return NotFound(absl::StrCat(body["principal"].String(),
                                       " has no role ", body["role"].String(),
                                       " in ", place.scope.Path()));
        }
        if (spec["roles"].size() == 0) {
          object = Json();
          return absl::OkStatus();
        }
        object.Set("spec", std::move(spec));
        BumpIamVersion(before, object);
        return absl::OkStatus();
      }));
  return after.view().is_null() ? before : after;
}

}  // namespace evroc::sim
