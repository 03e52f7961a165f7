#include "tests/evroc_sim/rules/user_labels.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"
#include "tests/evroc_sim/model/object.h"

namespace evroc::sim {
namespace {

constexpr size_t kMaxLabelValueLength = 63;
constexpr size_t kMaxLabelKeyLength = 253;

absl::StatusOr<LabelMap> LabelsFrom(JsonView json) {
  LabelMap labels;
  absl::Status status;
  json.ForEachMember([&](absl::string_view name, JsonView value) {
    if (value.is_null()) return;
    if (!value.is_string()) {
      status.Update(Invalid(
          absl::StrCat("metadata.userLabels.", name, ": must be a string")));
    }
    labels[std::string(name)] = std::string(value.String());
  });
  EVROC_RETURN_IF_ERROR(status);
  EVROC_RETURN_IF_ERROR(CheckUserLabels(labels));
  return labels;
}

}  // namespace

absl::Status CheckUserLabels(const LabelMap& labels) {
  for (const auto& [key, value] : labels) {
    if (key.empty() || key.size() > kMaxLabelKeyLength ||
        absl::StrContains(key, "/")) {
      return Invalid(absl::StrCat("metadata.userLabels: Invalid key \"",
                                  key.str().substr(0, 300), "\""));
    }
    if (value.size() > kMaxLabelValueLength) {
      return Invalid(absl::StrCat("metadata.userLabels.", key.str(),
                                  ": must be no more than 63 characters"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LabelMap> PatchUserLabels(const LabelMap& labels, JsonView patch,
                                         bool replace) {
  if (!patch.exists() || patch.is_null()) return labels;
  if (!patch.is_object()) {
    return Invalid("metadata.userLabels: must be an object");
  }
  Json merged = replace ? Json::Object() : LabelsJson(labels);
  merged.MergePatch(patch);
  return LabelsFrom(merged);
}

}  // namespace evroc::sim
