#include "tests/evroc_sim/server/exchange.h"

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace evroc::sim {

Response JsonResponse(int status, const Json& body) {
  return {.status = status, .body = body.Dump()};
}

std::vector<std::string> SplitPath(absl::string_view path) {
  absl::ConsumePrefix(&path, "/");
  return absl::StrSplit(path, '/');
}

std::string FieldOf(const std::map<std::string, std::string>& fields,
                    const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

}  // namespace evroc::sim
