#include "tests/evroc_sim/cloud/saved_object.h"

#include <string>

#include "common/status/status_macros.h"

namespace evroc::sim {
namespace {

LabelMap LabelsOf(JsonView json) {
  LabelMap labels;
  json.ForEachMember([&](absl::string_view key, JsonView value) {
    labels[std::string(key)] = std::string(value.String());
  });
  return labels;
}

}  // namespace

Json ToSavedJson(const Object& object) {
  return Json::Object({{"fqid", FqidOf(object.key)},
                       {"uid", object.uid},
                       {"generation", object.generation},
                       {"resourceVersion", object.resource_version},
                       {"firstVersion", object.first_version},
                       {"created", absl::ToUnixSeconds(object.created)},
                       {"userLabels", LabelsJson(object.user_labels)},
                       {"systemLabels", LabelsJson(object.system_labels)},
                       {"spec", object.spec},
                       {"status", object.status},
                       {"phase", object.phase},
                       {"phaseSince", absl::ToUnixMillis(object.phase_since)},
                       {"phaseMessage", object.phase_message},
                       {"deleting", object.deleting},
                       {"fate", object.fate},
                       {"dataPlaneAddress", object.data_plane_address}});
}

absl::StatusOr<Object> FromSavedJson(JsonView json) {
  Object object;
  EVROC_ASSIGN_OR_RETURN(object.key, ParseFqid(json["fqid"].String()));
  object.uid = std::string(json["uid"].String());
  object.generation = json["generation"].Integer();
  object.resource_version = json["resourceVersion"].Integer();
  object.first_version = json["firstVersion"].Integer();
  object.created = absl::FromUnixSeconds(json["created"].Integer());
  object.user_labels = LabelsOf(json["userLabels"]);
  object.system_labels = LabelsOf(json["systemLabels"]);
  object.spec = Json(json["spec"]);
  object.status = Json(json["status"]);
  object.phase = std::string(json["phase"].String());
  object.phase_since = absl::FromUnixMillis(json["phaseSince"].Integer());
  object.phase_message = std::string(json["phaseMessage"].String());
  object.deleting = json["deleting"].Bool();
  object.fate = std::string(json["fate"].String());
  object.data_plane_address = std::string(json["dataPlaneAddress"].String());
  return object;
}

Json ToSavedJson(const std::vector<DepartedMachine>& machines) {
  Json all = Json::Array();
  for (const DepartedMachine& machine : machines) {
    all.Push(
        Json::Object({{"profile", machine.profile_ref},
                      {"until", absl::ToUnixMillis(machine.counted_until)}}));
  }
  return all;
}

std::vector<DepartedMachine> DepartedFromSavedJson(JsonView json) {
  std::vector<DepartedMachine> machines;
  for (size_t i = 0; i < json.size(); ++i) {
    machines.push_back({std::string(json[i]["profile"].String()),
                        absl::FromUnixMillis(json[i]["until"].Integer())});
  }
  return machines;
}

}  // namespace evroc::sim
