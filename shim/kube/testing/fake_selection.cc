#include "shim/kube/testing/fake_selection.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status_macros.h"

namespace evroc::shim {
namespace {

absl::Status CheckFields(absl::string_view selector) {
  for (const absl::string_view part :
       absl::StrSplit(selector, ',', absl::SkipEmpty())) {
    const absl::string_view field = part.substr(0, part.find_first_of("!="));
    if (field != "metadata.name" && field != "metadata.namespace") {
      return absl::InvalidArgumentError(
          absl::StrCat("field label not supported: ", field));
    }
  }
  return absl::OkStatus();
}

LabelMap Strings(JsonView object) {
  LabelMap strings;
  object.ForEachMember([&](absl::string_view key, JsonView value) {
    strings[std::string(key)] = std::string(value.String());
  });
  return strings;
}

}  // namespace

absl::StatusOr<FakeSelection> FakeSelection::Make(const Selection& selection) {
  EVROC_RETURN_IF_ERROR(CheckFields(selection.field_selector));
  FakeSelection made;
  made.name_space_ = selection.name_space;
  made.metadata_only_ = selection.metadata_only;
  EVROC_ASSIGN_OR_RETURN(made.labels_,
                         LabelSelector::Parse(selection.label_selector));
  EVROC_ASSIGN_OR_RETURN(made.fields_,
                         LabelSelector::Parse(selection.field_selector));
  return made;
}

bool FakeSelection::Matches(JsonView object) const {
  const JsonView metadata = object["metadata"];
  const std::string name_space(metadata["namespace"].String());
  if (!name_space_.empty() && name_space != name_space_) return false;
  const LabelMap fields = {
      {"metadata.name", std::string(metadata["name"].String())},
      {"metadata.namespace", name_space}};
  return fields_.Matches(fields) &&
         labels_.Matches(Strings(metadata["labels"]));
}

Json FakeSelection::Shown(const Json& object) const {
  if (!metadata_only_) return object;
  Json shown = Json::Object(
      {{"apiVersion", "meta.k8s.io/v1"}, {"kind", "PartialObjectMetadata"}});
  shown.Set("metadata", Json(object["metadata"]));
  return shown;
}

}  // namespace evroc::shim
