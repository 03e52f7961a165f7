#include "tests/evroc_sim/model/object.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace evroc::sim {
namespace {

Json Metadata(const Object& object) {
  Json metadata = Json::Object(
      {{"id", object.key.id},
       {"project", object.key.project},
       {"region", object.key.region},
       {"uid", object.uid},
       {"creationTimestamp", FormatTimestamp(object.created)},
       {"generation", object.generation},
       {"resourceVersion", absl::StrCat(object.resource_version)}});
  if (!object.user_labels.empty()) {
    metadata.Set("userLabels", LabelsJson(object.user_labels));
  }
  if (!object.system_labels.empty()) {
    metadata.Set("systemLabels", LabelsJson(object.system_labels));
  }
  return metadata;
}

}  // namespace

std::string FqidOf(const Key& key) {
  const KindInfo& info = InfoOf(key.kind);
  return absl::StrCat("/", info.service, "/projects/", key.project, "/regions/",
                      key.region, "/", info.collection, "/", key.id);
}

absl::StatusOr<Key> ParseFqid(absl::string_view fqid) {
  const std::vector<std::string> parts = absl::StrSplit(fqid, '/');
  if (parts.size() == 8 && parts[0].empty() && parts[2] == "projects" &&
      parts[4] == "regions" && !parts[7].empty()) {
    if (const KindInfo* info = FindKind(parts[1], parts[6])) {
      return Key{info->kind, parts[3], parts[5], parts[7]};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", fqid, "\" is not a fully qualified reference"));
}

std::string FormatTimestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", time, absl::UTCTimeZone());
}

void SetCondition(Object& object, absl::string_view type, bool value,
                  absl::string_view reason, absl::string_view message,
                  absl::Time now) {
  const absl::string_view status = value ? "True" : "False";
  Json conditions = Json::Array();
  std::string since = FormatTimestamp(now);
  const JsonView old = object.status["conditions"];
  for (size_t i = 0; i < old.size(); ++i) {
    if (old[i]["type"].String() != type) {
      conditions.Push(Json(old[i]));
    } else if (old[i]["status"].String() == status) {
      since = std::string(old[i]["lastTransitionTime"].String());
    }
  }
  conditions.Push(Json::Object({{"type", type},
                                {"status", status},
                                {"reason", reason},
                                {"message", message},
                                {"lastTransitionTime", since},
                                {"observedGeneration", object.generation}}));
  object.status.Set("conditions", std::move(conditions));
}

Json LabelsJson(const LabelMap& labels) {
  Json json = Json::Object();
  for (const auto& [key, value] : labels) json.Set(key, value);
  return json;
}

Json ToRestJson(const Object& object) {
  const KindInfo& info = InfoOf(object.key.kind);
  return Json::Object({{"apiVersion", ApiVersion(info)},
                       {"kind", info.name},
                       {"metadata", Metadata(object)},
                       {"spec", object.spec},
                       {"status", object.status}});
}

}  // namespace evroc::sim
