#include "tests/evroc_sim/iam/resource_name.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status_macros.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

constexpr absl::string_view kServices[] = {
    "compute", "iam",     "loadbalancer", "networking",
    "quotas",  "storage", "think"};

// "", service, collection of the scope, its id.
constexpr size_t kScopeWords = 4;

bool IsService(absl::string_view word) {
  return std::find(std::begin(kServices), std::end(kServices), word) !=
         std::end(kServices);
}

absl::Status NotAResource(absl::string_view text) {
  return Invalid(absl::StrCat(
      "resource: Invalid value: \"", text.substr(0, 300),
      "\": must be the fully qualified id of a resource of a project or an "
      "organization"));
}

}  // namespace

std::string IamScope::Path() const { return absl::StrCat(collection, "/", id); }

absl::StatusOr<IamScope> ScopeOf(absl::string_view resource) {
  const std::vector<absl::string_view> words = absl::StrSplit(resource, '/');
  if (words.size() < kScopeWords || !words[0].empty() || !IsService(words[1]) ||
      (words[2] != kProjects && words[2] != kOrganisations) ||
      std::count(words.begin(), words.end(), "") != 1 ||
      absl::StrContains(words[3], "*")) {
    return NotAResource(resource);
  }
  return IamScope{std::string(words[2]), std::string(words[3])};
}

absl::Status CheckResourcePattern(absl::string_view pattern,
                                  const IamScope& scope) {
  EVROC_ASSIGN_OR_RETURN(const IamScope of, ScopeOf(pattern));
  for (const absl::string_view word : absl::StrSplit(pattern, '/')) {
    if (absl::StrContains(word, "*") && word != "*") {
      return NotAResource(pattern);
    }
  }
  const bool below =
      scope.collection == kOrganisations && of.collection == kProjects;
  if (of == scope || below) return absl::OkStatus();
  return Invalid(absl::StrCat("resource: Invalid value: \"", pattern,
                              "\" is not in ", scope.Path()));
}

bool Covers(absl::string_view pattern, absl::string_view resource) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '/');
  const std::vector<absl::string_view> given = absl::StrSplit(resource, '/');
  return std::equal(wanted.begin(), wanted.end(), given.begin(), given.end(),
                    [](absl::string_view want, absl::string_view word) {
                      return want == "*" || want == word;
                    });
}

}  // namespace evroc::sim
