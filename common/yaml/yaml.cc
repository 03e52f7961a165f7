#include "common/yaml/yaml.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace evroc {
namespace {

constexpr int kMaxDepth = 32;
constexpr int kMaxNodes = 20'000;

class Converter {
 public:
  absl::StatusOr<Json> Convert(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) {
      return absl::InvalidArgumentError("YAML is nested too deeply");
    }
    if (++nodes_ > kMaxNodes) {
      return absl::InvalidArgumentError("YAML has too many nodes");
    }
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
  absl::StatusOr<Json> ConvertMap(const YAML::Node& node, int depth) {
    Json object = Json::Object();
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        return absl::InvalidArgumentError("YAML has a key that is no scalar");
      }
      EVROC_ASSIGN_OR_RETURN(Json value, Convert(member.second, depth + 1));
      object.Set(member.first.Scalar(), std::move(value));
    }
    return object;
  }

  absl::StatusOr<Json> ConvertSequence(const YAML::Node& node, int depth) {
    Json array = Json::Array();
    for (const YAML::Node& element : node) {
      EVROC_ASSIGN_OR_RETURN(Json value, Convert(element, depth + 1));
      array.Push(std::move(value));
    }
    return array;
  }

  // yaml-cpp tags quoted scalars "!", plain ones "?".
  static Json ConvertScalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    if (node.Tag() == "?") {
      if (text == "true") return true;
      if (text == "false") return false;
    }
    return text;
  }

  int nodes_ = 0;
};

}  // namespace

absl::StatusOr<Json> ParseYaml(absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("YAML of ", text.size(), " bytes is over the limit of ",
                     kMaxYamlBytes));
  }
  try {
    return Converter().Convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not YAML: line ", error.mark.line + 1, ", column ",
                     error.mark.column + 1));
  }
}

}  // namespace evroc
