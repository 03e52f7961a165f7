#include "tests/evroc_sim/iam/principal.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/evroc_sim/model/api_error.h"

namespace evroc::sim {
namespace {

bool IsPlainWord(absl::string_view word) {
  return !word.empty() && !absl::StrContains(word, "*");
}

}  // namespace

std::string UserPrincipal(absl::string_view uuid) {
  return absl::StrCat("/iam/users/", uuid);
}

std::string ServiceAccountPrincipal(absl::string_view project,
                                    absl::string_view id) {
  return absl::StrCat("/iam/projects/", project, "/serviceAccounts/", id);
}

absl::StatusOr<std::string> RoleBindingIdOf(absl::string_view principal) {
  const std::vector<absl::string_view> words = absl::StrSplit(principal, '/');
  if (words.size() == 4 && UserPrincipal(words[3]) == principal &&
      IsUuid(words[3])) {
    return absl::StrCat("u-", words[3]);
  }
  if (words.size() == 6 &&
      ServiceAccountPrincipal(words[3], words[5]) == principal &&
      IsPlainWord(words[3]) && IsPlainWord(words[5])) {
    return absl::StrCat("sa-", words[3], ".", words[5]);
  }
  return Invalid(absl::StrCat("principal: Invalid value: \"",
                              principal.substr(0, 300),
                              "\": must be /iam/users/<uuid> or "
                              "/iam/projects/<project>/serviceAccounts/<id>"));
}

bool IsUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return false;
    if (!dash && !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

}  // namespace evroc::sim
