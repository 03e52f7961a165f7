#include "tests/evroc_sim/rest/iam_api.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "glog/logging.h"
#include "tests/evroc_sim/iam/role.h"
#include "tests/evroc_sim/iam/role_binding.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/schema.h"
#include "tests/evroc_sim/rest/iam_object.h"
#include "tests/evroc_sim/rest/requested_access.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/change_request.h"
#include "tests/evroc_sim/rules/user_labels.h"

namespace evroc::sim {
namespace {

Response AnswerWith(int status, const absl::StatusOr<Json>& object) {
  if (!object.ok()) return RestError(object.status());
  return JsonResponse(status, *object);
}

Target TargetOf(const IamPlace& place, absl::string_view id) {
  const bool in_project = place.scope.collection == kProjects;
  return {.api_version = kIamVersion,
          .kind = place.kind->name,
          .project = in_project ? place.scope.id : absl::string_view(),
          .region = "",
          .id = id};
}

// The organisation need not exist, but has to be one word.
absl::Status CheckOrganisation(absl::string_view organisation) {
  const auto scope =
      ScopeOf(absl::StrCat("/iam/", kOrganisations, "/", organisation));
  if (scope.ok() && scope->id == organisation) return absl::OkStatus();
  return Invalid("spec.organization: Invalid value");
}

}  // namespace

Response IamApi::Handle(const Request& request, const Identity& identity,
                        const std::vector<std::string>& whole_path,
                        const Settings& settings) {
  std::vector<std::string> path(whole_path.begin() + 2, whole_path.end());
  if (path.size() > 1 && path[0] == kOrganisations) {
    path[1] = store_.OrganisationName(path[1]);
  }
  const IamPlace place = IamPlaceOf(path);
  if (place.kind == nullptr) {
    return access_api_.Handle(request, identity, path, settings);
  }
  const Call call{request, identity, settings, place};
  Response response = place.action.empty() ? Answer(call) : Act(call);
  response.route = IamRouteOf(place);
  return response;
}

Response IamApi::Answer(const Call& call) {
  const IamPlace& place = call.place;
  const bool is_object = !place.id.empty();
  const std::string& method = call.request.method;
  if (!absl::StrContains(place.kind->verbs, method)) return NoSuchVerb();
  if (method == "GET") {
    return is_object ? AnswerWith(200, store_.Get(place.Path())) : List(call);
  }
  if (method == "POST" && !is_object) return AnswerWith(201, Post(call));
  if (method == "PATCH" && is_object) return AnswerWith(200, Patch(call));
  if (method == "DELETE" && is_object) return Delete(place);
  return NoSuchVerb();
}

Response IamApi::Act(const Call& call) {
  if (call.request.method != "POST") return NoSuchVerb();
  const std::string& body = call.request.body;
  if (!call.place.id.empty()) {
    return AnswerWith(200, service_accounts_.Revoke(call.place, body));
  }
  return AnswerWith(200, call.place.action == "assign"
                             ? assignments_.Assign(call.place, body)
                             : assignments_.Revoke(call.place, body));
}

Response IamApi::List(const Call& call) const {
  std::vector<Json> objects = store_.List(call.place.collection);
  if (call.place.scope.collection.empty()) {
    std::erase_if(objects, [&](const Json& object) {
      const AccessRequest access = AccessToRead(
          call.place.collection, object.At("metadata.id").String());
      return !access_.Check(call.identity, access, call.settings).ok();
    });
  }
  return ListOfIamObjects(call.request, objects, call.settings);
}

absl::StatusOr<Json> IamApi::Post(const Call& call) {
  EVROC_ASSIGN_OR_RETURN(
      PostBody post, ParsePost(call.request.body, TargetOf(call.place, "")));
  return Create(call.place, std::move(post));
}

absl::Status IamApi::CheckNew(const IamPlace& place,
                              const PostBody& post) const {
  EVROC_RETURN_IF_ERROR(CheckUserLabels(post.draft.labels));
  if (place.kind->name == "RoleBinding") {
    return CheckRoleBinding(place.scope, place.id, post.draft.spec);
  }
  EVROC_RETURN_IF_ERROR(CheckId(place.id));
  if (place.kind->name == "Project") {
    return CheckOrganisation(post.draft.spec["organization"].String());
  }
  return place.kind->name == "ServiceAccountCredential"
             ? service_accounts_.CheckCredential(place, post.draft.spec)
             : absl::OkStatus();
}

absl::StatusOr<Json> IamApi::Create(const IamPlace& collection, PostBody post) {
  IamPlace place = collection;
  place.id = post.id;
  EVROC_RETURN_IF_ERROR(
      ApplySchema(IamSpecSchema(*place.kind), post.draft.spec, &post.dropped));
  EVROC_RETURN_IF_ERROR(CheckNew(place, post));
  LOG_IF(WARNING, !post.dropped.empty())
      << "Dropped unknown fields object=" << place.Path()
      << " fields=" << absl::StrJoin(post.dropped, ",");
  const std::string owner = store_.OwnerIdOf(place.scope);
  const absl::Time now = clock_.Now();
  EVROC_ASSIGN_OR_RETURN(
      Json answer,
      store_.Write(place.Path(), [&](Json& object) -> absl::Status {
        if (!object.view().is_null()) {
          return AlreadyExists(absl::StrCat(place.kind->collection,
                                            ".iam.evroc.com \"", place.id,
                                            "\" already exists"));
        }
        object = NewIamObject(place, owner, post.draft.labels,
                              std::move(post.draft.spec), now);
        if (place.kind->name == "ServiceAccount") {
          service_accounts_.Apply(place, object);
        }
        return absl::OkStatus();
      }));
  if (place.kind->name == "ServiceAccountCredential") {
    const Json key = service_accounts_.IssueKey(place, answer["spec"]);
    answer.SetAt("status.privateKeyJwk", absl::Base64Escape(key.Dump()));
  }
  return answer;
}

absl::StatusOr<Json> IamApi::Patch(const Call& call) {
  const IamPlace& place = call.place;
  EVROC_ASSIGN_OR_RETURN(const Json current, store_.Get(place.Path()));
  EVROC_ASSIGN_OR_RETURN(
      const Revision revision,
      ParsePatch(call.request.body,
                 TargetOf(place, current.At("metadata.id").String())));
  const bool replace = call.settings.Choice("label_patch") == "replace";
  return store_.Write(place.Path(), [&](Json& object) -> absl::Status {
    if (object.view().is_null()) {
      return NotFound(absl::StrCat(place.Path(), " not found"));
    }
    EVROC_ASSIGN_OR_RETURN(
        object, PatchedIamObject(*place.kind, object, revision, replace));
    if (place.kind->name == "RoleBinding") {
      return CheckRoleBinding(place.scope, place.id, object["spec"]);
    }
    if (place.kind->name == "ServiceAccount") {
      service_accounts_.Apply(place, object);
    }
    return absl::OkStatus();
  });
}

Response IamApi::Delete(const IamPlace& place) {
  const std::vector<std::string> removed = store_.Remove(place.Path());
  if (removed.empty()) {
    return RestError(NotFound(absl::StrCat(place.Path(), " not found")));
  }
  for (const std::string& path : removed) {
    service_accounts_.Forget(IamPlaceOf(SplitPath(path)));
  }
  return {.status = 204};
}

void IamApi::Ensure(const std::string& collection, const std::string& id,
                    Json spec) {
  const IamPlace place =
      IamPlaceOf(SplitPath(absl::StrCat(collection, "/", id)));
  const std::string owner = store_.OwnerIdOf(place.scope);
  const absl::Time now = clock_.Now();
  const absl::StatusOr<Json> object =
      store_.Write(place.Path(), [&](Json& stored) {
        if (stored.view().is_null()) {
          stored = NewIamObject(place, owner, {}, std::move(spec), now);
        }
        if (place.kind->name == "ServiceAccount") {
          service_accounts_.Apply(place, stored);
        }
        return absl::OkStatus();
      });
  CHECK(object.ok()) << object.status();
}

Json IamApi::MakeServiceAccount(const std::string& project,
                                const std::string& id) {
  const std::string accounts =
      absl::StrCat("projects/", project, "/serviceAccounts");
  Ensure(accounts, id, Json::Object({{"enabled", true}}));
  const IamPlace credential = IamPlaceOf(SplitPath(absl::StrCat(
      accounts, "/", id, "/serviceAccountCredentials/", RandomUuid())));
  return service_accounts_.IssueKey(credential, Json::Object());
}

void IamApi::MakeOwner(const std::string& organisation,
                       absl::string_view principal) {
  const IamPlace bindings = IamPlaceOf(SplitPath(
      absl::StrCat(kOrganisations, "/", organisation, "/roleBindings")));
  const Json body = Json::Object(
      {{"principal", principal}, {"role", RoleFqid("organizationOwner")}});
  const absl::StatusOr<Json> binding =
      assignments_.Assign(bindings, body.Dump());
  LOG_IF(WARNING, !binding.ok())
      << "Failed to assign a role principal=" << principal
      << " error=" << binding.status().message();
}

}  // namespace evroc::sim
