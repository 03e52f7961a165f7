#include "services/evroc/api/label_selector.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evroc::cloud {
namespace {

// Splits at the commas outside parentheses.
std::vector<absl::string_view> Requirements(absl::string_view selector) {
  std::vector<absl::string_view> parts;
  size_t start = 0;
  bool in_set = false;
  for (size_t i = 0; i <= selector.size(); ++i) {
    if (i == selector.size() || (selector[i] == ',' && !in_set)) {
      parts.push_back(
          absl::StripAsciiWhitespace(selector.substr(start, i - start)));
      start = i + 1;
    } else if (selector[i] == '(') {
      in_set = true;
    } else if (selector[i] == ')') {
      in_set = false;
    }
  }
  return parts;
}

bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' ||
           c == '/';
  });
}

// One requirement in normal form: the key's value is (or is not) in `values`;
// without values, the key is (or is not) there.
struct Requirement {
  std::string key;
  bool negated = false;
  bool has_values = false;
  std::vector<std::string> values;
};

bool ParseSet(absl::string_view text, absl::string_view word,
              Requirement* out) {
  const std::vector<absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits(word, 1));
  if (halves.size() != 2) return false;
  absl::string_view set = absl::StripAsciiWhitespace(halves[1]);
  if (!absl::ConsumePrefix(&set, "(") || !absl::ConsumeSuffix(&set, ")")) {
    return false;
  }
  out->key = std::string(absl::StripAsciiWhitespace(halves[0]));
  out->has_values = true;
  for (absl::string_view value : absl::StrSplit(set, ',')) {
    out->values.emplace_back(absl::StripAsciiWhitespace(value));
  }
  return true;
}

bool ParseEquality(absl::string_view text, absl::string_view sign,
                   Requirement* out) {
  const std::vector<absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits(sign, 1));
  if (halves.size() != 2) return false;
  out->key = std::string(absl::StripAsciiWhitespace(halves[0]));
  out->has_values = true;
  out->values = {std::string(absl::StripAsciiWhitespace(halves[1]))};
  return true;
}

absl::StatusOr<Requirement> Parse(absl::string_view text) {
  Requirement out;
  if (ParseSet(text, " notin ", &out) || ParseEquality(text, "!=", &out)) {
    out.negated = true;
  } else if (!ParseSet(text, " in ", &out) &&
             !ParseEquality(text, "==", &out) &&
             !ParseEquality(text, "=", &out)) {
    out.negated = absl::ConsumePrefix(&text, "!");
    out.key = std::string(text);
  }
  if (out.key.empty() || !IsPlain(out.key) ||
      !std::all_of(out.values.begin(), out.values.end(), IsPlain)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a label requirement: \"", text, "\""));
  }
  return out;
}

// As Kubernetes has it, an absent key satisfies every negation.
bool Satisfies(const Labels& labels, const Requirement& requirement) {
  const auto label = labels.find(requirement.key);
  bool holds = label != labels.end();
  if (holds && requirement.has_values) {
    holds = std::find(requirement.values.begin(), requirement.values.end(),
                      label->second) != requirement.values.end();
  }
  return holds != requirement.negated;
}

}  // namespace

std::string SelectorFor(const Labels& labels) {
  return absl::StrJoin(labels, ",", absl::PairFormatter("="));
}

absl::StatusOr<bool> MatchesSelector(const Labels& labels,
                                     absl::string_view selector) {
  if (absl::StripAsciiWhitespace(selector).empty()) return true;
  bool matches = true;
  for (absl::string_view part : Requirements(selector)) {
    absl::StatusOr<Requirement> requirement = Parse(part);
    if (!requirement.ok()) return requirement.status();
    matches = matches && Satisfies(labels, *requirement);
  }
  return matches;
}

}  // namespace evroc::cloud
