#include "common/yaml/yaml.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status/status_macros.h"
#include "common/text/utf8.h"
#include "yaml-cpp/yaml.h"

namespace evroc {
namespace {

constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 20'000;

// A linear search finds each member.
constexpr size_t kMaxMembers = 1'000;

absl::Status At(const YAML::Mark& mark, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": line ", mark.line + 1,
                                                 ", column ", mark.column + 1));
}

bool IsAnyOf(absl::string_view text,
             std::initializer_list<absl::string_view> words) {
  const std::string lower = absl::AsciiStrToLower(text);
  return std::find(words.begin(), words.end(), lower) != words.end();
}

bool IsDecimalInteger(absl::string_view text) {
  return text == "0" || (!text.empty() && text[0] != '0' &&
                         text.find_first_not_of("0123456789") == text.npos);
}

// Whether some reader takes a plain scalar for a number or a date: numbers of
// YAML 1.1 begin with a digit, a sign or a point, and have these characters.
bool MayBeNumber(absl::string_view text) {
  if (IsAnyOf(text, {".nan", ".inf", "+.inf", "-.inf"})) return true;
  absl::string_view digits = text;
  if (!absl::ConsumePrefix(&digits, "+")) absl::ConsumePrefix(&digits, "-");
  if (digits.empty() || digits.find_first_of("0123456789") == digits.npos) {
    return false;
  }
  if (absl::StartsWithIgnoreCase(digits, "0x")) {
    return digits.find_first_not_of("0123456789abcdefABCDEF_", 2) ==
           digits.npos;
  }
  return (absl::ascii_isdigit(digits[0]) || digits[0] == '.') &&
         digits.find_first_not_of("0123456789.eEobTtZ_:+- ") == digits.npos;
}

// Reads a plain scalar as readers of YAML 1.1 do.
Json PlainScalar(const std::string& text) {
  if (IsAnyOf(text, {"true", "yes", "on", "y"})) return true;
  if (IsAnyOf(text, {"false", "no", "off", "n"})) return false;
  if (!IsDecimalInteger(text) && MayBeNumber(text)) return 0;
  return text;
}

class Converter {
 public:
  explicit Converter(bool unambiguous) : unambiguous_(unambiguous) {}

  absl::StatusOr<Json> Convert(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) {
      return absl::InvalidArgumentError("YAML is nested too deeply");
    }
    if (++nodes_ > kMaxNodes) {
      return absl::InvalidArgumentError("YAML has too many nodes");
    }
    if (unambiguous_ && HasTag(node)) return At(node.Mark(), "YAML has a tag");
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return ConvertMap(node, depth);
      case YAML::NodeType::Sequence:
        return ConvertSequence(node, depth);
      case YAML::NodeType::Scalar:
        return ConvertScalar(node);
      default:
        return Json();
    }
  }

 private:
  // yaml-cpp tags quoted scalars "!", plain ones and collections "?".
  static bool HasTag(const YAML::Node& node) {
    const std::string& tag = node.Tag();
    return !tag.empty() && tag != "?" && tag != "!" &&
           tag != "tag:yaml.org,2002:str";
  }

  absl::StatusOr<Json> ConvertMap(const YAML::Node& node, int depth) {
    if (node.size() > kMaxMembers) {
      return absl::InvalidArgumentError("YAML has a map that is too large");
    }
    Json object = Json::Object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        return absl::InvalidArgumentError("YAML has a key that is no scalar");
      }
      EVROC_RETURN_IF_ERROR(CheckKey(member.first, object));
      EVROC_ASSIGN_OR_RETURN(Json value, Convert(member.second, depth + 1));
      object.Set(member.first.Scalar(), std::move(value));
    }
    return object;
  }

  absl::Status CheckKey(const YAML::Node& key, const Json& object) const {
    if (!unambiguous_) return absl::OkStatus();
    if (HasTag(key)) return At(key.Mark(), "YAML has a tag");
    if (key.Scalar() == "<<") {
      return At(key.Mark(), "YAML has a merge key (<<)");
    }
    if (object[key.Scalar()].exists()) {
      return At(key.Mark(), "YAML has a key twice");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Json> ConvertSequence(const YAML::Node& node, int depth) {
    Json array = Json::Array();
    for (const YAML::Node& element : node) {
      EVROC_ASSIGN_OR_RETURN(Json value, Convert(element, depth + 1));
      array.Push(std::move(value));
    }
    return array;
  }

  Json ConvertScalar(const YAML::Node& node) const {
    const std::string& text = node.Scalar();
    if (node.Tag() != "?") return text;
    if (unambiguous_) return PlainScalar(text);
    if (text == "true") return true;
    if (text == "false") return false;
    return text;
  }

  const bool unambiguous_;
  int nodes_ = 0;
};

bool IsMarker(absl::string_view line, absl::string_view marker) {
  return absl::ConsumePrefix(&line, marker) &&
         (line.empty() || absl::ascii_isspace(line[0]));
}

// Whether a line has neither a value nor anything else that a reader keeps.
bool IsBlank(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  return line.empty() || line[0] == '#';
}

// The line on which a second document with anything in it begins. Markers at
// the start of a line are never part of a value. yaml-cpp's LoadAll does not
// end for some malformed texts.
std::optional<int> SecondDocument(absl::string_view text) {
  int number = 0;
  int documents = 0;
  bool has_content = false;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    bool is_content = !IsBlank(line);
    if (IsMarker(line, "---")) {
      has_content = false;
      is_content = !IsBlank(line.substr(3));
    } else if (IsMarker(line, "...")) {
      has_content = is_content = false;
    } else if (!has_content && absl::StartsWith(line, "%")) {
      is_content = false;  // a directive
    }
    if (!is_content || has_content) continue;
    has_content = true;
    if (++documents > 1) return number;
  }
  return std::nullopt;
}

absl::StatusOr<Json> Parse(absl::string_view text, bool unambiguous) {
  if (text.size() > kMaxYamlBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("YAML of ", text.size(), " bytes is over the limit of ",
                     kMaxYamlBytes));
  }
  if (unambiguous && !IsUtf8(text)) {
    return absl::InvalidArgumentError("the text is not UTF-8");
  }
  const std::optional<int> line =
      unambiguous ? SecondDocument(text) : std::nullopt;
  if (line.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("YAML has a second document: line ", *line));
  }
  try {
    return Converter(unambiguous).Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return At(error.mark, "not YAML");
  }
}

}  // namespace

absl::StatusOr<Json> ParseYaml(absl::string_view text) {
  return Parse(text, /*unambiguous=*/false);
}

absl::StatusOr<Json> ParseUnambiguousYaml(absl::string_view text) {
  return Parse(text, /*unambiguous=*/true);
}

}  // namespace evroc
