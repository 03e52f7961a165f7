#include "tests/evroc_sim/rest/rest_body.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

absl::StatusOr<Json> ParseObject(absl::string_view body) {
  absl::StatusOr<Json> json = Json::Parse(body);
  if (!json.ok()) {
    return Invalid(absl::StrCat("the body: ", json.status().message()));
  }
  if (!json->view().is_object()) return Invalid("the body is no JSON object");
  return json;
}

// 400 if the member exists and is not `wanted`.
absl::Status CheckAgrees(JsonView member, absl::string_view name,
                         absl::string_view wanted) {
  if (!member.exists() || member.is_null()) return absl::OkStatus();
  if (member.is_string() && member.String() == wanted) return absl::OkStatus();
  return Invalid(
      absl::StrCat(name, ": Invalid value: must be \"", wanted, "\""));
}

absl::Status CheckTarget(const Json& body, const Target& target) {
  EVROC_RETURN_IF_ERROR(
      CheckAgrees(body["apiVersion"], "apiVersion", target.api_version));
  EVROC_RETURN_IF_ERROR(CheckAgrees(body["kind"], "kind", target.kind));
  const JsonView metadata = body["metadata"];
  EVROC_RETURN_IF_ERROR(
      CheckAgrees(metadata["project"], "metadata.project", target.project));
  return CheckAgrees(metadata["region"], "metadata.region", target.region);
}

void NoteUnknown(JsonView object, absl::string_view prefix,
                 std::initializer_list<absl::string_view> known,
                 std::vector<std::string>& dropped) {
  object.ForEachMember([&](absl::string_view name, JsonView) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      dropped.push_back(absl::StrCat(prefix, name));
    }
  });
}

absl::StatusOr<LabelMap> ParseLabels(JsonView labels) {
  LabelMap map;
  if (!labels.exists() || labels.is_null()) return map;
  if (!labels.is_object()) {
    return Invalid("metadata.userLabels: must be an object");
  }
  absl::Status status;
  labels.ForEachMember([&](absl::string_view key, JsonView value) {
    if (!value.is_string()) {
      status.Update(Invalid(
          absl::StrCat("metadata.userLabels.", key, ": must be a string")));
    }
    map[std::string(key)] = std::string(value.String());
  });
  EVROC_RETURN_IF_ERROR(status);
  return map;
}

}  // namespace

absl::StatusOr<PostBody> ParsePost(absl::string_view text,
                                   const Target& target) {
  EVROC_ASSIGN_OR_RETURN(const Json body, ParseObject(text));
  for (const char* name : {"apiVersion", "kind", "metadata", "spec"}) {
    if (!body[name].exists() || body[name].is_null()) {
      return Invalid(absl::StrCat(name, ": Required value"));
    }
  }
  EVROC_RETURN_IF_ERROR(CheckTarget(body, target));
  const JsonView metadata = body["metadata"];
  if (!metadata["id"].is_string()) {
    return Invalid("metadata.id: Required value");
  }
  if (!body["spec"].is_object()) return Invalid("spec: must be an object");
  PostBody post{.id = std::string(metadata["id"].String())};
  EVROC_ASSIGN_OR_RETURN(post.draft.labels,
                         ParseLabels(metadata["userLabels"]));
  post.draft.spec = Json(body["spec"]);
  NoteUnknown(body, "", {"apiVersion", "kind", "metadata", "spec", "status"},
              post.dropped);
  NoteUnknown(
      metadata, "metadata.",
      {"id", "project", "organization", "region", "userLabels", "systemLabels",
       "creationTimestamp", "generation", "resourceVersion", "uid"},
      post.dropped);
  return post;
}

absl::StatusOr<Revision> ParsePatch(absl::string_view text,
                                    const Target& target) {
  EVROC_ASSIGN_OR_RETURN(const Json body, ParseObject(text));
  EVROC_RETURN_IF_ERROR(CheckTarget(body, target));
  const JsonView metadata = body["metadata"];
  EVROC_RETURN_IF_ERROR(CheckAgrees(metadata["id"], "metadata.id", target.id));
  Revision revision;
  if (body["spec"].exists() && !body["spec"].is_null()) {
    if (!body["spec"].is_object()) return Invalid("spec: must be an object");
    revision.spec = Json(body["spec"]);
  }
  if (metadata["userLabels"].exists()) {
    revision.labels = Json(metadata["userLabels"]);
  }
  revision.resource_version = std::string(metadata["resourceVersion"].String());
  return revision;
}

}  // namespace evroc::sim
