#include "common/kubeconfig/kubeconfig_files.h"

#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/files/read_file.h"
#include "common/json/json.h"
#include "common/status/error_details.h"
#include "common/status/status_macros.h"
#include "common/yaml/yaml.h"

namespace evroc {
namespace {

absl::StatusOr<Json> ReadDocument(const std::string& path) {
  const std::optional<std::string> text = ReadFile(path);
  if (!text.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the kubeconfig ", path, " can't be read"));
  }
  absl::StatusOr<Json> document = ParseUnambiguousYaml(*text);
  if (!document.ok()) {
    return Annotate(document.status(), absl::StrCat("the kubeconfig ", path));
  }
  const std::string folder =
      std::filesystem::absolute(path).parent_path().string();
  return WithPathsFrom(folder, *document);
}

Json Merge(const std::vector<Json>& documents) {
  Json merged = Json::Object();
  for (const absl::string_view list : {"clusters", "users", "contexts"}) {
    Json entries = Json::Array();
    std::set<std::string> seen;
    for (const Json& document : documents) {
      const JsonView own = document[list];
      for (size_t i = 0; i < own.size(); ++i) {
        if (!seen.emplace(own[i]["name"].String()).second) continue;
        entries.Push(Json(own[i]));
      }
    }
    merged.Set(list, std::move(entries));
  }
  for (const Json& document : documents) {
    const absl::string_view current = document["current-context"].String();
    if (current.empty()) continue;
    merged.Set("current-context", current);
    break;
  }
  return merged;
}

}  // namespace

absl::StatusOr<Kubeconfig> LoadKubeconfigFiles(
    const std::vector<std::string>& paths) {
  std::vector<Json> documents;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    EVROC_ASSIGN_OR_RETURN(Json document, ReadDocument(path));
    documents.push_back(std::move(document));
  }
  const std::string where = absl::StrJoin(paths, ":");
  if (documents.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no kubeconfig ", where));
  }
  absl::StatusOr<Kubeconfig> config =
      ParseKubeconfig(Merge(documents), {.trusted = true});
  if (config.ok()) return config;
  return Annotate(config.status(), absl::StrCat("the kubeconfig ", where));
}

}  // namespace evroc
