#include "common/labels/label_selector.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"

namespace evroc {
namespace {

// Splits at commas that are not inside parentheses.
std::vector<absl::string_view> SplitRequirements(absl::string_view text) {
  std::vector<absl::string_view> parts;
  bool in_set = false;
  size_t start = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && !in_set)) {
      parts.push_back(
          absl::StripAsciiWhitespace(text.substr(start, i - start)));
      start = i + 1;
    } else if (text[i] == '(') {
      in_set = true;
    } else if (text[i] == ')') {
      in_set = false;
    }
  }
  return parts;
}

bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
           c == '_' || c == '.' || c == '/';
  });
}

std::string Stripped(absl::string_view text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace

absl::StatusOr<LabelSelector> LabelSelector::Parse(absl::string_view text) {
  LabelSelector selector;
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return selector;
  for (const absl::string_view part : SplitRequirements(text)) {
    EVROC_ASSIGN_OR_RETURN(Requirement requirement, ParseRequirement(part));
    selector.requirements_.push_back(std::move(requirement));
  }
  return selector;
}

LabelSelector LabelSelector::ForAll(const LabelMap& labels) {
  LabelSelector selector;
  for (const auto& [key, value] : labels) {
    selector.requirements_.push_back({.key = key, .values = {value}});
  }
  return selector;
}

absl::StatusOr<LabelSelector::Requirement> LabelSelector::ParseRequirement(
    absl::string_view text) {
  Requirement requirement;
  if (!ParseSet(text, requirement) && !ParseEquality(text, requirement)) {
    absl::string_view key = text;
    requirement.negated = absl::ConsumePrefix(&key, "!");
    requirement.key = Stripped(key);
  }
  if (requirement.key.empty() || !IsPlain(requirement.key) ||
      !std::all_of(requirement.values.begin(), requirement.values.end(),
                   IsPlain)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a label requirement: \"", text, "\""));
  }
  return requirement;
}

bool LabelSelector::ParseSet(absl::string_view text, Requirement& requirement) {
  const size_t open = text.find('(');
  if (open == text.npos || !absl::ConsumeSuffix(&text, ")")) return false;
  absl::string_view head = absl::StripAsciiWhitespace(text.substr(0, open));
  requirement.negated = absl::ConsumeSuffix(&head, " notin");
  if (!requirement.negated && !absl::ConsumeSuffix(&head, " in")) return false;
  requirement.key = Stripped(head);
  for (const absl::string_view value :
       absl::StrSplit(text.substr(open + 1), ',')) {
    requirement.values.insert(Stripped(value));
  }
  return true;
}

bool LabelSelector::ParseEquality(absl::string_view text,
                                  Requirement& requirement) {
  const size_t equals = text.find('=');
  if (equals == text.npos) return false;
  absl::string_view key = text.substr(0, equals);
  absl::string_view value = text.substr(equals + 1);
  requirement.negated = absl::ConsumeSuffix(&key, "!");
  if (!requirement.negated) absl::ConsumePrefix(&value, "=");
  requirement.key = Stripped(key);
  requirement.values = {Stripped(value)};
  return true;
}

bool LabelSelector::Matches(
    absl::FunctionRef<const std::string*(const std::string& key)> value_of)
    const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [value_of](const Requirement& requirement) {
                       const std::string* value = value_of(requirement.key);
                       const bool holds = value != nullptr &&
                                          (requirement.values.empty() ||
                                           requirement.values.contains(*value));
                       return holds != requirement.negated;
                     });
}

bool LabelSelector::Matches(const LabelMap& labels) const {
  return Matches([&labels](const std::string& key) {
    const auto found = labels.find(key);
    return found == labels.end() ? nullptr : &found->second.str();
  });
}

std::string LabelSelector::ToString() const {
  return absl::StrJoin(
      requirements_, ",", [](std::string* out, const Requirement& part) {
        const char* negation = part.negated ? "!" : "";
        if (part.values.empty()) {
          absl::StrAppend(out, negation, part.key);
        } else if (part.values.size() == 1) {
          absl::StrAppend(out, part.key, negation, "=", *part.values.begin());
        } else {
          absl::StrAppend(out, part.key, part.negated ? " notin (" : " in (",
                          absl::StrJoin(part.values, ","), ")");
        }
      });
}

}  // namespace evroc
