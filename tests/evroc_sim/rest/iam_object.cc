#include "tests/evroc_sim/rest/iam_object.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "common/text/uuid.h"
#include "tests/evroc_sim/iam/principal.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/object.h"
#include "tests/evroc_sim/model/schema.h"
#include "tests/evroc_sim/rest/rest_error.h"
#include "tests/evroc_sim/rules/user_labels.h"

namespace evroc::sim {
namespace {

// IAM objects work at once.
Json Ready(absl::Time now) {
  return Json::Object({{"type", "Ready"},
                       {"status", "True"},
                       {"reason", "Ready"},
                       {"message", ""},
                       {"lastTransitionTime", FormatTimestamp(now)}});
}

LabelMap LabelsOf(JsonView object) {
  LabelMap labels;
  object.At("metadata.userLabels")
      .ForEachMember([&](absl::string_view key, JsonView value) {
        labels[std::string(key)] = std::string(value.String());
      });
  return labels;
}

void SetUserLabels(Json& object, const LabelMap& labels) {
  Json metadata(object["metadata"]);
  metadata.Remove("userLabels");
  if (!labels.empty()) metadata.Set("userLabels", LabelsJson(labels));
  object.Set("metadata", std::move(metadata));
}

}  // namespace

Json NewIamObject(const IamPlace& place, absl::string_view owner,
                  const LabelMap& labels, Json spec, absl::Time now) {
  // An organisation's id is a UUID, whatever its name is.
  const bool named =
      place.kind->collection == kOrganisations && !IsUuid(place.id);
  Json metadata = Json::Object({{"id", named ? RandomUuid() : place.id},
                                {"uid", RandomUuid()},
                                {"creationTimestamp", FormatTimestamp(now)},
                                {"generation", 1},
                                {"resourceVersion", "1"}});
  if (!owner.empty()) {
    const bool project = place.scope.collection == kProjects;
    metadata.Set(project ? "project" : "organization", owner);
  }
  Json object = Json::Object(
      {{"apiVersion", kIamVersion},
       {"kind", place.kind->name},
       {"metadata", std::move(metadata)},
       {"spec", std::move(spec)},
       {"status", Json::Object({{"conditions", Json::Array({Ready(now)})}})}});
  SetUserLabels(object, labels);
  return object;
}

absl::StatusOr<Json> PatchedIamObject(const IamKind& kind, JsonView object,
                                      const Revision& revision,
                                      bool replace_labels) {
  const absl::string_view version =
      object.At("metadata.resourceVersion").String();
  if (!revision.resource_version.empty() &&
      revision.resource_version != version) {
    return Conflict(absl::StrCat(
        "Operation cannot be fulfilled on ", kind.collection,
        ".iam.evroc.com \"", object.At("metadata.id").String(),
        "\": the object has been modified; read it again and retry"));
  }
  Json next(object);
  if (!revision.spec.view().is_null()) {
    Json spec(object["spec"]);
    spec.MergePatch(revision.spec);
    std::vector<std::string> dropped;
    EVROC_RETURN_IF_ERROR(ApplySchema(IamSpecSchema(kind), spec, &dropped));
    next.Set("spec", std::move(spec));
  }
  if (!kind.immutable.empty() &&
      !(next["spec"][kind.immutable] == object["spec"][kind.immutable])) {
    return Unprocessable(absl::StrCat("spec.", kind.immutable,
                                      ": Invalid value: field is immutable"));
  }
  EVROC_ASSIGN_OR_RETURN(
      const LabelMap labels,
      PatchUserLabels(LabelsOf(object), revision.labels, replace_labels));
  SetUserLabels(next, labels);
  if (!(next.view() == object)) BumpIamVersion(object, next);
  return next;
}

void BumpIamVersion(JsonView before, Json& object) {
  int64_t version = 0;
  (void)absl::SimpleAtoi(before.At("metadata.resourceVersion").String(),
                         &version);
  object.SetAt("metadata.resourceVersion", absl::StrCat(version + 1));
  if (!(object["spec"] == before["spec"])) {
    object.SetAt("metadata.generation",
                 before.At("metadata.generation").Integer() + 1);
  }
}

Response ListOfIamObjects(const Request& request,
                          const std::vector<Json>& objects,
                          const Settings& settings) {
  const absl::StatusOr<LabelSelector> selector =
      LabelSelector::Parse(FieldOf(request.query, "labelSelector"));
  if (!selector.ok()) return RestError(Invalid(selector.status().message()));
  Json items = Json::Array();
  for (const Json& object : objects) {
    if (selector->Matches(LabelsOf(object))) items.Push(object);
  }
  Json list = Json::Object();
  const absl::string_view choice = settings.Choice("empty_items");
  if (items.view().size() > 0 || choice == "array") {
    list.Set("items", std::move(items));
  } else if (choice == "null") {
    list.Set("items", Json());
  }
  return JsonResponse(200, list);
}

}  // namespace evroc::sim
